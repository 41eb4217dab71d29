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
    PublisherClosedError,
    PublisherFullError,
    PublishNotAuthorizedError,
    PublishTimeoutError,
    UndeliveredEventError,
    UnknownTopicError,
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
    topic = kafka_topic()
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    async with publisher(kafka, topic) as events:
        await events.publish(registered(1), key="회사-1", headers={"tenant": "한국"}, traceparent=trace)
    [stored] = read_topic(kafka.bootstrap_servers, topic)
    assert stored.key == "회사-1".encode()
    assert stored.headers["tenant"] == "한국".encode()
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
        assert loop.time() - since < 300 * 0.1 / 10


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
