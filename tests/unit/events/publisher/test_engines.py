"""
How a publisher is kept connected: its engines in memory, on a clock that goes on by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any, cast

import pytest

from aegis_sdk.events import EventPublishError
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._errors import KafkaAddressError, KafkaAuthenticationError
from aegis_sdk.events.publisher.sending import _engines
from aegis_sdk.events.publisher.sending._engines import EngineRoom
from tests.unit.events.clock import hurried


def now() -> float:
    return asyncio.get_running_loop().time()


class Engine:
    """
    A producer that connects, answers and has something on its way as the test says.
    """

    def __init__(self, kafka: Kafka, idempotent: bool) -> None:
        self.kafka, self.idempotent = kafka, idempotent
        self.usable, self.abandoned_at = True, -1.0
        self.on_its_way = asyncio.Event()
        self.on_its_way.set()
        self.asked: list[float] = []

    async def start(self) -> None:
        if self.kafka.start_fails:
            raise self.kafka.start_fails.pop(0)

    async def answers(self, timeout: float) -> bool:
        self.asked.append(now())
        assert timeout == self.kafka.attempt
        return self.kafka.answers.pop(0) if self.kafka.answers else True

    async def idle(self) -> None:
        await self.on_its_way.wait()

    @property
    def is_idle(self) -> bool:
        return self.on_its_way.is_set()

    async def abandon(self) -> None:
        self.abandoned_at = now()


class Kafka:
    """
    What is reached, how often it was tried, and the engines that were made over it.
    """

    attempt = 5.0

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, idempotent: bool | None = True) -> None:
        self.reach: Callable[[], Any] = lambda: None
        self.embedded = False
        self.tried: list[float] = []
        self.looks = 0
        self.engines: list[Engine] = []
        self.start_fails: list[Exception] = []
        self.answers: list[bool] = []
        monkeypatch.setattr(_engines, "reach", self._reach)
        monkeypatch.setattr(_engines, "is_embedded", self._is_embedded)
        monkeypatch.setattr(_engines, "Engine", self._engine)
        monkeypatch.setattr(_engines, "_RECONNECT", replace(_engines._RECONNECT, random=lambda: 1.0))
        where = KafkaConnection.of("127.0.0.1:1")
        self.room = EngineRoom(where, idempotent=idempotent, options={}, attempt=self.attempt)

    async def _reach(self, connection: KafkaConnection, *, timeout: float) -> None:
        assert timeout == self.attempt
        self.tried.append(now())
        found = self.reach()
        if isinstance(found, Exception):
            raise found
        await asyncio.sleep(found or 0)

    async def _is_embedded(self, connection: KafkaConnection) -> bool:
        self.looks += 1
        return self.embedded

    def _engine(self, connection: KafkaConnection, *, idempotent: bool, options: dict[str, Any]) -> Engine:
        self.engines.append(Engine(self, idempotent))
        return self.engines[-1]

    async def connected(self) -> Engine:
        return cast("Engine", await self.room.engine())


@hurried
async def test_a_broker_is_looked_for_less_and_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The wait doubles up to two seconds; what is in the way is told, and over once a broker answers.
    """
    kafka = Kafka(monkeypatch)
    kafka.reach = lambda: OSError("away") if len(kafka.tried) < 8 else None
    with pytest.raises(TimeoutError):
        await kafka.room.connect(3)
    assert str(kafka.room.trouble) == "no Kafka answers at 127.0.0.1:1"
    assert kafka.room.current is None
    engine = await kafka.connected()
    waits = [round(later - earlier, 3) for earlier, later in pairwise(kafka.tried)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 2, 2]
    assert (kafka.room.trouble, kafka.room.current) == (None, engine)
    await kafka.room.close()
    assert (len(kafka.engines), engine.abandoned_at) == (1, now())


