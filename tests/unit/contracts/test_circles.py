"""
Schemas that come back to themselves at the same instance: kinds that extend the parent that lists them, and stranger.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import Schema, load
from aegis_contracts.instances import generate

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
Instances = list[tuple[Any, bool]]


def ref(name: str) -> dict[str, Any]:
    """
    Refer to a component.
    """
    return {"$ref": f"#/components/schemas/{name}"}


def listing(*kinds: str, **more: Any) -> dict[str, Any]:
    """
    Write a parent that lists its kinds.
    """
    own = {"type": "object", "required": ["kind"], "properties": {"kind": TEXT, "next": ref("P")}}
    return {**own, "oneOf": [ref(kind) for kind in kinds], **more}


def extending(parent: str, name: str, **more: Any) -> dict[str, Any]:
    """
    Write a kind that extends its parent by one property.
    """
    return {"allOf": [ref(parent), {"type": "object", "required": [name], "properties": {name: WHOLE}}], **more}


KINDS = {"P": listing("A", "B"), "A": extending("P", "a"), "B": extending("P", "b")}
TOLD = {**KINDS, "P": listing("A", "B", discriminator={"propertyName": "kind"})}
GRAND = {
    **KINDS,
    "A": extending("P", "a", oneOf=[ref("G"), ref("H")]),
    "G": extending("A", "g"),
    "H": extending("A", "h"),
}
MIDDLE = {**KINDS, "P": listing("M", "B"), "M": {"oneOf": [ref("A"), ref("C")]}, "C": extending("P", "c")}
INLINE = {
    "P": {
        "type": "object",
        "required": ["kind"],
        "oneOf": [{"allOf": [ref("P"), {"required": ["a"]}]}, {"allOf": [ref("P"), {"required": ["b"]}]}],
    }
}
CLOSED = {**KINDS, "P": listing("A", "B", unevaluatedProperties=False)}
BESIDE = {"P": listing("A", "B"), "A": {**ref("P"), "required": ["a"]}, "B": {**ref("P"), "required": ["b"]}}
READ_ONLY = {**KINDS, "P": listing("A", "B", required=["id"], properties={"id": {**TEXT, "readOnly": True}})}
BOTH = {"P": {"allOf": [ref("Q")], "required": ["a"]}, "Q": {"allOf": [ref("P")], "required": ["b"]}}
EITHER = {"P": {"anyOf": [ref("Q"), TEXT]}, "Q": {"anyOf": [ref("P"), WHOLE]}}
LISTED = {
    "P": {"type": "array", "prefixItems": [TEXT], "oneOf": [ref("A"), ref("B")], "unevaluatedItems": False},
    "A": {"allOf": [ref("P"), {"prefixItems": [True, WHOLE], "minItems": 2, "maxItems": 2}]},
    "B": {"allOf": [ref("P"), {"maxItems": 1}]},
}
NEEDING = {**READ_ONLY, "A": {"allOf": [ref("P"), ref("R"), {"required": ["a"]}]}, "R": {"required": ["id"]}}
WHEN = {
    "P": {"type": "object", "if": {"required": ["k"]}, "then": ref("Q")},
    "Q": {"allOf": [ref("P"), {"required": ["b"]}]},
}
CASES: dict[str, tuple[dict[str, Any], str, Instances]] = {
    "kinds of a parent": (
        KINDS,
        "P",
        [
            ({"kind": "x", "a": 1}, True),
            ({"kind": "x"}, False),
            ({"kind": "x", "a": 1, "b": 2}, False),
            ({"a": 1}, False),
            ({"kind": "x", "b": "no"}, False),
            ({"kind": "x", "a": 1, "next": {"kind": "y", "b": 1}}, True),
            ({"kind": "x", "a": 1, "next": {"kind": "y"}}, False),
        ],
    ),
    "one kind alone": (
        KINDS,
        "A",
        [({"kind": "x", "a": 1}, True), ({"kind": "x", "b": 1}, False), ({"kind": "x", "a": 1, "b": 2}, True)],
    ),
    "a discriminator": (
        TOLD,
        "P",
        [({"kind": "A", "a": 1}, True), ({"kind": "B", "a": 1}, False), ({"kind": "x", "a": 1}, False)],
    ),
    "kinds of kinds": (
        GRAND,
        "P",
        [
            ({"kind": "x", "a": 1, "g": 1}, True),
            ({"kind": "x", "a": 1}, False),
            ({"kind": "x", "b": 1}, True),
            ({"kind": "x", "g": 1}, False),
        ],
    ),
    "a kind of a kind": (
        GRAND,
        "G",
        [({"kind": "x", "a": 1, "g": 1}, True), ({"kind": "x", "g": 1}, False), ({"a": 1, "g": 1}, False)],
    ),
    "kinds behind a union": (
        MIDDLE,
        "P",
        [({"kind": "x", "a": 1}, True), ({"kind": "x", "c": 1}, True), ({"kind": "x"}, False)],
    ),
    "kinds written in place": (
        INLINE,
        "P",
        [({"kind": "x", "a": 1}, True), ({"kind": "x"}, False), ({"a": 1}, False)],
    ),
    "a parent that is closed": (CLOSED, "P", [({"kind": "x", "a": 1}, True), ({"kind": "x", "a": 1, "z": 1}, False)]),
    "a list that is closed": (LISTED, "P", [(["x", 1], True), (["x", "y"], False), (["x"], True), ([1], False)]),
    "rules beside a reference": (BESIDE, "P", [({"kind": "x", "a": 1}, True), ({"kind": "x"}, False)]),
    "what does not travel": (READ_ONLY, "P", [({"a": 1}, True), ({}, False)]),
    "what another schema asks for": (NEEDING, "A", [({"a": 1}, True), ({}, False)]),
    "another name of itself": ({"P": {**TEXT, "anyOf": [ref("Q")]}, "Q": ref("P")}, "P", [("x", True), (1, False)]),
    "each extends the other": (BOTH, "P", [({"a": 1, "b": 1}, True), ({"a": 1}, False), ({"b": 1}, False)]),
    "it extends itself": ({"P": {"allOf": [ref("P")], "required": ["a"]}}, "P", [({"a": 1}, True), ({}, False)]),
    "a branch of itself": ({"P": {"anyOf": [ref("P"), TEXT]}}, "P", [("x", True), (1, False)]),
    "branches of each other": (EITHER, "Q", [("x", True), (1, True), (True, False)]),
    "a condition": (WHEN, "P", [({"k": 1}, False), ({"k": 1, "b": 1}, True), ({}, True)]),
}


def schema(schemas: dict[str, Any], name: str, version: str = "3.1.0") -> Schema:
    """
    Read a schema of a document as the body of a request.
    """
    body = {"requestBody": {"content": {"application/json": {"schema": ref(name)}}}}
    document = {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {"/x": {"post": {**body, "responses": {"204": {"description": "d"}}}}},
        "components": {"schemas": schemas},
    }
    operation = next(iter(load(document).operations.values()))
    assert operation.request_body is not None
    found = operation.request_body.content["application/json"].schema
    assert found is not None
    return found


@pytest.mark.parametrize(("schemas", "name", "instances"), CASES.values(), ids=CASES)
def test_what_comes_back_says_nothing_more(schemas: dict[str, Any], name: str, instances: Instances) -> None:
    """
    A kind holds its parent's own rules and not the choice between the kinds; no verdict goes round for ever.
    """
    one = schema(schemas, name)
    assert [not list(one.violations(instance, "request")) for instance, _ in instances] == [is_ for _, is_ in instances]


@pytest.mark.parametrize("case", CASES)
def test_what_comes_back_can_be_made_up(case: str) -> None:
    """
    Instances of such schemas are made, and are valid.
    """
    schemas, name, _ = CASES[case]
    one = schema(schemas, name)
    assert all(one.is_valid(generate(one.projected("request"), f"{seed}"), "request") for seed in range(5))


def test_the_older_dialect_has_kinds_too() -> None:
    """
    OpenAPI 3.0 ignores what stands beside a reference, and kinds extend their parent all the same.
    """
    one = schema(KINDS, "P", "3.0.3")
    assert one.is_valid({"kind": "x", "a": 1}, "request")
    assert not one.is_valid({"kind": "x"}, "request")


def test_schemas_that_share_one_document_come_back_too() -> None:
    """
    Where a contract has so many schemas that all are compiled together, a kind is still its parent without the choice.
    """
    many = {f"N{n}": {"type": "object", "properties": {"next": ref(f"N{n + 1}")}} for n in range(200)}
    far = {"N200": {"type": "object", "properties": {"pet": ref("P")}}}
    one = schema({**KINDS, **many, **far, "Root": {"allOf": [ref("P")], "properties": {"n": ref("N0")}}}, "Root")
    assert one.is_valid({"kind": "x", "a": 1}, "request")
    assert not one.is_valid({"kind": "x"}, "request")


def test_fifty_kinds_are_no_more_work_than_fifty_schemas() -> None:
    """
    A parent with fifty kinds, each of which extends it, is judged and made up like any other union.
    """
    kinds = {f"K{n}": extending("P", f"p{n}") for n in range(50)}
    one = schema({"P": listing(*kinds, discriminator={"propertyName": "kind"}), **kinds}, "P")
    assert one.is_valid({"kind": "K7", "p7": 1}, "request")
    assert [v.pointer for v in one.violations({"kind": "K7", "p7": "no"}, "request")] == ["/p7"]
    assert one.is_valid(generate(one.projected("request"), "s"), "request")


def test_discriminators_are_rules_wherever_a_schema_stands() -> None:
    """
    A union in the body of an operation has the same rules whether or not it shares a document with many others.
    """
    many = {f"N{n}": {"type": "object", "properties": {"next": ref(f"N{n + 1}")}} for n in range(200)}
    union = {"oneOf": [ref("A"), ref("B")], "discriminator": {"propertyName": "kind"}, "properties": {"n": ref("N0")}}
    kinds = {"A": {**listing(), "oneOf": [True]}, "B": {**listing(), "oneOf": [True]}, "P": True}
    alone = schema({**kinds, "N0": True, "Root": union}, "Root").discriminated("request")
    shared = schema({**kinds, **many, "N200": True, "Root": union}, "Root").discriminated("request")
    assert isinstance(alone, dict)
    assert isinstance(shared, dict)
    assert shared["oneOf"] == alone["oneOf"]
    assert [branch["properties"]["kind"] for branch in shared["oneOf"]] == [{"enum": ["A"]}, {"enum": ["B"]}]
