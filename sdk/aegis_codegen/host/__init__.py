"""
openapi-python-client as a library: it reads a document that we reduce to what it can digest, and fills our templates.
"""

from __future__ import annotations

from aegis_codegen.host._host import TEMPLATES, HostError, build

__all__ = ["TEMPLATES", "HostError", "build"]
