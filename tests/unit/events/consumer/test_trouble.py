"""
A consumer in trouble: it contains what it cannot read, backs off, counts what was lost, and its health says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

import pytest

from aegis_sdk.errors import EventError
from aegis_sdk.events import ConsumerStoppedError, EventConsumeError, KafkaAuthenticationError
from aegis_sdk.events.consumer._client import ClientFailedError, KafkaClient, Rebalanced, TopicPartition
from aegis_sdk.events.consumer._consumer import EventConsumer
from aegis_sdk.events.dedupe._memory import MemoryDedupe
from aegis_sdk.events.kafka._aiokafka import TopicsGoneError
from tests.unit.events.consumer.harness import TOPIC, FakeClient, FakeKafka, Happened, keeping, make_consumer, until

P0, P1 = TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)


async def test_a_batch_that_cannot_be_read_is_its_partitions_own_trouble() -> None:
    """
    Records before the batch are handled, other partitions go on, health names the partition, and no connection is
    replaced for it; once it can be read, reading goes on.
    """
    kafka = FakeKafka(partitions=2)
    for number in range(4):
        kafka.send("kim", number)
        kafka.send("lee", 10 + number, partition=1)
    kafka.corrupt[P0] = 2
    consumer = make_consumer(kafka)
    handled = keeping(consumer)
    async with consumer:
        await until(lambda: sorted(handled) == [0, 1, 10, 11, 12, 13])
        await until(lambda: not consumer.health())
        health = consumer.health()
        assert health.reasons[0].startswith("happened[0] cannot be read on: it is corrupt")
        assert "canary" not in "".join(health.reasons)
        assert health.lag == 2
        assert [one.unreadable != "" for one in health.assignment] == [True, False]
        kafka.send("lee", 14, partition=1)
        await until(lambda: 14 in handled)
        assert kafka.connections == 1
        assert consumer.stats.unreadable == 1
        del kafka.corrupt[P0]
        await until(lambda: sorted(handled) == [0, 1, 2, 3, 10, 11, 12, 13, 14])
        await until(lambda: bool(consumer.health()))


async def test_connections_that_make_no_progress_back_off_and_show_in_health() -> None:
    """
    A connection that is made and lost over and over is no health: the waits grow, and health says what goes on.
    """
    kafka = FakeKafka()
    kafka.send("kim", 1)
    kafka.silent = True
    consumer = make_consumer(kafka)
    handled = keeping(consumer)

    async def break_it() -> None:
        while True:
            for member in kafka.members:
                member.broken = ClientFailedError("the wire is cut")
            await asyncio.sleep(0.001)

    async with consumer:
        assert consumer.health().lag == 0 or consumer.health().lag == 1
        breaking = asyncio.create_task(break_it())
        began = time.monotonic()
        await until(lambda: not consumer.health())
        assert "connections in a row made no progress: the wire is cut" in consumer.health().reasons[0]
        # Half of 0.5 + 1 seconds is the least that three connections in a row take; at once would be thousands.
        assert time.monotonic() - began > 0.7
        assert kafka.connections <= 6
        breaking.cancel()
        kafka.silent = False
        await until(lambda: handled == [1])
        await until(lambda: bool(consumer.health()))


async def test_between_two_connections_lag_is_that_of_the_last_one() -> None:
    """
    Lag is a number at any time, also while a connection is replaced.
    """
    kafka = FakeKafka()
    kafka.silent = True
    for number in range(3):
        kafka.send("kim", number)
    consumer = make_consumer(kafka)
    keeping(consumer)
    assert consumer.health().lag == 0
    async with consumer:
        await until(lambda: consumer.health().lag == 3)
        kafka.down = True
        kafka.members[0].broken = ClientFailedError("gone")
        await until(lambda: consumer.health().state == "reconnecting")
        assert consumer.health().lag == 3
        kafka.down = False
    assert consumer.health().lag == 3


@pytest.mark.parametrize(("committed", "lost"), [(2, 4), (5, 1), (6, 0)])
async def test_offsets_that_were_deleted_before_they_were_read_are_counted(
    committed: int, lost: int, caplog: pytest.LogCaptureFixture
) -> None:
    """
    Retention that overtakes a group is no silent loss: a warning says how many, and a statistic counts them.
    """
    kafka = FakeKafka()
    for number in range(10):
        kafka.send("kim", number)
    kafka.committed[P0] = committed
    kafka.starts[P0] = 6
    consumer = make_consumer(kafka, settings={"start_from": "latest"})
    handled = keeping(consumer)
    async with consumer:
        await until(lambda: handled == [6, 7, 8, 9])
    assert consumer.stats.offsets_lost == lost
    said = f"{lost} offsets from {committed} on were deleted before they were read; reading goes on at 6"
    assert (said in caplog.text) == (lost > 0)


async def test_a_partition_that_is_added_later_is_read_whole() -> None:
    """
    ``latest`` is where a group begins that has never read a topic; what a new partition got before it was noticed is
    not passed over.
    """
    kafka = FakeKafka()
    kafka.send("kim", 0)
    kafka.committed[P0] = 1
    kafka.partitions = 2
    for number in (1, 2):
        kafka.send("lee", number, partition=1)
    kafka.without_position.add(P1)
    consumer = make_consumer(kafka, settings={"start_from": "latest"})
    handled = keeping(consumer)
    async with consumer:
        await until(lambda: handled == [1, 2])


async def test_latest_begins_at_the_end_of_a_topic_that_the_group_never_read() -> None:
    """
    A new group that begins with the latest event is not given the older ones.
    """
    kafka = FakeKafka()
    kafka.send("kim", 0)
    kafka.without_position.add(P0)
    consumer = make_consumer(kafka, settings={"start_from": "latest"})
    handled = keeping(consumer)
    async with consumer:
        await until(lambda: kafka.committed.get(P0) == 1)
        kafka.send("kim", 1)
        await until(lambda: handled == [1])
    assert consumer.stats.offsets_lost == 0


async def test_nothing_is_committed_for_a_topic_that_was_deleted() -> None:
    """
    A topic that is deleted and made again is read from its beginning, however much came before that was noticed; health
    says meanwhile that it is not there.
    """
    kafka = FakeKafka()
    for number in range(3):
        kafka.send("kim", number)
    consumer = make_consumer(kafka)
    handled = keeping(consumer)
    async with consumer:
        await until(kafka.all_committed)
        kafka.deleted = True
        kafka.committed.clear()
        kafka.logs[P0].clear()
        await until(lambda: consumer.health().reasons == ("the topic happened was deleted",))
        await asyncio.sleep(0.2)
        assert kafka.committed == {}
        for number in range(10, 16):
            kafka.send("kim", number)
        kafka.deleted = False
        await until(lambda: handled == [0, 1, 2, 10, 11, 12, 13, 14, 15])
        await until(lambda: kafka.committed.get(P0) == 6)
        assert consumer.health()


class MadeAnew(FakeKafka):
    """
    A topic that is deleted before its first commit and there again after it, with more events than before.
    """

    def connect(self, revoked: Rebalanced, assigned: Rebalanced) -> KafkaClient:
        return _Late(self, revoked, assigned)


class _Late(FakeClient):
    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        if not self.kafka.commits:
            self.kafka.commits.append(dict(offsets))
            self.kafka.logs[P0].clear()
            for number in range(10, 16):
                self.kafka.send("kim", number)
            raise TopicsGoneError(frozenset({TOPIC}))
        await super().commit(offsets)


async def test_what_a_broker_knew_no_topic_for_is_not_committed_to_the_next_one() -> None:
    """
    A topic that was away only while offsets were to be committed is read from its beginning all the same.
    """
    kafka = MadeAnew()
    for number in range(3):
        kafka.send("kim", number)
    consumer = make_consumer(kafka)
    handled = keeping(consumer)
    async with consumer:
        await until(lambda: kafka.committed.get(P0) == 6)
    assert set(handled) == {0, 1, 2, 10, 11, 12, 13, 14, 15}


async def made_anew(kafka: FakeKafka, consumer: EventConsumer, received: int) -> None:
    """
    Let the topic be deleted and be there again, and wait until its records have come once more.
    """
    kafka.deleted = True
    await until(lambda: consumer.health().reasons == ("the topic happened was deleted",))
    kafka.deleted = False
    await until(lambda: consumer.stats.received == received)


@pytest.mark.parametrize("fails", [False, True])
async def test_what_was_in_hand_when_a_topic_was_made_anew_is_handled_from_its_new_log(fails: bool) -> None:
    """
    Events that wait behind a handler when their topic is made anew, and come again in the new log, are no duplicates;
    nor is the one that the handler has, if the handler fails.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka)
    begun, go_on, handled = asyncio.Event(), asyncio.Event(), list[int]()

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        first = not begun.is_set()
        begun.set()
        await go_on.wait()
        if first and fails:
            raise ConnectionError
        handled.append(event.number)

    for number in range(6):
        kafka.send("kim", number)
    async with consumer:
        await begun.wait()
        await made_anew(kafka, consumer, 12)
        go_on.set()
        await until(lambda: kafka.committed.get(P0) == 6)
    assert sorted(set(handled)) == [0, 1, 2, 3, 4, 5]


