"""
What it takes to violate a schema, said as schemas.

A schema is violated when one of its keywords is, so its negation is a list of alternatives, one or more for each
keyword. What cannot be said constructively stays `{"not": {keyword: …}}` with the type that the keyword speaks of,
and is found by trying.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, cast

from aegis_contracts.instances._context import Context, start
from aegis_contracts.instances._document import Document, Node
from aegis_contracts.instances.patterns._samples import sample

Schemas = Iterator[Any]

_ALL: Final = ("null", "boolean", "number", "string", "array", "object")
# Keywords whose violation is found by trying values, and the type that they speak of.
_TRIED: Final[dict[str, str]] = {
    "pattern": "string",
    "format": "string",
    "x-max-bytes": "string",
    "multipleOf": "number",
}


class _Terminal:
    """
    A refusal that must not be taken apart again.
    """

    def __init__(self, **schema: Any) -> None:
        self.schema = schema


def negations(document: Document, node: Node) -> tuple[Node, ...]:
    """
    The ways to violate *node*; none if it admits everything.
    """
    if node.schema is True:
        return ()
    if node.schema is False:
        return (document.synthetic(node, True),)
    found: list[Node] = []
    for keyword in node.keywords:
        if keyword in ("$ref", "$dynamicRef"):
            continue
        for schema in _violating(keyword, node.keywords):
            refused = document.synthetic(node, schema.schema if isinstance(schema, _Terminal) else schema)
            if isinstance(schema, _Terminal):
                refused.negations = (refused,)
            found.append(refused)
    for target in document.references(node):
        refused = document.synthetic(target, {"not": target.schema})
        # A recursive schema is taken apart one level at a time, when its turn comes.
        found.append(refused)
    return tuple(found)


def is_tried(node: Node) -> bool:
    """
    Whether *node* excludes values that only trying can find.
    """
    return node.negations == (node,)


def _violating(keyword: str, schema: dict[str, Any]) -> Schemas:
    rule = _RULES.get(keyword)
    if rule is not None:
        yield from rule(schema[keyword], schema)
    elif keyword in _TRIED:
        yield _Terminal(**{"type": _TRIED[keyword], "not": {keyword: schema[keyword]}})


def _type(value: Any, _: dict[str, Any]) -> Schemas:
    types: list[str] = [value] if isinstance(value, str) else list(value)
    rest = [name for name in _ALL if name not in types]
    if "integer" in types and "number" in rest:
        rest.remove("number")
        yield _Terminal(**{"type": "number", "not": {"multipleOf": 1}})
    if rest:
        yield {"type": rest}


def _bound(opposite: str) -> Callable[[Any, dict[str, Any]], Schemas]:
    def violating(value: Any, _: dict[str, Any]) -> Schemas:
        yield {"type": "number", opposite: value}

    return violating


def _count(kind: str, opposite: str, by: int) -> Callable[[Any, dict[str, Any]], Schemas]:
    def violating(value: Any, _: dict[str, Any]) -> Schemas:
        limit = int(value) + by
        if limit >= 0:
            yield {"type": kind, opposite: limit}

    return violating


def _required(value: Any, _: dict[str, Any]) -> Schemas:
    for name in cast("list[str]", value):
        yield {"type": "object", "properties": {name: False}}


def _properties(value: Any, _: dict[str, Any]) -> Schemas:
    for name, schema in cast("dict[str, Any]", value).items():
        if schema is not True:
            yield {"type": "object", "required": [name], "properties": {name: {"not": schema}}}


def _additional(value: Any, schema: dict[str, Any]) -> Schemas:
    if value is True or value == {}:
        return
    if schema.get("patternProperties"):
        names = ("properties", "patternProperties", "additionalProperties")
        yield _Terminal(**{"type": "object", "not": {name: schema[name] for name in names if name in schema}})
        return
    known = list(cast("dict[str, Any]", schema.get("properties", {})))
    name = next(f"other_{i}" for i in range(len(known) + 1) if f"other_{i}" not in known)
    yield {"type": "object", "required": [name], "properties": {name: {"not": value}}}


def _items(value: Any, schema: dict[str, Any]) -> Schemas:
    before = len(schema.get("prefixItems", ()))
    yield {"type": "array", "minItems": before + 1, "prefixItems": [*[True] * before, {"not": value}]}


def _prefix(value: Any, _: dict[str, Any]) -> Schemas:
    for index, schema in enumerate(cast("list[Any]", value)):
        yield {"type": "array", "minItems": index + 1, "prefixItems": [*[True] * index, {"not": schema}]}


def _contains(value: Any, schema: dict[str, Any]) -> Schemas:
    least, most = schema.get("minContains", 1), schema.get("maxContains")
    if least == 1:
        yield {"type": "array", "items": {"not": value}}
    elif least > 1:
        yield {"type": "array", "contains": value, "minContains": 0, "maxContains": least - 1}
    if most is not None:
        yield {"type": "array", "contains": value, "minContains": most + 1}


def _unique(value: Any, _: dict[str, Any]) -> Schemas:
    if value is True:
        yield _Terminal(**{"type": "array", "minItems": 2, "not": {"uniqueItems": True}})


def _names(value: Any, _: dict[str, Any]) -> Schemas:
    yield {"type": "object", "minProperties": 1, "propertyNames": {"not": value}}


def _patterned(value: Any, _: dict[str, Any]) -> Schemas:
    for pattern, schema in cast("dict[str, Any]", value).items():
        if schema is not True:
            name = sample(Context(start(pattern), left=0, deepest=0, work=0), pattern)
            yield {"type": "object", "required": [name], "properties": {name: {"not": schema}}}


def _unevaluated(kind: str, least: str) -> Callable[[Any, dict[str, Any]], Schemas]:
    def violating(value: Any, schema: dict[str, Any]) -> Schemas:
        if value is not True:
            count = 1 + len(schema.get("prefixItems", ()))
            yield _Terminal(**{"type": kind, least: count, "not": schema})

    return violating


def _any_of(value: Any, _: dict[str, Any]) -> Schemas:
    yield {"allOf": [{"not": schema} for schema in cast("list[Any]", value)]}


def _all_of(value: Any, _: dict[str, Any]) -> Schemas:
    for schema in cast("list[Any]", value):
        yield {"not": schema}


def _one_of(value: Any, _: dict[str, Any]) -> Schemas:
    schemas = cast("list[Any]", value)
    yield {"allOf": [{"not": schema} for schema in schemas]}
    for first, schema in enumerate(schemas):
        for other in schemas[first + 1 :]:
            yield {"allOf": [schema, other]}


def _not(value: Any, _: dict[str, Any]) -> Schemas:
    yield value


def _if(value: Any, schema: dict[str, Any]) -> Schemas:
    if "then" in schema:
        yield {"allOf": [value, {"not": schema["then"]}]}
    if "else" in schema:
        yield {"allOf": [{"not": value}, {"not": schema["else"]}]}


def _dependent_required(value: Any, _: dict[str, Any]) -> Schemas:
    for name, names in cast("dict[str, list[str]]", value).items():
        for other in names:
            if other != name:
                yield {"type": "object", "required": [name], "properties": {other: False}}


def _dependent_schemas(value: Any, _: dict[str, Any]) -> Schemas:
    for name, schema in cast("dict[str, Any]", value).items():
        yield {"type": "object", "required": [name], "not": schema}


def _excluded(value: Any, _: dict[str, Any]) -> Schemas:
    yield _Terminal(**{"not": {"enum": value}})


def _constant(value: Any, _: dict[str, Any]) -> Schemas:
    yield _Terminal(**{"not": {"enum": [value]}})


_RULES: Final[dict[str, Callable[[Any, dict[str, Any]], Schemas]]] = {
    "type": _type,
    "const": _constant,
    "enum": _excluded,
    "minimum": _bound("exclusiveMaximum"),
    "maximum": _bound("exclusiveMinimum"),
    "exclusiveMinimum": _bound("maximum"),
    "exclusiveMaximum": _bound("minimum"),
    "minLength": _count("string", "maxLength", -1),
    "maxLength": _count("string", "minLength", 1),
    "minItems": _count("array", "maxItems", -1),
    "maxItems": _count("array", "minItems", 1),
    "minProperties": _count("object", "maxProperties", -1),
    "maxProperties": _count("object", "minProperties", 1),
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "prefixItems": _prefix,
    "contains": _contains,
    "uniqueItems": _unique,
    "propertyNames": _names,
    "patternProperties": _patterned,
    "unevaluatedProperties": _unevaluated("object", "minProperties"),
    "unevaluatedItems": _unevaluated("array", "minItems"),
    "anyOf": _any_of,
    "allOf": _all_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
    "dependentRequired": _dependent_required,
    "dependentSchemas": _dependent_schemas,
}
