"""
Schemas in which ways multiply: an instance is judged in a time that grows with schema and instance alone.

Most of these tests would not end, were each way gone.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import Verdict
from aegis_contracts.exchange._scalars import items, members, prefix_items, rest, types
from aegis_contracts.verdict._once import Once, judge
from aegis_contracts.verdict._verdict import compiled, judge_of

Schema = dict[str, Any]
STOREYS = 60


def tower(keyword: str, height: int = STOREYS, lowest: Any = None) -> Schema:
    """
    Return a schema each storey of which leads to the next on two ways that differ.
    """
    nodes: Schema = {f"N{height}": lowest or {"type": "object", "properties": {"n": {"type": "integer"}}}}
    for level in range(height):
        below = {"$ref": f"#/$defs/N{level + 1}"}
        nodes[f"N{level}"] = {keyword: [below, {"allOf": [below, {"not": {"required": ["z"]}}]}]}
    return {"$ref": "#/$defs/N0", "$defs": nodes}


def chain(height: int, lowest: Any) -> Any:
    """
    Return an instance that has so many levels.
    """
    value = lowest
    for _ in range(height):
        value = {"v": value}
    return value


NODE = {"$ref": "#/$defs/N"}
AMBIGUOUS: Schema = {
    **NODE,
    "$defs": {
        "N": {
            "anyOf": [
                {"type": "object", "properties": {"v": NODE}, "required": ["v"], "maxProperties": 1},
                {"type": "object", "properties": {"v": NODE}, "required": ["v"]},
                {"type": "integer"},
            ]
        }
    },
}
LIST: Schema = {
    **NODE,
    "$defs": {"N": {"type": "object", "properties": {"next": NODE, "$ref": {"type": "string"}}, "required": ["n"]}},
}


@pytest.mark.parametrize(("keyword", "expected"), [("allOf", True), ("anyOf", True), ("oneOf", False)])
def test_a_tower_is_judged(keyword: str, expected: bool) -> None:
    """
    A schema of sixty storeys, each with two ways to the next, says of an instance whether it holds, and why not.
    """
    verdict = Verdict(tower(keyword))
    assert verdict.is_valid({"n": 1}) is expected
    assert verdict.is_valid({"n": "one"}) is False
    (violation,) = verdict.violations({"n": "one"}, "/body")
    assert violation.pointer in {"/body", "/body/n"}


def test_what_is_ambiguous_at_each_level_is_judged() -> None:
    """
    An instance of sixty levels, each of which two branches of a schema take, is judged to its last.
    """
    verdict = Verdict(AMBIGUOUS)
    assert verdict.is_valid(chain(STOREYS, 1))
    assert not verdict.is_valid(chain(STOREYS, "x"))
    assert not verdict.is_valid({**chain(STOREYS, "x"), "more": 1})
    (violation,) = verdict.violations(chain(STOREYS, "x"), "/body")
    assert (violation.pointer, violation.rule) == ("/body", "anyOf")


def test_what_is_looked_for_in_a_tower_is_found() -> None:
    """
    Types, members and items of a schema are found, however many ways lead to them.
    """
    lowest = {"type": "array", "prefixItems": [True], "items": {"type": "string"}, "properties": {"p": True},
              "additionalProperties": {"type": "null"}}  # fmt: skip
    for keyword in ("allOf", "anyOf", "oneOf"):
        root = tower(keyword, 25, lowest)
        bare = tower(keyword, 25, {"type": "integer"})
        assert types(root) == {"array"}
        assert members(root, root) == {"p": True}
        assert items(root, root) == {"type": "string"}
        assert prefix_items(root, root) == [True]
        assert rest(root, root) == {"type": "null"}
        assert (items(bare, bare), prefix_items(bare, bare), rest(bare, bare)) == (True, [], True)


INSTANCES: list[Any] = [
    None, True, 0, 1, 1.0, 1.5, 2**70, "", "x", [], [1], [1, "x"], {}, {"n": 1}, {"n": "1"}, {"z": 1, "n": 1},
    {"v": 1}, {"v": {"v": 1}}, {"v": {"v": "x"}}, {"v": {"v": 1}, "w": 1}, {"n": 1, "next": {"n": 2}},
    {"n": 1, "next": {}}, {"n": 1, "$ref": 1}, {"n": 1, "$ref": "#/$defs/N"}, chain(9, 1), chain(9, "x"),
]  # fmt: skip
SCHEMAS = [AMBIGUOUS, LIST, *(tower(keyword, 3) for keyword in ("allOf", "anyOf", "oneOf"))]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda one: str(one["$defs"])[:40])
def test_asking_once_changes_no_verdict(schema: Schema) -> None:
    """
    What is asked once is answered as the engine answers it on each way.
    """
    once, engine = Once(schema, judge_of), compiled(schema)
    for instance in INSTANCES:
        assert once.is_valid(instance) is engine.is_valid(instance), instance
        assert once.is_valid([instance]) is engine.is_valid([instance]), instance


def test_most_schemas_are_judged_as_they_are_written() -> None:
    """
    Where no ways multiply, or what looks at the reference beside it would see none, the engine judges by itself.
    """
    for schema in (True, {"type": "object"}, tower("anyOf", 3), {**tower("anyOf"), "unevaluatedProperties": False}):
        engine: Any = object()
        assert judge(schema, engine, judge_of) is engine
    assert judge(LIST, compiled(LIST).is_valid, judge_of)(chain(3, 1)) is False
