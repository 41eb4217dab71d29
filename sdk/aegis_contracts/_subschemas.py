"""
Where schemas stand inside of a schema (JSON Schema 2020-12 §10, and what older documents still write), once for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

# Keywords whose value is one schema, a list of them, or schemas by name.
ONE = frozenset(
    {
        "additionalItems",
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
MAP = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
Steps = tuple[str | int, ...]


def subschemas(schema: Mapping[str, Any]) -> Iterator[tuple[Steps, Any]]:
    """
    Find the schemas directly below *schema*, each with the steps to it.
    """
    for keyword, value in schema.items():
        if keyword in ONE:
            yield (keyword,), value
        elif keyword in LIST and isinstance(value, list):
            yield from (((keyword, index), item) for index, item in enumerate(value))
        elif keyword in MAP and isinstance(value, dict):
            yield from (((keyword, name), item) for name, item in value.items())


def mapped(schema: Mapping[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """
    Change every schema directly below *schema*, and keep the rest as it is.
    """
    made: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in ONE:
            made[keyword] = change(value)
        elif keyword in LIST and isinstance(value, list):
            made[keyword] = [change(item) for item in value]
        elif keyword in MAP and isinstance(value, dict):
            made[keyword] = {name: change(item) for name, item in value.items()}
        else:
            made[keyword] = value
    return made


def mentions(schema: Any, *keywords: str) -> bool:
    """
    Say whether one of *keywords* stands anywhere in *schema*, be it as the name of a property.
    """
    wanted = frozenset(keywords)
    pending = [schema]
    while pending:
        node = pending.pop()
        if isinstance(node, dict):
            if not wanted.isdisjoint(node):
                return True
            pending.extend(value for value in node.values() if isinstance(value, dict | list))
        elif isinstance(node, list):
            pending.extend(item for item in node if isinstance(item, dict | list))
    return False
