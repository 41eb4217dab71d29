"""
One event, one handler or one stranger cannot bring the consumer down, or stop it without a word.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from aegis_sdk.events import Delivery, EventConsumeError, HandlerRetry, Tombstone
from aegis_sdk.events.consumer.handling._threads import Threads
from aegis_sdk.events.dead_letters._letter import DeadLetter, reason_of
from aegis_sdk.events.outbox._rows import OutboxRow
from tests.unit.events.consumer.harness import (
    TOPIC,
    FakeKafka,
    FakeRecord,
    Happened,
    JsonReader,
    Letters,
    TopicPartition,
    make_consumer,
    until,
)


class PanicError(BaseException):
    """
    What libraries written in Rust raise: no ``Exception``.
    """


def panics(event: Any) -> None:
    raise PanicError


def groups(event: Any) -> None:
    raise BaseExceptionGroup("several", [PanicError()])


def finds_nothing(event: Any) -> None:
    next(iter(()))


@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("fails", [panics, groups, finds_nothing])
async def test_whatever_a_handler_raises_is_its_events_failure(fails: Callable[[Any], None], inline: bool) -> None:
    """
    A panic of a library, a group of errors, ``next()`` of nothing: the event is buried, and the others are handled.
    """
    kafka, letters = FakeKafka(), Letters()
    consumer = make_consumer(kafka, letters, retry=HandlerRetry.NEVER)
    handled: list[int] = []

    @consumer.on(Happened, inline=inline)
    def handle(event: Happened) -> None:
        if event.number == 0:
            fails(event)
        handled.append(event.number)

    kafka.send("user-1", 0)
    kafka.send("user-2", 1)
    async with consumer:
        await until(kafka.all_committed)
        assert consumer.health().healthy
    assert (handled, [reason_of(one.headers, "reason") for one in letters.sent]) == ([1], ["retries_exhausted"])


async def test_a_record_that_makes_the_reader_panic_is_buried() -> None:
    """
    A record on which the reader itself gives up is a dead letter, and those behind it are handled.
    """

    class Reader(JsonReader):
        def parse(self, data: bytes) -> Any:
            if b'"number": 0' in data:
                raise PanicError
            return super().parse(data)

    kafka, letters = FakeKafka(), Letters()
    consumer = make_consumer(kafka, letters)
    consumer._reader = Reader()
    handled: list[int] = []
    consumer.on(Happened)(lambda event: handled.append(event.number))
    kafka.send("user-1", 0)
    kafka.send("user-1", 1)
    async with consumer:
        await until(kafka.all_committed)
    assert (handled, [reason_of(one.headers, "reason") for one in letters.sent]) == ([1], ["contract"])


@pytest.mark.parametrize("name", ["aegis-consumer", "aegis-consumer-connection", "aegis-consumer-worker"])
async def test_a_consumer_whose_task_a_stranger_cancels_has_failed(name: str) -> None:
    """
    Whatever ends a part of the consumer, ``run()`` raises and health says so.
    """
    consumer = make_consumer(FakeKafka())
    consumer.on(Happened)(lambda event: None)
    running = asyncio.create_task(consumer.run())
    await until(lambda: consumer.health().state == "running")
    await until(lambda: any(task.get_name() == name for task in asyncio.all_tasks()))
    next(task for task in asyncio.all_tasks() if task.get_name() == name).cancel()
    with pytest.raises(EventConsumeError, match="somebody else has cancelled"):
        await running
    assert consumer.health().state == "failed"


def test_a_consumer_starts_again_on_another_event_loop() -> None:
    """
    A service that calls ``asyncio.run`` for each of its rounds has a consumer that goes on.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka)
    handled: list[int] = []
    consumer.on(Happened)(lambda event: handled.append(event.number))

    async def one_round(number: int) -> None:
        kafka.send("user-1", number)
        running = asyncio.create_task(consumer.run())
        await until(kafka.all_committed)
        consumer.stop()
        await running

    for number in range(3):
        asyncio.run(one_round(number))
    assert handled == [0, 1, 2]


