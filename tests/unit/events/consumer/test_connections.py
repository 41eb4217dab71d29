"""
Connections that fail, that yield nothing, that are refused, and what comes after them, over a Kafka in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

from aegis_sdk.events.consumer._client import Bounds, ClientFailedError, KafkaClient, Rebalanced, TopicPartition
from aegis_sdk.events.consumer._errors import EventConsumeError
from aegis_sdk.events.dedupe._memory import MemoryDedupe
from tests.unit.events.consumer.harness import TOPIC, FakeClient, FakeKafka, gated, make_consumer, until

P0 = TopicPartition("happened", 0)


async def test_a_connection_that_fails_is_replaced() -> None:
    """
    Nothing is lost and nothing handled twice when the connection breaks.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka)
    handled: list[int] = []
    gated(consumer, handled, asyncio.Event(), -1)
    async with consumer:
        for number in range(10):
            kafka.send("kim", number)
        await until(kafka.all_committed)
        kafka.members[0].broken = ClientFailedError("KafkaError")
        kafka.send("kim", 10)
        await until(lambda: kafka.connections == 2 and bool(kafka.members))
        await until(kafka.all_committed)
        assert consumer.health().state == "running"
    assert handled == list(range(11))
    assert consumer.stats.reconnects == 1


async def test_a_connection_that_yields_nothing_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    """
    Events wait and none arrive: after a while the consumer stops trusting its connection (aiokafka 1154).
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka, settings={"stall_after": 0.3})
    handled: list[int] = []
    gated(consumer, handled, asyncio.Event(), -1)
    async with consumer:
        kafka.silent = True
        kafka.send("kim", 0)
        await until(lambda: kafka.connections >= 2)
        assert "events wait in happened[0] and none arrive" in caplog.text
        kafka.silent = False
        await until(lambda: handled == [0])


async def test_a_partition_of_which_nothing_is_given_out_does_not_cost_the_others_their_connection() -> None:
    """
    Where another connection has not helped, it is the partition: it is named, the others go on, and it can come back.
    """
    kafka = FakeKafka(partitions=2)
    consumer = make_consumer(kafka, settings={"stall_after": 1.0})
    handled: list[int] = []
    gated(consumer, handled, asyncio.Event(), -1)
    kafka.withheld.add(TopicPartition(TOPIC, 0))
    kafka.send("kim", 0)
    async with consumer:
        await until(lambda: any("gives nothing out from offset 0" in reason for reason in consumer.health().reasons))
        assert kafka.connections == 2
        for number in range(1, 3):
            kafka.send("lee", number, partition=1)
            await until(lambda number=number: number in handled)  # type: ignore[misc]
            await asyncio.sleep(1.0)  # as long as it takes to stall
        assert kafka.connections == 2
        kafka.withheld.clear()
        await until(lambda: 0 in handled)
        await until(lambda: bool(consumer.health()))


async def test_a_broker_that_does_not_answer_for_a_moment_costs_no_connection() -> None:
    """
    Only when no broker has answered for long is the connection replaced.
    """
    kafka = FakeKafka()
    kafka.send("kim", 0)
    consumer = make_consumer(kafka)
    handled: list[int] = []
    gated(consumer, handled, asyncio.Event(), -1)
    async with consumer:
        await until(kafka.all_committed)
        kafka.down = True
        looks = kafka.looks
        await until(lambda: kafka.looks > looks + 2)
        kafka.down = False
        kafka.send("kim", 1)
        await until(kafka.all_committed)
        assert (kafka.connections, consumer.stats.reconnects) == (1, 0)
        assert consumer.health()


async def test_a_fatal_refusal_ends_the_consumer() -> None:
    """
    Missing rights are not retried for ever: run() raises, and health says so.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka)
    gated(consumer, [], asyncio.Event(), -1)
    running = asyncio.create_task(consumer.run())
    await until(lambda: consumer.health().state == "running")
    kafka.members[0].broken = ClientFailedError("GroupAuthorizationFailedError", fatal=True)
    with pytest.raises(EventConsumeError, match="GroupAuthorizationFailedError"):
        await running
    assert not consumer.health()


async def test_a_start_without_kafka_says_so() -> None:
    """
    A consumer that cannot connect raises at its start.
    """
    consumer = make_consumer(FakeKafka(down=True), settings={"start_timeout": 0.1})
    gated(consumer, [], asyncio.Event(), -1)
    with pytest.raises(EventConsumeError, match="did not start: KafkaConnectionError"):
        await consumer.start()


async def test_a_service_starts_while_kafka_is_down() -> None:
    """
    Told to, a consumer starts without Kafka, its health says so at once, and then why, and it works as soon as Kafka is
    there.
    """
    kafka = FakeKafka(down=True)
    kafka.send("kim", 0)
    consumer = make_consumer(kafka, settings={"start_without_kafka": True})
    gated(consumer, [], asyncio.Event(), -1)
    await consumer.start()
    assert str(consumer.health()) == "unhealthy: not connected to Kafka yet"
    await until(lambda: str(consumer.health()) == "unhealthy: not connected to Kafka yet: KafkaConnectionError")
    kafka.down = False
    await until(kafka.all_committed)
    assert str(consumer.health()) == "healthy"
    assert consumer.stats.reconnects == 0
    await consumer.aclose()


async def test_a_broker_may_come_up_after_its_consumer() -> None:
    """
    A start tries again until its deadline.
    """
    kafka = FakeKafka(down=True)
    kafka.send("kim", 0)
    consumer = make_consumer(kafka)
    gated(consumer, [], asyncio.Event(), -1)
    starting = asyncio.create_task(consumer.start())
    await until(lambda: kafka.connections == 1)
    kafka.down = False
    await starting
    await until(kafka.all_committed)
    await consumer.aclose()


