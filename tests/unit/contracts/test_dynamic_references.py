"""
``$dynamicRef`` in a contract: what is projected judges, and is made up, as JSON Schema 2020-12 §8.2.3.2 has it.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import Schema, Verdict, load

GENERIC = {
    "$id": "https://example.com/list",
    "type": "array",
    "items": {"$dynamicRef": "#entry"},
    "$defs": {"anything": {"$dynamicAnchor": "entry"}},
}


def bound(name: str, kind: str) -> dict[str, Any]:
    """
    Write a list whose entries are of one kind.
    """
    return {
        "$id": f"https://example.com/{name}",
        "$ref": "list",
        "$defs": {"entry": {"$dynamicAnchor": "entry", "type": kind}},
    }


TREE = {
    "$id": "https://example.com/tree",
    "$dynamicAnchor": "node",
    "type": "object",
    "required": ["value"],
    "properties": {"value": {"type": "integer"}, "below": {"type": "array", "items": {"$dynamicRef": "#node"}}},
}
SCHEMAS: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "a generic list, bound": ({**bound("texts", "string"), "x": GENERIC}, [["a"], [1], [], ["a", 1]]),
    "a generic list, not bound": ({"$ref": "https://example.com/list", "x": GENERIC}, [["a"], [1], 5]),
    "bound twice in one schema": (
        {
            "properties": {
                "texts": {"$ref": "https://example.com/texts"},
                "counts": {"$ref": "https://example.com/counts"},
            },
            "x": GENERIC,
            "y": bound("texts", "string"),
            "z": bound("counts", "integer"),
        },
        [{"texts": ["a"], "counts": [1]}, {"texts": [1]}, {"counts": ["a"]}, {"counts": [1], "texts": [1]}],
    ),
    "the outermost wins": (
        {
            "$id": "https://example.com/outer",
            "$ref": "texts",
            "$defs": {"entry": {"$dynamicAnchor": "entry", "const": "only"}},
            "x": GENERIC,
            "y": bound("texts", "string"),
        },
        [["only"], ["other"], [1]],
    ),
    "a tree that is stricter all the way down": (
        {
            "$id": "https://example.com/strict",
            "$dynamicAnchor": "node",
            "$ref": "tree",
            "unevaluatedProperties": False,
            "x": TREE,
        },
        [
            {"value": 1, "below": [{"value": 2}]},
            {"value": 1, "below": [{"value": 2, "more": 3}]},
            {"value": 1, "more": 2},
        ],
    ),
    "the tree itself stays open": (
        {"$ref": "https://example.com/tree", "x": TREE},
        [{"value": 1, "below": [{"value": 2, "more": 3}]}, {"value": 1, "below": [{}]}],
    ),
    "an anchor that is not dynamic is no binding": (
        {
            "$id": "https://example.com/plain",
            "$ref": "list",
            "$defs": {"entry": {"$anchor": "entry", "type": "string"}},
            "x": GENERIC,
        },
        [["a"], [1]],
    ),
    "without a dynamic anchor of its own it is a plain reference": (
        {
            "$id": "https://example.com/own",
            "$ref": "closed",
            "$defs": {"entry": {"$dynamicAnchor": "entry", "type": "string"}},
            "x": {
                **GENERIC,
                "$id": "https://example.com/closed",
                "$defs": {"one": {"$anchor": "entry", "type": "integer"}},
            },
        },
        [["a"], [1]],
    ),
    "a pointer is never dynamic": (
        {
            "$id": "https://example.com/by-pointer",
            "$ref": "pointing",
            "$defs": {"entry": {"$dynamicAnchor": "entry", "type": "string"}},
            "x": {
                "$id": "https://example.com/pointing",
                "type": "array",
                "items": {"$dynamicRef": "#/$defs/entry"},
                "$defs": {"entry": {"$dynamicAnchor": "entry", "type": "integer"}},
            },
        },
        [["a"], [1]],
    ),
    "both kinds of reference beside each other": (
        {
            "$id": "https://example.com/both",
            "type": "array",
            "items": {"$ref": "#/$defs/short", "$dynamicRef": "#entry"},
            "$defs": {"short": {"maxLength": 3}, "entry": {"$dynamicAnchor": "entry", "type": "string"}},
        },
        [["abc"], ["abcd"], [1]],
    ),
}


def standing(schema: dict[str, Any]) -> Schema:
    """
    Put a schema into a contract, its neighbours (named by one letter) beside it.
    """
    schemas = {"Root": schema} | {f"Other{key}": schema[key] for key in "xyz" if key in schema}
    answer = {"description": "x", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Root"}}}}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Generic", "version": "1"},
        "paths": {"/": {"get": {"operationId": "get", "responses": {"200": answer}}}},
        "components": {
            "schemas": {name: {k: v for k, v in one.items() if k not in "xyz"} for name, one in schemas.items()}
        },
    }
    found = load(document).operations["get"].responses["200"].content["application/json"].schema
    assert found is not None
    return found


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_dynamic_reference_leads_where_the_standard_says(name: str) -> None:
    """
    The verdict of a schema in a contract is the one of the schema itself, and what is made up for it meets it.
    """
    schema, instances = SCHEMAS[name]
    defined = {**schema.get("$defs", {}), **{key: schema[key] for key in "xyz" if key in schema}}
    oracle = Verdict({**{k: v for k, v in schema.items() if k not in "xyz"}, "$defs": defined})
    ours = standing(schema)
    verdicts = [ours.is_valid(instance, "response") for instance in instances]
    assert verdicts == [oracle.is_valid(instance) for instance in instances]
    assert len(set(verdicts)) == 2 or name == "an anchor that is not dynamic is no binding"
    for seed in ("a", "b", "c"):
        assert oracle.is_valid(ours.generator("response").generate(seed))


def test_a_document_of_many_scopes_is_bounded() -> None:
    """
    Generic schemas that bind each other in every combination cost a bounded number of definitions.
    """
    schemas: dict[str, Any] = {}
    for level in range(14):
        for side in "ab":
            schemas[f"{side}{level}"] = {
                "$id": f"https://example.com/{side}{level}",
                "type": "object",
                "properties": {f"{other}": {"$ref": f"{other}{level + 1}"} for other in "ab"} if level < 13 else {},
                "$defs": {f"t{level}": {"$dynamicAnchor": f"t{level}", "const": side}},
            }
    schemas["a13"]["properties"] = {"leaf": {"$dynamicRef": "#t13"}}
    answer = {"description": "x", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/a0"}}}}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Many", "version": "1"},
        "paths": {"/": {"get": {"operationId": "get", "responses": {"200": answer}}}},
        "components": {"schemas": schemas},
    }
    schema = load(document).operations["get"].responses["200"].content["application/json"].schema
    assert schema is not None
    projected = schema.projected("response")
    assert isinstance(projected, dict)
    assert len(projected["$defs"]) < 3_000
    assert schema.is_valid({"a": {"b": {}}}, "response")
