"""
`aegis events validate`, `catalog` and `produce`.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

import aegis_shell
from aegis_contracts import bundled
from aegis_contracts.events import load_events
from aegis_sdk.events import EVENT_TYPES, parse, validate
from aegis_sdk.events.cli._lag import Behind, told

CATALOG = load_events(bundled() / "schemas")
VALID = [json.loads(event.examples[0].read()) for event in CATALOG.values()]
BROKEN: dict[str, Any] = VALID[0] | {"eventId": "no uuid"}


def aegis(*arguments: str | Path) -> int:
    """
    Run `aegis events …` the way the console command does.
    """
    return aegis_shell.main(["events", *map(str, arguments)])


def lines(events: list[Any]) -> str:
    return "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events)


SHAPES = {
    "one event": lambda events: json.dumps(events[0]),
    "one event over lines": lambda events: json.dumps(events[0], indent=2),
    "lines": lines,
    "lines with blank ones": lambda events: "\n" + lines(events).replace("\n", "\n\n"),
    "an array": json.dumps,
    "an array over lines": lambda events: json.dumps(events, indent=1),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_valid_events_are_valid_in_any_shape(tmp_path: Path, shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A file may hold one event, one a line, or an array: 0 when all are valid.
    """
    path = tmp_path / "events"
    path.write_text(SHAPES[shape](VALID), encoding="utf-8")
    assert aegis("validate", path) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "0 invalid" in captured.err


@pytest.mark.parametrize("shape", ["lines", "an array"])
def test_violations_are_told_with_their_place(tmp_path: Path, shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    1 when an event breaks its contract; file, event, pointer, schema and rule are told, values are not.
    """
    path = tmp_path / "events.json"
    path.write_text(SHAPES[shape]([VALID[0], BROKEN, VALID[1]]), encoding="utf-8")
    assert aegis("validate", path) == 1
    out, err = capsys.readouterr()
    place = f"{path}:2" if shape == "lines" else f"{path}#/1"
    assert out.startswith(f"{place}: /eventId must match ")
    assert out.endswith("(schemas/envelope.v1.json#/$defs/uuid/pattern) [pattern]\n")
    assert "3 events: 2 valid, 1 invalid" in err
    assert "no uuid" not in out + err


def test_machines_get_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    `--format json` is one document with counts and violations.
    """
    path = tmp_path / "events.jsonl"
    path.write_text(lines([VALID[0], BROKEN]), encoding="utf-8")
    assert aegis("validate", "--format", "json", path) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["valid"], report["invalid"]) == (1, 1)
    (event,) = report["events"]
    assert (event["source"], event["number"]) == (str(path), 2)
    assert [(v["pointer"], v["rule"]) for v in event["violations"]] == [("/eventId", "pattern")]


