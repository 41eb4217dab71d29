"""
Values stay small, recursion ends, and what cannot be generated is said so, with the place.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis_contracts import Verdict
from aegis_contracts.instances import Generator, Ungeneratable, generate

TREE: dict[str, Any] = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "required": ["name", "children"],
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                "parent": {"$ref": "#/$defs/node"},
            },
        }
    },
}
LINKED: dict[str, Any] = {
    "$ref": "#/$defs/cell",
    "$defs": {
        "cell": {
            "type": "object",
            "required": ["next"],
            "properties": {"next": {"anyOf": [{"$ref": "#/$defs/cell"}, {"type": "null"}]}},
        }
    },
}
MUTUAL: dict[str, Any] = {
    "$ref": "#/$defs/a",
    "$defs": {
        "a": {
            "type": "object",
            "required": ["b"],
            "properties": {"b": {"oneOf": [{"$ref": "#/$defs/b"}, {"$ref": "#/$defs/end"}]}},
        },
        "b": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/$defs/a"}}},
        "end": {
            "type": "object",
            "required": ["end"],
            "properties": {"end": {"const": True}},
            "additionalProperties": False,
        },
    },
}
CROWD = {
    "$ref": "#/$defs/t0",
    "$defs": {
        f"t{i}": {
            "type": "object",
            "required": ["id", *(f"f{k}" for k in range(0, 30, 3))],
            "properties": {
                "id": {"type": "string"},
                **{
                    f"f{k}": {"anyOf": [{"type": "string"}, {"$ref": f"#/$defs/t{(i * 7 + k * 13 + 1) % 300}"}]}
                    for k in range(30)
                },
            },
        }
        for i in range(300)
    },
}


@pytest.mark.parametrize("schema", [TREE, LINKED, MUTUAL, CROWD], ids=["tree", "linked list", "mutual", "crowd"])
def test_recursion_ends(schema: dict[str, Any]) -> None:
    """
    Recursion ends by leaving optional parts out, by empty lists, or by the alternative that closes it.
    """
    generator, verdict = Generator(schema), Verdict(schema)
    for seed in range(8):
        instance = generator.generate(str(seed))
        assert verdict.is_valid(instance)
        assert len(json.dumps(instance)) < 20_000


def test_depth_and_size_are_the_callers() -> None:
    """
    A caller who wants little gets little.
    """
    small, large = (generate(CROWD, "seed", size=size) for size in (20, 2_000))
    assert len(json.dumps(small)) < 2_000 < len(json.dumps(large))
    assert sorted(generate(TREE, "seed", depth=0)) == ["children", "name"]


def test_large_bounds_are_not_filled() -> None:
    """
    What may be long is short, unless it must be long.
    """
    schema = {"type": "array", "maxItems": 10_000, "items": {"type": "string", "maxLength": 100_000}}
    assert len(json.dumps(generate(schema, "seed"))) < 1_000
    assert len(generate({"type": "array", "minItems": 500, "items": {"type": "integer"}}, "seed")) == 500


@pytest.mark.parametrize(
    ("schema", "pointer", "keyword"),
    [
        (False, "", "false"),
        ({"type": "integer", "minimum": 3, "maximum": 2}, "", "minimum"),
        ({"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2}, "", "minimum"),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "", "minLength"),
        ({"enum": [1, 2], "type": "string"}, "", "enum"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "", "type"),
        (
            {"type": "array", "minItems": 4, "uniqueItems": True, "items": {"type": ["boolean", "null"]}},
            "",
            "uniqueItems",
        ),
        ({"type": "array", "items": {"type": "string"}, "contains": {"type": "integer"}}, "", "contains"),
        ({"type": "object", "required": ["a"], "properties": {"a": False}}, "", "required"),
        (
            {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"type": "string", "pattern": "^a", "not": {"pattern": "^a"}}},
            },
            "/properties/a",
            "not",
        ),
        (
            {"type": "object", "minProperties": 2, "additionalProperties": False, "properties": {"a": True}},
            "",
            "minProperties",
        ),
        (
            {
                "$ref": "#/$defs/a",
                "$defs": {"a": {"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#/$defs/a"}}}},
            },
            "/$defs/a",
            "required",
        ),
        ({"$ref": "#/$defs/missing"}, "", "$ref"),
        ({"type": "text"}, "", "type"),
        ({"type": "string", "pattern": "["}, "", "pattern"),
    ],
)
def test_what_cannot_be_generated_is_refused(schema: Any, pointer: str, keyword: str) -> None:
    """
    A schema that admits nothing, or is none, is refused with the place and the keyword, not with a wrong value.
    """
    with pytest.raises(Ungeneratable) as caught:
        generate(schema, "seed")
    assert (caught.value.pointer.startswith(pointer), caught.value.keyword) == (True, keyword)
    assert str(caught.value).startswith("cannot generate a value for #")


def test_a_stricter_verdict_is_heeded() -> None:
    """
    A verdict that knows more than the schema says is heeded, and where it refuses everything, that is said.
    """
    generator = Generator({"type": "integer"}, is_valid=lambda number: number % 2 == 0)
    assert all(generator.generate(str(seed)) % 2 == 0 for seed in range(20))
    with pytest.raises(Ungeneratable, match="verdict"):
        Generator({"type": "integer"}, is_valid=lambda _: False).generate("seed")
