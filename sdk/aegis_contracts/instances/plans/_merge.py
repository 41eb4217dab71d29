"""
What several subschemas say together, as far as a glance can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from aegis_contracts.instances._context import Conflict
from aegis_contracts.instances._document import Node
from aegis_contracts.instances._values import ANY, FRACTION, TYPES, identity
from aegis_contracts.instances.plans._negation import is_tried


def types_of(parts: Iterable[Node]) -> int:
    """
    The types that all of *parts* allow, as bits.
    """
    types = ANY
    for part in parts:
        named = part.keywords.get("type")
        if named is not None:
            names: list[str] = [named] if isinstance(named, str) else list(named)
            allowed = 0
            for name in names:
                if name not in TYPES:
                    raise Conflict(part.pointer, "type", f"{name!r} is no type")
                allowed |= TYPES[name]
            types &= allowed
        if is_tried(part) and part.keywords["not"] == {"multipleOf": 1}:
            types &= FRACTION
    return types


def values_of(parts: Iterable[Node]) -> list[Any] | None:
    """
    The values that `const` and `enum` leave, or nothing where neither is used.
    """
    values: list[Any] | None = None
    for part in parts:
        for allowed in _enumerated(part.keywords):
            if values is None:
                values = list(allowed)
            else:
                known = {identity(value) for value in allowed}
                values = [value for value in values if identity(value) in known]
    return values


def excluded_by(parts: Iterable[Node]) -> frozenset[Any]:
    """
    The values that *parts* exclude one by one, as identities.
    """
    return frozenset(
        identity(value) for part in parts if is_tried(part) for value in part.keywords["not"].get("enum", ())
    )


def refused_as(node: Node) -> bool:
    """
    Whether *node* excludes values that must be tried against it.
    """
    return is_tried(node) and "enum" not in node.keywords["not"] and node.keywords["not"] != {"multipleOf": 1}


def agree(parts: Sequence[Node], pointer: str) -> None:
    """
    See early that a required property is refused or that its constants differ, before choices are made in vain.
    """
    required = {name for part in parts for name in part.keywords.get("required", ()) if isinstance(name, str)}
    named = [part.keywords["properties"] for part in parts if "properties" in part.keywords]
    if not required or len(named) < 2:
        return
    for name in required:
        values: list[Any] | None = None
        excluded: set[Any] = set()
        for properties in named:
            schema = properties.get(name)
            if schema is False:
                raise Conflict(pointer, "required", f"a property is required here and refused there: {name}")
            if not isinstance(schema, dict):
                continue
            keywords = cast("dict[str, Any]", schema)
            for allowed in _enumerated(keywords):
                known = {identity(value) for value in allowed}
                values = [v for v in values if identity(v) in known] if values is not None else allowed
            refused = keywords.get("not")
            if isinstance(refused, dict):
                rules = cast("dict[str, Any]", refused)
                if len(rules) == 1:
                    excluded.update(identity(value) for allowed in _enumerated(rules) for value in allowed)
        if values is not None and not any(identity(value) not in excluded for value in values):
            raise Conflict(pointer, "required", f"no value is left for the required property {name}")


def _enumerated(keywords: dict[str, Any]) -> list[list[Any]]:
    found: list[list[Any]] = []
    if "const" in keywords:
        found.append([keywords["const"]])
    if isinstance(keywords.get("enum"), list):
        found.append(keywords["enum"])
    return found
