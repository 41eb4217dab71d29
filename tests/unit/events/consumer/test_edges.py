"""
What seldom happens to a consumer: it waits for what never comes, nobody sets it a limit, a key waits as it stops.
"""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import Delivery, EventCodec, EventConsumeError, EventConsumer
from aegis_sdk.events.consumer._client import KafkaClient, Rebalanced, TopicPartition
from aegis_sdk.events.consumer._places import Past, place_again
from aegis_sdk.events.consumer.handling._lanes import AssignedPartition
from aegis_sdk.events.consumer.handling._retry import HandlerRetry, RetryLater
from aegis_sdk.events.consumer.handling._stats import ConsumerStats
from tests.unit.events.consumer.harness import (
    FakeClient,
    FakeKafka,
    FakeRecord,
    Happened,
    JsonReader,
    Letters,
    keeping,
    make_consumer,
    until,
)

P0 = TopicPartition("happened", 0)


class Hanging(FakeClient):
    """
    A connection that never comes about.
    """

    async def start(self) -> None:
        await asyncio.get_running_loop().create_future()


class Unassigned(FakeClient):
    """
    A connection whose group gives nothing out.
    """

    async def start(self) -> None:
        self.kafka.members.append(self)


class Silent(FakeKafka):
    """
    A Kafka whose first connections are of another kind.
    """

    kind: type[FakeClient] = Hanging
    first: int = 0

    def connect(self, revoked: Rebalanced, assigned: Rebalanced) -> KafkaClient:
        self.connections += 1
        return (self.kind if self.connections <= self.first else FakeClient)(self, revoked, assigned)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"group_id": ""}, "needs a group_id"),
        ({"group_id": "g", "codec": EventCodec(), "reader": JsonReader()}, "not with both"),
    ],
    ids=["no group", "two readers"],
)
def test_a_consumer_that_cannot_be_meant_is_refused(wrong: dict[str, Any], said: str) -> None:
    """
    Without a group nothing would be committed, and of two readers one would not be asked.
    """
    with pytest.raises(ConfigurationError, match=said):
        EventConsumer("nowhere:9092", **wrong)


async def test_handlers_are_registered_for_a_type_and_before_the_start() -> None:
    """
    A handler for nothing is none, and one that comes late would miss events.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka)
    with pytest.raises(ConfigurationError, match="event types"):
        consumer.on()
    keeping(consumer)
    async with consumer:
        with pytest.raises(ConfigurationError, match="before it starts"):
            consumer.on(Happened)


async def test_handlers_without_a_limit_may_take_their_time() -> None:
    """
    With no ``handler_timeout`` nobody stops a handler, and the consumer works on.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka, settings={"handler_timeout": None})
    handled = keeping(consumer)
    kafka.send("kim", 0)
    async with consumer:
        await until(lambda: handled == [0])
        kafka.send("kim", 1)
        await until(kafka.all_committed)
        assert consumer.health()
    assert consumer.stats.failures == 0


async def test_a_key_that_waits_for_a_retry_does_not_hold_the_stop() -> None:
    """
    What waits to be tried again is left to the next owner, in its order, with all that stands behind it.
    """
    kafka = FakeKafka()
    first = make_consumer(kafka, settings={"drain_timeout": 30.0})
    refused: list[int] = []

    @first.on(Happened)
    async def refuse(event: Happened) -> None:
        refused.append(event.number)
        raise RetryLater(600)

    for number in range(3):
        kafka.send("kim", number)
    async with first:
        await until(lambda: first.stats.retries == 1 and first.health().in_flight == 3)
        async with asyncio.timeout(15):
            await first.aclose()
    health = first.health()
    assert (refused, health.in_flight, health.in_flight_bytes, first.stats.abandoned) == ([0], 0, 0, 0)
    assert kafka.committed.get(P0, 0) == 0
    second = make_consumer(kafka)
    handled = keeping(second)
    async with second:
        await until(kafka.all_committed)
    assert handled == [0, 1, 2]


async def test_patience_begins_with_the_first_call() -> None:
    """
    A handler that asks for more time has as much as the policy's patience, from its own first call on.
    """
    kafka, letters = FakeKafka(), Letters()
    kafka.send("kim", 0)
    consumer = make_consumer(kafka, letters, retry=HandlerRetry(base=0.01, patience=600.0))
    calls: list[int] = []

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        calls.append(event.number)
        if len(calls) < 3:
            raise RetryLater

    async with consumer:
        await until(kafka.all_committed)
    assert (len(calls), letters.sent) == (3, [])


