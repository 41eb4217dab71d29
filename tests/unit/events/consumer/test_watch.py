"""
Who watches the handlers: for how long they may run, and what is told when they let nobody else run.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from aegis_sdk.events.consumer.handling import _engine, _worker
from aegis_sdk.events.consumer.handling._retry import HandlerRetry
from tests.unit.events.clock import hurried
from tests.unit.events.consumer.harness import FakeKafka, Happened, make_consumer, until


@pytest.fixture(autouse=True)
def one_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The monotonic clock of a handler's time is that of its loop.
    """
    clock = SimpleNamespace(monotonic=lambda: asyncio.get_running_loop().time())
    for module in (_engine, _worker):
        monkeypatch.setattr(module, "time", clock)


@pytest.mark.parametrize(
    ("limit", "takes", "stopped"), [(8.0, 7.9, False), (8.0, 90.0, True), (0.4, 90.0, True), (None, 90.0, False)]
)
@hurried
async def test_a_handler_is_stopped_when_its_time_is_up(limit: float | None, takes: float, stopped: bool) -> None:
    """
    Not before, and no more than half a second or a quarter of its time later.
    """
    kafka, ends = FakeKafka(), list[tuple[str, float]]()
    kafka.send("kim", 0)

    def now() -> float:
        return asyncio.get_running_loop().time()

    consumer = make_consumer(
        kafka,
        settings={"handler_timeout": limit},
        retry=HandlerRetry.NEVER,
        on_failure=lambda failure: ends.append((type(failure.error).__name__, now() - began)),
    )
    began = 0.0

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        nonlocal began
        began = now()
        await asyncio.sleep(takes)
        ends.append(("", now() - began))

    async with consumer:
        await until(lambda: bool(ends), timeout=200)
    [(error, took)] = ends
    assert error == ("HandlerTimeoutError" if stopped else "")
    if stopped and limit is not None:
        assert limit <= took <= limit + min(0.5, limit / 4) + 0.001
    else:
        assert took == pytest.approx(takes)


@pytest.mark.parametrize(("seconds", "told"), [(2.9, ""), (4.0, "the event loop stood still for 3.7 s")])
@hurried
async def test_a_loop_that_stood_still_is_told(seconds: float, told: str, caplog: pytest.LogCaptureFixture) -> None:
    """
    For longer than the group's heartbeats are apart; anything shorter harms nobody.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka)

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        cast("Any", asyncio.get_running_loop())._clock.now += seconds

    async with consumer:
        await asyncio.sleep(0.7)  # the watch has just looked, and does so again in 0.3 s
        kafka.send("kim", 0)
        await until(lambda: consumer.stats.handled == 1)
        await asyncio.sleep(5)
    stood = [record.getMessage() for record in caplog.records if "stood still" in record.getMessage()]
    assert len(stood) == bool(told)
    assert all(one.startswith(told) for one in stood)
