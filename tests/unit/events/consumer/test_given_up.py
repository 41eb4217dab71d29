"""
What is stopped, given away or put off: the rest goes on as if nothing had been, and nothing is touched afterwards.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import EventConsumeError
from aegis_sdk.events.consumer._client import KafkaClient, Rebalanced, TopicPartition
from aegis_sdk.events.consumer._places import Past, place_again
from aegis_sdk.events.consumer._reader import ContractReader
from aegis_sdk.events.consumer.handling._lanes import AssignedPartition
from aegis_sdk.events.consumer.handling._retry import HandlerRetry
from aegis_sdk.events.consumer.handling._stats import ConsumerStats
from tests.unit.events.clock import hurried
from tests.unit.events.consumer.harness import (
    FakeClient,
    FakeKafka,
    Happened,
    gated,
    keeping,
    make_consumer,
    until,
)

P0 = TopicPartition("happened", 0)


@pytest.mark.parametrize("way", ["ends", "returns", "raises"])
async def test_a_handler_that_was_stopped_leaves_no_trace(way: Literal["ends", "returns", "raises"]) -> None:
    """
    However a handler takes it that its time is up, a later one that ends cancelled by itself has failed like any other:
    the consumer goes on.
    """
    kafka, told = FakeKafka(), list[str]()
    consumer = make_consumer(
        kafka,
        settings={"handler_timeout": 0.05, "concurrency": 1},
        retry=HandlerRetry.NEVER,
        on_failure=lambda failure: told.append(type(failure.error).__name__),
    )
    handled: list[int] = []

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        if event.number == 0:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                if way == "ends":
                    raise
                if way == "raises":
                    raise ValueError from None
        elif event.number == 1:
            raise asyncio.CancelledError
        handled.append(event.number)

    for number in range(3):
        kafka.send("a", number)
    async with consumer:
        await until(kafka.all_committed)
        assert consumer.health()
    assert handled == ([0, 2] if way == "returns" else [2])
    first = {"ends": ["HandlerTimeoutError"], "returns": [], "raises": ["ValueError"]}[way]
    assert told == [*first, "HandlerCancelledError"]
    assert consumer.stats.abandoned == 0


async def test_behind_an_event_that_failed_as_it_was_given_away_its_key_waits_for_the_next_owner() -> None:
    """
    Others had begun behind it when the partition was revoked; the next event of its own key had not, and is handled
    after it.
    """
    kafka, gate = FakeKafka(), asyncio.Event()
    consumer = make_consumer(kafka, settings={"drain_timeout": 20.0}, retry=HandlerRetry(base=0))
    handled: list[int] = []

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        if event.number == 0 and not gate.is_set():
            await gate.wait()
            raise ValueError
        handled.append(event.number)

    for subject, number in (("a", 0), ("a", 1), ("b", 2)):
        kafka.send(subject, number)
    async with consumer:
        await until(lambda: handled == [2])
        [member] = kafka.members
        moving = asyncio.ensure_future(kafka.rebalance())
        await until(lambda: not member.positions)
        gate.set()
        await moving
        await until(kafka.all_committed)
    assert handled == [2, 0, 1]


@hurried
async def test_nothing_is_committed_twice() -> None:
    """
    While nothing moves, nothing is written: a group of many idle consumers costs its broker no commits.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka)
    handled = keeping(consumer)
    async with consumer:
        for number in range(3):
            kafka.send("a", number)
            await until(kafka.all_committed)
            await asyncio.sleep(10)
    assert handled == [0, 1, 2]
    committed = [offset for commit in kafka.commits for offset in commit.values()]
    assert (committed[-3:], committed) == ([1, 2, 3], sorted(set(committed)))