async def test_another_thread_may_stop_it() -> None:
    """
    ``stop()`` wakes an event loop that waits.
    """
    consumer = make_consumer(FakeKafka(), settings={"probe_interval": 60.0, "commit_interval": 60.0})
    consumer.on(Happened)(lambda event: None)
    running = asyncio.create_task(consumer.run())
    await until(lambda: consumer.health().state == "running")
    threading.Timer(0.05, consumer.stop).start()
    await asyncio.wait_for(running, 30)


def test_a_handler_that_never_returns_ends_with_the_process() -> None:
    """
    A thread cannot be stopped, and does not keep a process alive whose consumer has ended.
    """
    script = """
import asyncio, threading
from aegis_sdk.events.consumer.handling._threads import Threads

async def main():
    begun, threads = threading.Event(), Threads(1)
    task = asyncio.create_task(threads.run(lambda: (begun.set(), threading.Event().wait())))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    threads.close()

asyncio.run(main())
print("ended")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=50)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ended\n", "")


async def test_plain_handlers_run_side_by_side_and_no_more_than_may() -> None:
    """
    So many threads as handlers may run at once, and after them the next one has its turn.
    """
    threads, gate, begun = Threads(3), threading.Event(), threading.Semaphore(0)

    def wait() -> str:
        begun.release()
        gate.wait(30)
        return threading.current_thread().name

    tasks = [asyncio.create_task(threads.run(wait)) for _ in range(7)]
    for _ in range(3):
        assert await asyncio.to_thread(begun.acquire, timeout=30)
    assert not begun.acquire(blocking=False)
    gate.set()
    assert len(set(await asyncio.gather(*tasks))) <= 3
    assert await threads.run(lambda: 1) == 1
    threads.close()


async def test_a_tombstone_of_another_log_is_no_duplicate() -> None:
    """
    When a topic is made anew, its first tombstone stands where the former's stood, and is handled all the same.
    """
    kafka, found = FakeKafka(), list[Tombstone]()
    consumer = make_consumer(kafka, topics=[TOPIC])
    consumer.on(Tombstone)(found.append)
    kafka.send_raw(None, key=b"user-1")
    async with consumer:
        await until(kafka.all_committed)
    kafka.committed.clear()
    kafka.logs[TopicPartition(TOPIC, 0)] = [FakeRecord(TOPIC, 0, 0, b"user-1", None, (), int(time.time() * 1000))]
    async with consumer:
        await until(kafka.all_committed)
    assert (len(found), consumer.stats.duplicates) == (2, 0)


def test_what_a_traceback_shows_of_records_holds_no_value() -> None:
    """
    Error trackers show what stands in the frames: no key, value or header of a record among them.
    """
    record = FakeRecord(TOPIC, 0, 0, b"canary", b"canary", (("note", b"canary"),))
    letter = DeadLetter.of(record, reason="permanent_error", error=ValueError(), attempts=1, group_id="tests")
    row = OutboxRow(1, "id", TOPIC, b"canary", b"canary", (("note", b"canary"),))
    for shown in (letter, Delivery.of(record, 1), Tombstone.of(record), row):
        assert "canary" not in repr(shown)


def test_headers_without_a_value_are_none() -> None:
    """
    Kafka has headers without a value; whoever asks for their text is told that there is none.
    """
    without: Any = None
    assert reason_of([("aegis-dlq-reason", without)], "reason") is None


def test_a_letter_gets_shorter_until_a_topic_takes_it() -> None:
    """
    What does not fit beside the reasons is left out, value first, then headers, then key; how much it was stays.
    """
    record = FakeRecord(TOPIC, 0, 0, b"key", b"value", (("note", b"abc"),))
    letter = DeadLetter.of(record, reason="contract", error=ValueError(), attempts=0, group_id="tests")
    whole, without_value, without_headers, without_key = letter.ever_shorter()
    assert whole is letter
    assert (without_value.value, without_value.headers[0], without_value.key) == (b"", ("note", b"abc"), b"key")
    assert "note" not in dict(without_headers.headers)
    assert without_key.key is None
    told = [reason_of(without_key.headers, part) for part in ("value", "headers", "key", "reason")]
    assert told == ["left out, 5 bytes", "left out, 7 bytes", "left out, 3 bytes", "contract"]
