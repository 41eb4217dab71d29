"""
A service with events of its own: codec, publisher, outbox and consumer are of its event type, and hold to it.
"""

from __future__ import annotations

import sqlite3
from typing import Any, assert_type

from aegis_sdk.events import (
    CloudEvents,
    ContractEvents,
    Event,
    EventCodec,
    EventConsumer,
    EventPublisher,
    Published,
    Record,
    SyncEventPublisher,
    UserDeleted,
    UserRegistered,
    parse,
)
from aegis_sdk.events.outbox import PostgresOutbox, SqliteOutbox


class ShopEvent:
    """
    What a shop tells.
    """

    event_id: str


class OrderPlaced(ShopEvent):
    """
    An order.
    """


class ShopRecords:
    """
    Makes records of the shop's events; fits `RecordMaker[ShopEvent]` without knowing it.
    """

    def record(self, event: ShopEvent, /) -> Record:
        return Record("orders.v1", event.event_id.encode())


codec: EventCodec[ShopEvent] = EventCodec(package="shop.events")
assert_type(codec.parse(b"{}"), ShopEvent)
assert_type(CloudEvents("/shop", codec=codec), CloudEvents[ShopEvent])
assert_type(CloudEvents("/shop", codec=codec).parse(b"{}"), ShopEvent)
assert_type(EventPublisher("kafka:9092", codec=codec), EventPublisher[ShopEvent])
assert_type(EventPublisher("kafka:9092", codec=ShopRecords()), EventPublisher[ShopEvent])
assert_type(SyncEventPublisher("kafka:9092", codec=codec), SyncEventPublisher[ShopEvent])
assert_type(SqliteOutbox(codec), SqliteOutbox[ShopEvent])
assert_type(PostgresOutbox(ContractEvents(codec)), PostgresOutbox[ShopEvent])
assert_type(EventConsumer("kafka:9092", group_id="g", codec=codec), EventConsumer[ShopEvent])
assert_type(parse(b"{}"), Event)

only_two: EventPublisher[UserRegistered | UserDeleted] = EventPublisher("kafka:9092")


async def publish(order: OrderPlaced, user: UserRegistered, connection: Any) -> Published:
    """
    The shop's events go out; those of others are mistakes that a type checker finds.
    """
    shop = EventPublisher("kafka:9092", codec=codec)
    await shop.publish_many([order, order])
    await shop.publish(user)  # type: ignore[arg-type]
    await only_two.publish(user)
    await only_two.publish(order)  # type: ignore[arg-type]
    await PostgresOutbox(codec).add_async(connection, order)
    await PostgresOutbox(codec).add_async(connection, user)  # type: ignore[arg-type]
    return await shop.publish(order)


def add(database: sqlite3.Connection, order: OrderPlaced, user: UserRegistered) -> None:
    """
    Likewise in a transaction.
    """
    outbox = SqliteOutbox(codec)
    outbox.add_all(database, [order])
    outbox.add(database, user)  # type: ignore[arg-type]
    SyncEventPublisher("kafka:9092", codec=codec).publish(user)  # type: ignore[arg-type]
