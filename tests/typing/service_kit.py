"""
A service's program that uses the kit: type checkers find nothing to say, and the types are exact.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import assert_type

from aegis_runtime import Secret
from aegis_sdk.health import Health, HealthReport, Unhealthy
from aegis_sdk.provider import (
    Cursors,
    IdempotencyKeys,
    KeptAnswer,
    KeyClaim,
    MemoryStore,
    OneTimeTokens,
    ProblemError,
    Slice,
    profile_changes,
)
from aegis_sdk.provider.user import USER_NOT_FOUND, RegisterUserRequest
from aegis_sdk.resilience import CircuitBreaker, retry

breaker = CircuitBreaker(failure_threshold=3, recovery_timeout=30)


@retry(max_retries=2, base_delay=0.5, on=(ConnectionError,))
async def count(name: str) -> int:
    return len(name)


@breaker
def double(number: int) -> int:
    return number * 2


async def check() -> None:
    raise Unhealthy("it is not there")


async def use(body: RegisterUserRequest) -> None:
    assert_type(await count("a"), int)
    assert_type(double(2), int)
    assert_type(await breaker.call(count, "a"), int)
    assert_type(breaker.call_sync(double, 2), int)
    assert_type(await Health({"database": check, "redis": lambda: True}, timeout=0.5).check(), HealthReport)
    assert_type(body.password, Secret)
    assert_type(body.start_date, date | None)
    assert_type(USER_NOT_FOUND.error(), ProblemError)
    tokens = OneTimeTokens(MemoryStore(), "email", ttl=timedelta(hours=24))
    assert_type(await tokens.redeem((await tokens.issue("u")).value), str)
    assert_type(await IdempotencyKeys(MemoryStore()).begin("k", scope="s", payload=b""), KeyClaim | KeptAnswer)
    assert_type(Cursors("sixteen characters").page([1], 1, lambda row: {"id": row}), Slice[int])
    if changes := profile_changes({}, {"region": "41"}):
        assert_type(changes.changed_fields, tuple[str, ...])