async def test_nothing_of_a_log_that_is_no_more_is_begun() -> None:
    """
    What waited behind a handler is handled from the new log only, though later events of other keys were begun before.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka, settings={"concurrency": 2})
    go_on, handled = asyncio.Event(), list[int]()

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        if event.number == 0:
            await go_on.wait()
        handled.append(event.number)

    for subject, number in (("kim", 0), ("lee", 1), ("kim", 2), ("lee", 3)):
        kafka.send(subject, number)
    async with consumer:
        await until(lambda: handled == [1, 3])
        await made_anew(kafka, consumer, 8)
        go_on.set()
        await until(lambda: kafka.committed.get(P0) == 4)
    assert [handled.count(number) for number in (1, 2, 3)] == [1, 1, 1]


async def test_what_is_given_up_takes_no_claim_but_its_own() -> None:
    """
    When the old log's handler fails at last, the new log's copy is still being handled, and a third one is a duplicate.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka, settings={"concurrency": 2})
    first, second, begun = asyncio.Event(), asyncio.Event(), list[int]()

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        begun.append(event.number)
        if len(begun) == 1:
            await first.wait()
            raise ConnectionError
        await second.wait()

    kafka.send("kim", 0)
    async with consumer:
        await until(lambda: len(begun) == 1)
        await made_anew(kafka, consumer, 2)
        await until(lambda: len(begun) == 2)
        before = consumer.health().in_flight
        first.set()
        await until(lambda: consumer.health().in_flight < before)
        kafka.send("kim", 0)
        await until(lambda: consumer.stats.received == 3)
        await until(lambda: consumer.stats.duplicates == 1)
        second.set()
        await until(lambda: kafka.committed.get(P0) == 2)
    assert begun == [0, 0]


