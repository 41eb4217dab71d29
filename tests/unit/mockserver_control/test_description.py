"""
The description of the control API is true: every operation in it answers as it says.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis_contracts import Contract, load
from aegis_contracts.exchange import ResponseChecker
from aegis_contracts.lint import lint
from tests.unit.mockserver_control.conftest import Control

# operationId → what it is called with, and the status that comes
CALLS: dict[str, list[tuple[str, Any, int]]] = {
    "page": [("/", None, 200)],
    "page_address": [("", None, 307)],
    "page_file": [("/page/main.js", None, 200), ("/page/..%2f__init__.py", None, 404)],
    "api": [("/api", None, 200)],
    "openapi": [("/openapi.json", None, 200)],
    "health": [("/health", None, 200)],
    "kafka": [("/kafka", None, 404)],
    "get_settings": [("/settings", None, 200)],
    "change_settings": [("/settings", {"validate": "report"}, 200), ("/settings", {"validate": "never"}, 400)],
    "contracts": [("/contracts", None, 200)],
    "operations": [("/operations?contract=Aegis%20User%20API", None, 200)],
    "sample_request": [
        ("/operations/request?operation=getUser", None, 200),
        ("/operations/request?operation=none", None, 404),
    ],
    "list_exchanges": [("/journal?status=2XX&contains=users", None, 200), ("/journal?status=some", None, 400)],
    "export_har": [("/journal/har", None, 200)],
    "export_examples": [("/journal/examples", None, 200)],
    "get_exchange": [("/journal/1", None, 200), ("/journal/99", None, 404), ("/journal/first", None, 404)],
    "verify_exchanges": [("/verify", {"operation": "registerUser"}, 200), ("/verify", {"times": "many"}, 400)],
    "clear_journal": [("/journal", None, 204)],
    "stream": [("/stream", None, 200), ("/stream?after=first", None, 400)],
    "get_state": [("/state", None, 200), ("/state?store=/api/v1/users&contains=@&offset=0", None, 200)],
    "put_state": [
        ("/state", {"/api/v1/users": {"u": {"user_id": "u"}}}, 200),
        ("/state", {"/api/v1/users": 1}, 400),
        ("/state", {"users": {"u": {"user_id": "u"}}}, 400),
    ],
    "delete_state": [
        ("/state?store=/api/v1/users", None, 204),
        ("/state?store=/api/v1/users&item=none", None, 404),
        ("/state?store=none", None, 404),
        ("/state", None, 400),
    ],
    "get_snapshot": [("/snapshot", None, 200)],
    "put_snapshot": [("/snapshot", {"stores": {}}, 204), ("/snapshot", {}, 400)],
    "reset": [("/reset", {}, 204)],
    "list_worlds": [("/worlds", None, 200)],
    "make_world": [("/worlds/mine", None, 204)],
    "drop_world": [("/worlds/default", None, 204), ("/worlds/none", None, 404)],
    "list_mails": [("/inbox/mails", None, 200)],
    "get_mail": [("/inbox/mails/1", None, 200), ("/inbox/mails/9", None, 404)],
    "get_mail_html": [("/inbox/mails/1/html", None, 200), ("/inbox/mails/9/html", None, 404)],
    "get_mail_raw": [("/inbox/mails/1/raw", None, 200), ("/inbox/mails/9/raw", None, 404)],
    "resources": [("/resources", None, 200)],
    "list_sms": [("/inbox/sms", None, 200)],
    "clear_inbox": [("/inbox", None, 204)],
    "list_events": [
        ("/events?type=UserRegistered", None, 200),
        ("/events?topic=nowhere", None, 400),
        ("/events?key=nobody-yet", None, 200),
    ],
    "clear_events": [("/events", None, 204)],
    "get_clock": [("/clock", None, 200)],
    "move_clock": [("/clock", {"advance_seconds": 60}, 200), ("/clock", {"set": "soon"}, 400)],
    "list_faults": [("/faults", None, 200)],
    "add_fault": [("/faults", {"operation": "getUser", "status": 503}, 201), ("/faults", {"latency": -1}, 400)],
    "list_kinds": [("/faults/kinds", None, 200)],
    "clear_faults": [("/faults?operation=getUser", None, 204), ("/faults?operation=getUsr", None, 400)],
    "remove_fault": [("/faults/1", None, 204), ("/faults/9", None, 404)],
    "get_checks": [("/checks", None, 200)],
    "set_checks": [("/checks", {"kafka": "no broker is reachable"}, 200), ("/checks", {"kafka": 1}, 400)],
    "list_scenarios": [("/scenarios", None, 200)],
    "start_scenario": [("/scenarios/down%20%2F%20up", {}, 200), ("/scenarios/none", {}, 404)],
    "stop_scenario": [("/scenarios/down%20%2F%20up", None, 204), ("/scenarios/none", None, 404)],
    "list_webhooks": [("/webhooks", None, 200)],
    "send_webhook": [
        ("/webhooks", {"name": "cartSold", "url": "http://127.0.0.1:9/"}, 503),
        ("/webhooks", {"name": "cartSold", "url": "https://example.com/"}, 403),
        ("/webhooks", {"name": "none", "url": "http://127.0.0.1:9/"}, 404),
        ("/webhooks", {"name": 5}, 400),
    ],
}


def _described(control: Control) -> Contract:
    return load(control.json("GET", "/openapi.json"))


def test_it_is_a_sound_contract_of_every_operation(control: Control) -> None:
    """
    /__mock__/openapi.json is an OpenAPI document without errors, and each of its operations is tried below.
    """
    contract = _described(control)
    assert [finding for finding in lint(contract, strict=False) if finding.severity == "error"] == []
    assert set(contract.operations) == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_every_operation_answers_as_it_says(control: Control, user_id: str, name: str) -> None:
    """
    A control operation answers with a status, media type and members that the description has.
    """
    assert user_id
    control("POST", "/__mock__/faults", {"operation": "deleteUser", "latency": 1})
    operation = _described(control).operations[name]
    checker = ResponseChecker(operation)
    for target, body, status in CALLS[name]:
        accept = "text/html" if name == "page" else "*/*"
        reply = control(operation.method, f"/__mock__{target}", body, accept=accept)
        assert reply.status == status, reply.body
        headers = {name.decode(): value.decode() for name, value in reply.headers}
        assert str(status) in operation.responses
        assert checker.violations(status, headers, reply.body) == []
        if body is not None and status < 300 and operation.request_body is not None:
            schema = operation.request_body.content["application/json"].schema
            assert schema is not None
            assert schema.is_valid(json.loads(json.dumps(body)), "request")


@pytest.mark.parametrize("how", ["header", "query"])
@pytest.mark.parametrize("name", [name for name in CALLS if name not in {"page", "page_address", "page_file"}])
def test_every_operation_is_about_the_named_world(control: Control, name: str, how: str) -> None:
    """
    X-Mock-World and ?world= choose the world of every control operation; the default one is left alone.
    """
    before = _told(control, "default")
    operation = _described(control).operations[name]
    target, body, status = CALLS[name][0]
    if name in {"drop_world", "make_world"}:
        target = "/worlds/elsewhere"
    if how == "query":
        target += f"{'&' if '?' in target else '?'}world=elsewhere"
    headers = {"x_mock_world": "elsewhere"} if how == "header" else {}
    reply = control(operation.method, f"/__mock__{target}", body, **headers)
    assert reply.status in {status, 404}
    assert _told(control, "default") == before


def _told(control: Control, world: str) -> list[Any]:
    parts = ("/state", "/journal", "/inbox/mails", "/events", "/faults", "/checks", "/scenarios")
    offset = control.json("GET", f"/clock?world={world}")["offset"]
    return [offset, *(control.json("GET", f"{part}?world={world}") for part in parts)]
