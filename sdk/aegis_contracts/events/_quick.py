"""
A schema that is decided faster and admits nothing more: for the many messages that are valid.

Whoever uses it asks the whole schema about what it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aegis_contracts.events._flatten import SCHEMA, SCHEMA_LIST, SCHEMA_MAP

UUID = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"


def quick(schema: Any) -> Any:
    """
    Leave out of *schema* what its patterns decide anyway: bounds of the length, and the pattern of a UUID itself.
    """
    if not isinstance(schema, Mapping):
        return schema
    kept: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in SCHEMA:
            kept[keyword] = quick(value)
        elif keyword in SCHEMA_MAP or keyword == "$defs":
            kept[keyword] = {name: quick(item) for name, item in value.items()}
        elif keyword in SCHEMA_LIST or keyword == "allOf":
            kept[keyword] = [quick(item) for item in value]
        else:
            kept[keyword] = value
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and _whole(pattern):
        least, most = _width(pattern)
        if kept.get("minLength", 0) <= least:
            kept.pop("minLength", None)
        if kept.get("maxLength", most) >= most:
            kept.pop("maxLength", None)
        if pattern == UUID and kept.get("format") == "uuid":
            del kept["pattern"]
    return kept


def _whole(pattern: str) -> bool:
    """
    Tell whether *pattern* is portable and speaks of the whole text, so that its width is the text's length.
    """
    from aegis_contracts.events._profile import pattern_faults

    return not pattern_faults(pattern)


def _width(pattern: str) -> tuple[int, int]:
    # The compiler knows how long a match can be; what it says of the anchored, portable patterns holds for all engines.
    parser: Any = re._parser  # type: ignore[attr-defined]
    least, most = parser.parse(pattern).getwidth()
    return int(least), int(most)
