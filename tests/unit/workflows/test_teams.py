"""
Documents in the styles of other teams (coupons, loans, tokens, several sources) against a mock of their contracts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aegis_contracts import load
from aegis_contracts.arazzo import load_arazzo
from aegis_mockserver import open_site
from aegis_mockserver.adapters.asgi import asgi_app
from aegis_shell import main
from aegis_verifier import AsgiTransport, Run, Settings, run
from aegis_verifier._maker import Maker
from aegis_verifier.reports import FORMATS, findings
from aegis_verifier.reports._coverage import coverage
from aegis_verifier.workflows import Scope, Workflows
from aegis_verifier.workflows._requests import request_of
from tests.unit.verifier.test_command import Served

DOCUMENTS = Path(__file__).parent / "documents"
TEAMS: dict[str, tuple[list[str], dict[str, str]]] = {
    "coupons.arazzo.yaml": (["store"], {}),
    "invoice.arazzo.yaml": (["store"], {"store": str(DOCUMENTS / "store.openapi.yaml")}),
    "loan.arazzo.yaml": (["loan"], {}),
    "oauth.arazzo.yaml": (["oauth"], {}),
    "remote.arazzo.yaml": (["store", "loan"], {}),
}


def played(file: str, apis: list[str], named: dict[str, str] | None = None, **options: Any) -> Run:
    """
    Run the workflows of a document against a mock in this process.
    """
    transport = AsgiTransport(asgi_app(open_site(*(DOCUMENTS / f"{api}.openapi.yaml" for api in apis))))
    try:
        workflows = Workflows([file], named=named, **options)
        return run([], transport, Settings(seed="1", timeout=5.0), workflows=workflows)
    finally:
        transport.close()


@pytest.mark.parametrize("name", TEAMS)
def test_documents_of_other_teams_run(name: str) -> None:
    """
    Every step that the way leads to is run and holds; none is left out without a word.
    """
    apis, named = TEAMS[name]
    result = played(str(DOCUMENTS / name), apis, named)
    told = [
        (outcome.case.id, outcome.open, [str(f.violation) for f in outcome.failures]) for outcome in result.outcomes
    ]
    assert all(outcome.verdict == "held" for outcome in result.outcomes), told
    assert len(result.outcomes) >= 2
    assert coverage(result).steps.covered


WAYS = {
    "coupons.arazzo.yaml": ["find-pet", "find-coupon", "order", "place in order"],
    "invoice.arazzo.yaml": ["get", "first", "read", "add"],
    "loan.arazzo.yaml": ["check", "terms", "start"],
    "oauth.arazzo.yaml": ["push", "authorize", "token", "refresh in token"],
}


@pytest.mark.parametrize("name", WAYS)
def test_way_is_the_authors(name: str) -> None:
    """
    Goto, dependsOn and sub-workflows lead through exactly the steps that their author meant.
    """
    apis, named = TEAMS[name]
    result = played(str(DOCUMENTS / name), apis, named)
    assert [outcome.case.name for outcome in result.outcomes] == WAYS[name]


def changed(folder: Path, name: str, old: str, new: str) -> str:
    """
    Write a document with one thing changed, beside what it refers to.
    """
    for file in DOCUMENTS.iterdir():
        text = file.read_text(encoding="utf-8")
        if file.name == name:
            assert old in text
            text = text.replace(old, new)
        (folder / file.name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_a_criterion_that_does_not_hold_fails_its_step(tmp_path: Path) -> None:
    """
    The step, the pointer and the exchange of what does not hold are named, and later steps are not run.
    """
    file = changed(
        tmp_path, "coupons.arazzo.yaml", "$response.body#/expired == false", "$response.body#/expired == true"
    )
    result = played(file, ["store"])
    broken = {outcome.case.name: outcome for outcome in result.broken}
    assert list(broken) == ["find-coupon"]
    failure = broken["find-coupon"].failures[0]
    assert failure.violation.pointer == "/status"
    assert failure.violation.schema.endswith("#/workflows/0/steps/1/successCriteria/0")
    assert failure.exchange is not None
    assert failure.exchange.request.target == "/coupons/7"
    assert [outcome.case.name for outcome in result.outcomes] == ["find-pet", "find-coupon"]


@pytest.mark.parametrize("form", FORMATS)
def test_every_report_tells_the_step(tmp_path: Path, form: str) -> None:
    """
    Text, JUnit, JSON, HTML and GitHub name what failed; where there is room, with a curl line.
    """
    file = changed(
        tmp_path, "coupons.arazzo.yaml", "$response.body#/expired == false", "$response.body#/expired == true"
    )
    result = played(file, ["store"])
    text = FORMATS[form](result, findings(result))
    assert "find-coupon" in text or form == "github"
    assert "getPetCoupons" in text or form == "junit"
    assert "curl" in text or form == "github"


NOT_RUN: dict[str, tuple[str, str, str, str]] = {
    "reference": ("coupons.arazzo.yaml", "operationId: findPets\n", "operationId: findPet\n", "did you mean findPets?"),
    "parameter": ("coupons.arazzo.yaml", "{name: petId, in: path, value", "{name: petid, in: path, value", "petId"),
    "unknown-field": ("coupons.arazzo.yaml", "outputs: {code:", "output: {code:", "did you mean outputs?"),
    "jsonpath-version": (
        "oauth.arazzo.yaml",
        "condition: \"$[?@ == 'at-1']\", type: jsonpath",
        "condition: '$[(@.length-1)]', type: {type: jsonpath, version: draft-goessner-dispatch-jsonpath-00}",
        "scripts",
    ),
}


@pytest.mark.parametrize("rule", NOT_RUN)
def test_what_cannot_be_run_is_said(tmp_path: Path, rule: str) -> None:
    """
    A document that cannot be run on is told with the reason, its kind and its place; it is no failure of the provider.
    """
    name, old, new, hint = NOT_RUN[rule]
    file = changed(tmp_path, name, old, new)
    apis, _ = TEAMS[name]
    result = played(
        file, apis, {"store": str(DOCUMENTS / "store.openapi.yaml")} if name.startswith("invoice") else None
    )
    said = [outcome.open for outcome in result.outcomes if outcome.not_run]
    assert not result.broken
    assert len(said) == 1
    assert f"[{rule}]" in said[0]
    assert hint in said[0]
    assert "#/workflows/" in said[0] or "/workflows/" in said[0]


def test_a_request_that_its_contract_forbids_is_the_documents_mistake(tmp_path: Path) -> None:
    """
    What a provider rightly refuses is not held against it: the claim stays open, and the reason is the request.
    """
    file = changed(tmp_path, "coupons.arazzo.yaml", "value: $inputs.status}", "value: lost}")
    result = played(file, ["store"])
    assert not result.broken
    assert "/query/status" in next(outcome.open for outcome in result.outcomes if outcome.open)


def test_names_that_do_not_exist_are_refused() -> None:
    """
    A workflow, a source or an input that no document has is refused before anything is sent.
    """
    file = str(DOCUMENTS / "coupons.arazzo.yaml")
    with pytest.raises(ValueError, match="apply-coupon"):
        Workflows([f"{file}#apply-cupon"])
    with pytest.raises(ValueError, match="--source stor"):
        Workflows([file], named={"stor": file})
    with pytest.raises(ValueError, match="--inputs"):
        Workflows([file], inputs={"colour": "red"})


def test_inputs_that_break_their_schema_are_told() -> None:
    """
    A given input is held to the schema of the workflow.
    """
    result = played(str(DOCUMENTS / "coupons.arazzo.yaml"), ["store"], inputs={"quantity": 99})
    assert "/quantity" in next(outcome.open for outcome in result.outcomes if outcome.not_run)


def test_one_workflow_can_be_chosen() -> None:
    """
    ``FILE#workflowId`` runs that workflow alone.
    """
    file = f"{DOCUMENTS / 'coupons.arazzo.yaml'}#place-order"
    result = played(file, ["store"], inputs={"place-order": {"pet_id": 7, "coupon_code": "SAVE10", "quantity": 2}})
    assert [outcome.case.id for outcome in result.outcomes] == ["place-order/workflows/place"]


def test_lint_knows_arazzo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    ``aegis lint`` tells the line and the nearest name, and finds nothing in documents that are right.
    """
    assert main(["lint", *(str(path) for path in sorted(DOCUMENTS.glob("*.arazzo.yaml")))]) == 0
    file = changed(
        tmp_path, "loan.arazzo.yaml", "stepId: terms\n            criteria", "stepId: term\n            criteria"
    )
    capsys.readouterr()
    assert main(["lint", file]) == 1
    out = capsys.readouterr().out
    assert "/workflows/0/steps/0/onSuccess/1/stepId [reference]" in out
    assert "did you mean terms?" in out