async def test_a_topic_that_was_made_anew_is_read_from_its_beginning() -> None:
    """
    Offsets that go back are no duplicates to be waited for: the partition is begun anew, and its commits go back too.
    """
    kafka = FakeKafka()
    for number in range(5):
        kafka.send("kim", number)
    consumer = make_consumer(kafka)
    handled: list[int] = []
    gated(consumer, handled, asyncio.Event(), -1)
    async with consumer:
        await until(kafka.all_committed)
        kafka.logs.clear()
        kafka.committed.clear()
        kafka.members[0].positions = {P0: 0}
        for number in range(10, 13):
            kafka.send("kim", number)
        await until(lambda: handled == [0, 1, 2, 3, 4, 10, 11, 12])
        await until(lambda: kafka.committed.get(P0) == 3)


async def test_refused_commits_are_a_rebalance_and_no_loss() -> None:
    """
    A commit that the group refuses is counted; the consumer goes on and commits when it can (aiokafka 848).
    """
    kafka = FakeKafka(refuse_commits=True)
    kafka.send("kim", 0)
    consumer = make_consumer(kafka)
    gated(consumer, [], asyncio.Event(), -1)
    async with consumer:
        await until(lambda: consumer.stats.commits_refused > 2)
        kafka.refuse_commits = False
        await until(kafka.all_committed)


async def test_a_coordinator_that_takes_no_commits_costs_the_connection() -> None:
    """
    Commits that fail for longer than a consumer may stand still are told, and tried over another connection.
    """
    kafka = FakeKafka(commit_failure=ClientFailedError("KafkaTimeoutError"))
    kafka.send("kim", 0)
    consumer = make_consumer(kafka, settings={"stall_after": 0.3})
    gated(consumer, [], asyncio.Event(), -1)
    async with consumer:
        await until(lambda: consumer.stats.reconnects > 0)
        assert kafka.committed == {}
        kafka.commit_failure = None
        await until(kafka.all_committed)
        await until(lambda: consumer.health().healthy)


async def test_a_store_that_fails_for_a_moment_is_no_trouble() -> None:
    """
    A dedupe store is asked again, and a consumer is healthy until it has failed for as long as it may stand still.
    """
    asked = asyncio.Event()

    class Broken(MemoryDedupe):
        broken = True

        async def add(self, event_ids: Sequence[str]) -> None:
            if self.broken:
                asked.set()
                raise ConnectionError("store")
            await super().add(event_ids)

    store, kafka = Broken(), FakeKafka()
    kafka.send("kim", 0)
    consumer = make_consumer(kafka, dedupe=store, settings={"stall_after": 60.0})
    gated(consumer, [], asyncio.Event(), -1)
    async with consumer:
        await asyncio.wait_for(asked.wait(), 30)
        await asyncio.sleep(0)  # whoever asked has noted that it failed
        assert consumer.health().reasons == ()
        assert kafka.committed == {}
        store.broken = False
        await until(kafka.all_committed)


async def test_without_the_dedupe_store_nothing_is_committed() -> None:
    """
    An id that could not be remembered keeps its offset uncommitted; the consumer waits for the store.
    """

    class Broken(MemoryDedupe):
        broken = False

        async def add(self, event_ids: Sequence[str]) -> None:
            if self.broken:
                raise ConnectionError("store")
            await super().add(event_ids)

        async def seen(self, event_ids: Sequence[str]) -> Collection[str]:
            return await super().seen(event_ids)

    store = Broken()
    store.broken = True
    kafka = FakeKafka()
    kafka.send("kim", 0)
    consumer = make_consumer(kafka, dedupe=store, settings={"stall_after": 0.1})
    handled: list[int] = []
    gated(consumer, handled, asyncio.Event(), -1)
    async with consumer:
        await until(lambda: any("dedupe store" in reason for reason in consumer.health().reasons))
        assert (handled, kafka.committed.get(P0, 0)) == ([0], 0)
        store.broken = False
        await until(kafka.all_committed)
        assert handled == [0]


class Stumbling(FakeClient):
    """
    Fails the first commits and looks with what its Kafka says.
    """

    kafka: Slippery

    async def commit(self, offsets: Mapping[TopicPartition, Any]) -> None:
        self.kafka.stumble("commit")
        await super().commit(offsets)

    async def bounds(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, Bounds]:
        self.kafka.stumble("look")
        return await super().bounds(partitions)


class Slippery(FakeKafka):
    def __init__(self, error: Exception, at: str) -> None:
        super().__init__()
        self.failing = {at: [error] * 3}

    def connect(self, revoked: Rebalanced, assigned: Rebalanced) -> KafkaClient:
        self.connections += 1
        return Stumbling(self, revoked, assigned)

    def stumble(self, at: str) -> None:
        if self.failing.get(at):
            raise self.failing[at].pop()


@pytest.mark.parametrize("at", ["commit", "look"])
@pytest.mark.parametrize("error", [ClientFailedError("away"), TimeoutError(), ClientFailedError("no", fatal=True)])
async def test_what_may_pass_is_tried_again_over_the_same_connection(error: Exception, at: str) -> None:
    """
    A commit or a look that fails a few times costs nothing, unless a person has to mend what it met.
    """
    kafka = Slippery(error, at)
    kafka.send("kim", 0)
    consumer = make_consumer(kafka)
    gated(consumer, [], asyncio.Event(), -1)
    async with consumer:
        if getattr(error, "fatal", False):
            with pytest.raises(EventConsumeError, match="no"):
                await consumer.stopped()
        else:
            await until(lambda: kafka.all_committed() and kafka.looks > 0)
            assert kafka.failing == {at: []}
            assert consumer.health()
    assert (kafka.connections, consumer.stats.reconnects) == (1, 0)