def test_a_broken_line_spoils_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A line that is no JSON is one invalid event among the others, also when it is the first.
    """
    path = tmp_path / "events.jsonl"
    path.write_text('{"eventType": "UserDeleted", oops}\n' + lines(VALID), encoding="utf-8")
    assert aegis("validate", path) == 1
    out, err = capsys.readouterr()
    assert out.startswith(f"{path}:1: / is no JSON")
    assert "6 events: 5 valid, 1 invalid" in err


def test_stdin_can_be_validated(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """
    `-` reads from a pipe.
    """
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines([BROKEN]).encode())))
    assert aegis("validate", "-") == 1
    assert capsys.readouterr().out.startswith("stdin:1: /eventId")


def test_older_shapes_are_valid_to_a_tolerant_reader(tmp_path: Path) -> None:
    """
    `--tolerant` judges as a reader does.
    """
    path = tmp_path / "old.json"
    path.write_text(json.dumps({k: v for k, v in VALID[0].items() if k != "version"}), encoding="utf-8")
    assert aegis("validate", path) == 1
    assert aegis("validate", "--tolerant", path) == 0


def test_a_longer_limit_can_be_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A message over 1 MiB is refused, unless the limit is raised.
    """
    path = tmp_path / "long.json"
    path.write_text(json.dumps(VALID[0] | {"extra": "x" * 1_100_000}), encoding="utf-8")
    assert aegis("validate", path) == 1
    assert "[max-bytes]" in capsys.readouterr().out
    assert aegis("validate", "--max-bytes", "2000000", path) == 0


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "does not exist"), ("", "holds no event"), ("\n \n", "holds no event"), ("[]", "holds no event")],
)
def test_a_file_without_events_is_unusable(
    tmp_path: Path, content: str | None, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    2, and a sentence: nothing was checked, so nothing is said to be valid.
    """
    path = tmp_path / "events.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert aegis("validate", path) == 2
    assert says in capsys.readouterr().err


def test_a_folder_is_no_file_of_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A folder cannot be read as events.
    """
    assert aegis("validate", tmp_path) == 2
    assert str(tmp_path) in capsys.readouterr().err


@pytest.mark.parametrize("name", CATALOG.names)
def test_produced_events_are_valid_and_repeatable(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    The same seed makes the same bytes, another seed others, and every event is valid.
    """
    runs: list[str] = []
    for seed in ("a", "a", "b"):
        assert aegis("produce", name, "--count", "40", "--users", "7", "--seed", seed) == 0
        runs.append(capsys.readouterr().out)
    assert runs[0] == runs[1] != runs[2]
    messages = runs[0].splitlines()
    events = [parse(message) for message in messages]
    assert [validate(message) for message in messages] == [[]] * 40
    assert len({event.event_id for event in events}) == 40
    assert len({event.aggregate_id for event in events}) == 7
    assert all(event.aggregate_id == event.data.user_id for event in events)
    assert all(json.loads(message)["eventType"] == name for message in messages)


def test_without_a_seed_events_are_new(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Two runs share no event id.
    """
    for _ in range(2):
        assert aegis("produce", "UserDeleted", "--count", "3") == 0
    messages = capsys.readouterr().out.splitlines()
    assert len({json.loads(message)["eventId"] for message in messages}) == 6


def test_changed_fields_are_those_with_values(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A produced UserProfileUpdated tells the same names three times.
    """
    assert aegis("produce", "UserProfileUpdated", "--count", "8", "--seed", "1") == 0
    for message in capsys.readouterr().out.splitlines():
        data = json.loads(message)["data"]
        assert set(data["changedFields"]) == set(data["oldValues"]) == set(data["newValues"])


@pytest.mark.parametrize("command", ["produce", "catalog"])
def test_an_unknown_event_type_is_named_with_the_nearest(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    2, and the event type that was probably meant.
    """
    assert aegis(command, "UserRegisterd") == 2
    assert "did you mean UserRegistered?" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [("--count", "-1"), ("--users", "0"), ("--count", "many")])
def test_impossible_counts_are_refused(arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """
    2 for a count that cannot be.
    """
    assert aegis("produce", "UserDeleted", *arguments) == 2
    assert capsys.readouterr().out == ""


def test_the_catalogue_shows_every_event_type(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Name, topic, partitions, retention and readers of each, for people and for machines.
    """
    assert aegis("catalog") == 0
    text = capsys.readouterr().out
    for info in EVENT_TYPES:
        assert info.id in text
        assert info.topic in text
    assert "kept 30 days" in text
    assert aegis("catalog", "--format", "json") == 0
    entries = json.loads(capsys.readouterr().out)
    assert [entry["eventType"] for entry in entries] == list(CATALOG.names)
    assert {entry["retentionMs"] for entry in entries} == {604_800_000, 2_592_000_000}


def test_one_event_type_comes_with_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """
    `catalog TYPE` shows what is judged.
    """
    assert aegis("catalog", "UserDeleted", "--format", "json") == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["schema"]["properties"]["eventType"] == {"const": "UserDeleted"}


def test_help_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """
    Every command explains itself.
    """
    for arguments in (["--help"], ["validate", "--help"], ["produce", "--help"], ["catalog", "--help"]):
        assert aegis(*arguments) == 0
        assert "usage: aegis events" in capsys.readouterr().out
    assert aegis() == 2


def test_lag_of_a_group_with_an_odd_name_can_be_scraped() -> None:
    """
    A group may be called anything; Prometheus reads the name as it is.
    """
    group = 'policy "blue"\\green'
    text = told([Behind(group, "t", 0, 1, 0, 3, 2, 0)], "prometheus")
    (family,) = text_string_to_metric_families(text + "\n")
    assert [(one.labels["group"], one.value) for one in family.samples] == [(group, 2.0)]