def test_a_provider_state_is_prepared_for_each_workflow() -> None:
    """
    What prepares provider states is told the workflow before its first request.
    """
    told: list[str] = []
    transport = AsgiTransport(asgi_app(open_site(DOCUMENTS / "store.openapi.yaml")))
    settings = Settings(seed="1", setup=told.append)
    run([], transport, settings, workflows=Workflows([str(DOCUMENTS / "coupons.arazzo.yaml")]))
    assert told == ["apply-coupon"]


def test_time_for_the_run_bounds_workflows_too() -> None:
    """
    When the time is over no step begins, and the workflow is told as not run.
    """
    result = played(str(DOCUMENTS / "coupons.arazzo.yaml"), ["store"], seconds=1e-6)
    assert [outcome.not_run for outcome in result.outcomes] == [True]
    assert "[time]" in result.outcomes[0].open
    assert result.exchanges == 0


@pytest.mark.parametrize("fail_fast", [False, True])
def test_fail_fast_begins_no_other_workflow(fail_fast: bool, tmp_path: Path) -> None:
    """
    After the first workflow that does not hold, with ``--fail-fast`` the others are said to be not played.
    """
    failing = changed(tmp_path, "loan.arazzo.yaml", "$statusCode == 200", "$statusCode == 299")
    transport = AsgiTransport(asgi_app(open_site(*(DOCUMENTS / f"{api}.openapi.yaml" for api in ("loan", "store")))))
    workflows = Workflows([failing, str(DOCUMENTS / "coupons.arazzo.yaml")])
    result = run([], transport, Settings(seed="1", timeout=5.0), workflows=workflows, fail_fast=fail_fast)
    transport.close()
    assert any(outcome.verdict == "broken" for outcome in result.outcomes)
    others = [outcome for outcome in result.outcomes if "order" in outcome.case.id or "coupon" in outcome.case.id]
    assert others
    assert all(outcome.open.startswith("not played") for outcome in others) is fail_fast


