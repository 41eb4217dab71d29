"""
Schemas that reach each other all over a document are compiled once, and judge and generate as each alone would.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import Contract, load

NUMBER = 200


def thing(number: int) -> dict[str, Any]:
    neighbours = [{"$ref": f"#/components/schemas/Thing{(number * 7 + step) % NUMBER}"} for step in (1, 2)]
    return {
        "type": "object",
        "required": ["id", "kind"],
        "properties": {
            "id": {"type": "integer", "readOnly": True, "description": "Names it."},
            "kind": {"type": "string", "enum": [f"thing{number}"]},
            "description": {"type": "string", "minLength": 1},
            "owner": {"anyOf": [{"type": "string"}, *neighbours]},
        },
    }


@pytest.fixture(scope="module")
def contract() -> Contract:
    page = {
        "type": "object",
        "required": ["data"],
        "properties": {"data": {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/Thing0"}}},
    }
    responses = {"200": {"description": "ok", "content": {"application/json": {"schema": page}}}}
    return load(
        {
            "openapi": "3.1.0",
            "info": {"title": "Things", "version": "1"},
            "paths": {"/things": {"get": {"operationId": "list", "responses": responses}}},
            "components": {"schemas": {f"Thing{number}": thing(number) for number in range(NUMBER)}},
        }
    )


def test_all_entangled_schemas_share_their_definitions(contract: Contract) -> None:
    """
    However many schemas are used, what they reach is kept once.
    """
    first = contract.schema("#/components/schemas/Thing0").projected("response")
    second = contract.schema("#/components/schemas/Thing1").projected("response")
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first["$defs"] is second["$defs"]


@pytest.mark.parametrize(
    ("instance", "pointers"),
    [
        ({"data": [{"id": 1, "kind": "thing0", "owner": "me"}]}, []),
        ({"data": [{"id": 1, "kind": "thing0", "owner": {"id": 2, "kind": "thing1"}}]}, []),
        ({"data": [{"id": "1", "kind": "thing0"}]}, ["/data/0/id"]),
        ({"data": [{"id": 1, "kind": "thing9", "description": ""}]}, ["/data/0/description", "/data/0/kind"]),
        ({"data": []}, ["/data"]),
        ({}, ["/data"]),
    ],
)
def test_verdict_is_that_of_the_schema_alone(contract: Contract, instance: Any, pointers: list[str]) -> None:
    """
    Valid and invalid, and where, and by which part of the contract: as if the schema had been compiled alone.
    """
    schema = contract.operations["list"].responses["200"].content["application/json"].schema
    assert schema is not None
    found = schema.violations(instance, "response", "/body")
    assert sorted(v.pointer for v in found) == [f"/body{pointer}" for pointer in pointers]
    assert schema.is_valid(instance, "response") is not bool(pointers)
    for violation in found:
        assert "#/paths/" in violation.schema or "#/components/schemas/Thing0/" in violation.schema


def test_direction_counts(contract: Contract) -> None:
    """
    What is read-only is not required of a request.
    """
    schema = contract.schema("#/components/schemas/Thing5")
    assert schema.is_valid({"kind": "thing5"}, "request")
    assert not schema.is_valid({"kind": "thing5"}, "response")


def test_instances_are_valid(contract: Contract) -> None:
    """
    Instances come from the shared document, and each schema accepts its own.
    """
    for number in (0, 1, 99):
        schema = contract.schema(f"#/components/schemas/Thing{number}")
        value: Any = schema.generator("response").generate("seed")
        assert schema.is_valid(value, "response")
        assert value["kind"] == f"thing{number}"


@pytest.mark.parametrize(
    ("schema", "valid", "invalid"),
    [
        ({"type": "object", "properties": {"a": {"type": "string", "required": True}}}, {"a": "x"}, {"a": 1}),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, 4, 3),
        ({"type": "object", "required": ["a", "a"]}, {"a": 1}, {}),
        ({"type": "array", "items": [], "minItems": "1", "maxItems": 1}, [], [1, 2]),
        ({"type": "object", "properties": {"$ref": "elsewhere.yml#/x"}, "required": ["b"]}, {"b": 1}, {}),
        ({"type": "string", "$recursiveAnchor": True, "allOf": []}, "x", 1),
        ({"oneOf": [{"type": "string"}], "discriminator": {"propertyName": "t", "mapping": {"a": "#/no/t"}}}, "x", 1),
    ],
)
def test_keywords_that_say_nothing_are_overlooked(schema: dict[str, Any], valid: Any, invalid: Any) -> None:
    """
    Keywords that public documents write wrongly do not break the rest of the schema.
    """
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {},
        "components": {"schemas": {"Odd": schema}},
    }
    odd = load(document).schema("#/components/schemas/Odd")
    assert odd.is_valid(valid, "response")
    assert not odd.is_valid(invalid, "response")
