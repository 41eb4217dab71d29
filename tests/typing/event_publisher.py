"""
A consumer's program that publishes events: type checkers find nothing to say, and the types are exact.
"""

from __future__ import annotations

import asyncio
from typing import assert_type

from aegis_sdk.events import (
    ClosingReport,
    EventPublisher,
    EventsNotPublishedError,
    KafkaConnection,
    Published,
    PublisherHealth,
    Record,
    TopicPlan,
    UndeliveredEventError,
    UserRegistered,
    plan_topics,
)


class Counters:
    """
    Fits `PublisherMetrics` without knowing it.
    """

    def published(self, event_type: str, seconds: float) -> None:
        print(event_type, seconds)

    def failed(self, event_type: str, kind: str) -> None:
        print(event_type, kind)


async def publish(user_id: str) -> Published:
    connection = KafkaConnection(bootstrap_servers="127.0.0.1:9092", security_protocol="SASL_SSL", username="u")
    event = UserRegistered.new(user_id=user_id, email="kim@example.com", business_registration_number="124-81-00998")
    async with EventPublisher(connection, timeout=5, metrics=Counters(), compression="lz4") as events:
        assert_type(events.publish_nowait(event), asyncio.Future[Published])
        assert_type(await events.publish_many([event]), list[Published])
        assert_type(await events.publish_many([event], raise_errors=False), list[Published | UndeliveredEventError])
        assert_type(await events.publish_record(Record("topic", b"value", b"key")), Published)
        assert_type(await events.publish_welcome(user_id, "kim@example.com"), Published)
        assert_type(events.health(), PublisherHealth)
        assert_type(await events.aclose(timeout=1.0), ClosingReport)
        try:
            return await events.publish(event, key=user_id, headers={"tenant": "a"})
        except UndeliveredEventError as error:
            if error.may_be_published:
                print(error.event_id, error.kind)
            raise
        except EventsNotPublishedError as error:
            assert_type(error.errors, tuple[UndeliveredEventError, ...])
            raise


async def in_sync() -> bool:
    plans = await plan_topics("127.0.0.1:9092", replication_factor=1)
    assert_type(plans, list[TopicPlan])
    return all(plan.state == "in sync" for plan in plans)
