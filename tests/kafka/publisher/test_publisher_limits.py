"""
What a publisher refuses on brokers that work, how much it holds, and how it is opened and closed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from brokers import Broker, read_topic
from outboxes import TopicCodec
from publishing import number_of, registered

from aegis_mockserver.kafka import ApiKey, EmbeddedKafka, ErrorCode
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import encode, parse
from aegis_sdk.events.publisher._errors import (
    BrokerUnavailableError,
    EventTooLargeError,
    PublisherClosedError,
    PublisherFullError,
    PublishNotAuthorizedError,
    PublishRefusedError,
    PublishTimeoutError,
    UnknownTopicError,
)
from aegis_sdk.events.publisher._publisher import EventPublisher
from aegis_sdk.events.publisher._types import Record

MakeTopic = Callable[..., str]


def publisher(kafka: Broker | EmbeddedKafka, topic: str = "unused", **settings: Any) -> EventPublisher:
    return EventPublisher(kafka.bootstrap_servers, codec=TopicCodec(topic), **settings)


async def test_a_topic_that_does_not_exist_is_an_error_at_once(apache_kafka: Broker) -> None:
    """
    A misspelt topic is refused within seconds, long before the deadline, and says how to create it.
    """
    async with publisher(apache_kafka, "aegis.no.such.topic") as events:
        with pytest.raises(UnknownTopicError, match="aegis topics apply") as refused:
            await events.publish(registered(1))
    assert refused.value.elapsed < 10
    assert not refused.value.may_be_published
    assert refused.value.event_id == registered(1).event_id


async def test_a_topic_that_may_not_be_written_is_an_error_at_once(embedded_kafka: EmbeddedKafka) -> None:
    """
    No authorization is not retried; the error names the topic and hides the key.
    """
    embedded_kafka.create_topic("secret", 1)
    async with publisher(embedded_kafka, "secret") as events:
        await events.publish(registered(1))
        embedded_kafka.inject_errors(ApiKey.PRODUCE, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
        with pytest.raises(PublishNotAuthorizedError, match="secret") as refused:
            await events.publish(registered(2), key="a-personal-key")
        assert "a-personal-key" not in f"{refused.value} {refused.value!r}"
        assert await events.publish(registered(3))


async def test_a_record_must_be_bytes(embedded_kafka: EmbeddedKafka) -> None:
    """
    A record of somebody's own making with text in it is refused when it is handed over, and harms no other.
    """
    embedded_kafka.create_topic("t", 1)
    async with publisher(embedded_kafka, "t") as events:
        for wrong in (
            Record("t", "text"),  # type: ignore[arg-type]
            Record("t", b"v", "key"),  # type: ignore[arg-type]
            Record("t", b"v", b"k", [("h", "text")]),  # type: ignore[list-item]
        ):
            with pytest.raises(TypeError, match="must be bytes"):
                await events.publish_record(wrong)
            with pytest.raises(TypeError, match="must be bytes"):
                events.publish_record_nowait(wrong)
            with pytest.raises(TypeError, match="must be bytes"):
                await events.publish_records([wrong])
        await events.publish_record(Record("t", b"v", None, (("h", b"1"),)))
    [stored] = read_topic(embedded_kafka.bootstrap_servers, "t")
    assert stored.headers == {"h": b"1"}


async def test_an_event_that_is_too_large_is_not_taken(kafka: Broker, kafka_topic: MakeTopic) -> None:
    """
    A record over the limit is refused before anything is sent.
    """
    async with publisher(kafka) as events:
        with pytest.raises(EventTooLargeError, match="at most 1000000"):
            await events.publish_record(Record(kafka_topic(), b"x" * 1_000_001))


async def test_a_batch_that_the_broker_finds_too_large_is_divided(apache_kafka: Broker) -> None:
    """
    A topic may take less than our batches hold: they get smaller, and only what is too large by itself fails.
    """
    if apache_kafka.kind != "apache":
        pytest.skip("a topic with its own limit is created only on a broker that is ours")
    topic = f"small.{id(apache_kafka)}"
    apache_kafka.create_topic(topic, 1, config={"max.message.bytes": "3000"})  # type: ignore[call-arg]
    async with publisher(apache_kafka, topic) as events:
        numbers = range(60)
        handed_over = [events.publish_nowait(registered(number)) for number in numbers]
        large = events.publish_record_nowait(Record(topic, b"x" * 4_000, b"k", (), "Large"))
        after = events.publish_nowait(registered(60))
        with pytest.raises(EventTooLargeError):
            await large
        await asyncio.gather(*handed_over, after)
    stored = [number_of(parse(record.value)) for record in read_topic(apache_kafka.bootstrap_servers, topic)]
    assert stored == [*numbers, 60]


async def test_a_smaller_batch_is_said(embedded_kafka: EmbeddedKafka, caplog: pytest.LogCaptureFixture) -> None:
    """
    A broker that takes less than our batches hold costs an attempt and a warning with the topic, and no event.
    """
    embedded_kafka.create_topic("t", 1)
    async with publisher(embedded_kafka, "t") as events:
        await events.publish(registered(0))
        embedded_kafka.inject_errors(ApiKey.PRODUCE, ErrorCode.MESSAGE_TOO_LARGE)
        published = await asyncio.gather(*(events.publish_nowait(registered(number)) for number in range(1, 9)))
    assert len({one.offset for one in published}) == 8
    assert "the broker takes less than max_batch_bytes for t; sending less at once" in caplog.text


async def test_a_record_that_cannot_be_sent_is_refused_and_holds_up_no_other(embedded_kafka: EmbeddedKafka) -> None:
    """
    A codec of somebody's own that makes records of something else than bytes gets an error, not a deadline; the next
    event goes out.
    """

    class Odd:
        def record(self, event: Any, /) -> Record:
            value: Any = "no bytes" if number_of(event) == 1 else encode(event)
            return Record("t", value, b"k", (), "UserRegistered", event.event_id)

    embedded_kafka.create_topic("t", 1)
    async with EventPublisher(embedded_kafka.bootstrap_servers, codec=Odd()) as events:
        with pytest.raises(PublishRefusedError):
            await events.publish(registered(1))
        assert (await events.publish(registered(2))).topic == "t"


async def test_a_full_publisher_makes_callers_wait_in_their_order(embedded_kafka: EmbeddedKafka) -> None:
    """
    Memory is bounded: publish waits for room, publish_nowait says that there is none, a deadline ends the wait.
    """
    embedded_kafka.create_topic("t", 1)
    async with publisher(embedded_kafka, "t", max_events=4) as events:
        await events.publish(registered(0))
        with embedded_kafka.outage():
            first = [asyncio.ensure_future(events.publish(registered(number))) for number in range(1, 5)]
            await asyncio.sleep(0)
            second = [asyncio.ensure_future(events.publish(registered(number))) for number in range(5, 9)]
            await asyncio.sleep(0)
            assert events.health().waiting == 4
            with pytest.raises(PublisherFullError):
                events.publish_nowait(registered(9))
            with pytest.raises((PublishTimeoutError, BrokerUnavailableError)):
                await events.publish(registered(9), timeout=0.05)
        await asyncio.gather(*first, *second)
    stored = read_topic(embedded_kafka.bootstrap_servers, "t")
    assert [number_of(parse(record.value)) for record in stored] == list(range(9))


async def test_what_is_cancelled_before_it_is_sent_is_taken_back(embedded_kafka: EmbeddedKafka) -> None:
    """
    Cancelling a publish that still waits means that the event is never published.
    """
    embedded_kafka.create_topic("t", 1)
    async with publisher(embedded_kafka, "t", max_events=1) as events:
        await events.publish(registered(0))
        with embedded_kafka.outage():
            # aiokafka notices that the connection is gone when its reader is told; until then it would be sent.
            await asyncio.sleep(0.1)
            waiting = asyncio.ensure_future(events.publish(registered(1)))
            queueing = asyncio.ensure_future(events.publish(registered(2)))
            await asyncio.sleep(0.05)
            queueing.cancel()
            waiting.cancel()
            await asyncio.wait([waiting, queueing])
        await events.publish(registered(3))
    stored = read_topic(embedded_kafka.bootstrap_servers, "t")
    assert [number_of(parse(record.value)) for record in stored] == [0, 3]


async def test_a_publisher_that_is_not_open_says_so(embedded_kafka: EmbeddedKafka) -> None:
    """
    Before it is opened and after it is closed nothing is taken, and closing twice is fine.
    """
    events = publisher(embedded_kafka)
    with pytest.raises(PublisherClosedError, match="async with"):
        await events.publish(registered(1))
    async with events:
        assert events.health()
    assert (await events.aclose()).undelivered == ()
    assert str(events.health()) == "unhealthy: the publisher is not open"
    with pytest.raises(PublisherClosedError):
        events.publish_nowait(registered(1))


async def test_closing_delivers_what_was_handed_over(kafka: Broker, kafka_topic: MakeTopic) -> None:
    """
    Events that nobody awaits are delivered all the same when the publisher is closed.
    """
    topic = kafka_topic()
    events = await publisher(kafka, topic).start()
    for number in range(500):
        events.publish_nowait(registered(number))
    report = await events.aclose()
    assert (report.published, report.undelivered) == (500, ())
    assert len(read_topic(kafka.bootstrap_servers, topic)) == 500


async def test_a_publisher_of_another_event_loop_is_refused_before_anything_is_sent(
    kafka: Broker, kafka_topic: Callable[..., str]
) -> None:
    """
    Used from a thread with a loop of its own, or without one, a publisher says so, and nothing reaches the topic.
    """
    topic = kafka_topic(1)
    record = Record(topic, b"{}", b"k")

    async def elsewhere(events: EventPublisher) -> None:
        await events.publish_record(record)

    async with EventPublisher(kafka.bootstrap_servers) as events:
        with pytest.raises(ConfigurationError, match="opened on another event loop, so nothing was sent"):
            await asyncio.to_thread(asyncio.run, elsewhere(events))
        with pytest.raises(ConfigurationError, match="another event loop"):
            await asyncio.to_thread(events.publish_record_nowait, record)
        await events.publish_record(Record(topic, b"[]", b"k"))
    assert [one.value for one in read_topic(kafka.bootstrap_servers, topic)] == [b"[]"]


async def test_events_without_a_key_take_turns(embedded_kafka: EmbeddedKafka) -> None:
    """
    What is in no order with anything else is spread evenly over the partitions, and each is told where it stands.
    """
    embedded_kafka.create_topic("t", 3)
    async with publisher(embedded_kafka) as events:
        published = [await events.publish_record(Record("t", b"%d" % number, None, ())) for number in range(6)]
    assert sorted((one.partition, one.offset) for one in published) == [(p, o) for p in range(3) for o in range(2)]
    stored = {(one.partition, one.offset): one.value for one in read_topic(embedded_kafka.bootstrap_servers, "t")}
    assert [stored[one.partition, one.offset] for one in published] == [b"%d" % number for number in range(6)]


@pytest.mark.parametrize("timeout", [0, 5.0])
async def test_closing_in_no_time_leaves_nothing_behind(embedded_kafka: EmbeddedKafka, timeout: float) -> None:
    """
    However little time closing is given, the connection and every task end with it, and it can be closed twice.
    """
    embedded_kafka.create_topic("t", 1)
    before = asyncio.all_tasks()
    events = await publisher(embedded_kafka, "t").start()
    await events.publish(registered(0))
    report = await events.aclose(timeout)
    assert (report.published, list(report.undelivered)) == (1, [])
    assert (await events.aclose(timeout)).published == 0
    assert asyncio.all_tasks() == before
