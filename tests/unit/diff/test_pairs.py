"""
Pairs of versions, written from the standards: what breaks somebody is found, and what breaks nobody is passed over.

Each pair is data: ``old`` and ``new`` are merged into a small document; ``there`` and ``back`` say ``compatible`` or
name the rule that must be found when going from the one to the other.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis_contracts import load
from aegis_verifier.diff import Change
from aegis_verifier.diff.openapi import compare_openapi

FOLDER = Path(__file__).parent / "pairs"
PAIRS: list[dict[str, Any]] = [
    {**pair, "file": path.stem}
    for path in sorted(FOLDER.glob("*.yaml"))
    for pair in yaml.safe_load(path.read_text(encoding="utf-8"))
]


def document(pair: dict[str, Any], which: int) -> dict[str, Any]:
    """
    Make one version of a pair a whole document.
    """
    given = copy.deepcopy(pair["old" if which == 0 else "new"])
    whole = given.pop("document", {})
    path = pair.get("path", ["/things", "/things"])
    method = pair.get("method", "get" if "requestBody" not in given else "post")
    operation = {"responses": {"204": {"description": "done"}}, **given}
    paths = whole.pop("paths", {path[which]: {method: operation}})
    return {"openapi": pair.get("openapi", "3.1.1"), "info": {"title": "t", "version": "1"}, "paths": paths, **whole}


def changes(pair: dict[str, Any], *, back: bool = False) -> list[Change]:
    """
    Compare the two versions of a pair.
    """
    old, new = (1, 0) if back else (0, 1)
    found = compare_openapi(load(document(pair, old), name="old"), load(document(pair, new), name="new"))
    return found.sorted()


CASES = [
    pytest.param(pair, way, id=f"{pair['file']}: {pair['name']} ({way})")
    for pair in PAIRS
    for way in ("there", "back")
    if way in pair
]


@pytest.mark.parametrize(("pair", "way"), CASES)
def test_a_pair_is_judged_as_the_standards_say(pair: dict[str, Any], way: str) -> None:
    """
    Each change is called compatible or breaking as the standards have it, and by the rule that describes it.
    """
    found = changes(pair, back=way == "back")
    failing = {change.rule for change in found if change.fails}
    wanted = pair[way]
    if wanted == "compatible":
        assert not failing, [change for change in found if change.fails]
    else:
        assert set(wanted.split()) <= failing, found
        assert all(change.severity == "breaking" for change in found if change.fails), found


@pytest.mark.parametrize(
    ("old", "new", "rule", "severity"),
    [
        ({"a": {}}, {"a": {}, "b": {}}, "request-property-added", "info"),
        ({"a": {}, "b": {}}, {"a": {}}, "request-property-removed", "warning"),
        ({"a": {"default": 1}}, {"a": {"default": 2}}, "request-property-default-changed", "warning"),
    ],
)
def test_what_no_proof_tells_is_told_by_name(old: Any, new: Any, rule: str, severity: str) -> None:
    """
    Properties that come and go, and other defaults, are told, and do not fail.
    """
    pair = {
        which: {"requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": given}}}}}
        for which, given in (("old", old), ("new", new))
    }
    (found,) = changes(pair)
    assert (found.rule, found.severity, found.fails) == (rule, severity, False)


def test_every_rule_is_described_and_found_by_a_pair() -> None:
    """
    Each rule that a schema, a parameter, a body or an answer can break has its pair among these.
    """
    from aegis_verifier.diff import RULES

    found = {change.rule for pair in PAIRS for way in (False, True) for change in changes(pair, back=way)}
    assert found <= RULES.keys()
    assert all(rule.says and rule.why for rule in RULES.values())
    told = {name for name in RULES if name.startswith("response-") and not name.startswith(("response-error",))}
    assert len(told & found) > 20, sorted(told - found)
