"""
The contract at the door: what is refused, what becomes a 500, what goes through.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import StreamingResponse

from aegis_contracts import Contract, bundled, load
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider import ContractMiddleware, ContractReport, IdempotencyKeys, IdempotencyMiddleware, MemoryStore
from aegis_sdk.provider.fastapi import install
from aegis_sdk.provider.user import TOKEN_EXPIRED, USER_NOT_FOUND, RequestPasswordResetRequest, UpdateUserRequest

USER: dict[str, Any] = {
    "user_id": "u1",
    "email": "seoyeon.kim@example.com",
    "business_registration_number": "124-81-00998",
    "business_name": "삼성전자 주식회사",
    "phone_number": "010-1234-5678",
    "status": "active",
    "business_status": "active",
    "email_verified": True,
    "phone_verified": True,
    "created_at": "2026-11-22T05:20:31.482Z",
    "updated_at": "2026-11-22T05:31:02.017Z",
}
KEY = {"authorization": "Bearer k"}
JSON = {"content-type": "application/json"}
Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load(bundled() / "openapi" / "user.yaml")


def service() -> FastAPI:
    app = FastAPI()

    @app.get("/api/v1/users/{user_id}", response_model=None)
    async def get_user(user_id: str) -> Any:
        if user_id == "nobody":
            raise USER_NOT_FOUND.error("No user has this id, or the user was deleted.")
        if user_id == "undeclared":
            raise TOKEN_EXPIRED.error()
        if user_id == "framework":
            raise HTTPException(404)
        if user_id == "bug":
            raise RuntimeError("postgresql://app:s3cret@db")
        if user_id == "wrong":
            return {**USER, "phone_number": "010-12-34"}
        return {**USER, "user_id": user_id}

    @app.post("/api/v1/password-resets", status_code=202, response_model=None)
    async def reset(body: RequestPasswordResetRequest) -> Any:
        return {"success": True, "expires_at": "2026-11-22T06:20:31.482Z"}

    @app.get("/own/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for _ in range(3):
                yield b"x"

        return StreamingResponse(parts())

    @app.get("/health")
    async def health() -> Response:
        return Response(b"x" * 3_000_000, media_type="application/json")

    return app


def asking(app: Any) -> Ask:
    async def ask(method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://x.test", headers=KEY) as client:
            return await client.request(method, path, **more)

    return ask


@pytest.fixture
def reports() -> list[ContractReport]:
    return []


@pytest.fixture
def ask(contract: Contract, reports: list[ContractReport]) -> Ask:
    app = service()
    install(app, contract, report=reports.append)
    return asking(app)


async def test_what_keeps_the_contract_goes_through(ask: Ask, reports: list[ContractReport]) -> None:
    """
    A good exchange is untouched but for its id, which repeats the caller's.
    """
    answer = await ask("GET", "/api/v1/users/u7", headers={"x-request-id": "r-7"})
    assert (answer.status_code, answer.json()["user_id"], answer.headers["x-request-id"]) == (200, "u7", "r-7")
    assert reports == []


@pytest.mark.parametrize(
    ("method", "path", "more", "status", "code"),
    [
        ("GET", "/api/v1/users/-bad", {}, 400, "invalid_request"),
        ("GET", "/api/v1/users/u1", {"headers": {"authorization": ""}}, 401, "unauthorized"),
        ("GET", "/api/v1/users/u1", {"headers": {"accept": "text/html"}}, 406, "not_acceptable"),
        ("GET", "/api/v1/users/u1", {"headers": {"accept": "application/json;q=0, text/*"}}, 406, "not_acceptable"),
        ("GET", "/api/v1/users/u1", {"headers": {"accept": "application/json;q=0, */*"}}, 406, "not_acceptable"),
        ("POST", "/api/v1/password-resets", {"json": {}}, 400, "invalid_request"),
        ("POST", "/api/v1/password-resets", {"json": {"email": "hunter2", "x": 1}}, 400, "invalid_request"),
        ("POST", "/api/v1/password-resets", {"content": b"{", "headers": JSON}, 400, "invalid_request"),
        ("POST", "/api/v1/password-resets", {"data": {"email": "a@b.kr"}}, 415, "unsupported_media_type"),
        ("POST", "/api/v1/password-resets", {"content": b" " * 1_100_000}, 413, "content_too_large"),
        ("GET", "/api/v1/users/nobody", {}, 404, "user_not_found"),
        ("GET", "/api/v1/users/framework", {}, 404, "not_found"),
        ("GET", "/api/v1/users/undeclared", {}, 500, "internal_error"),
        ("GET", "/api/v1/users/wrong", {}, 500, "internal_error"),
        ("GET", "/api/v1/users/bug", {}, 500, "internal_error"),
        ("GET", "/nothing", {}, 404, "not_found"),
        ("PUT", "/api/v1/password-resets", {}, 405, "method_not_allowed"),
    ],
)
async def test_refusals(
    ask: Ask, method: str, path: str, more: dict[str, Any], status: int, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    """
    What breaks the contract, and what the service refuses, is a problem of the contract with its id, without values.
    """
    headers = {**more.pop("headers", {}), "x-request-id": "r-1"}
    answer = await ask(method, path, headers=headers, **more)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    body = answer.json()
    assert body["code"] == code
    assert (body["request_id"], answer.headers["x-request-id"], body["status"]) == ("r-1", "r-1", status)
    for private in ("hunter2", "s3cret", "010-12-34"):
        assert private not in answer.text + caplog.text


async def test_violations_are_told(ask: Ask, reports: list[ContractReport]) -> None:
    """
    A refused request lists every rule with its place, and so does the report of a wrong answer.
    """
    body = (await ask("POST", "/api/v1/password-resets", json={"email": "x", "y": 1})).json()
    assert {one["pointer"] for one in body["violations"]} == {"/body/email", "/body"}
    await ask("GET", "/api/v1/users/wrong")
    request, response = reports
    assert (request.message, request.operation) == ("request", "requestPasswordReset")
    assert (response.message, response.operation, response.status) == ("response", "getUser", 200)
    assert response.violations[0].pointer == "/body/phone_number"
    assert str(response).startswith("getUser: response 200 breaks the contract: /body/phone_number must")


async def test_report_lets_everything_through(contract: Contract, reports: list[ContractReport]) -> None:
    """
    In report mode requests and answers go through as they are, and what they break is told.
    """
    app = service()
    app.add_middleware(ContractMiddleware, contract=contract, mode="report", report=reports.append)
    ask = asking(app)
    wrong = await ask("GET", "/api/v1/users/wrong", headers={"authorization": ""})
    assert (wrong.status_code, wrong.json()["phone_number"]) == (200, "010-12-34")
    await ask("POST", "/api/v1/password-resets", json={"email": "x"})
    assert [one.message for one in reports] == ["response", "request", "response"]


async def test_off_looks_at_nothing(contract: Contract) -> None:
    """
    Switched off, the middleware reads no contract and changes nothing.
    """
    app = service()
    app.add_middleware(ContractMiddleware, contract="no/such/file.yaml", mode="off")
    answer = await asking(app)("GET", "/api/v1/users/wrong")
    assert (answer.status_code, "x-request-id" in answer.headers) == (200, False)


async def test_streams_and_long_answers_are_not_held(ask: Ask) -> None:
    """
    Paths of the service's own stream as before, and an answer beyond the bound goes out whole.
    """
    assert (await ask("GET", "/own/stream")).content == b"xxx"


async def test_long_answers_go_out(contract: Contract) -> None:
    """
    An answer of many parts that is longer than the bound leaves before it is complete.
    """

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        for number in range(5):
            await send({"type": "http.response.body", "body": b"x" * 10, "more_body": number < 4})

    answer = await asking(ContractMiddleware(app, contract, most=25))("GET", "/health")
    assert (answer.status_code, answer.content) == (200, b"x" * 50)


async def test_an_application_that_does_not_answer(contract: Contract) -> None:
    """
    Where the application answers nothing, nothing is made up: the server notices and says so.
    """
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        return None

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/health", "headers": [], "query_string": b""}
    await ContractMiddleware(app, contract)(scope, receive, send)
    assert sent == []


async def test_with_idempotency(contract: Contract) -> None:
    """
    Behind the door the keys are kept by operation: the same key on another path of it is another payload.
    """
    done: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        done.append(scope["path"])
        body = json.dumps({"success": True, "expires_at": "2026-11-22T06:20:31.482Z"}).encode()
        await send({"type": "http.response.start", "status": 202, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    ask = asking(ContractMiddleware(IdempotencyMiddleware(app, IdempotencyKeys(MemoryStore())), contract))
    key = {"idempotency-key": "k-1"}
    first = await ask("POST", "/api/v1/users/u1/email-verifications", headers=key)
    again = await ask("POST", "/api/v1/users/u1/email-verifications", headers={**key, "x-request-id": "r-2"})
    other = await ask("POST", "/api/v1/users/u2/email-verifications", headers=key)
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422)
    assert (again.headers["x-request-id"], again.json()) == ("r-2", first.json())
    assert len(done) == 1


async def test_a_merge_patch(contract: Contract) -> None:
    """
    A request model is read from ``application/merge-patch+json``, and tells null from what was left out.
    """
    app = FastAPI()

    @app.patch("/api/v1/users/{user_id}", response_model=None)
    async def update(user_id: str, body: UpdateUserRequest) -> Any:
        return {name: value for name, value in {**USER, **body.given()}.items() if value is not None}

    install(app, contract)
    patch = {"content-type": "application/merge-patch+json"}
    body = json.dumps({"business_name": "새 이름", "region": None}).encode()
    answer = await asking(app)("PATCH", "/api/v1/users/u1", content=body, headers=patch)
    assert (answer.status_code, answer.json()["business_name"], "region" in answer.json()) == (200, "새 이름", False)
    assert (await asking(app)("PATCH", "/api/v1/users/u1", json={"region": None})).status_code == 415


async def test_install_with_idempotency(contract: Contract) -> None:
    """
    Installed with keys, an application answers a repetition from what it kept, and refuses a bad one before that.
    """
    app = FastAPI()
    done: list[int] = []

    @app.post("/api/v1/password-resets", status_code=202, response_model=None)
    async def reset(body: RequestPasswordResetRequest) -> Any:
        done.append(1)
        return {"success": True, "expires_at": f"2026-11-22T06:20:{len(done):02}.482Z"}

    install(app, contract, idempotency=IdempotencyKeys(MemoryStore()))
    ask = asking(app)
    key = {"idempotency-key": "k"}
    assert (await ask("POST", "/api/v1/password-resets", json={}, headers=key)).status_code == 400
    answers = [await ask("POST", "/api/v1/password-resets", json={"email": "a@b.kr"}, headers=key) for _ in range(2)]
    assert [one.status_code for one in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert len(done) == 1


async def test_report_lets_large_bodies_through(contract: Contract) -> None:
    """
    In report mode a body beyond the bound reaches the application whole, with a declared length or in parts.
    """
    seen: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        seen.append(size)
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 100

    door = ContractMiddleware(app, contract, mode="report", report=lambda found: None, most=250)
    await asking(door)("POST", "/api/v1/password-resets", content=b"x" * 1000)
    await asking(door)("POST", "/api/v1/password-resets", content=parts())
    assert seen == [1000, 1000]


async def test_paths_below_a_servers_path(reports: list[ContractReport]) -> None:
    """
    Operations are found below the path of the contract's server, and without it.
    """
    document = {
        "openapi": "3.1.1",
        "info": {"title": "Shop", "version": "1"},
        "servers": [{"url": "https://shop.example.com/v2/"}],
        "paths": {"/things": {"get": {"responses": {"204": {"description": "None."}}}}},
    }

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    ask = asking(ContractMiddleware(app, load(document), report=reports.append))
    answers = [(await ask("GET", path)).status_code for path in ("/things", "/v2/things", "/v3/things")]
    assert answers == [500, 500, 200]


def test_a_wrong_mode_is_refused(contract: Contract) -> None:
    """
    A mode that does not exist is refused with those that do.
    """
    with pytest.raises(ConfigurationError, match="strict, report, off"):
        ContractMiddleware(service(), contract, mode="strickt")  # type: ignore[arg-type]


def test_importing_the_room_is_cheap() -> None:
    """
    The front door loads nothing, and problems load neither pydantic nor a schema engine nor a framework.
    """
    script = (
        "import sys; import aegis_sdk.provider; from aegis_sdk.provider import ProblemError;"
        "print([m for m in ('pydantic', 'jsonschema_rs', 'yaml', 'fastapi', 'httpx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
