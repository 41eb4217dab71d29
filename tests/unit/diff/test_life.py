"""
What is announced to end may end on its day, and not before.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import load
from aegis_shell import main
from aegis_verifier.diff import Calendar
from aegis_verifier.diff.openapi import compare_openapi

TODAY = date(2030, 6, 15)
ENDS = {"deprecated": True, "x-sunset": "2030-12-31"}
ENDED = {"deprecated": True, "x-sunset": "2030-06-15"}
GONE: dict[str, Any] = {"gone": True}

CHANGES: list[tuple[dict[str, Any], dict[str, Any], int, str, bool]] = [
    ({}, GONE, 0, "removed", True),
    ({"deprecated": True}, GONE, 0, "removed", True),
    (ENDS, GONE, 0, "removed-early", True),
    (ENDED, GONE, 0, "retired", False),
    ({**ENDED, "x-sunset": "2030-06-14T23:59:00Z"}, GONE, 0, "retired", False),
    ({**ENDED, "x-sunset": "Sat, 15 Jun 2030 00:00:00 GMT"}, GONE, 0, "retired", False),
    ({**ENDED, "x-sunset": "soon"}, GONE, 0, "removed", True),
    ({}, {"deprecated": True}, 0, "deprecated", False),
    ({}, ENDS, 0, "sunset-set", False),
    ({}, ENDS, 199, "sunset-set", False),
    ({}, ENDS, 200, "sunset-too-soon", True),
    ({}, {"x-sunset": "2030-06-14"}, 0, "sunset-too-soon", True),
    (ENDS, {**ENDS, "x-sunset": "2030-12-30"}, 0, "sunset-earlier", True),
    (ENDS, {**ENDS, "x-sunset": "2031-01-01"}, 0, "sunset-set", False),
    (ENDS, {}, 0, "sunset-set", False),
    ({**ENDS, "x-sunset": "2029-12-31"}, {**ENDS, "x-sunset": "2029-06-30"}, 0, "sunset-set", False),
    (ENDS, {**ENDS, "x-sunset": "31.12.2030"}, 0, "sunset-unreadable", False),
]


def with_operation(said: dict[str, Any]) -> dict[str, Any]:
    """
    Write a document whose one operation has a life, and another that has none.
    """
    operation = {"responses": {"204": {"description": "done"}}}
    paths = {"/kept": {"get": operation}}
    return document({**paths, **({} if "gone" in said else {"/things": {"get": {**operation, **said}}})})


def with_parameter(said: dict[str, Any]) -> dict[str, Any]:
    """
    Write a document whose one operation has a parameter with a life.
    """
    parameters = [] if "gone" in said else [{"name": "q", "in": "query", "schema": {"type": "string"}, **said}]
    return document({"/things": {"get": {"parameters": parameters, "responses": {"204": {"description": "done"}}}}})


def document(paths: dict[str, Any]) -> dict[str, Any]:
    """
    Write a document around paths.
    """
    return {"openapi": "3.1.1", "info": {"title": "t", "version": "1"}, "paths": paths}


@pytest.mark.parametrize(("old", "new", "notice", "rule", "fails"), CHANGES)
def test_an_operation_lives_until_its_day(
    old: dict[str, Any], new: dict[str, Any], notice: int, rule: str, fails: bool
) -> None:
    """
    An operation that goes on the day that was named breaks nobody; earlier, or without a word, it does.
    """
    versions = (load(with_operation(said), name="it") for said in (old, new))
    found = compare_openapi(*versions, Calendar(TODAY, notice)).sorted()
    assert f"operation-{rule}" in {change.rule for change in found}
    assert any(change.fails for change in found) is fails


@pytest.mark.parametrize(("old", "new", "notice", "rule", "fails"), CHANGES)
def test_a_parameter_lives_until_its_day(
    old: dict[str, Any], new: dict[str, Any], notice: int, rule: str, fails: bool
) -> None:
    """
    A parameter keeps the day that it was promised; without one its end is a warning, as requests are still taken.
    """
    versions = (load(with_parameter(said), name="it") for said in (old, new))
    found = compare_openapi(*versions, Calendar(TODAY, notice)).sorted()
    assert f"request-parameter-{rule}" in {change.rule for change in found}
    assert any(change.fails for change in found) is (fails and rule != "removed")


def test_the_command_judges_by_the_day_that_it_is_given(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The same versions are breaking before the day and compatible from it on; a day that is none is refused.
    """
    old, new = (tmp_path / name for name in ("old.json", "new.json"))
    old.write_text(json.dumps(with_operation(ENDS)))
    new.write_text(json.dumps(with_operation(GONE)))
    assert main(["diff", str(old), str(new), "--today", "2030-12-30"]) == 1
    assert "before 2030-12-31" in capsys.readouterr().out
    assert main(["diff", str(old), str(new), "--today", "2030-12-31"]) == 0
    assert main(["diff", str(old), str(new), "--today", "tomorrow"]) == 2
    assert "2030-12-31" in capsys.readouterr().err
    assert main(["diff", str(old), str(new), "--notice", "-1"]) == 2
