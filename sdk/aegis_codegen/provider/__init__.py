"""
The provider's half of an API: its problems as constants, and its request bodies as models that frameworks take.
"""

from __future__ import annotations

from aegis_codegen.provider._received import Received
from aegis_codegen.provider._render import render

__all__ = ["Received", "render"]
