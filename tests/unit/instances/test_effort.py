"""
Generation is bounded in work: schemas as diamonds, with equal branches, or without any value end with a word.
"""

# ruff: noqa: E501 (schemas read better in wide lines)

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from aegis_contracts.instances import Generator, Ungeneratable, generate
from aegis_contracts.instances._workshop import EFFORT

Schema = dict[str, Any]


def branch(note: str = "") -> Schema:
    """
    An object schema of some size.
    """
    inner = {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "string"}}}}
    texts = {f"p{i}": {"type": "string", "description": note} for i in range(10)}
    return {
        "type": "object",
        "required": ["kind", "b"],
        "properties": {"kind": {"type": "string"}, **texts, "b": inner},
    }


def diamond(keyword: str, height: int) -> Schema:
    """
    Schemas of which each offers the same two below it.
    """
    definitions: dict[str, Any] = {f"A{height}": {"type": "string"}, f"B{height}": {"type": "string", "minLength": 3}}
    for level in range(height):
        below = [{"$ref": f"#/$defs/{side}{level + 1}"} for side in "AB"]
        definitions |= {f"{side}{level}": {keyword: below, "description": side} for side in "AB"}
    return {"$defs": definitions, "$ref": "#/$defs/A0"}


def tree(height: int) -> Schema:
    """
    An object that must hold two of the next, and so on: without end there are two to the power of *height*.
    """
    definitions: dict[str, Any] = {f"A{height}": {"type": "string"}}
    for level in range(height):
        both = {side: {"$ref": f"#/$defs/A{level + 1}"} for side in ("left", "right")}
        definitions[f"A{level}"] = {"type": "object", "required": ["left", "right"], "properties": both}
    return {"$defs": definitions, "$ref": "#/$defs/A0"}


NOTHING: dict[str, Schema] = {
    "equal branches": {"oneOf": [branch() for _ in range(12)]},
    "branches that differ in a word": {"oneOf": [branch(str(i)) for i in range(12)]},
    "a diamond of oneOf": diamond("oneOf", 20),
    "a tree of thirty million values": tree(25),
    "constants that exclude each other": {
        "allOf": [
            {"oneOf": [{"properties": {"k": {"const": i + start}}, "required": ["k"]} for i in range(8)]}
            for start in (0, 8)
        ]
    },
}
SOMETHING: dict[str, Schema] = {
    "a diamond of anyOf": diamond("anyOf", 20),
    "a diamond of allOf": diamond("allOf", 20),
    "a tree of a thousand values": tree(10),
    "many choices at once": {
        "allOf": [
            {"anyOf": [{"properties": {f"a{i}": {"const": j}}, "required": [f"a{i}"]} for j in range(6)]}
            for i in range(12)
        ]
    },
}


@pytest.mark.parametrize("schema", NOTHING.values(), ids=NOTHING)
def test_what_has_no_value_is_said_within_the_budget(schema: Schema) -> None:
    """
    Where no value exists, or finding one would cost too much, an error says so after bounded work; asked again, at once.
    """
    generator = Generator(schema)
    with pytest.raises(Ungeneratable):
        generator.generate("first")
    assert generator.workshop._left >= -EFFORT
    generator.workshop.begin()
    with pytest.raises(Ungeneratable):
        generator.generate("first")
    assert EFFORT - generator.workshop._left < EFFORT


@pytest.mark.parametrize("schema", SOMETHING.values(), ids=SOMETHING)
def test_what_has_a_value_is_found(schema: Schema) -> None:
    """
    Shapes that multiply are no obstacle where one way through them is enough.
    """
    generator = Generator(schema)
    assert generator.is_valid(generator.generate("seed"))


def test_the_discriminator_chooses_the_branch() -> None:
    """
    Branches that differ in nothing but the value that names them are told apart by it.
    """
    names = [f"B{i}" for i in range(6)]
    schema = {
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in names],
        "discriminator": {"propertyName": "kind", "mapping": {name.lower(): f"#/$defs/{name}" for name in names}},
        "$defs": {name: branch() for name in names},
    }
    kinds = {generate(schema, str(seed))["kind"] for seed in range(30)}
    assert len(kinds) > 2
    assert kinds <= {name.lower() for name in names}


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_generators_of_one_set_of_definitions_take_little_memory_each():
    """
    Thirty schemas over the same hundred definitions make values without thirty copies of what only compiling reads.
    """
    texts = {f"p{number}": {"type": "string"} for number in range(20)}
    definitions = {f"D{number}": {"type": "object", "properties": texts} for number in range(100)}
    choice = {"oneOf": [{"$ref": "#/$defs/D1"}, {"type": "integer"}]}
    schema = {"$defs": definitions, "properties": {"choice": choice}, "required": ["choice"]}

    def kilobytes() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024

    kept = [Generator(schema)]
    kept[0].generate("first")
    before = kilobytes()
    for _ in range(30):
        kept.append(Generator(schema))
        kept[-1].generate("first")

    assert kilobytes() - before < 30 * 900  # each registry takes 1700
