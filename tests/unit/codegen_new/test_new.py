"""
``aegis new``: what a maintainer would copy is written, holds, and is carried by everything that follows from contracts.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from aegis_contracts import bundled, load
from aegis_contracts.events import lint_events, load_events
from aegis_contracts.lint import lint
from aegis_shell import FOUND, OK, USAGE, main

SUSPENSION = "/api/v1/users/{user_id}/suspension"


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    A copy of our contracts, to work in.
    """
    for folder in ("openapi", "schemas"):
        shutil.copytree(bundled() / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    The folder of somebody who begins.
    """
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_event_type_comes_with_channel_and_proved_examples(ours: Path) -> None:
    """
    One command makes an event type: its channel stands beside the others, and each example shows what its name says.
    """
    before = (ours / "schemas" / "asyncapi.yaml").read_text("utf-8").splitlines()
    assert main(["new", "event", "UserSuspended", "reason:string", "until:timestamp?"]) == OK
    assert lint_events(ours / "schemas") == []
    event = load_events(ours / "schemas")["UserSuspended", 1]
    assert event.topic == "aegis.user.suspended.v1"
    assert sum(example.valid for example in event.examples) >= 3
    assert sum(not example.valid for example in event.examples) >= 8
    after = (ours / "schemas" / "asyncapi.yaml").read_text("utf-8").splitlines()
    assert [line for line in after if line in before][: len(before)]
    assert set(before) <= set(after)


def test_a_version_keeps_what_the_one_before_told(ours: Path) -> None:
    """
    The next version of an event has the fields of the one before and the new ones, in examples as well.
    """
    assert main(["new", "event", "UserRegistered", "channel:string", "--version", "2"]) == OK
    assert lint_events(ours / "schemas") == []
    catalog = load_events(ours / "schemas")
    old, new = catalog["UserRegistered", 1], catalog["UserRegistered", 2]
    told = json.loads(next(example for example in new.examples if example.valid).read())
    assert told["version"] == 2
    assert "channel" in told["data"]
    assert "channel" in new.schema["properties"]["data"]["required"]
    assert "channel" not in old.schema["properties"]["data"]["properties"]


def test_an_operation_has_the_refusals_of_its_neighbours(ours: Path) -> None:
    """
    An operation that causes an event holds by our profile, and refuses as the operations beside it do.
    """
    document = ours / "openapi" / "user.yaml"
    before = document.read_text("utf-8")
    assert main(["new", "event", "UserSuspended", "reason:string"]) == OK
    asked = ["new", "operation", "suspendUser", "POST", SUSPENSION, "reason:string", "--document", str(document)]
    asked += ["--answer", "status:UserStatus", "--source", "AEG-SPC-USER v6.0 §1", "--emits", "UserSuspended"]
    assert main(asked) == OK
    contract = load(document)
    assert lint(contract, profile=True, events=load_events(ours / "schemas")) == []
    made = next(each for each in contract.all_operations() if each.node["operationId"] == "suspendUser")
    assert {"200", "400", "401", "403", "404", "409", "422", "429", "500", "503"} <= made.responses.keys()
    assert any(parameter.key == ("header", "idempotency-key") for parameter in made.parameters)
    assert all(line in document.read_text("utf-8") for line in before.splitlines())
    assert main(asked) == USAGE


def test_what_would_not_hold_is_not_written(ours: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    An emission that its event would not take is refused with the value that shows it, and no file is touched.
    """
    document = ours / "openapi" / "user.yaml"
    assert main(["new", "event", "UserSuspended", "level:integer"]) == OK
    before = document.read_text("utf-8")
    asked = ["new", "operation", "suspendUser", "POST", SUSPENSION, "level:string", "--document", str(document)]
    assert main([*asked, "--source", "§1", "--emits", "UserSuspended"]) == USAGE
    assert "emits-type" in capsys.readouterr().err
    assert document.read_text("utf-8") == before


def test_anybody_begins_with_an_empty_folder(empty: Path) -> None:
    """
    API, event and operation can be made where there is nothing yet, and hold without anything of ours in them.
    """
    assert main(["new", "api", "invoice", "amount:integer", "issued_at:date-time"]) == OK
    assert main(["new", "event", "InvoicePaid", "invoiceId:string", "amount:integer"]) == OK
    asked = ["new", "operation", "payInvoice", "POST", "/api/v1/invoices/{invoice_id}/payment", "amount:integer"]
    assert main([*asked, "--document", "openapi/invoice.yaml", "--emits", "InvoicePaid"]) == OK
    assert main(["lint", "openapi/invoice.yaml", "schemas", "--fail-on", "warning"]) == OK
    assert "User" not in (empty / "schemas" / "asyncapi.yaml").read_text("utf-8").replace("User-Agent", "")


def test_an_api_beside_ours_can_be_generated(ours: Path) -> None:
    """
    A fifth API shares the refusals of the others, holds by our profile, and the generator carries it.
    """
    from aegis_codegen import generate

    assert main(["new", "api", "invoice", "amount:integer", "--source", "AEG-SPC-USER v6.0 §2"]) == OK
    document = ours / "openapi" / "invoice.yaml"
    assert main(["lint", str(document), "--fail-on", "warning"]) == OK
    assert "./common.yaml#/components/responses/Unauthorized" in document.read_text("utf-8")
    assert any("InvoiceClient" in text for text in generate(document, "acme.apis").values())


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["event", "userSuspended"], "is no name of an event type"),
        (["event", "UserDeleted"], "the next one is --version 2"),
        (["event", "UserDeleted", "--version", "3"], "has no version 2"),
        (["event", "UserMoved", "to:strin"], "did you mean string?"),
        (["event", "UserMoved", "to"], "is no field; write name:type"),
        (["event", "UserMoved", "--like", "UserDeletd"], "did you mean UserDeleted?"),
        (
            ["operation", "getUser", "GET", "/x", "--document", "openapi/user.yaml", "--source", "§1"],
            "getUser is there",
        ),
        (["operation", "moveUser", "POST", "/x", "--document", "openapi/user.yaml"], "say where the rule comes from"),
        (["operation", "moveUser", "POST", "/x", "--document", "openapi/none.yaml"], "aegis new api makes a document"),
        (["api", "user", "name:string", "--source", "§1"], "aegis new operation adds to it"),
        (["api", "Invoice", "name:string", "--source", "§1"], "is no name of a resource"),
    ],
)
def test_a_mistake_is_told_with_its_mend(
    ours: Path, asked: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    What cannot be made is refused in a sentence that says what to write instead, and nothing is written.
    """
    before = {path: path.read_bytes() for path in ours.rglob("*") if path.is_file()}
    assert main(["new", *asked]) in {USAGE, FOUND}
    assert said in capsys.readouterr().err
    assert {path: path.read_bytes() for path in ours.rglob("*") if path.is_file()} == before
