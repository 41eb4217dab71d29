"""
Problems and request models that a provider writes and reads: from the contract, and nothing that was sent in them.
"""

from __future__ import annotations

import json
import pickle
import re
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ValidationError

from aegis_contracts import Contract, bundled, load
from aegis_contracts.exchange import RequestReader, ResponseChecker
from aegis_runtime import Secret
from aegis_sdk import recommendation, registry, sms, user
from aegis_sdk.provider import ProblemError, ProblemType
from aegis_sdk.provider.user import (
    BUSINESS_NOT_ACTIVE,
    INVALID_REQUEST,
    PROBLEMS,
    TOO_MANY_ATTEMPTS,
    UNAUTHORIZED,
    USER_NOT_FOUND,
    ConfirmPhoneVerificationRequest,
    RegisterUserRequest,
    UpdateUserRequest,
)

FULL: dict[str, Any] = {
    "email": "seoyeon.kim@example.com",
    "password": "correct-horse-battery-staple",
    "business_registration_number": "124-81-00998",
    "business_name": "삼성전자 주식회사",
    "phone_number": "010-1234-5678",
}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load(bundled() / "openapi" / "user.yaml")


def test_every_declared_problem_is_there(contract: Contract) -> None:
    """
    Every problem of the contract and of the common document is a constant with its status, title and URI.
    """
    declared = [*contract.extensions["x-problems"], *load(bundled() / "openapi/common.yaml").extensions["x-problems"]]
    assert {one["code"]: (one["status"], one["title"]) for one in declared} == {
        code: (kind.status, kind.title) for code, kind in PROBLEMS.items()
    }
    assert PROBLEMS["user_not_found"].type == "https://aegis.example.com/problems/user_not_found"


def _answered(contract: Contract) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, operation in contract.operations.items():
        for response in operation.responses.values():
            for media in response.content.values():
                for example in media.examples.values():
                    value = example.value if example.has_value else None
                    if isinstance(value, dict) and value.get("code") in PROBLEMS:
                        found.append((name, value["code"]))
    return found


def test_written_problems_meet_the_contract(contract: Contract) -> None:
    """
    Whatever problem an operation declares, written by the kit it is an answer that the contract allows, headers too.
    """
    pairs = set(_answered(contract))
    assert len(pairs) > 50
    for name, code in pairs:
        operation = contract.operations[name]
        answer = PROBLEMS[code].response("Because.", request_id="r-1", instance="/api/v1/users")
        assert ResponseChecker(operation).violations(answer.status, dict(answer.headers), answer.content) == []


@pytest.mark.parametrize("path", ["/users/한빛", "/users/a b", "/users/100%", "/users/\u0000", "/users/ok:1"])
def test_instance_is_a_uri_reference(path: str) -> None:
    """
    Whatever path was asked for, ``instance`` is a URI reference that leads back to it (RFC 9457 §3.1.5).
    """
    where = USER_NOT_FOUND.response(instance=path).body["instance"]
    assert re.fullmatch(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+", where)
    assert unquote(where) == path


async def test_a_problem_is_an_application() -> None:
    """
    A refusal can be sent by any ASGI server, with its extension members, its id, and the time to wait rounded up.
    """
    answer = TOO_MANY_ATTEMPTS.response("Wait.", request_id="bad id!", retry_after=12.2)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(answer), base_url="http://x.test") as client:
        got = await client.get("/")
    assert (got.status_code, got.headers["retry-after"]) == (429, "13")
    assert got.json()["request_id"] == got.headers["x-request-id"] != "bad id!"
    closed = BUSINESS_NOT_ACTIVE.response(reason="closed").body
    assert (closed["reason"], closed["code"]) == ("closed", "business_not_active")
    assert dict(UNAUTHORIZED.response().headers)["www-authenticate"].startswith("Bearer")


def test_the_contracts_members_cannot_be_overwritten() -> None:
    """
    What the contract fixes about a problem cannot be changed by an extension member of the same name.
    """
    with pytest.raises(TypeError, match="status cannot be set"):
        INVALID_REQUEST.error(status=200)


