"""
One-time tokens and codes: hashed, good once, for a while, and for few attempts.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aegis_runtime import Secret
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider import MemoryStore, OneTimeCodes, OneTimeTokens, ProblemError, Store
from tests.unit.provider.conftest import Wall

DAY = timedelta(hours=24)
KEY = "a secret of the service's own"


def said(results: list[Any]) -> list[str]:
    return sorted(one.code if isinstance(one, ProblemError) else "good" for one in results)


async def refused(awaitable: Any) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        await awaitable
    return caught.value


async def test_a_token_works_once(store: Store, clock: Wall) -> None:
    """
    A token says whose it is, once: of twenty that redeem it at the same time one succeeds.
    """
    tokens = OneTimeTokens(store, "email_verification", ttl=DAY, clock=clock)
    issued = await tokens.issue("u1")
    assert issued.expires_at == datetime.fromtimestamp(clock.now, UTC) + DAY
    assert len(issued.value.reveal()) == 43
    results = await asyncio.gather(*(tokens.redeem(issued.value) for _ in range(20)), return_exceptions=True)
    assert said(results) == ["good", *["token_already_used"] * 19]
    assert results.count("u1") == 1


async def test_a_newer_token_replaces_it(store: Store, clock: Wall) -> None:
    """
    The token of the latest mail is the one that counts; the one before is unknown, and so is another purpose's.
    """
    tokens = OneTimeTokens(store, "email_verification", ttl=DAY, clock=clock)
    first, second = await tokens.issue("u1"), await tokens.issue("u1")
    other = await OneTimeTokens(store, "password_reset", ttl=DAY, clock=clock).issue("u1")
    for value in (first.value, other.value, "x" * 43, ""):
        assert (await refused(tokens.redeem(value))).code == "token_unknown"
    assert await tokens.redeem(second.value.reveal()) == "u1"
    third = await tokens.issue("u1")
    await tokens.withdraw("u1")
    assert (await refused(tokens.redeem(third.value))).code == "token_unknown"


async def test_a_token_gets_too_old(clock: Wall) -> None:
    """
    To its last second a token is good, then it is expired, and much later unknown.
    """
    tokens = OneTimeTokens(MemoryStore(), "email_verification", ttl=DAY, clock=clock)
    good, late = await tokens.issue("u1"), await tokens.issue("u2")
    clock.now += DAY.total_seconds() - 1
    assert await tokens.redeem(good.value) == "u1"
    clock.now += 1
    assert (await refused(tokens.redeem(late.value))).status == 410
    assert (await refused(tokens.redeem(good.value))).code == "token_already_used"
    clock.now += 8 * DAY.total_seconds()
    assert (await refused(tokens.redeem(late.value))).code == "token_unknown"


async def test_a_code_works_once(store: Store, clock: Wall) -> None:
    """
    A code is six digits, good once for its subject: of twenty at the same time one succeeds.
    """
    codes = OneTimeCodes(store, "phone", secret=KEY, clock=clock)
    assert (await refused(codes.redeem("u1", "000000"))).code == "code_not_requested"
    issued = await codes.issue("u1")
    assert len(issued.value.reveal()) == 6
    assert issued.value.reveal().isdigit()
    assert (await refused(codes.redeem("u2", issued.value))).code == "code_not_requested"
    results = await asyncio.gather(*(codes.redeem("u1", issued.value) for _ in range(20)), return_exceptions=True)
    assert said(results) == [*["code_already_used"] * 19, "good"]


def wrong(code: Secret) -> str:
    return f"{(int(code.reveal()) + 1) % 1_000_000:06}"


async def test_attempts_are_limited(store: Store, clock: Wall) -> None:
    """
    Four wrong codes say how many more may be tried, the fifth makes even the right one invalid, and a new one has to
    wait, however many are tried at the same time.
    """
    codes = OneTimeCodes(store, "phone", secret=KEY, clock=clock)
    issued = await codes.issue("u1")
    tried = [codes.redeem("u1", wrong(issued.value)) for _ in range(30)]
    results = await asyncio.gather(*tried, return_exceptions=True)
    assert said(results) == [*["code_mismatch"] * 4, *["too_many_attempts"] * 26]
    left = sorted(one.members["attempts_remaining"] for one in results if one.code == "code_mismatch")  # type: ignore[union-attr]
    assert left == [1, 2, 3, 4]
    last = await refused(codes.redeem("u1", issued.value))
    assert (last.code, last.retry_after) == ("too_many_attempts", 300)
    waits = await refused(codes.issue("u1"))
    assert (waits.code, waits.retry_after) == ("too_many_requests", 300)
    await codes.withdraw("u1")
    assert (await refused(codes.issue("u1"))).code == "too_many_requests"
    clock.now += 300
    again = await codes.issue("u1")
    await codes.redeem("u1", again.value)


async def test_a_code_gets_too_old(clock: Wall) -> None:
    """
    After five minutes a code is expired, and one that was withdrawn was never requested.
    """
    codes = OneTimeCodes(MemoryStore(), "phone", secret=KEY, clock=clock)
    issued = await codes.issue("u1")
    clock.now += 300
    assert (await refused(codes.redeem("u1", issued.value))).code == "code_expired"
    issued = await codes.issue("u1")
    await codes.withdraw("u1")
    assert (await refused(codes.redeem("u1", issued.value))).code == "code_not_requested"


class Copying(MemoryStore):
    """
    A store that shows all that is ever written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen = b""

    async def write(self, key: str, data: bytes, *, now: float, ends: float, over: int = 0) -> int:
        self.seen += key.encode() + data
        return await super().write(key, data, now=now, ends=ends, over=over)


