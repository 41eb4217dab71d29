"""
How long a consumer waits for what does not come, on a clock that goes on by itself: to the second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest

from aegis_sdk.events import EventConsumeError
from aegis_sdk.events.consumer import _member, _session, _supervisor
from aegis_sdk.events.consumer._client import ClientFailedError, KafkaClient, Rebalanced, TopicPartition
from aegis_sdk.events.consumer._member import OneOfAKind
from aegis_sdk.events.consumer._places import Past
from aegis_sdk.events.consumer.handling import _ledger, _worker
from aegis_sdk.events.consumer.handling._retry import HandlerRetry
from aegis_sdk.events.dedupe._memory import MemoryDedupe
from tests.unit.events.clock import hurried
from tests.unit.events.consumer.harness import FakeClient, FakeKafka, Happened, Letters, keeping, make_consumer, until

P0, P1 = TopicPartition("happened", 0), TopicPartition("happened", 1)


def now() -> float:
    return asyncio.get_running_loop().time()


class Forgetful(MemoryDedupe):
    """
    A store that fails.
    """

    async def add(self, event_ids: Sequence[str]) -> None:
        raise ConnectionError("store")


@contextmanager
def delays(said: str) -> Iterator[list[float]]:
    """
    The seconds that the consumer says it waits for, wherever it says *said*.
    """
    found: list[float] = []
    kept = logging.Handler()
    kept.emit = lambda record: found.append(record.args[-1]) if said in str(record.msg) else None  # type: ignore[method-assign,index,arg-type,func-returns-value]
    log = logging.getLogger("aegis_sdk.events.consumer")
    log.addHandler(kept)
    try:
        yield found
    finally:
        log.removeHandler(kept)


def without_chance(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """
    Let a policy wait for as long as it may, and no less.
    """
    monkeypatch.setattr(module, name, replace(getattr(module, name), random=lambda: 1.0))


@pytest.mark.parametrize(
    ("said", "policy", "base", "most", "more"),
    [
        ("cannot be read at", (_session, "_UNREADABLE"), 1, 60, {}),
        ("the dead letters did not take", (_worker, "_BURIAL"), 1, 30, {"letters": Letters(1_000)}),
        ("the dedupe store failed", (_ledger, "_STORE"), 0.1, 5, {"dedupe": Forgetful()}),
    ],
)
@hurried
async def test_what_fails_is_tried_less_and_less_often(
    said: str, policy: tuple[Any, str], base: float, most: float, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Each wait is twice as long as the one before, up to its bound; once the consumer is closed nobody tries any more.
    """
    without_chance(monkeypatch, *policy)
    kafka = FakeKafka()
    consumer = make_consumer(kafka, retry=HandlerRetry.NEVER, **more)
    keeping(consumer)
    if "letters" in more:
        kafka.send_raw(b"no JSON")
    else:
        kafka.send("a", 0)
    if not more:
        kafka.corrupt[P0] = 0
    with delays(said) as told:
        await consumer.start()
        await until(lambda: len(told) == 9, timeout=600)
        [member] = kafka.members
        await consumer.aclose()
        await asyncio.sleep(600)
    assert told == [min(most, base * 2**number) for number in range(9)]
    assert isinstance(member, FakeClient)
    assert (consumer.stats.unreadable, member.paused) == ((0, set()) if more else (9, {P0}))


