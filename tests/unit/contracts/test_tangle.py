"""
Schemas whose branches multiply: what is broken is told within a bound of work.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_contracts import Verdict
from aegis_contracts.exchange._json import CONTAINERS, MEMBERS, VALUES, bound
from aegis_contracts.exchange._parameters import UndecodableError
from aegis_contracts.verdict._tangle import TANGLED, ways

Schema = dict[str, Any]


def diamond(height: int, keyword: str = "oneOf", lowest: Schema | None = None) -> Schema:
    """
    Return definitions, each of which leads to the next on two ways.
    """
    nodes: Schema = {f"N{height}": lowest or {"type": "object", "required": ["q"]}}
    for level in range(height):
        below = {"$ref": f"#/$defs/N{level + 1}"}
        nodes[f"N{level}"] = {keyword: [below, {"allOf": [below, {"required": ["z"]}]}]}
    return {"$ref": "#/$defs/N0", "$defs": nodes}


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_a_diamond_is_told_in_one_violation(keyword: str) -> None:
    """
    What breaks a schema of a million ways is told once, by the branches' own keyword, and not on every way.
    """
    (violation,) = Verdict(diamond(18, keyword)).violations({}, "/body")
    assert (violation.pointer, violation.rule) == ("/body", keyword)
    assert violation.schema == f"#/$defs/N0/{keyword}"


def test_what_is_wrong_beside_a_diamond_is_told_in_full() -> None:
    """
    A rule beside the branches is told as it always is, with where it stands and how to mend it.
    """
    schema = {
        "type": "object",
        "properties": {"lines": {"type": "array", "items": {"$ref": "#/$defs/line"}}, "deep": {"$ref": "#/$defs/N0"}},
        "$defs": {**diamond(14)["$defs"], "line": {"type": "object", "properties": {"n": {"maximum": 3}}}},
    }
    assert ways(schema) >= TANGLED
    verdict = Verdict(schema)
    assert verdict.violations({"deep": {"q": 1, "lines": []}, "lines": [{"n": 1}]}, "/body") == []
    (violation,) = verdict.violations({"lines": [{"n": 1}, {"n": 9}], "deep": {"q": 1}}, "/body")
    assert (violation.pointer, violation.message) == ("/body/lines/1/n", "must be at most 3")


def test_an_instance_that_ends_early_is_told_in_full() -> None:
    """
    Branches that the instance never comes to do not count: everything that is wrong is listed.
    """
    nodes: Schema = {"N20": {"type": "string"}}
    for level in range(20):
        child = {"type": "object", "properties": {"a": {"$ref": f"#/$defs/N{level + 1}"}, "n": {"maximum": 3}}}
        nodes[f"N{level}"] = {"anyOf": [child, {**child, "required": ["z"]}]}
    schema = {"required": ["b"], "$ref": "#/$defs/N0", "$defs": nodes}
    assert ways(schema) >= TANGLED
    found = {violation.rule for violation in Verdict(schema).violations({"n": 9})}
    assert found >= {"required", "maximum"}


def test_wide_schemas_are_no_diamonds() -> None:
    """
    Many properties, long unions and recursion do not multiply: all that is wrong is listed.
    """
    union = {"oneOf": [{"type": "object", "required": [f"a{n}"]} for n in range(200)]}
    tree = {"type": "object", "properties": {f"p{n}": {"$ref": "#/$defs/tree"} for n in range(50)}}
    assert ways({**union, "$defs": {}}) < TANGLED
    assert ways({"$ref": "#/$defs/tree", "$defs": {"tree": tree}}) < TANGLED


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":{' + b",".join(b'"m%d": %d' % (n, n) for n in range(MEMBERS + 1)) + b"}}",
        b"[" + b"[]," * CONTAINERS + b"0]",
        b"[" + b"0," * (VALUES + 1) + b"0]",
    ],
    ids=["members", "arrays", "values"],
)
def test_json_that_blocks_is_refused_unread(body: bytes) -> None:
    """
    So many values that reading them would keep others waiting are refused before they are read.
    """
    with pytest.raises(UndecodableError, match="must have at most"):
        bound(body)


def test_long_texts_are_no_values() -> None:
    """
    Colons inside of a long text are none that separate members.
    """
    bound(b'{"log": "' + b"05:20:31 " * 80_000 + b'"}')
