"""
What ``x-emits`` promises is proved, or refuted by a value: pointers, types, bounds, required members, versions.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import bundled, load
from aegis_contracts.events import load_events, read_emissions
from aegis_contracts.lint import lint
from aegis_mockserver.core.operations._emissions import emissions_of

SCHEMAS = bundled() / "schemas"


def aegis(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "aegis_shell", *arguments], capture_output=True, text=True, check=False, timeout=50
    )
    return done.returncode, done.stdout + done.stderr


def findings(tmp_path: Path, *changes: tuple[str, str]) -> list[tuple[str, str]]:
    openapi = tmp_path / "openapi"
    openapi.mkdir(exist_ok=True)
    for name in ("user.yaml", "common.yaml"):
        text = (bundled() / "openapi" / name).read_text(encoding="utf-8")
        for written, instead in changes:
            assert written in text or name == "common.yaml", written
            text = text.replace(written, instead)
        (openapi / name).write_text(text, encoding="utf-8")
    found = lint(load(openapi / "user.yaml"), events=load_events(SCHEMAS))
    assert all(one.line and one.mend for one in found if one.rule.startswith("emits"))
    return [(one.rule, one.message) for one in found if one.rule.startswith("emits")]


def test_our_own_promises_are_kept(tmp_path: Path) -> None:
    """
    Every event that our operations promise can be made of every exchange.
    """
    assert findings(tmp_path) == []


@pytest.mark.parametrize(
    ("written", "instead", "rule", "said"),
    [
        ("email: $request.body#/email", "email: $request.body#/emial", "emits-pointer", "there is no property emial"),
        ("email: $request.body#/email", "email: $request.body#/email/x", "emits-pointer", "there is no property x"),
        ("userId: $request.path.user_id", "userId: $request.path.userid", "emits-pointer", "no path parameter userid"),
        ("aggregate: $response.body#/user_id", "aggregate: $response.body#/id", "emits-pointer", "no property id"),
        ("userId: $response.body#/user_id", "userId: $response.header.X-Id", "emits-pointer", "declares this header"),
        ("email: $request.body#/email", "email: $request.body#/region", "emits-missing", "may find nothing"),
        ("email: $request.body#/email", "email: $request.body#/business_registration_number", "emits-type", "may be"),
        ("region: $request.body#/region", "region: $statusCode", "emits-type", "may be"),
        ("region: $request.body#/region", "region: seoul", "emits-type", "may be 'seoul'"),
        ("deletionReason: $request.query.reason", "deletionReason: 7", "emits-type", "may be 7"),
    ],
)
def test_an_emission_that_cannot_make_its_event_is_refuted(
    tmp_path: Path, written: str, instead: str, rule: str, said: str
) -> None:
    """
    A pointer to nothing, a source that may be missing, a value that the event does not take: each is told at its place.
    """
    found = findings(tmp_path, (written, instead))
    assert {one for one, _ in found} == {rule}
    assert any(said in message for _, message in found), found


@pytest.mark.parametrize(
    ("bound", "refuted"), [("maxLength: 254", False), ("maxLength: 300", True), ("maxLength: 100", False)]
)
def test_bounds_are_compared_by_what_they_let_through(tmp_path: Path, bound: str, refuted: bool) -> None:
    """
    A source that is wider than the event is refuted by a value between the two bounds; a narrower one is proved.
    """
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/deletions": {
                "post": {
                    "operationId": "delete",
                    "requestBody": {
                        "required": True,
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "object",
                                    "required": ["who", "why"],
                                    "properties": {
                                        "who": {"type": "string", "minLength": 1, "maxLength": 64},
                                        "why": {"type": "string", "enum": ["user_request"]},
                                    },
                                }
                            }
                        },
                    },
                    "responses": {"204": {"description": "gone"}},
                    "x-emits": [
                        {
                            "event": "UserDeleted",
                            "topic": "aegis.user.deleted.v1",
                            "on": ["204"],
                            "aggregate": "$request.body#/who",
                            "data": {"userId": "$request.body#/who", "deletionReason": "$request.body#/why"},
                        }
                    ],
                }
            }
        },
    }
    catalog = load_events(SCHEMAS)
    wanted = catalog["UserDeleted"].schema["properties"]["data"]["properties"]["userId"]
    who = document["paths"]["/deletions"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    longest = wanted.get("maxLength", 64)
    who["who"] = dict(wanted) | {"maxLength": {"254": longest, "300": longest + 1, "100": longest - 1}[bound[-3:]]}
    path = tmp_path / "api.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    found = [one for one in lint(load(path), events=catalog) if one.rule.startswith("emits")]
    assert [one.rule for one in found] == ["emits-type"] * refuted


def test_mock_and_lint_read_an_entry_alike(tmp_path: Path) -> None:
    """
    A version, a bare ``on`` of YAML 1.1 and a fault mean the same to the lint and to the mock.
    """
    (entry,) = read_emissions({"event": "UserDeleted", "version": 2, True: [204], "data": {}})
    assert (entry.version, entry.statuses, entry.faults) == (2, ("204",), ())
    assert findings(tmp_path, ("event: UserDeleted\n", "event: UserDeleted\n          version: 1\n")) == []
    found = findings(tmp_path, ("event: UserDeleted\n", "event: UserDeleted\n          version: 2\n"))
    assert found == [("emits-event", "names version 2 of UserDeleted, which nobody declared")]
    found = findings(tmp_path, ("event: UserDeleted\n", "event: UserDeleted\n          versoin: 2\n"))
    assert found == [("emits-field", "has the unknown field versoin")]
    broken = load(tmp_path / "openapi" / "user.yaml")
    operation = next(one for one in broken.all_operations() if one.operation_id == "deleteUser")
    with pytest.raises(ValueError, match="versoin has the unknown field versoin"):
        emissions_of(operation)


@pytest.mark.parametrize("command", ["lint", "mock"])
def test_an_asyncapi_2_document_is_refused_alike(tmp_path: Path, command: str) -> None:
    """
    What cannot be read is refused with the way to convert it, by every command.
    """
    (tmp_path / "asyncapi.yaml").write_text("asyncapi: 2.6.0\ninfo: {title: t, version: '1'}\nchannels: {}\n")
    arguments = [str(tmp_path)] if command == "lint" else ["--port", "0", "--events", str(tmp_path)]
    code, said = aegis(command, *arguments)
    assert code == (1 if command == "lint" else 2)
    assert "is AsyncAPI 2.6.0, and 3.x is read" in said
    assert "convert" in said


def test_asyncapi_2_beside_a_document_is_refused_at_the_start(tmp_path: Path) -> None:
    """
    A document whose operations cause events, and events beside it that cannot be read: the mock does not start, to
    drop them later.
    """
    (tmp_path / "asyncapi.yaml").write_text("asyncapi: '2.6.0'\ninfo: {title: t, version: '1'}\nchannels: {}\n")
    (tmp_path / "api.yaml").write_text(
        "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {/pets: {post: {operationId: makePet,"
        " x-emits: [{event: PetMade, payload: {}}], responses: {'204': {description: Made.}}}}}\n"
    )
    code, told = aegis("mock", "--no-check", "--port", "0", str(tmp_path / "api.yaml"))
    assert (code, "is AsyncAPI 2.6.0, and 3.x is read" in told) == (2, True), told


@pytest.mark.parametrize(("folder", "said"), [("nowhere", "there is no such folder"), (".", "no asyncapi.yaml")])
def test_a_folder_without_events_is_refused(tmp_path: Path, folder: str, said: str) -> None:
    """
    ``--events`` that names nothing to read does not start a mock that publishes nothing.
    """
    code, told = aegis("mock", "--port", "0", "--events", str(tmp_path / folder))
    assert (code, said in told) == (2, True), told