@hurried
async def test_kafka_is_looked_for_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The wait between two attempts to connect doubles up to a quarter of a minute.
    """
    without_chance(monkeypatch, _supervisor, "_RECONNECT")
    tried: list[float] = []

    class Away(FakeKafka):
        def connect(self, revoked: Rebalanced, assigned: Rebalanced) -> KafkaClient:
            tried.append(now())
            return super().connect(revoked, assigned)

    consumer = make_consumer(Away(down=True), settings={"start_without_kafka": True})
    keeping(consumer)
    async with consumer:
        await until(lambda: len(tried) == 8, timeout=600)
    assert [round(later - earlier, 3) for earlier, later in pairwise(tried)] == [0.5, 1, 2, 4, 8, 15, 15]


@pytest.mark.parametrize(("seconds", "attempts"), [(0.4, 1), (3.0, 7), (3.2, 7)])
@hurried
async def test_a_start_tries_for_as_long_as_it_may(seconds: float, attempts: int) -> None:
    """
    Twice a second, and never beyond its time.
    """
    kafka = FakeKafka(down=True)
    consumer = make_consumer(kafka, settings={"start_timeout": seconds})
    keeping(consumer)
    since = now()
    with pytest.raises(EventConsumeError, match="KafkaConnectionError"):
        await consumer.start()
    assert (kafka.connections, round(now() - since, 3)) == (attempts, (attempts - 1) / 2)


class Slow(FakeKafka):
    """
    Takes commits and lets go of its members only after a while.
    """

    def __init__(self, *, committing: float = 0, fetching: float = 0) -> None:
        super().__init__()
        self.committing, self.fetching = committing, fetching
        self.closing: list[float] = []

    def connect(self, revoked: Rebalanced, assigned: Rebalanced) -> KafkaClient:
        return Late(self, revoked, assigned)


class Late(FakeClient):
    kafka: Slow

    async def commit(self, offsets: Any) -> None:
        await asyncio.sleep(self.kafka.committing)
        await super().commit(offsets)

    async def fetch(self, *args: Any, **more: Any) -> Any:
        try:
            return await super().fetch(*args, **more)
        except asyncio.CancelledError:
            await asyncio.sleep(self.kafka.fetching)
            raise

    async def close(self, timeout: float) -> None:
        self.kafka.closing.append(timeout)
        await super().close(timeout)


@pytest.mark.parametrize(
    ("timeout", "held", "slow", "took", "left"),
    [
        (20.0, "", {}, 0.0, 20.0),
        (20.0, "until cancelled", {}, 16.0, 4.0),
        (4.0, "until cancelled", {}, 2.0, 2.0),
        (20.0, "for ever", {}, 17.2, 3.8),
        (20.0, "", {"committing": 100.0}, 18.0, 2.0),
        (20.0, "until cancelled", {"committing": 100.0}, 18.0, 2.0),
        (0.4, "", {"committing": 100.0}, 0.3, 0.1),
        (20.0, "", {"fetching": 0.7}, 0.7, 20.0),
        (20.0, "", {"fetching": 100.0}, 1.0, 20.0),
    ],
)
@hurried
async def test_closing_leaves_each_step_its_time(
    timeout: float, held: str, slow: dict[str, float], took: float, left: float
) -> None:
    """
    Handlers have what is given but for twice two seconds, or a quarter of it: one for the last commit, one for leaving
    the group. A handler that will not be cancelled costs a fifth of a second before that and a second after it, a fetch
    that does not end costs a second.
    """
    kafka = Slow(**slow)
    kafka.send("a", 0)
    settings = {"request_timeout": 50.0, "commit_interval": 900.0, "stall_after": 900.0, "handler_timeout": None}
    consumer = make_consumer(kafka, settings=settings)
    begun, handled, end = list[int](), list[int](), asyncio.Event()

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        begun.append(event.number)
        while held and not end.is_set():
            with suppress(asyncio.CancelledError) if held == "for ever" else nullcontext():
                await end.wait()
        handled.append(event.number)

    await consumer.start()
    await until(lambda: begun == [0] and (bool(held) or consumer.stats.handled == 1))
    since = now()
    await consumer.aclose(timeout)
    assert now() - since == pytest.approx(took)
    assert kafka.closing == [pytest.approx(left)]
    end.set()
    assert (kafka.committed.get(P0, 0), len(handled)) == (int(not held and "committing" not in slow), int(not held))


class Broken(FakeKafka):
    """
    Each connection is made, breaks at once, and hangs on to what closes it.
    """

    hanging = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.made: list[float] = []

    def connect(self, revoked: Rebalanced, assigned: Rebalanced) -> KafkaClient:
        self.made.append(now())
        client = Clinging(self, revoked, assigned)
        client.broken = ClientFailedError("the wire is cut")
        return client


class Clinging(FakeClient):
    kafka: Broken

    async def close(self, timeout: float) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(self.kafka.hanging)
        await asyncio.sleep(self.kafka.hanging)
        await super().close(timeout)


@hurried
async def test_a_connection_that_breaks_over_and_over_is_made_less_and_less_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    One that is made and lost is no better than one that is not made.
    """
    without_chance(monkeypatch, _supervisor, "_RECONNECT")
    kafka = Broken()
    consumer = make_consumer(kafka)
    keeping(consumer)
    async with consumer:
        await until(lambda: len(kafka.made) == 8, timeout=600)
        assert consumer.health().reasons[0] == "7 connections in a row made no progress: the wire is cut"
    assert [round(later - earlier, 3) for earlier, later in pairwise(kafka.made)] == [0.5, 1, 2, 4, 8, 15, 15]


@hurried
async def test_closing_does_not_wait_for_a_connection_that_is_being_replaced() -> None:
    """
    What hangs on to the former connection is left alone after two seconds.
    """
    kafka = Broken()
    kafka.hanging = 500.0
    consumer = make_consumer(kafka)
    keeping(consumer)
    await consumer.start()
    await until(lambda: consumer.health().state == "reconnecting")
    since = now()
    await consumer.aclose(20)
    assert now() - since == 2.0


@pytest.mark.parametrize("progressed", [True, False])
def test_what_a_connection_has_brought_is_remembered(progressed: bool) -> None:
    """
    Those in a row that brought nothing are counted from the first one on; one that did begins anew.
    """
    past = Past()
    for began in (10.0, 20.0):
        past.ended(began, f"cut at {began:.0f}", progressed=False)
    assert (past.failures, past.since, past.trouble) == (2, 10.0, "cut at 20")
    past.ended(30.0, "cut again", progressed=progressed)
    assert (past.failures, past.since) == ((0, None) if progressed else (3, 10.0))
    past.ended(40.0, "cut", progressed=False)
    assert past.since == (40.0 if progressed else 10.0)


async def test_a_partition_that_is_gone_keeps_no_other_from_being_committed() -> None:
    """
    What was deleted is passed over where offsets are committed, wherever it stands among the others.
    """

    class Shrunk(FakeClient):
        def partitions(self, topic: str) -> Collection[int]:
            return (1,)

    class Two(FakeKafka):
        def connect(self, revoked: Rebalanced, assigned: Rebalanced) -> KafkaClient:
            return Shrunk(self, revoked, assigned)

    kafka = Two(partitions=2)
    for partition in (0, 1):
        kafka.send("a", partition, partition=partition)
    consumer = make_consumer(kafka)
    keeping(consumer)
    async with consumer:
        await until(lambda: kafka.committed.get(P1) == 1)
    assert P0 not in kafka.committed


@pytest.mark.parametrize(("apart", "leaves"), [(29.9, True), (30.0, False), (3_600.0, False)])
def test_a_place_that_was_taken_now_and_then_is_taken_back(
    apart: float, leaves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Three times within a minute somebody else has the place; three times in a day it was a pause of this process.
    """
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr(_member, "time", clock)
    member = OneOfAKind("instance-1")
    for number in range(3):
        clock.now = number * apart
        member.joined("member")
        said = member.rejoins("")
    assert said is leaves