def test_problem_errors_travel() -> None:
    """
    A refusal raised in another process arrives as it was.
    """
    error = pickle.loads(pickle.dumps(BUSINESS_NOT_ACTIVE.error("x", reason="closed")))
    assert isinstance(error, ProblemError)
    assert (str(error), error.members) == ("422 business_not_active: The business is not active", {"reason": "closed"})
    assert ProblemType("x_y", 400, "X").response().body["type"] == "about:blank"


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"region": "41", "start_date": "2020-01-13", "industry_code_revision": 11}, True),
        ({"region": "99"}, False),
        ({"region": None}, False),
        ({"phone_number": "010-8642-753"}, False),
        ({"password": "hunter2"}, False),
        ({"industry_code_revision": 0}, False),
        ({"industry_code_revision": 11.0}, True),
        ({"industry_code_revision": 11.5}, False),
        ({"industry_code_revision": True}, False),
        ({"industry_code_revision": "11"}, False),
        ({"nothing": 1}, False),
        ({"email": None}, False),
        ({"start_date": "soon"}, False),
    ],
)
def test_request_models_agree_with_the_contract(contract: Contract, change: dict[str, Any], good: bool) -> None:
    """
    A request model takes what the contract takes and refuses what it refuses; the error repeats no value.
    """
    body = {**FULL, **change}
    reader = RequestReader(contract.operations["registerUser"])
    found = reader.read({}, "", {"content-type": "application/json"}, json.dumps(body).encode()).violations
    assert (found == []) is good
    if good:
        RegisterUserRequest.model_validate(body)
    else:
        with pytest.raises(ValidationError) as caught:
            RegisterUserRequest.model_validate(body)
        assert "8642" not in str(caught.value)
        assert "hunter2" not in str(caught.value)


def test_secrets_and_people_stay_hidden() -> None:
    """
    A request body in a log line shows neither password nor e-mail address, and its JSON has no password.
    """
    body = RegisterUserRequest.model_validate(FULL)
    told = f"{body!r} {body} {body.model_dump_json()}"
    assert "correct-horse" not in told
    assert "seoyeon" not in repr(body)
    assert body.password == Secret("correct-horse-battery-staple")
    assert body.password.reveal() == FULL["password"]


def test_absent_is_not_null() -> None:
    """
    A merge patch tells what is to be removed from what is to stay.
    """
    patch = UpdateUserRequest.model_validate({"business_name": "새 이름", "region": None})
    assert patch.given() == {"business_name": "새 이름", "region": None}
    with pytest.raises(ValidationError, match="leave it out instead"):
        UpdateUserRequest.model_validate({"business_name": None})


async def test_fastapi_takes_them() -> None:
    """
    A request model is a FastAPI body as it is: read, refused, and described with its constraints.
    """
    app = FastAPI()

    @app.post("/confirm")
    async def confirm(body: ConfirmPhoneVerificationRequest) -> dict[str, bool]:
        return {"good": body.code.reveal() == "482915"}

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x.test") as client:
        assert (await client.post("/confirm", json={"code": "482915"})).json() == {"good": True}
        assert (await client.post("/confirm", json={"code": "48291x"})).status_code == 422
    schema = app.openapi()["components"]["schemas"]["ConfirmPhoneVerificationRequest"]
    assert schema["properties"]["code"]["pattern"] == "^[0-9]{6}$"


@pytest.mark.parametrize("mode", ["validation", "serialization"])
def test_every_model_can_be_described(mode: Any) -> None:
    """
    A framework can describe every answer and every request body of every API in its own document, times included.
    """
    described = 0
    for api in (user, recommendation, registry, sms):
        for name in api.__all__:
            kind = getattr(api, name)
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                assert kind.model_json_schema(mode=mode)["type"] == "object"
                described += 1
    assert described > 20
    assert "date-time" in str(user.ServiceHealth.model_json_schema(mode=mode))
