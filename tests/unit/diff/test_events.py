"""
Event schemas and AsyncAPI documents, version against version.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis_contracts import bundled
from aegis_shell import main
from aegis_verifier.diff import Change, compare_versions

PAYLOAD: dict[str, Any] = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
WIDER: dict[str, Any] = {"type": "object", "required": ["id"], "properties": {"id": {"type": ["string", "integer"]}}}


def asyncapi(payload: dict[str, Any], action: str = "send", **channel: Any) -> dict[str, Any]:
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "E", "version": "1"},
        "channels": {
            "made": {"address": "things.made", "messages": {"Made": {"payload": payload}}, **channel},
        },
        "operations": {"o": {"action": action, "channel": {"$ref": "#/channels/made"}}},
    }


def older(payload: dict[str, Any], action: str = "subscribe") -> dict[str, Any]:
    operation = {"message": {"name": "Made", "payload": payload}}
    return {
        "asyncapi": "2.6.0",
        "info": {"title": "E", "version": "1"},
        "channels": {"things.made": {action: operation}},
    }


def changes(tmp_path: Path, old: Any, new: Any, mode: Any = None, ending: str = "yaml") -> list[Change]:
    for name, document in (("old", old), ("new", new)):
        (tmp_path / name).mkdir(exist_ok=True)
        text = json.dumps(document) if ending == "json" else yaml.safe_dump(document)
        (tmp_path / name / f"it.{ending}").write_text(text)
    return compare_versions(str(tmp_path / "old" / f"it.{ending}"), str(tmp_path / "new" / f"it.{ending}"), mode)


def failing(found: list[Change]) -> set[str]:
    return {change.rule for change in found if change.fails}


@pytest.mark.parametrize(
    ("action", "mode", "widening", "narrowing"),
    [
        ("send", None, False, True),
        ("receive", None, True, False),
        ("send", "BACKWARD", True, False),
        ("send", "FORWARD", False, True),
        ("receive", "FULL", False, False),
    ],
)
def test_who_must_understand_whom(tmp_path: Path, action: str, mode: Any, widening: bool, narrowing: bool) -> None:
    """
    What is sent may narrow, what is received may widen; a mode that is named decides for both.
    """
    wider, narrower = asyncapi(WIDER, action), asyncapi(PAYLOAD, action)
    there = failing(changes(tmp_path, narrower, wider, mode))
    back = failing(changes(tmp_path, wider, narrower, mode))
    assert there == (set() if widening else {"event-type-changed"})
    assert back == (set() if narrowing else {"event-type-changed"})


def test_asyncapi_2_and_3_are_compared(tmp_path: Path) -> None:
    """
    A document that moves to AsyncAPI 3 and says the same is compatible.
    """
    assert failing(changes(tmp_path, older(PAYLOAD), asyncapi(PAYLOAD))) == set()
    assert failing(changes(tmp_path, older(PAYLOAD, "publish"), asyncapi(WIDER, "receive"))) == set()
    assert failing(changes(tmp_path, older(PAYLOAD), asyncapi(WIDER))) == {"event-type-changed"}


def test_channels_messages_and_settings(tmp_path: Path) -> None:
    """
    Channels, messages, addresses, keys and content types that go are found; a message's name is not on the wire.
    """
    whole = asyncapi(PAYLOAD)

    def changed(change: Any) -> list[Change]:
        new = copy.deepcopy(whole)
        change(new)
        return changes(tmp_path, whole, new)

    assert failing(changed(lambda d: d["channels"].clear() or d["operations"].clear())) == {"channel-removed"}
    assert failing(changed(lambda d: d["channels"]["made"].update(address="x"))) == {"channel-address-changed"}
    assert failing(changed(lambda d: d["channels"]["made"]["messages"].clear())) == {"message-removed"}
    renamed = changed(lambda d: d["channels"]["made"].update(messages={"Created": {"payload": PAYLOAD}}))
    assert failing(renamed) == set()
    content = changed(lambda d: d["channels"]["made"]["messages"]["Made"].update(contentType="application/avro"))
    assert failing(content) == {"message-content-type-changed"}
    key = {"kafka": {"key": {"type": "string"}}}
    assert failing(changed(lambda d: d["channels"]["made"]["messages"]["Made"].update(bindings=key))) == {
        "message-key-changed"
    }
    assert failing(changed(lambda d: d["operations"]["o"].update(action="receive"))) == {"channel-operation-removed"}
    fewer = changed(lambda d: d["channels"]["made"].update(bindings={"kafka": {"partitions": 6}}))
    assert {change.rule for change in fewer} == {"channel-partitions-changed"}


def test_a_schema_by_itself_is_held_both_ways(tmp_path: Path) -> None:
    """
    A schema in a file of its own is compared in both directions, unless a mode is named.
    """
    assert failing(changes(tmp_path, PAYLOAD, WIDER, ending="json")) == {"event-type-changed"}
    assert failing(changes(tmp_path, PAYLOAD, WIDER, "BACKWARD", ending="json")) == set()
    assert failing(changes(tmp_path, WIDER, PAYLOAD, "FORWARD", ending="json")) == set()


def test_transitive_modes_hold_to_every_older_version(tmp_path: Path) -> None:
    """
    With several old versions each is compared with the new one; without a transitive mode that is refused.
    """
    names = []
    for index, schema in enumerate(({"type": "number"}, {"type": ["number", "string"]}, {"type": "string"})):
        path = tmp_path / f"v{index}.json"
        path.write_text(json.dumps({"$id": f"https://x.example/{index}", **schema}))
        names.append(str(path))
    assert main(["diff", *names[1:], "--compatibility", "FORWARD"]) == 0
    assert main(["diff", *names, "--compatibility", "FORWARD_TRANSITIVE"]) == 1
    assert main(["diff", *names, "--compatibility", "FORWARD"]) == 2


def test_a_schema_that_is_found_by_its_id(tmp_path: Path) -> None:
    """
    Schemas that refer to each other by ``$id`` are compared with what stands beside them, without the web.
    """
    for name, kind in (("old", "string"), ("new", "integer")):
        (tmp_path / name).mkdir()
        base = {"$id": "https://x.example/base.json", "type": kind}
        (tmp_path / name / "base.json").write_text(json.dumps(base))
        it = {"type": "object", "properties": {"a": {"$ref": "https://x.example/base.json"}}}
        (tmp_path / name / "it.json").write_text(json.dumps(it))
    found = compare_versions(str(tmp_path / "old" / "it.json"), str(tmp_path / "new" / "it.json"))
    assert failing(found) == {"event-type-changed"}


@pytest.mark.parametrize(
    ("file", "change", "rule"),
    [
        ("user.deleted.v1.json", ("deletionReason", {"type": "integer"}), "event-type-changed"),
        ("user.registered.v1.json", ("region", {"type": "string", "maxLength": 9000}), "event-"),
    ],
)
def test_our_own_events_are_held(tmp_path: Path, file: str, change: tuple[str, Any], rule: str) -> None:
    """
    A wider field of an event of this project is found in the folder of its contracts, and nothing when nothing changed.
    """
    schemas = bundled() / "schemas"
    new = tmp_path / "schemas"
    new.mkdir()
    for path in schemas.glob("*.*"):
        (new / path.name).write_bytes(path.read_bytes())
    assert compare_versions(str(schemas), str(new)) == []
    document = json.loads((new / file).read_text(encoding="utf-8"))
    document["properties"]["data"]["properties"][change[0]] = change[1]
    (new / file).write_text(json.dumps(document), encoding="utf-8")
    found = failing(compare_versions(str(schemas), str(new)))
    assert found
    assert all(name.startswith(rule) for name in found)
