"""
The outbox in a service's SQLite file.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from aegis_sdk.events.outbox._rows import MAX_BYTES, OutboxBacklog, Writer
from aegis_sdk.events.outbox._store import OutboxError
from aegis_sdk.events.publisher._record import Codec, GivenHeaders

__all__ = ["SqliteOutbox"]

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS aegis_outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        event_id TEXT NOT NULL UNIQUE,
        event_type TEXT NOT NULL,
        topic TEXT NOT NULL,
        key BLOB,
        value BLOB NOT NULL,
        headers TEXT NOT NULL,
        shard INTEGER NOT NULL,
        batch INTEGER,
        added_at REAL NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS aegis_outbox_waiting ON aegis_outbox (shard, id) WHERE batch IS NULL",
    "CREATE INDEX IF NOT EXISTS aegis_outbox_taken ON aegis_outbox (shard, batch) WHERE batch IS NOT NULL",
    """
    CREATE TABLE IF NOT EXISTS aegis_outbox_shard (
        shard INTEGER PRIMARY KEY,
        owner TEXT,
        fence INTEGER NOT NULL DEFAULT 0,
        lease_until REAL NOT NULL DEFAULT 0,
        taken INTEGER NOT NULL DEFAULT 0,
        taken_at REAL NOT NULL DEFAULT 0,
        confirmed INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE TABLE IF NOT EXISTS aegis_outbox_relay (owner TEXT PRIMARY KEY, alive_until REAL NOT NULL)",
    "CREATE TABLE IF NOT EXISTS aegis_outbox_meta (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT, shards INTEGER)",
)
_ADD = """
INSERT INTO aegis_outbox (event_id, event_type, topic, key, value, headers, shard, added_at)
VALUES (?, ?, ?, ?, ?, ?, ? % (SELECT shards FROM aegis_outbox_meta), ?)
"""


class SqliteOutbox:
    """
    Writes events into a service's SQLite database, in the service's own transactions.

    ```python
    outbox = SqliteOutbox()
    outbox.create(connection)  # once, or in a migration

    with connection:
        connection.execute("INSERT INTO users …")
        outbox.add(connection, UserRegistered.new(…))
    ```

    An event that was added and committed is published by a relay, once and in the order of its key; one whose
    transaction was rolled back never is.

    Args:
        codec: how events are written; by the contracts, if not given.
        max_bytes: the longest event that Kafka will take.
    """

    def __init__(self, codec: Codec | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        self._writer = Writer(codec, max_bytes)

    def create(self, connection: sqlite3.Connection, *, shards: int = 4) -> None:
        """
        Create the tables where they are missing, as part of the caller's transaction if it has begun one.

        Args:
            shards: how many relays can work at once; decided when the tables are first created.
        """
        if shards < 1:
            raise OutboxError("an outbox has at least one shard")
        for statement in _TABLES:
            connection.execute(statement)
        connection.execute("INSERT OR IGNORE INTO aegis_outbox_meta VALUES (1, ?, ?)", (uuid4().hex, shards))
        (count,) = connection.execute("SELECT shards FROM aegis_outbox_meta").fetchone()
        connection.executemany(
            "INSERT OR IGNORE INTO aegis_outbox_shard (shard) VALUES (?)", [(shard,) for shard in range(count)]
        )

    def add(
        self,
        connection: sqlite3.Connection,
        event: Any,
        *,
        key: str | bytes | None = None,
        headers: GivenHeaders | None = None,
        traceparent: str | None = None,
    ) -> None:
        """
        Add an event to the transaction that runs on *connection*.

        Args:
            key: instead of the event's aggregateId.
            headers: more headers.
            traceparent: the W3C trace context; that of the span that runs now, if not given.

        Raises:
            EventValidationError: the event breaks its schema.
            EventTooLargeError: Kafka would refuse it.
            OutboxError: no transaction runs, so the event would be published even if the rest fails.
        """
        if connection.isolation_level is None and not connection.in_transaction:
            raise OutboxError("the connection commits every statement by itself; begin a transaction first")
        row = self._writer.row(event, key=key, headers=headers, traceparent=traceparent)
        connection.execute(_ADD, (*row, time.time()))

    def add_all(self, connection: sqlite3.Connection, events: Iterable[Any]) -> None:
        """
        Add several events, in this order.
        """
        for event in events:
            self.add(connection, event)

    def backlog(self, connection: sqlite3.Connection) -> OutboxBacklog:
        """
        Say how much waits to be relayed.
        """
        return read_backlog(connection)


def read_backlog(connection: sqlite3.Connection) -> OutboxBacklog:
    """
    Say how much waits to be relayed.
    """
    waiting, oldest = connection.execute(
        """
        SELECT count(*), min(added_at) FROM aegis_outbox JOIN aegis_outbox_shard USING (shard)
        WHERE batch IS NULL OR batch > confirmed
        """
    ).fetchone()
    (total,) = connection.execute("SELECT count(*) FROM aegis_outbox").fetchone()
    return OutboxBacklog(waiting, max(0.0, time.time() - oldest) if waiting else 0.0, total - waiting)
