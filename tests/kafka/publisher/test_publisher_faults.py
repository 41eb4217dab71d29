"""
The publisher on brokers that stop, hang and come back: nothing acknowledged is lost, nothing waits past its deadline.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from brokers import Broker, read_topic
from outboxes import TopicCodec
from publishing import number_of, registered, until

from aegis_mockserver.kafka import ApiKey, EmbeddedKafka, ErrorCode
from aegis_sdk.events import parse
from aegis_sdk.events.kafka import KafkaAuthorizationError
from aegis_sdk.events.publisher._errors import (
    BrokerUnavailableError,
    EventsNotPublishedError,
    PublishOutcomeUnknownError,
    UndeliveredEventError,
    UnknownTopicError,
)
from aegis_sdk.events.publisher._publisher import EventPublisher
from aegis_sdk.events.publisher._types import Published, Record

MakeTopic = Callable[..., str]

# How much longer than promised a thing may take before we call it hanging.
PATIENCE = 30.0


def publisher(kafka: Broker | EmbeddedKafka, topic: str, **settings: Any) -> EventPublisher:
    return EventPublisher(kafka.bootstrap_servers, codec=TopicCodec(topic), **settings)


def numbers_on(kafka: Broker | EmbeddedKafka, topic: str) -> list[int]:
    return [number_of(parse(record.value)) for record in read_topic(kafka.bootstrap_servers, topic)]


@pytest.mark.parametrize("how", ["stop", "kill"])
@pytest.mark.parametrize("count", [4_000, pytest.param(50_000, marks=pytest.mark.slow)])
async def test_a_broker_that_stops_and_starts_loses_nothing(
    stoppable_kafka: Broker, kafka_topic: MakeTopic, how: str, count: int
) -> None:
    """
    The broker goes away and comes back while events are published: every event is acknowledged, stands on the
    topic, in order for each key; on a real broker it stands there once.
    """
    kafka, topic = stoppable_kafka, kafka_topic()
    keys = 100
    acknowledged: list[Published] = []

    async def publish_for(key: int) -> None:
        for number in range(count // keys):
            record = Record(topic, b"%d" % number, b"%d" % key, (), "Numbered", f"{key}-{number}")
            acknowledged.append(await events.publish_record(record))

    async def bounce() -> None:
        while len(acknowledged) < count // 4:  # noqa: ASYNC110 - the fault belongs in the middle of the load
            await asyncio.sleep(0.005)
        await asyncio.to_thread(getattr(kafka, how))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(kafka.start)

    async with publisher(kafka, topic, timeout=60) as events:
        bouncing = asyncio.ensure_future(bounce())
        async with asyncio.timeout(60 + PATIENCE):
            await asyncio.gather(*(publish_for(key) for key in range(keys)), bouncing)
        assert events.health()
    assert {p.event_id for p in acknowledged} == {f"{k}-{n}" for k in range(keys) for n in range(count // keys)}
    order: dict[bytes | None, list[int]] = defaultdict(list)
    for record in read_topic(kafka.bootstrap_servers, topic):
        order[record.key].append(int(record.value))
    for numbers in order.values():
        if kafka.kind == "apache":
            assert numbers == list(range(count // keys))
        else:
            assert list(dict.fromkeys(numbers)) == list(range(count // keys))


async def test_a_dead_broker_costs_a_deadline_and_nothing_else(stoppable_kafka: Broker, kafka_topic: MakeTopic) -> None:
    """
    Every wait ends: publishing at its deadline with an error that says what is known, closing likewise. When the
    broker is back, publishing goes on by itself.
    """
    kafka, topic = stoppable_kafka, kafka_topic(partitions=1)
    async with publisher(kafka, topic, timeout=1.0, close_timeout=1.0) as events:
        await events.publish(registered(0))
        await asyncio.to_thread(kafka.stop)
        async with asyncio.timeout(1.0 + PATIENCE):
            results = await events.publish_many([registered(n) for n in range(1, 6)], raise_errors=False)
        assert all(isinstance(result, UndeliveredEventError) for result in results)
        with pytest.raises(BrokerUnavailableError) as refused:
            await events.publish(registered(6), timeout=0.3)
        assert not refused.value.may_be_published
        assert not await events.probe(0.5)
        await asyncio.to_thread(kafka.start)
        await events.publish(registered(7), timeout=30)
        assert await events.probe()
    stored = numbers_on(kafka, topic)
    certain = {
        number
        for number, result in enumerate(results, 1)
        if isinstance(result, UndeliveredEventError) and not result.may_be_published
    }
    assert {0, 7} <= set(stored)
    assert not certain & set(stored)
    assert 6 not in stored


async def test_closing_on_a_dead_broker_ends_and_tells_what_was_not_delivered(
    stoppable_kafka: Broker, kafka_topic: MakeTopic
) -> None:
    """
    Closing drains for as long as it is allowed, then tells each undelivered event by type and id; whoever awaits one
    gets the same error.
    """
    kafka, topic = stoppable_kafka, kafka_topic(partitions=1)
    events = await publisher(kafka, topic, close_timeout=0.5).start()
    await events.publish(registered(0))
    await asyncio.to_thread(kafka.stop)
    handed_over = [events.publish_nowait(registered(number)) for number in range(1, 4)]
    async with asyncio.timeout(0.5 + PATIENCE):
        report = await events.aclose()
    assert report.published == 1
    assert [error.event_id for error in report.undelivered] == [registered(n).event_id for n in range(1, 4)]
    assert [future.exception() for future in handed_over] == list(report.undelivered)
    assert all("user-" not in str(error) for error in report.undelivered)


async def test_leaving_the_block_with_undelivered_events_raises(embedded_kafka: EmbeddedKafka) -> None:
    """
    Events that nobody awaits are not lost in silence: the end of the block raises and names them.
    """
    embedded_kafka.create_topic("t", 1)
    handed_over: list[asyncio.Future[Published]] = []

    async def leave() -> None:
        async with publisher(embedded_kafka, "t", close_timeout=0.2) as events:
            await events.publish(registered(0))
            embedded_kafka.down()
            handed_over.append(events.publish_nowait(registered(1)))

    with pytest.raises(EventsNotPublishedError, match=registered(1).event_id):
        await leave()
    assert isinstance(handed_over[0].exception(), UndeliveredEventError)


async def test_an_acknowledgement_that_does_not_come_is_called_unknown(embedded_kafka: EmbeddedKafka) -> None:
    """
    A broker that takes the event and does not answer in time: the error says that it may be on the topic, the batch
    is given up so that it is never sent again, and the next event is published.
    """
    embedded_kafka.create_topic("t", 1)
    async with publisher(embedded_kafka, "t", close_timeout=1.0) as events:
        await events.publish(registered(0))
        embedded_kafka.latency(15_000)
        with pytest.raises(PublishOutcomeUnknownError, match="may be on the topic") as unknown:
            await events.publish(registered(1), timeout=0.3)
        assert unknown.value.may_be_published
        embedded_kafka.latency(0)
        # Well before the broker answers, or aiokafka gives up by itself.
        await events.publish(registered(2), timeout=6)
    assert numbers_on(embedded_kafka, "t")[-1] == 2


async def test_what_was_tried_until_its_deadline_says_that_it_may_stand_there(embedded_kafka: EmbeddedKafka) -> None:
    """
    An answer that leaves open whether the event is stored is not forgotten over the next attempt.
    """
    embedded_kafka.create_topic("t", 1)
    async with publisher(embedded_kafka, "t", idempotence=False, close_timeout=0.1) as events:
        await events.publish(registered(0))
        embedded_kafka.inject_errors(ApiKey.PRODUCE, *[ErrorCode.UNKNOWN_SERVER_ERROR] * 500)
        with pytest.raises(PublishOutcomeUnknownError) as failed:
            await events.publish(registered(1), timeout=1.0)
        assert failed.value.may_be_published


async def test_a_partition_without_a_leader_is_waited_for(embedded_kafka: EmbeddedKafka) -> None:
    """
    While a partition has no leader its events wait, and they are published as soon as it has one again.
    """
    embedded_kafka.create_topic("t", 1)
    async with publisher(embedded_kafka, "t") as events:
        await events.publish(registered(0))
        embedded_kafka.leader("t", 0, -1)
        embedded_kafka.inject_errors(ApiKey.PRODUCE, ErrorCode.NOT_LEADER_OR_FOLLOWER)
        waits = events.publish_nowait(registered(1), timeout=30)
        with pytest.raises(UndeliveredEventError):
            await events.publish(registered(2), timeout=0.5)
        embedded_kafka.leader("t", 0, 1)
        await waits
    assert [*numbers_on(embedded_kafka, "t")][:2] == [0, 1]


async def test_a_publisher_without_a_broker_does_not_open(stoppable_kafka: Broker) -> None:
    """
    Opening ends in time too, and the error names the address.
    """
    await asyncio.to_thread(stoppable_kafka.stop)
    async with asyncio.timeout(1.0 + PATIENCE):
        with pytest.raises(BrokerUnavailableError, match=stoppable_kafka.bootstrap_servers.split(",", maxsplit=1)[0]):
            await publisher(stoppable_kafka, "t", connect_timeout=1.0).start()


@pytest.mark.parametrize(
    "code",
    [
        ErrorCode.NOT_LEADER_OR_FOLLOWER,
        ErrorCode.NOT_ENOUGH_REPLICAS,
        ErrorCode.REQUEST_TIMED_OUT,
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
        ErrorCode.UNKNOWN_PRODUCER_ID,
        ErrorCode.INVALID_PRODUCER_EPOCH,
        ErrorCode.UNKNOWN_SERVER_ERROR,
        ErrorCode.DISCONNECT,
    ],
    ids=lambda code: code.name.lower(),
)
@pytest.mark.parametrize("idempotence", [True, False], ids=["idempotent", "plain"])
async def test_errors_that_pass_are_not_told(embedded_kafka: EmbeddedKafka, code: ErrorCode, idempotence: bool) -> None:
    """
    What a broker answers while it changes its mind is retried, with a new producer where the old one is of no more
    use; events keep their order.
    """
    embedded_kafka.create_topic("t", 1)
    async with publisher(embedded_kafka, "t", idempotence=idempotence) as events:
        await events.publish(registered(0))
        embedded_kafka.inject_errors(ApiKey.PRODUCE, code, code)
        published = await asyncio.gather(*(events.publish(registered(n)) for n in range(1, 20)))
        assert events.health()
    assert len(published) == 19
    assert list(dict.fromkeys(numbers_on(embedded_kafka, "t"))) == list(range(20))


async def test_a_start_that_fails_leaves_nothing_behind(embedded_kafka: EmbeddedKafka) -> None:
    """
    A producer that Kafka refuses while it starts is ended, with its tasks and its connection.
    """
    before = asyncio.all_tasks()
    embedded_kafka.inject_errors(ApiKey.INIT_PRODUCER_ID, *[ErrorCode.CLUSTER_AUTHORIZATION_FAILED] * 3)
    with pytest.raises(KafkaAuthorizationError):
        await publisher(embedded_kafka, "t", idempotence=True).start()
    assert asyncio.all_tasks() == before


async def test_an_error_that_passes_costs_no_connection(embedded_kafka: EmbeddedKafka) -> None:
    """
    A broker that asks for another attempt gets it from the same producer, where nothing was counted.
    """
    embedded_kafka.create_topic("t", 1)
    async with publisher(embedded_kafka, "t", idempotence=False) as events:
        await events.publish(registered(0))
        before = events._opened.engines.current  # type: ignore[union-attr]
        embedded_kafka.inject_errors(ApiKey.PRODUCE, ErrorCode.UNKNOWN_SERVER_ERROR)
        await events.publish(registered(1))
        assert events._opened.engines.current is before  # type: ignore[union-attr]


async def test_what_cannot_reach_its_broker_is_known_not_to_be_published(embedded_kafka: EmbeddedKafka) -> None:
    """
    While a partition's own broker is down nothing is handed over for it, so its events may be published again.
    """
    embedded_kafka.create_topic("t", 1)
    embedded_kafka.leader("t", 0, 1)
    async with publisher(embedded_kafka, "t", close_timeout=0.1) as events:
        await events.publish(registered(0))
        with embedded_kafka.outage(1):
            async with asyncio.timeout(30):
                while True:
                    with pytest.raises(UndeliveredEventError) as failed:
                        await events.publish(registered(1), timeout=0.3)
                    if not failed.value.may_be_published:  # the first may have been sent as the connection broke
                        break


async def test_no_task_and_no_connection_outlives_a_publisher(stoppable_kafka: Broker, kafka_topic: MakeTopic) -> None:
    """
    Closed in good times and in bad, a publisher leaves nothing behind.
    """
    kafka, topic = stoppable_kafka, kafka_topic(partitions=3)
    before = asyncio.all_tasks()
    async with publisher(kafka, topic) as events:
        await events.publish_many([registered(number) for number in range(50)])
    assert asyncio.all_tasks() == before
    events = await publisher(kafka, topic, close_timeout=0.2).start()
    await events.publish(registered(0))
    await asyncio.to_thread(kafka.stop)
    lost = [events.publish_nowait(registered(number)) for number in range(50)]
    report = await events.aclose()
    assert len(report.undelivered) == 50
    assert all(future.exception() for future in lost)
    assert asyncio.all_tasks() == before


async def test_health_means_progress(embedded_kafka: EmbeddedKafka) -> None:
    """
    Healthy while events get through; not connected, or without an answer in time, is unhealthy, and says so.
    """
    embedded_kafka.create_topic("t", 1)
    async with publisher(embedded_kafka, "t", close_timeout=0.1) as events:
        await events.publish(registered(0))
        health = events.health()
        assert (health.status, health.published, health.waiting) == ("healthy", 1, 0)
        assert await events.probe()
        with embedded_kafka.outage():
            probed = await events.probe(0.5)
            assert str(probed).startswith("unhealthy: ")
        assert str(await events.probe()) == "healthy"
        embedded_kafka.latency(3_000)
        try:
            assert (await events.probe(0.2)).reasons == ("no broker answers",)
        finally:
            embedded_kafka.latency(0)


async def test_health_remembers_that_the_broker_is_away(embedded_kafka: EmbeddedKafka) -> None:
    """
    What the last event met is told after it is gone, too, and until a broker answers: then health is good again,
    although nothing was published since. Events of a topic that was never asked for are no exception.
    """
    for topic in ("known", "new"):
        embedded_kafka.create_topic(topic, 1)
    async with publisher(embedded_kafka, "unused", close_timeout=0.1) as events:
        await events.publish_record(Record("known", b"0"))
        for topic in ("known", "new"):
            with embedded_kafka.outage():
                await until(lambda: not _connected(events))
                with pytest.raises(UndeliveredEventError) as failed:
                    await events.publish_record(Record(topic, b"1"), timeout=2.5)
                assert not isinstance(failed.value, UnknownTopicError)
                for _ in range(3):
                    health = events.health()
                    assert (bool(health), health.waiting) == (False, 0)
                    assert health.why.startswith(("no broker answers", "not connected"))
                    await asyncio.sleep(0.2)
            await until(lambda: bool(events.health()))
        with embedded_kafka.outage():
            assert not await events.probe(0.5)
            assert not events.health()
        await until(lambda: bool(events.health()))
        assert events.health().published == 1


def _connected(events: EventPublisher) -> bool:
    engine = events._opened.engines.current  # type: ignore[union-attr]
    return engine is not None and any(one.connected() for one in engine._client._conns.values())


async def test_what_was_given_up_is_forgotten_and_replaced(
    embedded_kafka: EmbeddedKafka, caplog: pytest.LogCaptureFixture
) -> None:
    """
    A producer with a batch that nobody acknowledged is ended and let go, a new connection is made although nothing is
    published, and closing leaves nothing behind.
    """
    embedded_kafka.create_topic("t", 1)
    before = asyncio.all_tasks()
    async with publisher(embedded_kafka, "t", close_timeout=0.1) as events:
        await events.publish(registered(0))
        engines = events._opened.engines  # type: ignore[union-attr]
        former = engines.current
        assert former is not None
        embedded_kafka.latency(15_000)
        with pytest.raises(PublishOutcomeUnknownError):
            await events.publish(registered(1), timeout=0.3)
        embedded_kafka.latency(0)
        assert "giving up a batch for t [0] that no broker acknowledged" in caplog.text
        assert events.health().why.startswith("not connected")
        await until(lambda: bool(events.health()))
        assert engines.current is not former
        await until(lambda: not engines._leaving)
        assert not former.usable
    assert asyncio.all_tasks() == before


async def test_a_broker_that_comes_late_is_waited_for(embedded_kafka: EmbeddedKafka) -> None:
    """
    A publisher that is opened before its broker is there waits for it, as long as it may.
    """
    embedded_kafka.create_topic("t", 1)
    embedded_kafka.down()
    opening = asyncio.ensure_future(publisher(embedded_kafka, "t", connect_timeout=40).start())
    await asyncio.sleep(0.5)
    assert not opening.done()
    embedded_kafka.up()
    events = await opening
    assert (await events.publish(registered(0))).offset == 0
    await events.aclose()
