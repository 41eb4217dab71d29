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


def signs(schema: Mapping[str, Any], sign: str) -> tuple[str, int]:
    """
    Count how often *sign* stands in the values of every event of *schema*, at least, and name its one inner object.

    ``("", 0)`` when the events of *schema* have another shape than flat properties around one flat object.
    """
    required = _required(schema)
    inner = [name for name, item in required.items() if item.get("type") == "object"]
    if len(inner) != 1:
        return "", 0
    parts = _required(required.pop(inner[0]))
    if any(item.get("type") == "object" for item in parts.values()):
        return "", 0
    patterns = [
        item["pattern"]
        for item in (*required.values(), *parts.values())
        if item.get("type") == "string" and "pattern" in item
    ]
    return inner[0], sum(_least(_parsed(pattern), ord(sign)) for pattern in patterns if _whole(pattern))


def _required(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    properties = schema.get("properties", {})
    return {name: properties[name] for name in schema.get("required", ()) if isinstance(properties.get(name), Mapping)}


def _least(parsed: Any, sign: int) -> int:
    """
    Count how often *sign* stands in the shortest text that a pattern matches.
    """
    least = 0
    for operation, argument in parsed:
        match str(operation):
            case "LITERAL":
                least += argument == sign
            case "BRANCH":
                least += min(_least(branch, sign) for branch in argument[1])
            case "SUBPATTERN":
                least += _least(argument[3], sign)
            case "MAX_REPEAT" | "MIN_REPEAT":
                least += argument[0] * _least(argument[2], sign)
            case _:
                pass
    return least


def _whole(pattern: str) -> bool:
    """
    Tell whether *pattern* is portable and speaks of the whole text, so that its width is the text's length.
    """
    from aegis_contracts.events._profile import pattern_faults

    return not pattern_faults(pattern)


def _width(pattern: str) -> tuple[int, int]:
    least, most = _parsed(pattern).getwidth()
    return int(least), int(most)


def _parsed(pattern: str) -> Any:
    # What Python's compiler says of the anchored, portable patterns holds for all engines.
    parser: Any = re._parser  # type: ignore[attr-defined]
    return parser.parse(pattern)
