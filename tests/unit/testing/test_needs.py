"""
Needs, end to end: a consumer's suite is recorded, the contract changes, and who would break on which field is told.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis_contracts import bundled
from aegis_shell import main
from aegis_verifier.needs import read_needs

pytest_plugins = ["pytester"]

SUITE = """
from aegis_sdk import UserClient
from aegis_sdk.events import EventConsumer, UserRegistered
from aegis_sdk.user import UserNotFoundError
import asyncio
import pytest

USER = dict(
    email="seoyeon.kim@example.com", password="correct-horse-battery-staple",
    business_registration_number="124-81-00998", business_name="삼성전자 주식회사", phone_number="010-1234-5678",
)

def test_reads(aegis):
    users = aegis.client(UserClient)
    made = users.users.register(**USER)
    found = users.users.get(made.user_id)
    repr(found)
    assert found.region is None

def test_lists(aegis):
    users = aegis.client(UserClient)
    users.users.register(**USER)
    assert [one.business_name for one in users.users.list(limit=2)] == [USER["business_name"]]

def test_error(aegis):
    with pytest.raises(UserNotFoundError):
        aegis.client(UserClient).users.get("nobody")

def test_handles(aegis):
    seen = []
    consumer = EventConsumer(group_id="matching")

    @consumer.on(UserRegistered)
    async def match(event):
        seen.append(event.data.industry_code)

    async def main():
        async with aegis.drive(consumer) as driver:
            outcome = await driver.deliver(aegis.make(UserRegistered))
            assert outcome.handled, outcome

    asyncio.run(main())
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    The needs of the suite, recorded once in a process of its own.
    """
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("consumer")
    (folder / "test_consumer.py").write_text(SUITE, encoding="utf-8")
    (folder / "pyproject.toml").write_text('[project]\nname = "policy-service"\n', encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--aegis-needs", "needs"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "needs"


def test_what_was_used_is_recorded_and_nothing_else(recorded: Path) -> None:
    """
    Operations, fields sent and fields read are there with the types that the contract admits; what was only shown is
    not.
    """
    [needs] = read_needs(recorded)
    assert needs.consumer == "policy-service"
    operations = {(one.method, one.path): one for one in needs.operations}
    read = operations["GET", "/api/v1/users/{user_id}"]
    assert read.reads == {"200": {"/body/region": ("null", "string")}, "404": {"/body/code": ("string",)}}
    assert dict(read.sends) == {"/path/user_id": ("string",)}
    sent = operations["POST", "/api/v1/users"].sends
    assert {"/body/email", "/header/Idempotency-Key"} <= set(sent)
    assert "/body/data/*/business_name" in operations["GET", "/api/v1/users"].reads["200"]
    [event] = needs.events
    assert (event.name, event.version, set(event.reads)) == (
        "UserRegistered", 1, {"/eventId", "/data", "/data/industryCode"},
    )  # fmt: skip


def _changed(tmp_path: Path, change: Any) -> Path:
    shutil.copytree(bundled() / "openapi", tmp_path / "openapi")
    shutil.copytree(bundled() / "schemas", tmp_path / "schemas")
    file = tmp_path / "openapi" / "user.yaml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    event_file = tmp_path / "schemas" / "user.registered.v1.json"
    event = json.loads(event_file.read_text(encoding="utf-8"))
    change(document["components"]["schemas"], event)
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    event_file.write_text(json.dumps(event), encoding="utf-8")
    return tmp_path


def _without(schema: dict[str, Any], name: str) -> None:
    del schema["properties"][name]
    schema["required"] = [one for one in schema.get("required", ()) if one != name]


def _event_data(event: dict[str, Any]) -> dict[str, Any]:
    found: list[dict[str, Any]] = []

    def look(node: Any) -> None:
        if isinstance(node, dict):
            if "industryCode" in node.get("properties", {}):
                found.append(node)
            for member in node.values():
                look(member)
        elif isinstance(node, list):
            for item in node:
                look(item)

    look(event)
    return found[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda schemas, event: None, ""),
        (lambda schemas, event: _without(schemas["User"], "start_date"), ""),
        (lambda schemas, event: _without(schemas["User"], "region"), "/body/region is no longer given"),
        (lambda schemas, event: _without(schemas["User"], "business_name"), "/body/data/*/business_name"),
        (lambda schemas, event: _without(_event_data(event), "region"), ""),
        (lambda schemas, event: _without(_event_data(event), "industryCode"), "/data/industryCode"),
    ],
    ids=["nothing", "unread", "read", "in a list", "unread of an event", "read of an event"],
)
def test_only_what_is_read_holds_a_contract_back(
    recorded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Any, said: str
) -> None:
    """
    A field that the consumer reads is named when it goes; one that it does not read is free to go.
    """
    new = _changed(tmp_path / "new", change)
    contracts = [f"--contract={new / 'openapi'}", f"--contract={new / 'schemas'}"]
    code = main(["can-deploy", *contracts, "--needs", str(recorded)])
    printed = capsys.readouterr().out
    assert code == (1 if said else 0), printed
    assert said in printed
    assert ("policy-service would break" in printed) is bool(said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("-k", "reads"), "3 tests were left out"),
        (("-k", "reads", "-n", "2"), "tests were left out"),
        (("-p", "xdist", "-n", "2"), "needs of consumer: operations 3, events 1"),
    ],
    ids=["some left out", "some left out of workers", "in workers"],
)
def test_a_run_that_saw_not_everything_writes_nothing(
    pytester: pytest.Pytester, arguments: tuple[str, ...], said: str
) -> None:
    """
    Needs of a part of the suite would let through what breaks the rest; in several processes all of it is seen.
    """
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess("--aegis-needs", "needs", "--aegis-consumer", "consumer", *arguments)
    result.stdout.fnmatch_lines([f"*{said}*"])
    assert (pytester.path / "needs").exists() is ("operations 3" in said)


def test_a_failed_run_writes_nothing(pytester: pytest.Pytester) -> None:
    """
    What comes after the failure was not seen.
    """
    pytester.makepyfile(SUITE + "\ndef test_fails():\n    assert False\n")
    result = pytester.runpytest_subprocess("--aegis-needs", "needs")
    result.stdout.fnmatch_lines(["needs were not written: the suite did not pass*"])
    assert not (pytester.path / "needs").exists()
