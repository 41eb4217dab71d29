"""
A consuming service, never run: mypy --strict and pyright strict find nothing in it but the mistakes that it marks.
"""

from __future__ import annotations

import sqlite3

from aegis_sdk.events import (
    ConsumerSettings,
    Delivery,
    EventConsumer,
    HandlerRetry,
    Reject,
    RetryLater,
    SqliteDedupe,
    UserDeleted,
    UserProfileUpdated,
    UserRegistered,
)
from aegis_sdk.events.outbox import OutboxBacklog, OutboxRelay, RelaySettings, SqliteOutbox

consumer = EventConsumer(
    "kafka:9092",
    group_id="policy-service",
    dedupe=SqliteDedupe("handled.db", "policy-service"),
    retry=HandlerRetry(attempts=3, permanent=(KeyError,)),
    unknown="dlq",
    settings=ConsumerSettings(concurrency=8),
)


@consumer.on(UserRegistered)
async def match(event: UserRegistered) -> None:
    """
    One type, asynchronously.
    """
    if event.data.region is None:
        raise Reject("no_region")
    raise RetryLater(5.0)


@consumer.on(UserDeleted, UserProfileUpdated)
def changed(event: UserDeleted | UserProfileUpdated, delivery: Delivery) -> str:
    """
    Two types, in a thread, with the delivery.
    """
    return f"{event.data.user_id} {delivery.attempt} {delivery.header('traceparent')}"


@consumer.on(UserRegistered)  # type: ignore[arg-type] # another type
async def wrong(event: UserDeleted) -> None:
    """
    A handler of another type is a mistake.
    """


EventConsumer("kafka:9092", group_id="x", unknown="ignore")  # type: ignore[arg-type]


async def main() -> None:
    """
    Run it.
    """
    async with consumer:
        health = consumer.health()
        lag: int | None = health.lag
        stuck = [one.topic for one in health.assignment if one.stuck_for > 60]
        print(health.healthy, lag, stuck, consumer.stats.handled)
    await consumer.run()


def register(database: sqlite3.Connection) -> OutboxBacklog:
    """
    Change and event in one transaction.
    """
    outbox = SqliteOutbox()
    with database:
        outbox.create(database, shards=8)
        event = UserRegistered.new(user_id="u-1", email="a@example.com", business_registration_number="124-81-00998")
        outbox.add(database, event, key="u-1", headers={"tenant": "a"})
    return outbox.backlog(database)


async def relay() -> bool:
    """
    Publish it.
    """
    async with OutboxRelay.sqlite("service.db", "kafka:9092", settings=RelaySettings(batch=100)) as made:
        return await made.drained(timeout=10)
