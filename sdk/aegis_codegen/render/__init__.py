"""
From values of the plan to Python text. What templates use, as filters.
"""

from __future__ import annotations

from aegis_codegen.render._docs import Docs, docstring, title
from aegis_codegen.render._filters import Shared, exports, filters
from aegis_codegen.render._types import Annotations, literal

__all__ = ["Annotations", "Docs", "Shared", "docstring", "exports", "filters", "literal", "title"]
