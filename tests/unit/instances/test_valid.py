"""
Whatever the keyword, a generated value is accepted by the engine, and by the other engine too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

from aegis_contracts import Verdict
from aegis_contracts.instances import Generator, generate

HERE = Path(__file__).parent
KEYWORDS: dict[str, Any] = json.loads((HERE / "keywords.json").read_text("utf-8"))
FORMATS: list[str] = json.loads((HERE / "formats.json").read_text("utf-8"))
PATTERNS: list[str] = json.loads((HERE / "patterns.json").read_text("utf-8"))
SEEDS = [str(number) for number in range(12)]


def accepted(schema: Any, instance: Any) -> bool:
    """
    The verdict on an instance after it has travelled as JSON.
    """
    return Verdict(schema).is_valid(json.loads(json.dumps(instance, ensure_ascii=False)))


@pytest.mark.parametrize("claim", KEYWORDS)
def test_every_keyword_is_satisfied(claim: str) -> None:
    """
    Every keyword of draft 2020-12 is satisfied, alone and together with those that it meets in practice.
    """
    schema = KEYWORDS[claim]
    generator = Generator(schema)
    for seed in SEEDS:
        instance = generator.generate(seed)
        assert accepted(schema, instance), instance
        assert jsonschema.Draft202012Validator(schema).is_valid(instance) or "multipleOf" in claim, instance


@pytest.mark.parametrize("optional", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("claim", KEYWORDS)
def test_the_share_of_optional_properties_changes_no_verdict(claim: str, optional: float) -> None:
    """
    With few, some or all optional properties the value is valid alike.
    """
    assert accepted(KEYWORDS[claim], generate(KEYWORDS[claim], "seed", optional=optional))


@pytest.mark.parametrize("bounds", [{}, {"minLength": 30}, {"maxLength": 40}], ids=["free", "long", "short"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_satisfied(name: str, bounds: dict[str, int]) -> None:
    """
    Text in a format is valid in it, also when its length is bounded as far as the format allows.
    """
    if "minLength" in bounds and name in {"date", "time", "date-time", "duration", "ipv4", "ipv6"}:
        bounds = {}
    schema = {"type": "string", "format": name, **bounds}
    generator = Generator(schema)
    assert all(accepted(schema, generator.generate(seed)) for seed in SEEDS)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_is_matched(pattern: str) -> None:
    """
    Text matches its pattern in the engine that decides, look-around, scripts and back-references included.
    """
    validator = jsonschema_rs.validator_for({"pattern": pattern}, pattern_options=jsonschema_rs.FancyRegexOptions())
    generator = Generator({"type": "string", "pattern": pattern})
    made = [generator.generate(seed) for seed in SEEDS]
    assert all(validator.is_valid(text) for text in made), made


@pytest.mark.parametrize(
    ("pattern", "low", "high"),
    [
        ("^[a-z]+$", 25, 25),
        ("^(ab|cde)+$", 7, 7),
        ("^[0-9]{2}(-[0-9]{2})*$", 8, 8),
        ("x", 10, 12),
        ("^.*$", 300, 300),
        ("^(foo)?(bar)?$", 6, 6),
    ],
)
def test_a_pattern_and_a_length_meet(pattern: str, low: int, high: int) -> None:
    """
    A pattern and a length are met by construction, not by luck.
    """
    generator = Generator({"type": "string", "pattern": pattern, "minLength": low, "maxLength": high})
    assert all(low <= len(generator.generate(seed)) <= high for seed in SEEDS)


def test_hundredths_are_written_exactly() -> None:
    """
    A multiple of 0.01 is written with two digits at most, so that every reader finds it a multiple.
    """
    generator = Generator({"type": "number", "multipleOf": 0.01, "minimum": 0, "maximum": 1})
    texts = {json.dumps(generator.generate(str(seed))) for seed in range(200)}
    assert len(texts) > 50
    assert all(len(text.partition(".")[2]) <= 2 for text in texts)


def test_a_discriminator_names_the_branch() -> None:
    """
    The discriminator's property holds what stands for the chosen branch: the mapped value, or the schema's name.
    """
    pet = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
    schema = {
        "oneOf": [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"dog": "#/$defs/Dog"}},
        "$defs": {
            "Cat": {**pet, "required": ["kind", "lives"], "properties": {**pet["properties"], "lives": {"const": 9}}},
            "Dog": {**pet, "required": ["kind", "bark"], "properties": {**pet["properties"], "bark": {"const": "wau"}}},
        },
    }
    generator = Generator(schema)
    made = [generator.generate(seed) for seed in SEEDS]
    assert {pet["kind"] for pet in made} == {"Cat", "dog"}
    assert all((pet["kind"] == "dog") == ("bark" in pet) for pet in made)


def test_a_discriminator_that_contradicts_its_branches_is_let_go() -> None:
    """
    A discriminator is no rule of JSON Schema: where its value would break the schema, the schema prevails.
    """
    schema = {
        "oneOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}],
        "discriminator": {"propertyName": "object"},
        "$defs": {
            "A": {"type": "object", "required": ["object"], "properties": {"object": {"const": "thing_a"}}},
            "B": {"type": "object", "required": ["object"], "properties": {"object": {"const": "thing_b"}}},
        },
    }
    assert generate(schema, "seed")["object"] in {"thing_a", "thing_b"}


def test_a_discriminator_in_a_base_schema_names_the_schema_asked_for() -> None:
    """
    A schema that extends a base by allOf carries its own name, or the mapped one, in the base's discriminator.
    """
    schema = {
        "$ref": "#/$defs/Cat",
        "$defs": {
            "Pet": {
                "type": "object",
                "required": ["petType"],
                "properties": {"petType": {"type": "string"}},
                "discriminator": {"propertyName": "petType", "mapping": {"katze": "#/$defs/Cat"}},
            },
            "Cat": {"allOf": [{"$ref": "#/$defs/Pet"}, {"type": "object", "properties": {"name": {"type": "string"}}}]},
        },
    }
    assert generate(schema, "seed")["petType"] == "katze"
