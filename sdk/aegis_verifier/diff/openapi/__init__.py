"""
Two versions of an OpenAPI document: operations, parameters, bodies, answers, security, servers.
"""

from __future__ import annotations

from aegis_verifier.diff.openapi._life import Calendar
from aegis_verifier.diff.openapi._names import template
from aegis_verifier.diff.openapi._operations import compare_openapi

__all__ = ["Calendar", "compare_openapi", "template"]
