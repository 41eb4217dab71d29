"""
From text to what a schema expects: parameters and form fields arrive as text, and mean numbers, booleans, null.
"""

from __future__ import annotations

import re
from typing import Any

from aegis_contracts.json_pointer import find
from aegis_contracts.schemas._schema import Schema

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.0+)?")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_DEEP = 64  # compositions inside of each other
_DIGITS = 4000  # beyond it int() refuses (CVE-2020-10735), and nobody means a number
ONLY_ARRAY = frozenset({"array"})
ONLY_STRING = frozenset({"string"})
ALL_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def types(
    schema: dict[str, Any] | bool,
    root: dict[str, Any] | bool | None = None,
    depth: int = 0,
    known: dict[int, frozenset[str]] | None = None,
) -> frozenset[str]:
    """
    Say which JSON types a projected schema can accept at all, as far as its keywords show.

    Args:
        known: of the schemas that were looked at on the way: many ways may lead to the same one.
    """
    root = schema if root is None else root
    if not isinstance(schema, dict) or depth > _DEEP:
        return ALL_TYPES
    known = {} if known is None else known
    if id(schema) in known:
        return known[id(schema)]
    known[id(schema)] = found = ALL_TYPES
    given = schema.get("type")
    if isinstance(given, str):
        found = frozenset({given})
    elif isinstance(given, list):
        found = frozenset(given)
    if "number" in found:
        found |= {"integer"}
    if "const" in schema:
        found &= {_type(schema["const"])}
    elif "enum" in schema:
        found &= frozenset(map(_type, schema["enum"]))
    reference = schema.get("$ref")
    if isinstance(reference, str):
        found &= types(follow(reference, root), root, depth + 1, known)
    for part in schema.get("allOf", ()):
        found &= types(part, root, depth + 1, known)
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            found &= frozenset().union(*(types(part, root, depth + 1, known) for part in schema[key]))
    known[id(schema)] = found
    return found


def follow(reference: str, root: Any) -> Any:
    """
    Return the part of a projected schema that a local reference names.
    """
    return find(root, reference.removeprefix("#"), True)


def _type(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case None:
            return "null"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def members(
    schema: dict[str, Any] | bool, root: Any, depth: int = 0, known: dict[int, dict[str, Any]] | None = None
) -> dict[str, Any]:
    """
    Collect the declared properties of an object schema, through references and compositions.

    Args:
        known: of the schemas that were looked at on the way.
    """
    found: dict[str, Any] = {}
    if not isinstance(schema, dict) or depth > _DEEP:
        return found
    known = {} if known is None else known
    if id(schema) in known:
        return known[id(schema)]
    known[id(schema)] = found
    if isinstance(schema.get("$ref"), str):
        found.update(members(follow(schema["$ref"], root), root, depth + 1, known))
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            found.update(members(part, root, depth + 1, known))
    found.update(schema.get("properties", {}))
    return found


def items(schema: dict[str, Any] | bool, root: Any, depth: int = 0, seen: set[int] | None = None) -> Any:
    """
    Return the schema of an array's items, through references and compositions.
    """
    seen = set() if seen is None else seen
    if not isinstance(schema, dict) or depth > _DEEP or id(schema) in seen:
        return True
    seen.add(id(schema))
    if "items" in schema:
        return schema["items"]
    parts = [follow(schema["$ref"], root)] if isinstance(schema.get("$ref"), str) else []
    parts += [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, ())]
    return next((found for part in parts if (found := items(part, root, depth + 1, seen)) is not True), True)


def prefix_items(schema: dict[str, Any] | bool, root: Any, depth: int = 0, seen: set[int] | None = None) -> list[Any]:
    """
    Return the schemas of an array's first items, through references and compositions.
    """
    seen = set() if seen is None else seen
    if not isinstance(schema, dict) or depth > _DEEP or id(schema) in seen:
        return []
    seen.add(id(schema))
    if "prefixItems" in schema:
        return list(schema["prefixItems"])
    parts = [follow(schema["$ref"], root)] if isinstance(schema.get("$ref"), str) else []
    parts += [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, ())]
    return next((found for part in parts if (found := prefix_items(part, root, depth + 1, seen))), [])


def rest(schema: dict[str, Any] | bool, root: Any, depth: int = 0, seen: set[int] | None = None) -> Any:
    """
    Return the schema of the properties that an object schema does not name, through references and compositions.
    """
    seen = set() if seen is None else seen
    if not isinstance(schema, dict) or depth > _DEEP or id(schema) in seen:
        return True
    seen.add(id(schema))
    if "additionalProperties" in schema:
        return schema["additionalProperties"]
    parts = [follow(schema["$ref"], root)] if isinstance(schema.get("$ref"), str) else []
    parts += [part for key in ("allOf", "anyOf", "oneOf") for part in schema.get(key, ())]
    return next((found for part in parts if (found := rest(part, root, depth + 1, seen)) not in (True, False)), True)


def candidates(text: str, allowed: frozenset[str]) -> list[Any]:
    """
    List what *text* can mean among the *allowed* types, the likeliest first; the text itself when nothing else.
    """
    found: list[Any] = []
    if "integer" in allowed and len(text) < _DIGITS and _INTEGER.fullmatch(text):
        found.append(int(text.split(".", 1)[0]))
    elif "number" in allowed and len(text) < _DIGITS and _NUMBER.fullmatch(text):
        number = float(text)
        if number - number == 0:  # finite
            found.append(number)
    if "boolean" in allowed and text in {"true", "false"}:
        found.append(text == "true")
    if "null" in allowed and text in {"", "null"}:
        found.append(None)
    if "string" in allowed or not found:
        found.append(text)
    return found


class Coercion:
    """
    Turns text into the value that one schema expects.
    """

    __slots__ = ("_counts", "_schema", "_text_only", "allowed", "root")

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self.root = schema.projected("request")
        self.allowed = types(self.root)
        self._text_only = not self.allowed - {"string", "array", "object"}
        self._counts = "integer" in self.allowed and not self.allowed - {"integer", "number"}

    def scalar(self, text: str) -> Any:
        """
        Read *text*; where it could mean several things, the one that the schema accepts.
        """
        if self._text_only:
            return text
        if self._counts and text.isdecimal() and text.isascii() and len(text) < 16 and text[0] != "0":
            return int(text)
        options = candidates(text, self.allowed)
        if len(options) == 1:
            return options[0]
        return next((value for value in options if self._schema.is_valid(value, "request")), options[0])

    def part(self, text: str, schema: Any) -> Any:
        """
        Read *text* as an item or property whose schema is *schema*.
        """
        return candidates(text, types(schema, self.root))[0]
