"""
What the engine of a publisher asks of a cluster, over a client in memory and on a clock that goes on by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.publisher.sending._engine import Engine, TopicMissingError, TopicNotAllowedError
from tests.unit.events.clock import hurried


class Client:
    """
    The client of a producer, and all that it knows: nothing of a topic that it was not told to ask for.
    """

    def __init__(self, answer: Callable[[int], Any] = lambda _: True, *, known_after: float = 10**9) -> None:
        self.cluster, self.answer, self.known_after = self, answer, known_after
        self.topics: set[str] = set()
        self.unauthorized_topics: set[str] = set()
        self.leader: int | None = 1
        self.questions = 0
        self.connecting: Callable[[], object] = lambda: None
        self.closed = False

    def add_topic(self, topic: str) -> None:
        self.topics.add(topic)

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return {0, 1, 2} if topic in self.topics and self.questions >= self.known_after else None

    def leader_for_partition(self, partition: Any) -> int | None:
        return self.leader

    async def force_metadata_update(self) -> bool:
        self.questions += 1
        if (answered := self.answer(self.questions)) is None:
            await asyncio.get_running_loop().create_future()
        return bool(answered)

    fetch_all_metadata = force_metadata_update

    async def ready(self, node: int) -> bool:
        self.connecting()
        return node == 1

    async def close(self) -> None:
        self.closed = True


def engine_over(client: Client) -> Engine:
    engine = Engine(KafkaConnection.of("127.0.0.1:1"), idempotent=False, options={})
    sending = asyncio.get_running_loop().create_future()
    engine._client, engine._producer = client, SimpleNamespace(_sender=SimpleNamespace(sender_task=sending))
    return engine


@pytest.mark.parametrize(
    ("answer", "known_after", "unanswered", "took"),
    [
        (lambda _: True, 1, 0, 0.0),
        (lambda _: True, 4, 0, 0.3),
        (lambda _: False, 4, 3, 0.3),
        (lambda number: None if number < 4 else True, 4, 3, 3.3),
    ],
    ids=["at once", "it spreads", "refused", "silent"],
)
@hurried
async def test_partitions_are_asked_for_until_they_are_known(
    answer: Callable[[int], Any], known_after: int, unanswered: int, took: float
) -> None:
    """
    Ten times a second, or as soon as a second has brought no answer; each time that no broker answers is told.
    """
    client, told = Client(answer, known_after=known_after), list[int]()
    since = asyncio.get_running_loop().time()
    assert await engine_over(client).learn_partitions("t", lambda: told.append(1)) == 3
    assert (client.questions, len(told)) == (known_after, unanswered)
    assert round(asyncio.get_running_loop().time() - since, 3) == took


@pytest.mark.parametrize(("silent", "took"), [(0, 1.5), (3, 4.8)])
@hurried
async def test_a_topic_is_missing_once_the_cluster_has_said_so_for_a_while(silent: int, took: float) -> None:
    """
    A new topic takes a moment to spread, so a second and a half of denials are believed; silence is none.
    """
    client = Client(lambda number: None if number <= silent else True)
    since = asyncio.get_running_loop().time()
    with pytest.raises(TopicMissingError):
        await engine_over(client).learn_partitions("t", lambda: None)
    assert took - 0.001 < asyncio.get_running_loop().time() - since < took + 0.11


@hurried
async def test_what_asking_longer_does_not_mend_ends_it() -> None:
    """
    A topic that we may not know, and an engine that was ended meanwhile, are asked about once.
    """
    client = Client()
    client.unauthorized_topics.add("t")
    with pytest.raises(TopicNotAllowedError):
        await engine_over(client).learn_partitions("t", lambda: None)
    assert client.questions == 1
    client = Client(lambda _: setattr(engine, "_ended", True))
    engine = engine_over(client)
    assert await engine.learn_partitions("t", lambda: None) == 0
    assert client.questions == 1


@pytest.mark.parametrize(
    ("leader", "ends", "is_ready", "questions"),
    [(1, False, True, 0), (2, False, False, 0), (None, False, False, 1), (-1, False, False, 1), (1, True, False, 0)],
)
@hurried
async def test_a_partition_is_ready_when_its_leader_is_connected(
    leader: int | None, ends: bool, is_ready: bool, questions: int
) -> None:
    """
    Without a leader the cluster is asked for one; a connection of an engine that was ended meanwhile does not escape.
    """
    client = Client()
    client.leader = leader
    engine = engine_over(client)
    if ends:
        client.connecting = lambda: setattr(engine, "_ended", True)
    assert await engine.ready("t", 0) is is_ready
    assert (client.questions, client.closed) == (questions, ends)


@hurried
async def test_a_broker_that_does_not_answer_in_time_is_silent_until_one_does() -> None:
    """
    What the last question brought is what the engine says of its brokers.
    """
    engine = engine_over(Client(lambda number: None if number == 2 else True))
    since = asyncio.get_running_loop().time()
    for answers in (True, False, True):
        assert await engine.answers(7) is answers
        assert engine.silent is not answers
    assert asyncio.get_running_loop().time() - since == 7


async def test_an_engine_is_idle_when_the_last_batch_has_arrived() -> None:
    """
    Whoever waits for that hears of it then, and at once where nothing is on its way.
    """
    engine = engine_over(Client())
    await engine.idle()
    for _ in range(2):
        engine.enter()
    waiting = asyncio.ensure_future(engine.idle())
    await asyncio.sleep(0)
    for left in (1, 0):
        assert not engine.is_idle
        engine.leave()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert waiting.done() is (left == 0)
    assert engine.is_idle
