"""
Discriminators: the branch that a value names is the one that holds.
"""

# ruff: noqa: E501 (schemas read better in wide lines)

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import load

CAT = {"type": "object", "required": ["kind", "lives"], "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}}}  # fmt: skip
DOG = {"type": "object", "required": ["kind", "bark"], "properties": {"kind": {"type": "string"}, "bark": {"type": "string"}}}  # fmt: skip
REFERENCES = [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]
MAPPING = {"cat": "#/components/schemas/Cat", "dog": "Dog"}


def pet(union: dict[str, Any], **schemas: Any) -> Any:
    """
    The schema of a pet.
    """
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "components": {"schemas": {"Pet": union, "Cat": CAT, "Dog": DOG, **schemas}},
    }
    return load(document).schema("#/components/schemas/Pet")


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
@pytest.mark.parametrize(
    ("instance", "pointers"),
    [
        ({"kind": "cat", "lives": 9}, set()),
        ({"kind": "dog", "bark": "wow"}, set()),
        ({"kind": "dog", "lives": 9}, {"", "/bark"}),
        ({"kind": "cat", "lives": "9"}, {"", "/lives"}),
        ({"kind": "fish", "lives": 9}, {"", "/kind"}),
        ({"lives": 9}, {"", "/kind"}),
    ],
)
def test_the_value_chooses_the_branch(keyword: str, instance: Any, pointers: set[str]) -> None:
    """
    A value that names no branch is a violation, and one that names another than what fits is told by that branch.
    """
    schema = pet({keyword: REFERENCES, "discriminator": {"propertyName": "kind", "mapping": MAPPING}})
    found = {violation.pointer for violation in schema.violations(instance, "request")}
    assert bool(found) == bool(pointers)
    assert found <= pointers | {""}


def test_without_mapping_a_branch_is_called_by_its_name() -> None:
    """
    Without a mapping the schema's own name is the value, unless the branch itself says what its value is.
    """
    schema = pet({"oneOf": REFERENCES, "discriminator": {"propertyName": "kind"}})
    assert schema.is_valid({"kind": "Cat", "lives": 9})
    assert not schema.is_valid({"kind": "cat", "lives": 9})
    named = {"allOf": [CAT, {"properties": {"kind": {"enum": ["cat", "kitten"]}}}]}
    schema = pet({"oneOf": REFERENCES, "discriminator": {"propertyName": "kind"}}, Cat=named)
    assert schema.is_valid({"kind": "kitten", "lives": 9})
    assert schema.is_valid({"kind": "Dog", "bark": "wow"})


def test_a_null_branch_stays() -> None:
    """
    A union that may be null is told apart all the same.
    """
    schema = pet(
        {"oneOf": [*REFERENCES, {"type": "null"}], "discriminator": {"propertyName": "kind", "mapping": MAPPING}}
    )
    assert schema.is_valid(None)
    assert not schema.is_valid({"kind": "dog", "lives": 9})


def test_a_property_that_is_optional_may_be_missing() -> None:
    """
    Where no branch requires the property, a value without it is judged as ever.
    """
    optional = {
        "type": "object",
        "required": ["lives"],
        "properties": {"kind": {}, "lives": {}},
        "additionalProperties": False,
    }
    barking = {
        "type": "object",
        "required": ["bark"],
        "properties": {"kind": {}, "bark": {}},
        "additionalProperties": False,
    }
    schema = pet(
        {"oneOf": REFERENCES, "discriminator": {"propertyName": "kind", "mapping": MAPPING}}, Cat=optional, Dog=barking
    )
    assert schema.is_valid({"lives": 1})
    assert not schema.is_valid({"kind": "dog", "lives": 1})


def test_branches_of_one_value_are_left_alone() -> None:
    """
    Two branches that are named by the same value cannot be told apart by it, so the union is a union.
    """
    schema = pet(
        {"anyOf": REFERENCES, "discriminator": {"propertyName": "kind"}},
        Cat={**CAT, "properties": {**CAT["properties"], "kind": {"enum": ["animal"]}}},
        Dog={**DOG, "properties": {**DOG["properties"], "kind": {"enum": ["animal"]}}},
    )
    assert schema.is_valid({"kind": "animal", "lives": 9})


@pytest.mark.parametrize(
    ("instance", "holds"),
    [
        ({"kind": "dog", "bark": "wow"}, True),
        ({"kind": "dog", "lives": 9}, False),
        ({"kind": "cat", "lives": 9}, True),
        ({"kind": "fish", "lives": 9}, True),
        ({"kind": "fish", "bark": "wow"}, False),
        ({"kind": "Cat", "lives": 9}, True),
    ],
)
@pytest.mark.parametrize("default", ["Cat", "#/components/schemas/Cat"])
def test_what_names_no_branch_is_the_default_s(instance: Any, holds: bool, default: str) -> None:
    """
    With ``defaultMapping`` (OpenAPI 3.2) a value that names no branch is held to the default, the others to their own.
    """
    union = {"oneOf": REFERENCES, "discriminator": {"propertyName": "kind", "mapping": MAPPING, "defaultMapping": default}}  # fmt: skip
    assert pet(union).is_valid(instance, "request") is holds
