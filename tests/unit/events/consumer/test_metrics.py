"""
Prometheus metrics of consumers and publishers, read when they are scraped.
"""

from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import EventPublisher, SyncEventPublisher
from aegis_sdk.events.metrics import EventMetrics
from tests.unit.events.consumer.harness import FakeKafka, Happened, make_consumer, until


async def test_a_consumer_and_a_publisher_show_what_they_do() -> None:
    """
    Counts, lag by partition, health, durations and failures are there, and a second scrape sees what has changed.
    """
    registry = CollectorRegistry()
    metrics = EventMetrics(registry)
    kafka = FakeKafka()
    for number in range(3):
        kafka.send("kim", number)
    consumer = make_consumer(kafka)
    consumer.on(Happened)(lambda event: None)
    publisher = EventPublisher("127.0.0.1:1", metrics=metrics.publisher)
    metrics.watch(consumer, name="policy-service")
    metrics.watch(publisher, name="user-service")
    metrics.watch(SyncEventPublisher("127.0.0.1:1"), name="batch")
    async with consumer:
        await until(kafka.all_committed)
        told = generate_latest(registry).decode()
        assert 'aegis_consumer_events_total{name="policy-service",what="handled"} 3.0' in told
        assert 'aegis_events_lag{name="policy-service",partition="0",topic="happened"} 0.0' in told
        assert 'aegis_events_healthy{name="policy-service",part="consumer"} 1.0' in told
        assert 'aegis_events_healthy{name="user-service",part="publisher"} 0.0' in told
        assert 'aegis_events_healthy{name="batch",part="publisher"} 0.0' in told
        kafka.silent = True
        kafka.send("kim", 4)
        await until(lambda: 'topic="happened"} 1.0' in generate_latest(registry).decode())
    metrics.publisher.published("UserRegistered", 0.2)
    metrics.publisher.failed("UserRegistered", "timeout")
    told = generate_latest(registry).decode()
    assert 'aegis_event_publish_seconds_count{event_type="UserRegistered"} 1.0' in told
    assert 'aegis_events_not_published_total{event_type="UserRegistered",kind="timeout"} 1.0' in told


def test_what_cannot_be_told_apart_is_refused() -> None:
    """
    Two consumers of one name, or something else than a part of events.
    """
    metrics = EventMetrics(CollectorRegistry())
    metrics.watch(make_consumer(FakeKafka()), name="one")
    with pytest.raises(ConfigurationError, match="another consumer is watched as one"):
        metrics.watch(make_consumer(FakeKafka()), name="one")
    with pytest.raises(ConfigurationError, match="takes a consumer"):
        metrics.watch(object(), name="two")  # type: ignore[arg-type]
