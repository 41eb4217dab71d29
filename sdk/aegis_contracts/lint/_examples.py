"""
Examples: each must meet the schema that it is an example of.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aegis_contracts._contract import Contract
from aegis_contracts._model import MediaType, Operation, Parameter
from aegis_contracts._subschemas import subschemas
from aegis_contracts._violation import Finding
from aegis_contracts.documents._documents import DanglingReferenceError, Place
from aegis_contracts.exchange._media import kind
from aegis_contracts.schemas._hidden import Direction
from aegis_contracts.schemas._schema import Schema
from aegis_contracts.verdict._verdict import InvalidSchemaError

_SHOWN = 3


def examples(contract: Contract) -> Iterator[Finding]:
    """
    Report every example that breaks its schema, and every schema that does not compile.

    A request example that has the name of a 4XX response's example shows what is refused, so it may break the schema.
    """
    seen: set[Place] = set()
    for operation in contract.all_operations():
        refused = _refused(operation)
        for parameter in operation.parameters:
            yield from _owner(contract, parameter, "request", seen, refused)
        if operation.request_body:
            for media_type, media in operation.request_body.content.items():
                if kind(media_type) == "json":
                    yield from _owner(contract, media, "request", seen, refused)
        for response in operation.responses.values():
            for header in response.headers.values():
                yield from _owner(contract, header, "response", seen, frozenset())
            for media_type, media in response.content.items():
                if kind(media_type) == "json":
                    yield from _owner(contract, media, "response", seen, frozenset())
    for schema in contract.component_schemas.values():
        yield from _schema(contract, schema, seen)


def _refused(operation: Operation) -> frozenset[str]:
    return frozenset(
        name
        for status, response in operation.responses.items()
        if status.startswith("4")
        for media in response.content.values()
        for name in media.examples
        if name != "default"
    )


def _owner(
    contract: Contract, owner: Parameter | MediaType, direction: Direction, seen: set[Place], refused: frozenset[str]
) -> Iterator[Finding]:
    schema = owner.schema
    if schema is None:
        return
    yield from _schema(contract, schema, seen)
    for example in owner.examples.values():
        if example.has_value and example.name not in refused and example.value_place not in seen:
            seen.add(example.value_place)
            yield from _instance(contract, schema, example.value, example.value_place, direction)


def _schema(contract: Contract, schema: Schema, seen: set[Place]) -> Iterator[Finding]:
    """
    Check the examples and defaults that stand inside a schema, however deep.
    """
    stack: list[tuple[Any, Place]] = [(schema.node, schema.place)]
    while stack:
        node, place = stack.pop()
        if place in seen or not isinstance(node, dict):
            continue
        seen.add(place)
        inside = contract.schema_at(node, place)
        given = [(node["example"], place.at("example"))] if "example" in node else []
        if isinstance(node.get("examples"), list):
            given += [(value, place.at("examples", index)) for index, value in enumerate(node["examples"])]
        for value, where in given:
            yield from _instance(contract, inside, value, where, "none")
        stack.extend((part, place.at(*steps)) for steps, part in subschemas(node))


def _instance(contract: Contract, schema: Schema, value: Any, place: Place, direction: Direction) -> Iterator[Finding]:
    documents = contract.documents
    try:
        found = schema.violations(value, direction)
    except InvalidSchemaError as error:
        where = schema.projection(direction).place(error.pointer)
        yield documents.finding(where, "invalid-schema", str(error), "mend the schema")
        return
    except DanglingReferenceError:
        return  # reported by its own rule
    for violation in found[:_SHOWN]:
        inside = Place(place.uri, place.pointer + violation.pointer)
        said = f"the example {violation.message} ({violation.schema})"
        more = f"; {len(found) - _SHOWN} more here" if len(found) > _SHOWN and violation is found[_SHOWN - 1] else ""
        yield documents.finding(inside, "invalid-example", said + more, "mend the example, or the schema")
