"""
The circuit breaker for any callable: by call, decorator and block, whatever becomes of the caller.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from aegis_runtime import Circuit
from aegis_sdk.errors import ApiError, CircuitOpenError, ConfigurationError, InvalidRequestError
from aegis_sdk.resilience import CircuitBreaker, CircuitState
from tests.unit.runtime.harness import ManualClock

Call = Callable[[CircuitBreaker, Callable[[], Any]], Awaitable[Any]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def breaker(clock: ManualClock) -> CircuitBreaker:
    return CircuitBreaker(failure_threshold=2, recovery_timeout=30, name="registry", clock=clock)


async def by_call(breaker: CircuitBreaker, func: Callable[[], Any]) -> Any:
    return await breaker.call(func)


async def by_async_call(breaker: CircuitBreaker, func: Callable[[], Any]) -> Any:
    async def awaited() -> Any:
        return func()

    return await breaker.call(awaited)


async def by_sync_call(breaker: CircuitBreaker, func: Callable[[], Any]) -> Any:
    return breaker.call_sync(func)


async def by_decorator(breaker: CircuitBreaker, func: Callable[[], Any]) -> Any:
    @breaker
    def decorated() -> Any:
        return func()

    return decorated()


async def by_async_decorator(breaker: CircuitBreaker, func: Callable[[], Any]) -> Any:
    @breaker
    async def decorated() -> Any:
        return func()

    return await decorated()


async def by_block(breaker: CircuitBreaker, func: Callable[[], Any]) -> Any:
    with breaker:
        return func()


async def by_async_block(breaker: CircuitBreaker, func: Callable[[], Any]) -> Any:
    async with breaker:
        return func()


WAYS = [by_call, by_async_call, by_sync_call, by_decorator, by_async_decorator, by_block, by_async_block]


def fails() -> None:
    raise ConnectionError


async def open_it(breaker: CircuitBreaker, way: Call = by_call) -> None:
    for _ in range(breaker.threshold):
        with pytest.raises(ConnectionError):
            await way(breaker, fails)


@pytest.mark.parametrize("way", WAYS)
async def test_closed_open_half_open_closed(breaker: CircuitBreaker, clock: ManualClock, way: Call) -> None:
    """
    Failures in a row open it, whoever calls is refused at once, one call may try after the time, and its success
    closes it; its failure opens it again.
    """
    assert await way(breaker, lambda: 7) == 7
    await open_it(breaker, way)
    assert breaker.state is CircuitState.OPEN
    called: list[int] = []
    with pytest.raises(CircuitOpenError) as refused:
        await way(breaker, lambda: called.append(1))
    assert called == []
    assert (refused.value.circuit, refused.value.retry_after) == ("registry", 30)
    assert str(refused.value) == (
        "registry: the circuit registry is open after 2 failures in a row. Try again in 30.0 s"
    )
    clock.now += 30
    assert breaker.state == "half_open"
    with pytest.raises(ConnectionError):
        await way(breaker, fails)
    assert breaker.state == "open"
    clock.now += 30
    assert await way(breaker, lambda: 8) == 8
    assert breaker.state == "closed"


def test_the_specifications_defaults() -> None:
    """
    Unless said otherwise five failures open it for sixty seconds.
    """
    breaker = CircuitBreaker()
    assert (breaker.threshold, breaker.recovery) == (5, 60)
    assert isinstance(breaker, Circuit)


async def test_one_probe_at_a_time(breaker: CircuitBreaker, clock: ManualClock) -> None:
    """
    Of a hundred calls that wait for the circuit to half-open one goes through.
    """
    await open_it(breaker)
    clock.now += 30
    go, calls = asyncio.Event(), 0

    async def probe() -> None:
        nonlocal calls
        calls += 1
        await go.wait()

    tasks = [asyncio.create_task(breaker.call(probe)) for _ in range(100)]
    await asyncio.sleep(0)
    go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert calls == 1
    assert sum(isinstance(one, CircuitOpenError) for one in results) == 99
    assert breaker.state == "closed"


@pytest.mark.parametrize("how", ["call", "block", "decorator"])
async def test_a_cancelled_probe_gives_its_turn_back(breaker: CircuitBreaker, clock: ManualClock, how: str) -> None:
    """
    When the task of the probe is cancelled the next call may try at once; a cancelled call is no failure.
    """
    await open_it(breaker)
    clock.now += 30
    started = asyncio.Event()

    async def hang() -> None:
        started.set()
        await asyncio.Event().wait()

    async def block() -> None:
        async with breaker:
            await hang()

    run = {"call": functools.partial(breaker.call, hang), "block": block, "decorator": breaker(hang)}[how]
    task = asyncio.ensure_future(run())
    await started.wait()
    with pytest.raises(CircuitOpenError):
        await breaker.call(lambda: None)
    task.cancel()
    await asyncio.wait([task])
    assert await breaker.call(lambda: 1) == 1
    assert breaker.state == "closed"


async def test_a_lost_ticket_blocks_nobody_for_ever(breaker: CircuitBreaker, clock: ManualClock) -> None:
    """
    A probe whose ticket is never handed back is given up after a while, and what it says later counts no more.
    """
    await open_it(breaker)
    clock.now += 30
    lost = breaker.admit()
    assert lost
    clock.now += 59
    assert breaker.admit() == 0
    clock.now += 1
    assert await breaker.call(lambda: 1) == 1
    breaker.failed(lost)
    assert (breaker.state, breaker.failures) == ("closed", 0)


async def test_a_coroutine_that_nobody_finishes(breaker: CircuitBreaker, clock: ManualClock) -> None:
    """
    A probe that is dropped half-way without being cancelled gives its turn back as well.
    """
    await open_it(breaker)
    clock.now += 30
    dropped = breaker.call(asyncio.sleep, 30)
    dropped.send(None)
    dropped.close()
    assert await breaker.call(lambda: 1) == 1


def refusal(status: int) -> ApiError:
    return ApiError(status=status, operation="verify", method="POST", path="/validate")


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (refusal(404), "closed"),
        (refusal(422), "closed"),
        (refusal(503), "open"),
        (refusal(429), "closed"),
        (refusal(500), "open"),
        (InvalidRequestError(operation="verify"), "closed"),
        (ValueError(), "open"),
        (KeyboardInterrupt(), "closed"),
        (asyncio.CancelledError(), "closed"),
    ],
)
def test_what_is_a_failure(breaker: CircuitBreaker, error: BaseException, state: str) -> None:
    """
    A refusal is an answer, what was never sent and what was interrupted tells nothing; all else is a failure.
    """

    def raises() -> None:
        raise error

    for _ in range(2):
        with pytest.raises(type(error)):
            breaker.call_sync(raises)
    assert breaker.state == state


def test_on_chooses_the_failures(clock: ManualClock) -> None:
    """
    With ``on`` only those exceptions count, by type or by a function.
    """
    for on in (ConnectionError, (ConnectionError,), lambda error: isinstance(error, ConnectionError)):
        breaker = CircuitBreaker(failure_threshold=1, on=on, clock=clock)
        with pytest.raises(ZeroDivisionError):
            breaker.call_sync(lambda: 1 / 0)
        assert breaker.state == "closed"
        with pytest.raises(ConnectionError):
            breaker.call_sync(fails)
        assert breaker.state == "open"


async def test_blocks_of_many_tasks_and_threads(breaker: CircuitBreaker) -> None:
    """
    One breaker is entered by many tasks and threads at once, and within itself; each outcome is its own.
    """
    barrier = asyncio.Barrier(2)

    async def task(fail: bool) -> None:
        async with breaker:
            async with breaker:
                await barrier.wait()
            if fail:
                raise ConnectionError

    await asyncio.gather(task(True), task(False), return_exceptions=True)

    def thread() -> None:
        with breaker, breaker:
            pass

    threads = [threading.Thread(target=thread) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert breaker.state == "closed"


def test_what_cannot_work_is_refused(breaker: CircuitBreaker) -> None:
    """
    A threshold of none, a generator, and an asynchronous function without await are refused with what to do.
    """
    with pytest.raises(ConfigurationError, match="failure_threshold must be a whole number from 1"):
        CircuitBreaker(failure_threshold=0)
    for threshold in (float("nan"), 2.5, "3", True):
        with pytest.raises(ConfigurationError, match="failure_threshold"):
            CircuitBreaker(failure_threshold=threshold)  # type: ignore[arg-type]
    for seconds in (float("nan"), float("inf"), -1, "60"):
        with pytest.raises(ConfigurationError, match="recovery_timeout"):
            CircuitBreaker(recovery_timeout=seconds)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="is a generator"):

        @breaker
        def generator() -> Any:
            yield 1

    with pytest.raises(TypeError, match="must be awaited"):
        breaker.call_sync(lambda: asyncio.sleep(0))
    with pytest.raises(TypeError, match="on= takes exception types"):
        CircuitBreaker(on=(1,))  # type: ignore[arg-type]
