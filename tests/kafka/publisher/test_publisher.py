"""
The publisher on brokers that work: what it publishes, in which order, and what it refuses.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from aiokafka.partitioner import DefaultPartitioner
from brokers import Broker, EmbeddedBroker, read_topic
from outboxes import TopicCodec
from publishing import number_of, registered

from aegis_mockserver.kafka import ApiKey, EmbeddedKafka, ErrorCode
from aegis_sdk.errors import ConfigurationError, EventValidationError
from aegis_sdk.events import EmailVerificationRequested, SyncEventPublisher, WelcomeNotificationRequested, encode, parse
from aegis_sdk.events.publisher._errors import (
    BrokerUnavailableError,
    EventsNotPublishedError,
    EventTooLargeError,
    PublishNotAuthorizedError,
    UndeliveredEventError,
)
from aegis_sdk.events.publisher._publisher import EventPublisher
from aegis_sdk.events.publisher._types import Published, Record

MakeTopic = Callable[..., str]


def publisher(kafka: Broker | EmbeddedKafka, topic: str = "unused", **settings: Any) -> EventPublisher:
    return EventPublisher(kafka.bootstrap_servers, codec=TopicCodec(topic), **settings)


async def test_the_bytes_that_were_validated_are_the_bytes_on_the_topic(kafka: Broker, kafka_topic: MakeTopic) -> None:
    """
    Value, key and headers stand on the topic as the contract wants them, where the acknowledgement says.
    """
    topic, event = kafka_topic(), registered(7)
    async with publisher(kafka, topic) as events:
        published = await events.publish(event)
    [stored] = read_topic(kafka.bootstrap_servers, topic)
    assert stored.value == encode(event)
    assert parse(stored.value) == event
    assert stored.key == b"user-7"
    assert stored.headers == {
        "content-type": b"application/json",
        "event-type": b"UserRegistered",
        "event-id": event.event_id.encode(),
    }
    assert published == Published(topic, stored.partition, stored.offset, event.event_id)


async def test_key_headers_and_trace_context_can_be_given(kafka: Broker, kafka_topic: MakeTopic) -> None:
    """
    A key of the caller's own, more headers and a traceparent travel with the event.
    """
    topic = kafka_topic(1)
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with publisher(kafka, topic) as events:
        await events.publish(registered(1), key="회사-1", headers={"tenant": "한국"}, traceparent=trace)
        await events.publish(registered(2), key="회사-1")
        await events.publish_nowait(registered(3), headers={"tenant": "한국"})
    stored, keyed, headed = read_topic(kafka.bootstrap_servers, topic)
    assert stored.key == keyed.key == "회사-1".encode()
    assert headed.key == b"user-3"
    assert stored.headers["tenant"] == headed.headers["tenant"] == "한국".encode()
    assert stored.headers["traceparent"] == trace.encode()


async def test_the_span_that_runs_is_the_trace_context(kafka: Broker, kafka_topic: MakeTopic) -> None:
    """
    An application that traces need not pass anything: the traceparent is that of its span.
    """
    trace = pytest.importorskip("opentelemetry.sdk.trace")
    topic = kafka_topic()
    async with publisher(kafka, topic) as events:
        with trace.TracerProvider().get_tracer("test").start_as_current_span("register") as span:
            await events.publish(registered(1))
        await events.publish(registered(2))
    headers = [record.headers for record in read_topic(kafka.bootstrap_servers, topic)]
    traces = [h["traceparent"].decode() for h in headers if "traceparent" in h]
    assert len(headers) == 2
    context = span.get_span_context()
    assert traces == [f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"]


async def test_events_of_a_key_stay_in_order_and_where_java_would_put_them(
    kafka: Broker, kafka_topic: MakeTopic
) -> None:
    """
    Many events at once: those of one key share a partition, the one that Kafka's own clients choose, in order.
    """
    topic = kafka_topic(partitions=5)
    async with publisher(kafka, topic) as events:
        handed_over = [events.publish_nowait(registered(number, users=40)) for number in range(2_000)]
        published = await asyncio.gather(*handed_over)
    stored = read_topic(kafka.bootstrap_servers, topic)
    order: dict[bytes, list[int]] = defaultdict(list)
    for record in stored:
        assert record.key is not None
        order[record.key].append(number_of(parse(record.value)))
        assert record.partition == DefaultPartitioner()(record.key, list(range(5)), [])
    assert all(numbers == sorted(numbers) for numbers in order.values())
    assert {(p.partition, p.offset) for p in published} == {(r.partition, r.offset) for r in stored}
    assert len(stored) == 2_000


async def test_what_waits_together_travels_together(embedded_kafka: EmbeddedKafka) -> None:
    """
    Nothing is flushed per event: with a slow broker, hundreds of events take a few round trips.
    """
    embedded_kafka.create_topic("slow", 1)
    embedded_kafka.latency(100)
    async with publisher(embedded_kafka, "slow") as events:
        await events.publish(registered(0))
        loop = asyncio.get_running_loop()
        since = loop.time()
        await asyncio.gather(*(events.publish(registered(number)) for number in range(300)))
        assert loop.time() - since < 300 * 0.1 / 2


async def test_an_event_that_breaks_its_contract_is_not_published(kafka: Broker, kafka_topic: MakeTopic) -> None:
    """
    Validation comes first: one bad event of several, and none is sent. Strangers are refused by name.
    """
    topic = kafka_topic()
    bad = registered(1)
    bad = type(bad).new(user_id="u", email="no address", business_registration_number="124-81-00998")
    async with publisher(kafka, topic) as events:
        with pytest.raises(EventValidationError, match="/data/email") as refused:
            await events.publish_many([registered(2), bad])
        with pytest.raises(TypeError, match="dict is no event model"):
            await events.publish({"eventType": "UserRegistered"})
    assert "no address" not in str(refused.value)
    assert read_topic(kafka.bootstrap_servers, topic) == []


async def test_notifications_are_asked_for_in_one_line(embedded_kafka: EmbeddedKafka) -> None:
    """
    The welcome and the verification mail need a user and an address; a token expires after 24 hours.
    """
    async with EventPublisher(embedded_kafka.bootstrap_servers) as events:
        await events.publish_welcome("user-1", "kim@example.com")
        await events.publish_email_verification("user-1", "kim@example.com", "t" * 43)
    stored = read_topic(embedded_kafka.bootstrap_servers, "aegis.notification.requested.v1")
    welcome, verification = [parse(record.value) for record in stored]
    assert isinstance(welcome, WelcomeNotificationRequested)
    assert isinstance(verification, EmailVerificationRequested)
    assert (verification.data.expires_at - verification.occurred_at).total_seconds() == 24 * 3600
    assert {record.key for record in stored} == {b"user-1"}


async def test_several_events_have_a_result_each(kafka: Broker, kafka_topic: MakeTopic) -> None:
    """
    Of several events the failed ones are told apart, in the order given; the others are published.
    """
    topic = kafka_topic()
    good, large = registered(1), Record(topic, b"x" * 2_000, b"k", (), "Large", "id-2")
    async with publisher(kafka, topic, max_event_bytes=1_000) as events:
        first = TopicCodec(topic).record(good)
        results = await events.publish_records([first, large, first])
        published = await events.publish_many([registered(3), registered(4)])
    assert [type(result).__name__ for result in results] == ["Published", "EventTooLargeError", "Published"]
    assert [p.topic for p in published] == [topic, topic]
    assert len(read_topic(kafka.bootstrap_servers, topic)) == 4


async def test_several_events_may_be_more_than_may_wait(embedded_kafka: EmbeddedKafka) -> None:
    """
    More events than the publisher holds at once go through by turns, in their order, and leave nothing behind.
    """
    embedded_kafka.create_topic("t", 1)
    async with publisher(embedded_kafka, "t", max_events=2) as events:
        results = await events.publish_records([TopicCodec("t").record(registered(n)) for n in range(7)])
        health = events.health()
    assert [one.offset for one in results if isinstance(one, Published)] == list(range(7))
    assert (health.waiting, health.waiting_bytes, health.published) == (0, 0, 7)


async def test_some_of_several_events_fail_loudly(embedded_kafka: EmbeddedKafka) -> None:
    """
    publish_many raises when any event was not acknowledged, with all results; or returns them when asked.
    """
    embedded_kafka.create_topic("t", 1)
    async with publisher(embedded_kafka, "t") as events:
        await events.publish(registered(0))
        for raising in (True, False):
            embedded_kafka.inject_errors(ApiKey.PRODUCE, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
            if raising:
                with pytest.raises(EventsNotPublishedError, match="2 of 2 events") as failed:
                    await events.publish_many([registered(1), registered(2)])
                assert {type(error) for error in failed.value.errors} == {PublishNotAuthorizedError}
            else:
                results = await events.publish_many([registered(3)], raise_errors=False)
                assert isinstance(results[0], PublishNotAuthorizedError)


async def test_metrics_hear_of_every_event(embedded_kafka: EmbeddedKafka) -> None:
    """
    Whoever counts is told the event type, the latency and the kind of each failure.
    """

    class Counting:
        def __init__(self) -> None:
            self.seen: Counter[tuple[str, str]] = Counter()

        def published(self, event_type: str, seconds: float) -> None:
            assert seconds >= 0
            self.seen[event_type, "published"] += 1

        def failed(self, event_type: str, kind: str) -> None:
            self.seen[event_type, kind] += 1

    embedded_kafka.create_topic("t", 1)
    counting = Counting()
    async with publisher(embedded_kafka, "t", metrics=counting, max_event_bytes=1_000) as events:
        await events.publish_many([registered(1), registered(2)])
        with pytest.raises(EventTooLargeError):
            await events.publish_record(Record("t", b"x" * 1_000, None, (), "Large"))
        embedded_kafka.inject_errors(ApiKey.PRODUCE, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
        with pytest.raises(UndeliveredEventError):
            await events.publish(registered(3))
    assert counting.seen == {
        ("UserRegistered", "published"): 2,
        ("UserRegistered", "authorization"): 1,
        ("Large", "too large"): 1,
    }


async def test_the_embedded_cluster_is_known_by_itself(kafka: Broker, kafka_topic: MakeTopic) -> None:
    """
    An idempotent producer is used on a real broker and not on the embedded cluster, without being told.
    """
    async with publisher(kafka, kafka_topic()) as events:
        engine = events._opened.engines.current  # type: ignore[union-attr]
        assert engine is not None
        assert engine.idempotent is not isinstance(kafka, EmbeddedBroker)


async def test_threads_without_a_loop_publish_with_the_synchronous_publisher(
    kafka: Broker, kafka_topic: Callable[..., str]
) -> None:
    """
    Eight threads share one publisher; each call returns when the broker has its event, in order for each key.
    """
    topic = kafka_topic(2)

    def work(events: SyncEventPublisher, thread: int) -> list[int]:
        return [events.publish(registered(100 * thread + number, users=8)).offset for number in range(20)]

    def run() -> tuple[list[list[int]], bool]:
        with SyncEventPublisher(kafka.bootstrap_servers, codec=TopicCodec(topic)) as events:
            with ThreadPoolExecutor(8) as pool:
                offsets = list(pool.map(lambda thread: work(events, thread), range(8)))
            sent = events.publish_many([registered(number) for number in (901, 902)])
            return [*offsets, [one.offset for one in sent]], bool(events.health())

    offsets, healthy = await asyncio.to_thread(run)
    assert healthy
    assert all(one >= 0 for thread in offsets for one in thread)
    stored = [number_of(parse(record.value)) for record in read_topic(kafka.bootstrap_servers, topic)]
    assert sorted(stored) == sorted([100 * thread + number for thread in range(8) for number in range(20)] + [901, 902])


def test_a_synchronous_publisher_says_what_is_wrong() -> None:
    """
    Not opened, or without a broker: each is an error of ours, and no thread stays behind.
    """
    events = SyncEventPublisher("127.0.0.1:1", connect_timeout=0.5)
    with pytest.raises(ConfigurationError, match="not open"):
        events.publish(registered(1))
    with pytest.raises(BrokerUnavailableError):
        events.start()
    assert not events.health()
    assert [thread for thread in threading.enumerate() if thread.name == "aegis-publisher"] == []
