"""
Lint: a broken contract is refused with place, rule and mend; a good one is left alone.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aegis_contracts import ContractError, bundled, load
from aegis_contracts.events import load_events
from aegis_contracts.lint import lint
from aegis_shell import main

BROKEN = sorted((Path(__file__).parents[2] / "contract" / "broken").glob("*.yaml"))
RULES = {"undeclared-security-scheme": "unknown-security-scheme"}


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_contract_is_refused_with_its_place(path: Path):
    """
    Each way to break a contract is named by its rule, with line, column and how to mend it.
    """
    try:
        findings = lint(load(path))
    except ContractError as refused:
        findings = list(refused.findings)
    (error,) = [finding for finding in findings if finding.severity == "error"]
    assert error.rule == RULES.get(path.stem, path.stem)
    assert error.line > 0
    assert error.column > 0
    assert error.mend


@pytest.mark.parametrize("path", sorted((bundled() / "openapi").glob("*.yaml")), ids=lambda path: path.stem)
def test_our_own_contracts_meet_the_profile(path: Path):
    """
    The contracts of Aegis have nothing wrong with them, by the standards and by our own profile.
    """
    contract = load(path)
    aegis = path.stem in {
        "user",
        "recommendation",
        "registry",
        "sms",
        "common",
    }  # gateways of others have their own manners
    assert lint(contract, profile=True) == [] if aegis else lint(contract) == []


def test_a_misspelt_field_is_guessed():
    """
    An unknown field is an error in lint, with the known field that it resembles, and only a warning elsewhere.
    """
    document = {
        "openapi": "3.1.1",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"operationID": "x", "responses": {"204": {"description": ""}}}}},
    }
    (finding,) = lint(load(document))
    assert (finding.rule, finding.severity, finding.mend) == (
        "unknown-field",
        "error",
        "operationID: did you mean operationId?",
    )
    (finding,) = lint(load(document), strict=False)
    assert finding.severity == "warning"


def test_a_refused_request_may_be_shown():
    """
    A request example that shares its name with a 4XX answer's example shows what is refused, so it may be invalid.
    """
    json_of = {"schema": {"type": "object", "required": ["a"]}}
    document = {
        "openapi": "3.1.1",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/a": {
                "post": {
                    "requestBody": {"content": {"application/json": {**json_of, "examples": {"bad": {"value": {}}}}}},
                    "responses": {
                        "400": {"description": "", "content": {"application/json": {"examples": {"bad": {"value": 1}}}}}
                    },
                }
            }
        },
    }
    assert lint(load(document)) == []


@pytest.mark.parametrize(("arguments", "code"), [([], 0), ([str(BROKEN[0])], 1), (["nowhere.yaml"], 2), (["--bad"], 2)])
def test_the_command_says_how_it_went(arguments: list[str], code: int):
    """
    `aegis lint` exits with 0 when all is well, 1 on findings, 2 when it could not run, and never with a traceback.
    """
    assert main(["lint", *arguments]) == code


def test_findings_are_readable_by_machines(capsys: pytest.CaptureFixture[str]):
    """
    `--format json` prints every finding with its place.
    """
    assert main(["lint", "--format", "json", str(BROKEN[0])]) == 1
    (finding,) = json.loads(capsys.readouterr().out)
    assert finding["rule"] == BROKEN[0].stem


@pytest.mark.parametrize(
    ("written", "instead", "rule"),
    [
        ("event: UserDeleted", "event: UserDeletd", "emits-event"),
        ("topic: aegis.user.deleted.v1", "topic: aegis.user.deleted", "emits-topic"),
        ("deletionReason: $request.query.reason", "reason: $request.query.reason", "emits-data"),
        ("deletionReason: $request.query.reason", "deletionReason: $request.qery.reason", "emits-expression"),
        ('"on": ["204"]', '"on": ["299"]', "emits-status"),
    ],
)
def test_an_emission_that_cannot_become_an_event_is_refused(written: str, instead: str, rule: str, tmp_path: Path):
    """
    What an operation says that it emits is held to the event contracts: type, topic, data, expressions, statuses.
    """
    openapi = tmp_path / "openapi"
    openapi.mkdir()
    for name in ("user.yaml", "common.yaml"):
        text = (bundled() / "openapi" / name).read_text(encoding="utf-8")
        (openapi / name).write_text(text.replace(written, instead), encoding="utf-8")
    findings = lint(load(openapi / "user.yaml"), events=load_events(bundled() / "schemas"))
    assert {finding.rule for finding in findings} == {rule}
    assert all(finding.line and finding.mend for finding in findings)


@pytest.mark.parametrize(
    "name", ["nope", "nope.yaml", "nope.arazzo.yaml", "asyncapi.yaml", "empty", "http://127.0.0.1:9/x.yaml"]
)
def test_what_is_not_there_could_not_be_checked(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """
    A document that is not there ends the command with 2, as every command does, also beside one that is broken.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.yaml").write_text("openapi: 9.9", "utf-8")
    assert main(["lint", name]) == 2
    assert name in capsys.readouterr().out
    assert main(["lint", "broken.yaml", name]) == 2
    assert "broken.yaml" in capsys.readouterr().out
    assert main(["lint", "broken.yaml"]) == 1
