"""
The workflows of Aegis: all of them hold at the mock, and each finds the provider that does its part wrong.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aegis_contracts import bundled
from aegis_mockserver import open_site
from aegis_mockserver.adapters.asgi import asgi_app
from aegis_shell import main
from aegis_verifier import AsgiTransport, Credentials, Run, Settings, run
from aegis_verifier.workflows import Workflows
from tests.unit.verifier.faults.events import EVENTS, Topics
from tests.unit.verifier.faults.user import FAULTS
from tests.unit.verifier.faults.wrapper import Asked, Call, Fault, Said, spoiled
from tests.unit.verifier.provider import SiteInbox

FOLDER = bundled() / "openapi" / "workflows"
FILES = sorted(path.name for path in FOLDER.glob("*.arazzo.yaml"))


def played(file: str, fault: Fault | None = None, spoil: Any = lambda record: [record]) -> Run:
    """
    Run one document against a mock in this process that has at most one fault.
    """
    site = open_site()
    topics: Any = Topics(site.worlds.default, spoil)
    app = asgi_app(site)
    transport = AsgiTransport(spoiled(app, fault) if fault is not None else app)
    settings = Settings(
        seed="1",
        timeout=30.0 if fault is None else 2.0,
        credentials=Credentials({"": "token"}),
        inbox=SiteInbox(site),
        owned=True,
        patience=0.3,
    )
    try:
        return run([], transport, settings, records=topics, workflows=Workflows([str(FOLDER / file)]))
    finally:
        transport.close()


@pytest.mark.parametrize("file", FILES)
def test_workflow_holds_at_the_mock(file: str) -> None:
    """
    Registration, e-mail verification, profile update, deletion, password reset and phone verification reach their end.
    """
    result = played(file)
    told = [(one.case.id, one.open, [str(f.violation) for f in one.failures]) for one in result.outcomes]
    assert all(outcome.verdict == "held" for outcome in result.outcomes), told


def test_there_is_a_workflow_for_each_journey() -> None:
    """
    Each journey of a user has a document of its own.
    """
    assert [name.removesuffix(".arazzo.yaml") for name in FILES] == [
        "deletion",
        "email-verification",
        "password-reset",
        "phone-verification",
        "profile-update",
        "registration",
    ]


def answering(which: Callable[[Asked], bool], change: Callable[[Said], None]) -> Fault:
    async def spoil(call: Call, asked: Asked) -> Said:
        said = await call(asked)
        if which(asked):
            change(said)
        return said

    return spoil


def put(**members: Any) -> Callable[[Said], None]:
    def change(said: Said) -> None:
        if said.status < 400:
            said.value = {**said.value, **members}

    return change


def to(method: str, end: str) -> Callable[[Asked], bool]:
    return lambda asked: asked.method == method and asked.path.endswith(end)


def always(status: int) -> Callable[[Said], None]:
    return lambda said: setattr(said, "status", status)


MUTANTS: dict[str, tuple[str, Fault, str, str]] = {
    "status of a new user": (
        "registration",
        answering(to("POST", "/users"), put(status="active")),
        "register",
        "/body/status",
    ),
    "business not told as active": (
        "registration",
        answering(to("POST", "/users"), put(business_status="closed")),
        "register",
        "/body/business_status",
    ),
    "another's address": (
        "registration",
        answering(lambda a: a.method == "GET", put(email="x@example.com")),
        "read",
        "/body/email",
    ),
    "verified is not said": (
        "email-verification",
        answering(to("POST", "email-verifications/confirm"), put(email_verified=False)),
        "confirm",
        "/body/email_verified",
    ),
    "verified is not kept": (
        "email-verification",
        answering(lambda a: a.method == "GET", put(status="pending")),
        "read",
        "/body/status",
    ),
    "update is not stored": ("profile-update", FAULTS["update is not stored"](), "read", "/body/business_name"),
    "delete does nothing": ("deletion", FAULTS["delete does nothing"](), "read", "/status"),
    "reset is refused": (
        "password-reset",
        answering(to("POST", "password-resets/confirm"), always(410)),
        "confirm",
        "/status",
    ),
    "phone is not verified": (
        "phone-verification",
        answering(lambda a: a.method == "GET", put(phone_verified=False)),
        "read",
        "/body/phone_verified",
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_workflow_finds_the_fault(name: str) -> None:
    """
    The step that shows a fault fails, with the place in the answer and the exchange that shows it.
    """
    file, fault, step, pointer = MUTANTS[name]
    result = played(f"{file}.arazzo.yaml", fault)
    broken = {
        outcome.case.name.partition(" ")[0]: outcome for outcome in result.outcomes if outcome.verdict == "broken"
    }
    assert step in broken, list(broken)
    failure = next(f for f in broken[step].failures if f.violation.rule == "criterion")
    assert failure.violation.pointer == pointer
    assert failure.exchange is not None
    assert failure.exchange.response is not None


@pytest.mark.parametrize(
    ("file", "name", "step"),
    [
        ("registration", "event missing", "announced"),
        ("profile-update", "event missing after a change", "announced"),
    ],
)
def test_workflow_misses_the_event(file: str, name: str, step: str) -> None:
    """
    An event that does not come fails the step that waits for it, and the request that should have caused it is shown.
    """
    result = played(f"{file}.arazzo.yaml", spoil=EVENTS[name])
    broken = [
        outcome for outcome in result.outcomes if outcome.case.kind == "workflows" and outcome.verdict == "broken"
    ]
    assert [outcome.case.name for outcome in broken] == [step]
    failure = broken[0].failures[0]
    assert failure.violation.pointer.startswith("/message")
    assert failure.exchange is not None
    assert failure.exchange.request.method in {"POST", "PATCH"}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[str, str]]:
    """
    The mock as a user starts it, with a Kafka inside.
    """
    command = [sys.executable, "-m", "aegis_shell", "mock", "openapi/user.yaml", "--port", "0"]
    command += ["--kafka", "embedded", "--json-start-line", "--log-format", "none"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield told["url"], told["kafka"]
    finally:
        process.terminate()
        process.wait(10)


def test_command_runs_them_with_the_neighbours(served: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """
    With inbox and Kafka, ``--api user`` runs the workflows of Aegis by itself; all hold, and all steps are run.
    """
    url, kafka = served
    found = main(["verify", url, "--api", "user", "--inbox", url, "--kafka", kafka, "--kind", "workflows"])
    said = capsys.readouterr().out
    assert found == 0, said
    assert "29 of 29 workflow steps run" in said
    assert "0 broken, 0 not decided" in said


def test_without_neighbours_it_is_said(served: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """
    A workflow that was asked for and could not be run ends with 2, the reason and the place.
    """
    url, _ = served
    file = str(FOLDER / "registration.arazzo.yaml")
    assert main(["verify", url, "--workflow", f"{file}#registerBusiness"]) == 2
    said = capsys.readouterr().out
    assert "[kafka]" in said
    assert "registration.arazzo.yaml#/workflows/0/steps/2" in said
