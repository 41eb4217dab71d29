"""
What a format says that JSON Schema's own words can: ranges of whole numbers, and how bytes are written.
"""

from __future__ import annotations

from typing import Any

_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_BASE64 = "^(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2}(?:==)?|[A-Za-z0-9+/_-]{3}=?)?$"


def formatted(schema: dict[str, Any], *, sent: bool) -> None:
    """
    Let *schema* say itself what its format says.

    Args:
        sent: by clients, who are held to the alphabet of Base64; answers are as the provider writes them.
    """
    if schema.get("format") in _RANGES:
        _bound(schema, *_RANGES[schema["format"]])
    if sent and schema.get("format") == "byte" and "pattern" not in schema:
        schema["pattern"] = _BASE64


def _bound(schema: dict[str, Any], low: int, high: int) -> None:
    for key, limit, tighter in (("minimum", low, max), ("maximum", high, min)):
        given = schema.get(key)
        schema[key] = tighter(given, limit) if isinstance(given, int | float) else limit