class SlowDedupe(MemoryDedupe):
    """
    Remembers only when it is let.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.let = asyncio.Event(), asyncio.Event()

    async def add(self, event_ids: Sequence[str]) -> None:
        self.asked.set()
        await self.let.wait()
        await super().add(event_ids)


async def test_what_was_handled_and_is_not_remembered_yet_is_a_duplicate() -> None:
    """
    An event that the handler has done with is not handled again from the new log, though the store has yet to note it.
    """
    kafka, store = FakeKafka(), SlowDedupe()
    consumer = make_consumer(kafka, settings={"request_timeout": 30.0}, dedupe=store)
    handled = keeping(consumer)
    kafka.send("kim", 0)
    async with consumer:
        await store.asked.wait()
        await made_anew(kafka, consumer, 2)
        await until(lambda: consumer.stats.duplicates == 1)
        store.let.set()
        await until(lambda: kafka.committed.get(P0) == 1)
    assert handled == [0]


@pytest.mark.parametrize("when", ["before", "while"])
async def test_stop_ends_a_start_at_once(when: str) -> None:
    """
    A consumer that is asked to stop while it waits for a broker that never comes ends at once, and without an error.
    """
    kafka = FakeKafka()
    kafka.down = True
    consumer = make_consumer(kafka)
    keeping(consumer)
    if when == "before":
        consumer.stop()
    running = asyncio.create_task(consumer.run())
    if when == "while":
        await until(lambda: kafka.connections > 0)
        consumer.stop()
    async with asyncio.timeout(30):
        await running
    assert consumer.health().state == "stopped"


async def test_a_start_that_is_stopped_says_so() -> None:
    """
    Whoever waits for ``start`` learns that there is no consumer.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka)
    keeping(consumer)
    consumer.stop()
    with pytest.raises(ConsumerStoppedError, match="stopped before it had started"):
        await consumer.start()


async def test_a_refusal_is_said_as_what_it_is() -> None:
    """
    What refuses a consumer at its start can be caught as what it is, and as a consumer's error.
    """
    kafka = FakeKafka()
    refusal = KafkaAuthenticationError("Kafka at nowhere:9092 refuses to sign us in")
    kafka.refusal = ClientFailedError(str(refusal), fatal=True, refusal=refusal)
    consumer = make_consumer(kafka)
    keeping(consumer)
    with pytest.raises(EventConsumeError, match="did not start: Kafka at nowhere:9092 refuses") as refused:
        await consumer.start()
    assert isinstance(refused.value, KafkaAuthenticationError)
    assert isinstance(refused.value, PermissionError)
    assert isinstance(refused.value, EventError)
    assert kafka.connections == 1
