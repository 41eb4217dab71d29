"""
Event models from event contracts: frozen Structs, flattened schemas, topics.

``render(catalog)`` returns the files, it writes none.
"""

from __future__ import annotations

from aegis_codegen.events._names import class_name, module_name
from aegis_codegen.events._render import render

__all__ = ["class_name", "module_name", "render"]