async def test_the_store_knows_neither(clock: Wall) -> None:
    """
    Whoever reads the store finds neither token nor code, and cannot try the million codes without the service's key.
    """
    store = Copying()
    token = await OneTimeTokens(store, "email_verification", ttl=DAY, clock=clock).issue("u1")
    one = OneTimeCodes(store, "phone", secret=KEY, clock=clock)
    code = await one.issue("u1")
    assert token.value.reveal().encode() not in store.seen
    assert code.value.reveal().encode() not in store.seen
    assert token.value.reveal() not in repr(token)
    other = OneTimeCodes(store, "phone", secret="another secret of the service", clock=clock)
    assert (await refused(other.redeem("u1", code.value))).code == "code_mismatch"
    await one.redeem("u1", code.value)


async def test_in_a_transaction(clock: Wall) -> None:
    """
    The same tokens and codes can be made through the store of an open transaction.
    """
    outside, inside = MemoryStore(), MemoryStore()
    tokens = OneTimeTokens(outside, "email_verification", ttl=DAY, clock=clock)
    codes = OneTimeCodes(outside, "phone", secret=KEY, clock=clock)
    token, code = await tokens.using(inside).issue("u1"), await codes.using(inside).issue("u1")
    assert (await refused(tokens.redeem(token.value))).code == "token_unknown"
    assert await tokens.using(inside).redeem(token.value) == "u1"
    await codes.using(inside).redeem("u1", code.value)


def test_what_is_not_safe_is_refused() -> None:
    """
    A short key, no time and no attempts are refused; the message does not repeat the key.
    """
    with pytest.raises(ConfigurationError, match="at least 16 characters") as caught:
        OneTimeCodes(MemoryStore(), "phone", secret="hunter2")
    assert "hunter2" not in str(caught.value)
    for options in ({"attempts": 0}, {"digits": 3}, {"ttl": timedelta()}):
        with pytest.raises(ConfigurationError):
            OneTimeCodes(MemoryStore(), "phone", secret=KEY, **options)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError):
        OneTimeTokens(MemoryStore(), "email", ttl=timedelta())