class Lingering(FakeClient):
    """
    Takes a moment to end a fetch that is cancelled.
    """

    fetching = False
    closed_while_fetching = False

    async def fetch(self, *args: Any, **more: Any) -> Any:
        self.fetching = True
        try:
            return await super().fetch(*args, **more)
        except asyncio.CancelledError:
            await asyncio.sleep(0.05)
            raise
        finally:
            self.fetching = False

    async def close(self, timeout: float) -> None:
        self.closed_while_fetching = self.fetching
        await super().close(timeout)


class Slow(FakeKafka):
    def connect(self, revoked: Rebalanced, assigned: Rebalanced) -> KafkaClient:
        return Lingering(self, revoked, assigned)


async def test_a_connection_is_closed_when_nobody_uses_it_any_more() -> None:
    """
    Closing waits for the fetch that it cancels.
    """
    kafka = Slow()
    consumer = make_consumer(kafka)
    keeping(consumer)
    async with consumer:
        [member] = kafka.members
        assert isinstance(member, Lingering)
        await until(lambda: member.fetching)
    assert member.closed
    assert not member.closed_while_fetching


async def test_a_consumer_that_stops_says_so_until_it_has() -> None:
    """
    While a handler finishes, the state is ``stopping``: nothing has failed.
    """
    kafka, gate, handled = FakeKafka(), asyncio.Event(), list[int]()
    consumer = make_consumer(kafka, settings={"drain_timeout": 20.0})
    begun = gated(consumer, handled, gate, held=0)
    kafka.send("a", 0)
    await consumer.start()
    supervisor = consumer._supervisor
    assert supervisor is not None
    await until(lambda: begun == [0])
    closing = asyncio.ensure_future(consumer.aclose())
    await until(lambda: supervisor._task is not None and supervisor._task.done())
    assert (consumer.health().state, consumer.health().why) == ("stopping", "the consumer is stopping")
    gate.set()
    await closing
    assert (consumer.health().state, handled, kafka.committed[P0]) == ("stopped", [0], 1)


async def test_closing_a_consumer_that_has_failed_waits_until_it_has_left() -> None:
    """
    What has failed leaves its group by itself; closing ends when it has, and the state stays ``failed``.
    """
    kafka, gate, handled = FakeKafka(), asyncio.Event(), list[int]()
    consumer = make_consumer(kafka, settings={"drain_timeout": 0.3})
    begun = gated(consumer, handled, gate, held=0)
    kafka.send("a", 0)
    await consumer.start()
    [member] = kafka.members
    supervisor = consumer._supervisor
    assert supervisor is not None
    await until(lambda: begun == [0])
    supervisor.engine.tasks[-1].cancel()
    with pytest.raises(EventConsumeError, match="somebody else has cancelled a part"):
        await consumer.stopped()
    assert not member.closed
    await consumer.aclose()
    assert member.closed
    assert kafka.members == []
    assert consumer.health().state == "failed"


@pytest.mark.parametrize("start_from", ["earliest", "latest"])
async def test_a_partition_that_is_placed_is_no_other_log(start_from: Literal["earliest", "latest"]) -> None:
    """
    Neither one that Kafka says nothing about nor one where nothing was read before counts as made anew.
    """

    class Unknown(FakeClient):
        async def bounds(self, partitions: Any) -> Any:
            return {}

    async def rebalanced(_: frozenset[TopicPartition]) -> None: ...

    kafka, stats = FakeKafka(), ConsumerStats()
    kafka.send("a", 0)
    for kind, position in ((Unknown, {}), (FakeClient, {P0: 0 if start_from == "earliest" else 1})):
        client = kind(kafka, rebalanced, rebalanced)
        assert await place_again(client, AssignedPartition(P0), Past(), stats, start_from) is False
        assert client.positions == position
    assert stats.offsets_lost == 0


def test_a_model_that_no_contract_has_needs_a_topic() -> None:
    """
    The topics of somebody's own events are not in the contracts, and the error names the model.
    """
    with pytest.raises(ConfigurationError, match=r"Happened is no event type of the contracts; name its topics=…"):
        ContractReader().topics_of([Happened])
