"""
What is written in a dialect other than JSON Schema 2020-12, or not quite in it, as 2020-12.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aegis_contracts.json_pointer import index, split

_SAYINGS = frozenset({"description", "title", "example", "deprecated"})


def modern(schema: dict[str, Any]) -> dict[str, Any]:
    """
    Turn OpenAPI 3.0's dialect into 2020-12.
    """
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        flag = schema.get(exclusive)
        if flag is True and bound in schema:
            schema[exclusive] = schema.pop(bound)
        elif isinstance(flag, bool):
            del schema[exclusive]
    if schema.pop("nullable", False) is True:
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        if isinstance(schema.get("type"), str):
            schema["type"] = [schema["type"], "null"]
        elif "type" not in schema and any(key in schema for key in ("allOf", "anyOf", "oneOf", "$ref")):
            return {"anyOf": [schema, {"type": "null"}]}
    return schema


def is_null(schema: Any) -> bool:
    """
    Say whether a member of a union is there only to allow null: ``{nullable: true}``, as many generators write it.
    """
    return isinstance(schema, dict) and schema.get("nullable") is True and not schema.keys() - {"nullable", *_SAYINGS}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_number(value) and value >= 0 and value == int(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_schema(value: Any) -> bool:
    return isinstance(value, dict | bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_map(value: Any) -> bool:
    return isinstance(value, dict)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


_READABLE: dict[str, Callable[[Any], bool]] = {
    "$anchor": _is_text,
    "$dynamicAnchor": _is_text,
    "$recursiveAnchor": _is_text,
    "additionalProperties": _is_schema,
    "allOf": _is_list,
    "anyOf": _is_list,
    "dependentRequired": _is_map,
    "enum": _is_list,
    "exclusiveMaximum": _is_number,
    "exclusiveMinimum": _is_number,
    "format": _is_text,
    "items": _is_schema,
    "maxItems": _is_count,
    "maxLength": _is_count,
    "maxProperties": _is_count,
    "maximum": _is_number,
    "minItems": _is_count,
    "minLength": _is_count,
    "minProperties": _is_count,
    "minimum": _is_number,
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "oneOf": _is_list,
    "properties": _is_map,
    "required": _is_list,
    "uniqueItems": _is_flag,
}


def readable(schema: dict[str, Any]) -> dict[str, Any]:
    """
    Leave out keywords that say nothing because they are written wrongly; ``aegis lint`` names each of them.

    ``required: true`` on a property, a bound as text, ``items: []`` are all over public documents: whoever meets one
    can only overlook it.
    """
    wrong = [key for key, value in schema.items() if key in _READABLE and not _READABLE[key](value)]
    for key in wrong:
        flag = schema.pop(key)
        bound = {"exclusiveMinimum": "minimum", "exclusiveMaximum": "maximum"}.get(key)
        if flag is True and bound in schema:  # OpenAPI 3.0 wrote it like this
            schema[key] = schema.pop(bound)
    required = schema.get("required")
    if required and (len(set(map(str, required))) != len(required) or not all(isinstance(n, str) for n in required)):
        schema["required"] = list(dict.fromkeys(name for name in required if isinstance(name, str)))
    for key in ("allOf", "anyOf", "oneOf"):
        if schema.get(key) == []:
            del schema[key]
    return schema


def without(schema: dict[str, Any] | bool, pointer: str) -> dict[str, Any] | bool:
    """
    Leave out the keyword that *pointer* leads to, or into; a schema of which nothing else can be made admits anything.
    """
    tokens = list(split(pointer)) if pointer else []
    if not tokens or isinstance(schema, bool):
        return True
    made = dict(schema)
    node: Any = made
    owner, keyword = made, tokens[0]
    for token in tokens:
        step: Any = index(token, len(node)) if isinstance(node, list) else token
        if isinstance(node, dict):
            owner, keyword = node, token
        inner: Any = node[step]
        node[step] = inner = (
            list(inner) if isinstance(inner, list) else dict(inner) if isinstance(inner, dict) else inner
        )
        node = inner
    del owner[keyword]
    return made
