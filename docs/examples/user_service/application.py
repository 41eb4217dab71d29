"""
The application: its parts put together, and every operation of ``openapi/user.yaml``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from fastapi import APIRouter, FastAPI, Response
from prometheus_client import CollectorRegistry

from aegis_sdk import health
from aegis_sdk.email import AsyncEmailSender, EmailSettings
from aegis_sdk.metrics import MetricsMiddleware, UserServiceMetrics
from aegis_sdk.provider import (
    ApiKeys,
    Cursors,
    IdempotencyKeys,
    OneTimeCodes,
    OneTimeTokens,
    RedisStore,
    database_at,
)
from aegis_sdk.provider.fastapi import install
from aegis_sdk.provider.user import (
    ConfirmEmailVerificationRequest,
    ConfirmPasswordResetRequest,
    ConfirmPhoneVerificationRequest,
    RegisterUserRequest,
    RequestPasswordResetRequest,
    UpdateUserRequest,
)
from aegis_sdk.registry import AsyncBusinessRegistryClient
from aegis_sdk.sms import AsyncSmsClient
from user_service.registration import Registration
from user_service.settings import Settings
from user_service.users import TABLES, Users, shown
from user_service.verification import RESETS_FOR, VERIFIES_FOR, EmailVerification, PasswordReset, PhoneVerification


class Service:
    """
    The parts of the service; they connect when the application starts.
    """

    def __init__(self, settings: Settings) -> None:
        self.database = database = database_at(settings.database)
        self.redis: Any = None
        if settings.redis:
            from redis import asyncio as redis

            self.redis = cast("Any", redis).Redis.from_url(settings.redis)
        self.keys = IdempotencyKeys(RedisStore(self.redis) if self.redis is not None else database.store)
        # The outbox tries again by itself, so one attempt at a mail need not take long.
        mails = replace(EmailSettings.from_environment(), timeout=10.0, max_retries=0)
        self.registry = AsyncBusinessRegistryClient()
        self.sms = AsyncSmsClient()
        self.events = database.relay()
        self.mails = database.mail_relay(sender=AsyncEmailSender(mails), poll_interval=0.2)
        self.metrics = UserServiceMetrics(CollectorRegistry())
        verifying = OneTimeTokens(database.store, "email_verification", ttl=VERIFIES_FOR)
        resetting = OneTimeTokens(database.store, "password_reset", ttl=RESETS_FOR)
        codes = OneTimeCodes(database.store, "phone", secret=settings.secret)
        self.users = Users(database, Cursors(settings.secret))
        self.registration = Registration(database, self.registry, verifying, mails)
        self.email_verification = EmailVerification(database, verifying, mails)
        self.password_reset = PasswordReset(database, resetting, mails)
        self.phone_verification = PhoneVerification(database, self.users, codes, self.sms)

    def health(self) -> health.Health:
        """
        What the service depends on. Where there is no Redis, the database keeps what would stand in it.
        """
        broker, relay = health.kafka(), health.relay(self.events)

        async def kafka() -> Any:
            await broker()
            return await relay()

        kept = health.redis(self.redis) if self.redis is not None else self.database.ping
        checks = {"database": self.database.ping, "redis": kept, "kafka": kafka, "mail": health.part(self.mails)}
        return health.Health(checks, ready=["database", "redis"])

    @asynccontextmanager
    async def running(self, _: Any) -> AsyncGenerator[None]:
        """
        Connect to the database, which has to be there, and to all others when they are needed.
        """
        await self.database.open(TABLES)
        async with self.registry, self.sms, self.events, self.mails:
            yield
        if self.redis is not None:
            await self.redis.aclose()
        await self.database.aclose()


def application(settings: Settings | None = None) -> FastAPI:
    """
    Make the application: ``uvicorn --factory user_service:application``.
    """
    settings = settings or Settings.from_environment()
    service = Service(settings)
    # The contract is the document; a second one, of the framework's, could only say something else.
    app = FastAPI(lifespan=service.running, openapi_url=None)
    app.include_router(users(service))
    app.include_router(verifications(service))
    app.include_router(figures(service))
    app.include_router(service.health().router())
    app.mount("/prometheus", service.metrics.endpoint())
    install(app, authenticate=ApiKeys(settings.keys), idempotency=service.keys)
    app.add_middleware(MetricsMiddleware, metrics=service.metrics)
    return app


def users(service: Service) -> APIRouter:
    """
    The operations on users.
    """
    router = APIRouter(prefix="/api/v1/users")

    @router.post("", status_code=201)
    async def register(body: RegisterUserRequest, response: Response) -> dict[str, Any]:
        with service.metrics.registration():
            registered = await service.registration.register(body)
        response.headers["location"] = f"/api/v1/users/{registered['user_id']}"
        return registered

    @router.get("")
    async def page(
        cursor: str | None = None, limit: int = 20, status: str | None = None, region: str | None = None
    ) -> dict[str, Any]:
        return await service.users.page(cursor, limit, status, region)

    @router.get("/{user_id}")
    async def read(user_id: str) -> dict[str, Any]:
        return shown(await service.users.read(user_id))

    @router.patch("/{user_id}")
    async def update(user_id: str, body: UpdateUserRequest) -> dict[str, Any]:
        return await service.users.update(user_id, body)

    @router.delete("/{user_id}", status_code=204)
    async def delete(user_id: str, reason: str) -> None:
        await service.users.delete(user_id, reason)

    return router


def verifications(service: Service) -> APIRouter:
    """
    The operations that send tokens and codes, and those that redeem them.
    """
    router = APIRouter(prefix="/api/v1")

    @router.post("/users/{user_id}/email-verifications", status_code=202)
    async def request_email(user_id: str) -> dict[str, Any]:
        return await service.email_verification.request(user_id)

    @router.post("/email-verifications/confirm")
    async def confirm_email(body: ConfirmEmailVerificationRequest) -> dict[str, Any]:
        with service.metrics.email_verification():
            return await service.email_verification.confirm(body.token)

    @router.post("/password-resets", status_code=202)
    async def request_reset(body: RequestPasswordResetRequest) -> dict[str, Any]:
        return await service.password_reset.request(body.email)

    @router.post("/password-resets/confirm")
    async def confirm_reset(body: ConfirmPasswordResetRequest) -> dict[str, Any]:
        return await service.password_reset.confirm(body.token, body.new_password)

    @router.post("/users/{user_id}/phone-verifications", status_code=202)
    async def request_phone(user_id: str) -> dict[str, Any]:
        return await service.phone_verification.request(user_id)

    @router.post("/users/{user_id}/phone-verifications/confirm")
    async def confirm_phone(user_id: str, body: ConfirmPhoneVerificationRequest) -> dict[str, Any]:
        return await service.phone_verification.confirm(user_id, body.code)

    return router


def figures(service: Service) -> APIRouter:
    """
    The figures of the service; those for Prometheus are at ``/prometheus``.
    """
    router = APIRouter()

    async def active_users() -> float:
        return float((await service.users.figures())["active_users"])

    service.metrics.count_active_users(active_users)

    @router.get("/metrics")
    async def metrics() -> dict[str, Any]:
        return {**await service.users.figures(), "avg_response_time": service.metrics.avg_response_time}

    return router