async def test_a_connection_that_never_comes_about_says_what_is_in_the_way() -> None:
    """
    A start ends in its time, tells the obstacle, and leaves no connection and no task behind.
    """
    kafka = Silent()
    kafka.first = 99
    consumer = make_consumer(kafka, settings={"start_timeout": 0.3})
    keeping(consumer)
    before = asyncio.all_tasks()
    with pytest.raises(EventConsumeError, match="the group has not given out its partitions"):
        await consumer.start()
    assert asyncio.all_tasks() == before


async def test_a_start_that_is_stopped_leaves_nothing_behind() -> None:
    """
    Asked to stop while it connects, a consumer ends that, too.
    """
    kafka = Silent()
    kafka.first = 99
    consumer = make_consumer(kafka)
    keeping(consumer)
    before = asyncio.all_tasks()
    running = asyncio.create_task(consumer.run())
    await until(lambda: kafka.connections == 1)
    consumer.stop()
    await asyncio.wait_for(running, 20)
    await until(lambda: asyncio.all_tasks() == before)


async def test_a_group_that_gives_nothing_out_costs_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    """
    A member that is given nothing for longer than a rebalance takes connects anew, and reads then.
    """
    kafka = Silent()
    kafka.kind, kafka.first = Unassigned, 1
    limits = {"drain_timeout": 0.05, "request_timeout": 0.1, "stall_after": 0.2}
    consumer = make_consumer(kafka, settings=limits)
    handled = keeping(consumer)
    kafka.send("kim", 0)
    async with consumer:
        await until(lambda: handled == [0])
    assert kafka.connections == 2
    assert "the group does not give out its partitions" in caplog.text


async def test_brokers_that_do_not_answer_cost_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    """
    After ``stall_after`` without an answer the connection is replaced; health says for how long there has been none.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka, settings={"stall_after": 0.3})
    handled = keeping(consumer)
    async with consumer:
        await until(lambda: kafka.looks > 0)
        kafka.down = True
        await until(lambda: any(reason.startswith("reconnecting for") for reason in consumer.health().reasons))
        assert "the connection to Kafka is replaced: no broker answers" in caplog.text
        kafka.down = False
        kafka.send("kim", 0)
        await until(lambda: handled == [0])
        await until(lambda: bool(consumer.health()))


@pytest.mark.parametrize(
    ("committed", "reached", "log", "start_from", "gone", "to", "anew", "lost"),
    [
        (None, None, (0, 5), "earliest", False, 0, False, 0),
        (None, None, (2, 5), "earliest", False, 2, False, 0),
        (None, None, (0, 5), "latest", False, 5, False, 0),
        (3, None, (0, 5), "latest", False, 3, False, 0),
        (5, None, (0, 5), "earliest", False, 5, False, 0),
        (0, None, (0, 5), "earliest", False, 0, False, 0),
        (1, None, (4, 5), "earliest", False, 4, False, 3),
        (6, None, (0, 5), "earliest", False, 0, True, 0),
        (1, 4, (0, 5), "earliest", False, 4, False, 0),
        (1, 4, (2, 3), "earliest", False, 2, True, 0),
        (4, None, (0, 5), "latest", True, 0, False, 0),
    ],
)
async def test_where_a_partition_is_read_on(
    committed: int | None,
    reached: int | None,
    log: tuple[int, int],
    start_from: Literal["earliest", "latest"],
    gone: bool,
    to: int,
    anew: bool,
    lost: int,
) -> None:
    """
    From what was reached or committed, where the log still has it; from the log's beginning where it is another one;
    and what was deleted unread is counted.
    """
    kafka, past, stats = FakeKafka(), Past(), ConsumerStats()
    kafka.logs[P0] = [FakeRecord("happened", 0, offset, None, b"{}") for offset in range(log[1])]
    kafka.starts[P0] = log[0]
    if committed is not None:
        kafka.committed[P0] = committed
    if gone:
        past.gone.add("happened")

    async def nobody(names: object) -> None: ...

    client = FakeClient(kafka, nobody, nobody)
    partition = AssignedPartition(P0)
    partition.tracker.next = reached
    assert await place_again(client, partition, past, stats, start_from) is anew
    assert (client.positions[P0], stats.offsets_lost) == (to, lost)


def test_the_last_header_of_a_name_is_told_as_text() -> None:
    """
    Of several headers of one name the last counts, bytes that are no text are replaced, and none is none.
    """
    headers: Any = (("a", b"1"), ("b", b"\xff"), ("a", "둘".encode()), ("c", None))
    delivery = Delivery.of(FakeRecord("happened", 0, 0, None, b"", headers), 1)
    assert [delivery.header(name) for name in "abcd"] == ["둘", "\ufffd", None, None]