@hurried
async def test_a_broker_that_only_takes_the_connection_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    An attempt ends when its time is up.
    """
    kafka = Kafka(monkeypatch)
    kafka.reach = lambda: 900.0 if len(kafka.tried) == 1 else None
    since = now()
    await kafka.room.connect(60)
    assert round(now() - since, 3) == 5.1
    await kafka.room.close()


@pytest.mark.parametrize(
    ("reason", "took"), [(KafkaAuthenticationError("no"), 0.0), (KafkaAddressError("unknown"), 0.0), (OSError(), 7.0)]
)
@hurried
async def test_a_refusal_is_not_waited_for(reason: Exception, took: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What waiting does not mend is raised at once, as what it is and as a publisher's error; a broker may come up.
    """
    kafka, since = Kafka(monkeypatch), now()
    kafka.reach = lambda: reason
    with pytest.raises(TimeoutError if took else EventPublishError) as refused:
        await kafka.room.connect(7)
    assert now() - since == took
    assert took or isinstance(refused.value, type(reason))
    await kafka.room.close()


@pytest.mark.parametrize(
    ("said", "embedded", "idempotent", "looks"),
    [(None, False, True, 1), (None, True, False, 1), (True, True, True, 0), (False, False, False, 0)],
)
@hurried
async def test_whether_a_broker_counts_is_found_out_once(
    said: bool | None, embedded: bool, idempotent: bool, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Where it is not said, and for every engine of the publisher.
    """
    kafka = Kafka(monkeypatch, idempotent=said)
    kafka.embedded = embedded
    first = await kafka.connected()
    first.usable = False
    second = await kafka.connected()
    assert [one.idempotent for one in kafka.engines] == [idempotent] * 2
    assert (second is not first, kafka.looks) == (True, looks)
    await kafka.room.close()


@hurried
async def test_an_engine_that_does_not_start_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    It is ended before another one is made.
    """
    kafka = Kafka(monkeypatch)
    kafka.start_fails = [OSError("away")]
    since = now()
    engine = await kafka.connected()
    assert [one.abandoned_at for one in kafka.engines] == [since, -1.0]
    assert engine is kafka.engines[1]
    await kafka.room.close()


@pytest.mark.parametrize(("busy", "after"), [(False, 0.0), (True, 1.0)])
@hurried
async def test_what_is_on_its_way_has_a_moment_to_arrive(
    busy: bool, after: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    An engine that is used no more is ended as soon as it is idle, or after a second; another one is there by then.
    """
    kafka = Kafka(monkeypatch)
    engine = await kafka.connected()
    if busy:
        engine.on_its_way.clear()
    since = now()
    kafka.room.retire(cast("Any", engine))
    kafka.room.retire(cast("Any", engine))
    assert kafka.room.current is None
    assert (await kafka.connected() is kafka.engines[1], now()) == (True, since)
    await kafka.room.close()
    assert engine.abandoned_at - since == after
    assert len(kafka.engines) == 2


@pytest.mark.parametrize(
    ("answers", "elsewhere", "busy", "asked", "moved"),
    [
        ([True], True, False, 1, False),
        ([False, True, True], True, False, 3, False),
        ([False, False], True, False, 2, True),
        ([False, False, True], True, True, 3, False),
        ([False, False, True], False, False, 3, False),
    ],
)
@hurried
async def test_a_broker_in_doubt_is_asked_until_one_answers(
    answers: list[bool], elsewhere: bool, busy: bool, asked: int, moved: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Every two seconds. Where the cluster answers at its first address alone it has moved, and an engine that has nothing
    on its way is replaced.
    """
    kafka = Kafka(monkeypatch)
    engine = await kafka.connected()
    kafka.answers = list(answers)
    if busy:
        engine.on_its_way.clear()
    if not elsewhere:
        kafka.reach = lambda: OSError("away")
    since = now()
    kafka.room.doubt()
    kafka.room.doubt()
    await asyncio.sleep(60)
    assert len(engine.asked) == asked
    assert (kafka.room.current is not engine) is moved
    assert kafka.answers == []
    rounds = {round(at - since, 3) for at in engine.asked}
    assert rounds == {2.0 * number for number in range(len(rounds))}
    await kafka.room.close()


@hurried
async def test_a_question_that_is_not_answered_leaves_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Whoever asks hears of it; a broker that answers is not asked again, and without an engine there is nobody to ask.
    """
    kafka = Kafka(monkeypatch)
    await kafka.room.ask(kafka.attempt)
    engine = await kafka.connected()
    await kafka.room.ask(kafka.attempt)
    await asyncio.sleep(10)
    assert len(engine.asked) == 1
    kafka.answers = [False]
    await kafka.room.ask(kafka.attempt)
    await asyncio.sleep(10)
    assert len(engine.asked) == 3
    await kafka.room.close()
