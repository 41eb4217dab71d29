"""
Flattening: one schema from several files, with the same verdict.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from aegis_contracts import bundled
from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place
from aegis_contracts.events import EventVerdict, Flat, flatten, load_events, look

SCHEMAS = bundled() / "schemas"
CATALOG = load_events(SCHEMAS)
EVENTS = [event.id for event in CATALOG.values()]


def sources() -> dict[str, dict[str, Any]]:
    return {path.name: msgspec.json.decode(path.read_bytes()) for path in SCHEMAS.glob("*.json")}


def canonical(schema: dict[str, Any]) -> jsonschema_rs.CanonicalSchema:
    registry = jsonschema_rs.Registry([(document["$id"], document) for document in sources().values()])
    options = jsonschema_rs.RegexOptions()
    return jsonschema_rs.canonicalize(
        schema, registry=registry, offline=True, validate_formats=True, pattern_options=options
    )


def flat(schema: dict[str, Any]) -> Flat:
    documents = Documents.open(schema)
    return flatten(documents, Place(documents.root, ""))


@pytest.mark.parametrize("event_id", EVENTS)
def test_flattening_is_proved_equal(event_id: str) -> None:
    """
    What the flattened schema admits and what the source admits are the same, proved in both directions.
    """
    name, _, version = event_id.partition(".v")
    event = CATALOG[name, int(version)]
    source = canonical(sources()[Path(event.source).name])
    flattened = canonical(dict(event.schema))
    assert str(source.covers(flattened)) == "yes"
    assert str(flattened.covers(source)) == "yes"


@pytest.mark.parametrize("event_id", EVENTS)
def test_flattened_schemas_are_self_contained(event_id: str) -> None:
    """
    Nothing in a flattened schema points outside of it, and no part of it is an allOf.
    """
    text = msgspec.json.encode(CATALOG[event_id.partition(".v")[0]].schema)
    assert b"$ref" not in text
    assert b"allOf" not in text


@pytest.mark.parametrize("event_id", EVENTS)
def test_every_keyword_knows_where_it_comes_from(event_id: str) -> None:
    """
    Each source place exists in its file and says the same as the flattened schema.
    """
    event = CATALOG[event_id.partition(".v")[0]]
    files = sources()
    for pointer, source in event.sources.items():
        file, _, inside = source.partition("#")
        folder, _, file_name = file.partition("/")
        assert folder == "schemas"
        there = look(files[file_name], inside, "nothing")
        if pointer.rpartition("/")[2] not in {"properties", "required"}:
            assert there == look(event.schema, pointer), pointer
        assert there != "nothing", pointer


def test_a_bad_field_is_reported_once_and_in_the_file_that_says_so() -> None:
    """
    A bad e-mail address is one violation, in the envelope's definition of an address.
    """
    event = CATALOG["UserRegistered"]
    instance = msgspec.json.decode(event.examples[0].read())
    instance["data"]["email"] = "nobody"
    (violation,) = event.violations(instance)
    assert (violation.pointer, violation.rule) == ("/data/email", "pattern")
    assert violation.schema == "schemas/envelope.v1.json#/$defs/email/pattern"


MERGES: dict[str, tuple[dict[str, Any], bool]] = {
    "bounds take the tighter one": (
        {"maxLength": 5, "allOf": [{"maxLength": 3}, {"minLength": 1}, {"minLength": 2}]},
        True,
    ),
    "types are intersected": ({"type": ["integer", "string"], "allOf": [{"type": "number"}]}, True),
    "types with nothing in common stay apart": ({"type": "integer", "allOf": [{"type": "string"}]}, False),
    "required names are united": ({"required": ["a"], "allOf": [{"required": ["b", "a"]}]}, True),
    "properties are merged by name": (
        {
            "properties": {"a": {"type": "string"}},
            "allOf": [{"properties": {"a": {"maxLength": 2}, "b": {"const": 1}}}],
        },
        True,
    ),
    "two patterns stay apart": ({"pattern": "^a", "allOf": [{"pattern": "b$"}]}, False),
    "two constants stay apart": ({"const": 1, "allOf": [{"const": 2}]}, False),
    "1 and true are two constants": ({"const": 1, "allOf": [{"const": True}]}, False),
    "additionalProperties speaks of its own properties only": (
        {"properties": {"a": True}, "additionalProperties": False, "allOf": [{"properties": {"b": True}}]},
        False,
    ),
    "unevaluatedProperties sees through allOf": (
        {"properties": {"a": True}, "unevaluatedProperties": False, "allOf": [{"properties": {"b": {"type": "null"}}}]},
        True,
    ),
    "unevaluatedProperties inside of allOf does not see out": (
        {"properties": {"a": True}, "allOf": [{"properties": {"b": True}, "unevaluatedProperties": False}]},
        False,
    ),
    "conditions stay whole": (
        {"if": {"type": "string"}, "then": {"minLength": 1}, "allOf": [{"if": {"const": 1}}]},
        False,
    ),
    "items after prefixItems": ({"prefixItems": [True], "allOf": [{"items": {"type": "string"}}]}, False),
    "contains and its bounds": (
        {"contains": {"const": 1}, "allOf": [{"maxContains": 1, "contains": {"const": 2}}]},
        False,
    ),
    "a constant stands alone": ({"const": "a", "allOf": [{"type": "string", "maxLength": 3}]}, True),
    "a constant that breaks its neighbours stays with them": ({"const": "abcd", "allOf": [{"maxLength": 3}]}, True),
}
INSTANCES: list[Any] = [
    *("", "a", "ab", "abc", "abcd", "abcdef", 1, 2, 1.5, True, None, [], [1], [1, 1], ["x", "y"], [None, "y"], [2, 1]),
    *(
        {},
        {"a": 1},
        {"a": "x"},
        {"a": "xyz"},
        {"b": 1},
        {"b": None},
        {"a": "x", "b": 1},
        {"a": "x", "b": None},
        {"c": 1},
    ),
]


@pytest.mark.parametrize("name", MERGES)
def test_merging_never_changes_a_verdict(name: str) -> None:
    """
    Whatever is merged decides as before, and what has no exact merge stays an allOf.
    """
    schema, merged = MERGES[name]
    result = flat(schema)
    assert ("allOf" not in result.schema) is merged
    before, after = jsonschema_rs.validator_for(schema), EventVerdict(result.schema, result.sources)
    assert [before.is_valid(i) for i in INSTANCES] == [after.is_valid(i) for i in INSTANCES]


def test_a_schema_inside_itself_becomes_a_definition() -> None:
    """
    Recursion stays a reference, to a definition of the flattened schema.
    """
    schema = {
        "$ref": "#/$defs/tree",
        "$defs": {"tree": {"properties": {"leaf": {"type": "string"}, "left": {"$ref": "#/$defs/tree"}}}},
    }
    result = flat(schema)
    verdict = EventVerdict(result.schema, result.sources)
    assert verdict.is_valid({"left": {"left": {"leaf": "x"}}})
    (violation,) = verdict.violations({"left": {"left": {"leaf": 1}}})
    assert (violation.pointer, violation.rule) == ("/left/left/leaf", "type")


def test_a_dangling_reference_is_named() -> None:
    """
    A reference to nothing is refused with its text.
    """
    with pytest.raises(DanglingReferenceError, match="nowhere"):
        flat({"allOf": [{"$ref": "#/$defs/nowhere"}]})
