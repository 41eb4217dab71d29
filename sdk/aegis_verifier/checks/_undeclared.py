"""
Members that an answer has and its schema does not name: allowed by an open schema, and drift all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aegis_contracts import Schema, Violation
from aegis_contracts.exchange._scalars import follow, items, members

_OPEN = ("additionalProperties", "patternProperties", "unevaluatedProperties", "propertyNames", "if")


def undeclared(schema: Schema, value: Any) -> Iterator[Violation]:
    """
    Name members that nothing in *schema* speaks of, where it does not say itself that others may come.
    """
    root = schema.projected("response")
    found: dict[str, Violation] = {}
    _walk(value, root, root, "/body", schema.location, found, 0)
    yield from found.values()


def _walk(
    value: Any, schema: Any, root: Any, pointer: str, source: str, found: dict[str, Violation], depth: int
) -> None:
    if depth > 8 or len(found) > 20:
        return
    if isinstance(value, list):
        inner = items(schema, root)
        for item in value[:10]:
            _walk(item, inner, root, f"{pointer}/*", source, found, depth + 1)
    elif isinstance(value, dict):
        known = members(schema, root)
        if not known or _is_open(schema, root, 0):
            return
        for name, member in value.items():
            if name in known:
                _walk(member, known[name], root, f"{pointer}/{name}", source, found, depth + 1)
            else:
                place = f"{pointer}/{name}"
                said = "is not declared; the schema leaves room for it, and nobody who reads the contract expects it"
                found.setdefault(place, Violation(place, "undeclared", said, source, "declare it, or leave it out"))


def _is_open(schema: Any, root: Any, depth: int) -> bool:
    if not isinstance(schema, dict) or depth > 8:
        return True
    if any(key in schema for key in _OPEN):
        return True
    if isinstance(schema.get("$ref"), str):
        return _is_open(follow(schema["$ref"], root), root, depth + 1)
    return any(_is_open(part, root, depth + 1) for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, ()))
