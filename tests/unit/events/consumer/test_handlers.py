"""
How handlers are called: on the loop, in threads, inline, for so long and no longer, over a Kafka in memory.
"""

from __future__ import annotations

import asyncio
import threading
import time
from itertools import pairwise

import pytest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.consumer.handling._retry import HandlerRetry
from tests.unit.events.consumer.harness import FakeKafka, Happened, Ignored, Letters, make_consumer, until

SOON = HandlerRetry(base=0.01)


async def test_a_plain_function_runs_in_a_thread() -> None:
    """
    A handler that blocks does not block the consumer's heartbeats.
    """
    kafka = FakeKafka()
    kafka.send("kim", 1)
    consumer = make_consumer(kafka)
    release = threading.Event()
    threads: list[str] = []

    @consumer.on(Happened)
    def handle(event: Happened) -> None:
        threads.append(threading.current_thread().name)
        release.wait(30)

    async with consumer:
        await until(lambda: bool(threads))
        release.set()
        await until(kafka.all_committed)
    assert threads[0].startswith("aegis-handler")


async def test_closing_does_not_wait_for_a_plain_function_that_stands_still() -> None:
    """
    A handler in a thread that does not come back holds neither the consumer that closes nor the event loop.
    """
    kafka = FakeKafka()
    kafka.send("kim", 0)
    consumer = make_consumer(kafka, settings={"drain_timeout": 0.2})
    begun, end = threading.Event(), threading.Event()

    @consumer.on(Happened)
    def stands(event: Happened) -> None:
        begun.set()
        end.wait()

    await consumer.start()
    await asyncio.to_thread(begun.wait, 10)
    lest = threading.Timer(10, end.set)  # lest a consumer that waits for it waits for ever
    lest.start()
    await consumer.aclose(1.0)
    assert not end.is_set()
    lest.cancel()
    end.set()


async def test_a_plain_function_may_ask_to_run_inline() -> None:
    """
    With inline=True a function that never waits is spared the thread.
    """
    kafka = FakeKafka()
    kafka.send("kim", 1)
    consumer = make_consumer(kafka)
    threads: list[int] = []

    @consumer.on(Happened, inline=True)
    def handle(event: Happened) -> None:
        threads.append(threading.get_ident())

    async with consumer:
        await until(kafka.all_committed)
    assert threads == [threading.get_ident()]


async def test_a_handler_that_runs_too_long_is_stopped_and_tried_again() -> None:
    """
    An asynchronous handler has a deadline; passing it is a failure like any other.
    """
    kafka = FakeKafka()
    kafka.send("kim", 1)
    consumer = make_consumer(kafka, retry=SOON, settings={"handler_timeout": 0.1})
    calls = 0

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.sleep(60)

    async with consumer:
        await until(kafka.all_committed)
    assert (calls, consumer.stats.failures) == (2, 1)


async def test_a_handler_that_ends_cancelled_has_failed() -> None:
    """
    A task that the handler awaited and somebody cancelled does not take the worker down.
    """
    kafka, letters = FakeKafka(), Letters()
    kafka.send("kim", 1)
    consumer = make_consumer(kafka, letters, retry=SOON, settings={"concurrency": 1})

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        task = asyncio.create_task(asyncio.sleep(60))
        task.cancel()
        await task

    async with consumer:
        await until(kafka.all_committed)
    assert len(letters.sent) == 1


async def test_handlers_that_never_wait_leave_the_loop_its_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Many events whose handlers compute do not keep other tasks from running, however many may be handled at once.
    """
    kafka = FakeKafka()
    for number in range(300):
        kafka.send(f"user-{number}", number)
    consumer = make_consumer(kafka, settings={"concurrency": 64})
    handled = 0
    seen: list[int] = []
    real = time.monotonic
    # What a handler computes is time that passes here: how busy the machine is decides nothing.
    monkeypatch.setattr(time, "monotonic", lambda: real() + handled * 0.001)

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        nonlocal handled
        handled += 1

    async def other() -> None:
        while True:
            seen.append(handled)
            await asyncio.sleep(0)

    async with consumer:
        task = asyncio.create_task(other())
        await until(kafka.all_committed, timeout=30.0)
        task.cancel()
    # A slice of 10 ms has ten of these events; the 64 workers have it together.
    assert max(after - before for before, after in pairwise(seen)) < 40


async def test_two_handlers_for_one_type_are_refused() -> None:
    """
    An event has one handler, so that it is handled or not, and nothing in between.
    """
    consumer = make_consumer(FakeKafka())
    consumer.on(Happened, Ignored)(lambda event: None)
    with pytest.raises(ConfigurationError, match="Happened has a handler"):
        consumer.on(Happened)(lambda event: None)


async def test_a_consumer_without_handlers_does_not_start() -> None:
    """
    Committing events that nobody handled would lose them.
    """
    with pytest.raises(ConfigurationError, match="no handlers"):
        await make_consumer(FakeKafka()).start()


async def test_no_more_handlers_run_than_allowed() -> None:
    """
    The number of handlers at work is bounded over all partitions.
    """
    kafka = FakeKafka(partitions=4)
    for number in range(80):
        kafka.send(f"user-{number}", number, partition=number % 4)
    consumer = make_consumer(kafka, settings={"concurrency": 3})
    running, most = 0, 0

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1

    async with consumer:
        await until(kafka.all_committed)
    assert most == 3