def test_two_sources_may_live_at_two_addresses(tmp_path: Path) -> None:
    """
    ``--server`` sends a source's requests to its own provider, and the curl line of a failure goes there, too.
    """
    loans = Served(asgi_app(open_site(DOCUMENTS / "loan.openapi.yaml")))
    try:
        more = "\n        successCriteria: [{condition: $statusCode == 299}]"
        file = changed(tmp_path, "remote.arazzo.yaml", "~1terms/get'", f"~1terms/get'{more}")
        result = played(file, ["store", "loan"], servers={"api": loans.url})
    finally:
        loans.close()
    broken = result.broken
    assert [outcome.case.name for outcome in broken] == ["terms"]
    assert f"{loans.url}/terms" in FORMATS["text"](result, findings(result))


PAYLOADS = {
    '{"petId": "{$inputs.pet}", "quantity": 1}': {"petId": 7, "quantity": 1},
    '{"petId": {$inputs.pet}, "quantity": 1}': {"petId": 7, "quantity": 1},
    '{"petId": 7, "quantity": 1, "couponCode": "{$inputs.pet}"}': {"petId": 7, "quantity": 1, "couponCode": "7"},
    '{"petId": 7, "quantity": 1, "couponCode": "a {$inputs.word} b"}': {
        "petId": 7,
        "quantity": 1,
        "couponCode": 'a "x" b',
    },
    '{"petId": 7, "quantity": 1, "couponCode": "{$inputs.list}"}': {"petId": 7, "quantity": 1, "couponCode": "[1]"},
}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_json_as_text_becomes_what_the_contract_takes(payload: str) -> None:
    """
    A value in a string is its text, escaped; where the contract takes the value alone, it is the value.
    """
    contract = load(DOCUMENTS / "store.openapi.yaml")
    step = {"stepId": "s", "operationId": "placeOrder", "requestBody": {"payload": payload}}
    document = {
        "arazzo": "1.1.0",
        "info": {"title": "t", "version": "1"},
        "workflows": [{"workflowId": "w", "steps": [step]}],
    }
    description = load_arazzo(document)
    context = Scope(description, {"pet": 7, "word": '"x"', "list": [1]})
    made = request_of(
        description.workflows["w"].steps[0], contract.operations["placeOrder"], context, Maker(contract, Settings())
    )
    assert made.value == PAYLOADS[payload]
