"""
Schemas inside a contract become self-contained JSON Schema 2020-12.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import Contract, DanglingReferenceError, load


def contract(schemas: dict[str, Any], version: str = "3.1.1") -> Contract:
    return load(
        {
            "openapi": version,
            "info": {"title": "t", "version": "1"},
            "paths": {},
            "components": {"schemas": schemas},
        }
    )


def test_recursive_schemas_close_over_themselves():
    """
    A schema that contains itself is projected once and refers to itself.
    """
    tree = {"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}}
    schema = contract({"Tree": tree}).schema("#/components/schemas/Tree")
    assert schema.is_valid({"kids": [{"kids": []}]})
    assert [v.pointer for v in schema.violations({"kids": [{"kids": 5}]})] == ["/kids/0/kids"]


def test_a_violation_names_the_place_in_the_contract():
    """
    What is broken is reported where the rule stands in the document, not in some compiled form.
    """
    schemas = {"A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}}, "B": {"minLength": 3}}
    (violation,) = contract(schemas).schema("#/components/schemas/A").violations({"b": "x"})
    assert violation.schema == "document#/components/schemas/B/minLength"


@pytest.mark.parametrize(
    ("schema", "valid", "invalid"),
    [
        ({"type": "string", "nullable": True}, None, 5),
        ({"type": "string", "enum": ["a"], "nullable": True}, None, "b"),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, 2, 1),
        ({"type": "integer", "maximum": 9, "exclusiveMaximum": False}, 9, 10),
        ({"anyOf": [{"type": "integer"}, {"nullable": True}]}, None, "b"),
        ({"oneOf": [{"nullable": True, "description": "none"}, {"type": "integer"}]}, None, "b"),
        ({"allOf": [{"type": "string"}], "nullable": True}, None, 5),
        ({"type": "integer", "format": "int32"}, 2**31 - 1, 2**31),
    ],
)
def test_openapi_3_0_means_what_it_meant(schema: dict[str, Any], valid: object, invalid: object):
    """
    The dialect of OpenAPI 3.0 (nullable, boolean exclusive bounds) keeps its meaning.
    """
    found = contract({"S": schema}, "3.0.3").schema("#/components/schemas/S")
    assert found.is_valid(valid)
    assert not found.is_valid(invalid)


def test_read_only_and_write_only_follow_the_direction():
    """
    A request need not send what is read-only; a response must not show what is write-only.
    """
    user = {
        "type": "object",
        "required": ["id", "password"],
        "properties": {
            "id": {"type": "integer", "readOnly": True},
            "password": {"$ref": "#/components/schemas/Secret"},
        },
    }
    schema = contract({"User": user, "Secret": {"type": "string", "writeOnly": True}}).schema(
        "#/components/schemas/User"
    )
    assert schema.is_valid({"password": "x"}, "request")
    assert schema.is_valid({"id": 1}, "response")
    assert [v.pointer for v in schema.violations({"id": 1, "password": "x"}, "response")] == ["/password"]


def test_references_cross_files(tmp_path: Path):
    """
    A schema in another file is found, also when it refers back.
    """
    (tmp_path / "common.yaml").write_text(
        "components:\n  schemas:\n    Name: {type: string, minLength: 2}\n"
        "    Pair: {properties: {first: {$ref: 'api.yaml#/components/schemas/Person'}}}\n"
    )
    (tmp_path / "api.yaml").write_text(
        "openapi: 3.1.1\ninfo: {title: t, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n"
        "    Person: {properties: {name: {$ref: 'common.yaml#/components/schemas/Name'}}}\n"
        "    Both: {$ref: 'common.yaml#/components/schemas/Pair'}\n"
    )
    schema = load(tmp_path / "api.yaml").schema("#/components/schemas/Both")
    (violation,) = schema.violations({"first": {"name": "x"}})
    assert violation.pointer == "/first/name"
    assert violation.schema.endswith("common.yaml#/components/schemas/Name/minLength")


@pytest.mark.parametrize(
    "reference", ["#/components/schemas/Nobody", "#nowhere", "other.yaml#/A", "#/components/schemas/A"]
)
def test_references_to_nothing_are_refused(reference: str):
    """
    A reference that leads nowhere, or only to itself, is refused by name.
    """
    found = contract({"A": {"$ref": reference}})
    with pytest.raises(DanglingReferenceError, match=reference.split("#")[0] or "#"):
        found.documents.follow({"$ref": "#/components/schemas/A"}, found.root)


def test_bytes_are_counted_in_the_codec_of_the_contract():
    """
    x-max-bytes bounds the encoded length: 45 Hangul syllables fill an SMS, 46 do not.
    """
    schema = contract({"T": {"type": "string", "x-max-bytes": {"codec": "cp949", "max": 90}}}).schema(
        "#/components/schemas/T"
    )
    assert schema.is_valid("똠" * 45)
    assert not schema.is_valid("똠" * 46)
