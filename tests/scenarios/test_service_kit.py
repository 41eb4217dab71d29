"""
A small service made with the kit, on real sockets: done once, answered to the contract, counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Response
from prometheus_client import CollectorRegistry

from aegis_contracts import Contract, bundled, load
from aegis_contracts.exchange import ResponseChecker
from aegis_sdk import AsyncUserClient
from aegis_sdk.health import Health
from aegis_sdk.metrics import MetricsMiddleware, UserServiceMetrics
from aegis_sdk.provider import IdempotencyKeys, OneTimeTokens, SqliteStore
from aegis_sdk.provider.fastapi import install
from aegis_sdk.provider.user import (
    EMAIL_ALREADY_REGISTERED,
    ConfirmEmailVerificationRequest,
    RegisterUserRequest,
)
from aegis_sdk.user import EmailAlreadyRegisteredError, TokenAlreadyUsedError


class Shop:
    """
    Registers users in memory, and keeps keys and tokens in SQLite.
    """

    def __init__(self, file: Path, contract: Contract) -> None:
        self.users: dict[str, str] = {}
        self.mails: dict[str, str] = {}
        self.store = SqliteStore(file)
        self.tokens = OneTimeTokens(self.store, "email_verification", ttl=timedelta(hours=24))
        self.registry = CollectorRegistry()
        self.metrics = UserServiceMetrics(self.registry)
        self.app = app = FastAPI()
        app.add_api_route("/api/v1/users", self.register, methods=["POST"], status_code=201, response_model=None)
        app.add_api_route("/api/v1/email-verifications/confirm", self.confirm, methods=["POST"], response_model=None)
        checks = {"database": self.asked, "redis": self.asked, "kafka": lambda: "no broker is reachable"}
        app.include_router(Health(checks).router())
        install(app, contract, idempotency=IdempotencyKeys(self.store))
        app.add_middleware(MetricsMiddleware, metrics=self.metrics)

    async def asked(self) -> None:
        await self.store.read("nothing", 0.0)

    async def register(self, body: RegisterUserRequest, response: Response) -> Any:
        with self.metrics.registration():
            email = body.email.lower()
            if email in self.users:
                raise EMAIL_ALREADY_REGISTERED.error("A user with this e-mail address exists.")
            user_id = self.users[email] = str(uuid4())
            token = await self.tokens.issue(user_id)
            self.mails[user_id] = token.value.reveal()
        response.headers["location"] = f"/api/v1/users/{user_id}"
        return {
            "success": True,
            "user_id": user_id,
            "status": "pending",
            "business_status": "active",
            "created_at": datetime.now(UTC).isoformat(),
            "email_verification_expires_at": token.expires_at.isoformat(),
        }

    async def confirm(self, body: ConfirmEmailVerificationRequest) -> Any:
        user_id = await self.tokens.redeem(body.token)
        verified = {"email_verified": True, "verified_at": datetime.now(UTC).isoformat()}
        return {"success": True, "user_id": user_id, "status": "active", **verified}

    def counted(self, status: str) -> float | None:
        return self.registry.get_sample_value("user_registrations_total", {"status": status})


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn tells nobody
        await asyncio.sleep(0.005)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load(bundled() / "openapi" / "user.yaml")


def person(number: int) -> dict[str, str]:
    return {
        "email": f"kim{number}@example.com",
        "password": "correct-horse-battery-staple",
        "business_registration_number": "124-81-00998",
        "business_name": "삼성전자 주식회사",
        "phone_number": "010-1234-5678",
    }


async def test_a_hundred_at_once(tmp_path: Path, contract: Contract) -> None:
    """
    Of a hundred registrations at once with twenty keys twenty are done; every answer keeps the contract, and after it
    each repetition gets the first answer.
    """
    shop = Shop(tmp_path / "shop.db", contract)
    checker = ResponseChecker(contract.operations["registerUser"])
    async with served(shop.app) as url, httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def register(number: int) -> httpx.Response:
            key = {"idempotency-key": f"key-{number % 20}", "authorization": "Bearer k"}
            return await client.post("/api/v1/users", json=person(number % 20), headers=key)

        answers = await asyncio.gather(*(register(number) for number in range(100)))
        again = await asyncio.gather(*(register(number) for number in range(100)))
    assert len(shop.users) == len(shop.mails) == 20
    assert Counter(one.status_code for one in again) == {201: 100}
    assert {one.json()["user_id"] for one in again} == set(shop.users.values())
    assert {one.json()["code"] for one in answers if one.status_code != 201} <= {"idempotency_request_in_progress"}
    for one in (*answers, *again):
        assert checker.violations(one.status_code, dict(one.headers), one.content) == []
    assert (shop.counted("success"), shop.counted("failed")) == (20.0, 0.0)
    labels = {"method": "POST", "endpoint": "/api/v1/users", "status": "201"}
    observed = shop.registry.get_sample_value("api_request_duration_seconds_count", labels)
    assert observed == sum(one.status_code == 201 for one in (*answers, *again))
    await shop.store.aclose()


async def test_the_sdk_talks_to_it(tmp_path: Path, contract: Contract) -> None:
    """
    The SDK's own client gets typed answers and errors from a service that was made with the kit, health included.
    """
    shop = Shop(tmp_path / "shop.db", contract)
    async with served(shop.app) as url, AsyncUserClient(url, "key") as client:
        made = await client.users.register(**person(1))  # type: ignore[arg-type]
        with pytest.raises(EmailAlreadyRegisteredError):
            await client.users.register(**person(1))  # type: ignore[arg-type]
        token = shop.mails[made.user_id]
        assert (await client.email_verifications.confirm(token=token)).user_id == made.user_id
        with pytest.raises(TokenAlreadyUsedError):
            await client.email_verifications.confirm(token=token)
        async with httpx.AsyncClient(base_url=url) as plain:
            health = await plain.get("/health")
    assert (health.status_code, health.json()["checks"]["database"]) == (503, "healthy")
    assert (shop.counted("success"), shop.counted("failed")) == (1.0, 1.0)
    await shop.store.aclose()
