"""
The outbox in a service's SQLite file.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Generic
from uuid import uuid4

from typing_extensions import TypeVar

from aegis_sdk._databases._connections import Connections, aexecute, dbapi, execute
from aegis_sdk.events.outbox._rows import MAX_BYTES, OutboxBacklog, Writer
from aegis_sdk.events.outbox._sqlite_store import read_backlog
from aegis_sdk.events.outbox._sqlite_tables import TABLES, upgrade
from aegis_sdk.events.outbox._store import OutboxError
from aegis_sdk.events.publisher._record import Codec, GivenHeaders

__all__ = ["SqliteOutbox"]

_E = TypeVar("_E", default=Any)
_CONNECTIONS = Connections(OutboxError, "sqlite", "PostgresOutbox")

# Outboxes of 0.1.0 have no parked events; their columns come first, for the indexes are made of them.
_ADD = """
INSERT INTO aegis_outbox (event_id, event_type, topic, key, value, headers, shard, added_at)
VALUES ({0}, {1}, {2}, {3}, {4}, {5}, {6} % (SELECT shards FROM aegis_outbox_meta), {7})
"""


class SqliteOutbox(Generic[_E]):
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

    ``add`` takes connections of sqlite3 and Django, and connections and sessions of SQLAlchemy; ``add_async`` those of
    aiosqlite and SQLAlchemy's asynchronous ones.

    Args:
        codec: how events are written; by the contracts, if not given.
        max_bytes: the longest event that Kafka will take.
    """

    def __init__(self, codec: Codec[_E] | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        self._writer: Writer[_E] = Writer(codec, max_bytes)

    def create(self, connection: Any, *, shards: int = 4, private: bool = True) -> None:
        """
        Create the tables where they are missing, as part of the caller's transaction if it has begun one.

        It takes connections of sqlite3 and Django, and connections and sessions of SQLAlchemy.

        Args:
            shards: how many relays can work at once; decided when the tables are first created.
            private: whether the file is made readable for its user alone, for events may hold secrets.
        """
        if shards < 1:
            raise OutboxError("an outbox has at least one shard")
        connection = dbapi(*_CONNECTIONS.way(connection, ("create", "create")))
        if private:
            _make_private(connection)
        for statement in TABLES:
            connection.execute(statement)
        upgrade(connection)
        connection.execute("INSERT OR IGNORE INTO aegis_outbox_meta VALUES (1, ?, ?)", (uuid4().hex, shards))
        (count,) = connection.execute("SELECT shards FROM aegis_outbox_meta").fetchone()
        connection.executemany(
            "INSERT OR IGNORE INTO aegis_outbox_shard (shard) VALUES (?)", [(shard,) for shard in range(count)]
        )

    def add(
        self,
        connection: Any,
        event: _E,
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
            OutboxError: no transaction runs, so the event would be published even if the rest fails; or the
                connection is of no library that is known.
        """
        connection, way = _CONNECTIONS.joined(connection)
        row = self._writer.row(event, key=key, headers=headers, traceparent=traceparent)
        execute(connection, way, _ADD, (*row, time.time()))

    def add_all(self, connection: Any, events: Iterable[_E]) -> None:
        """
        Add several events, in this order.
        """
        for event in events:
            self.add(connection, event)

    async def add_async(
        self,
        connection: Any,
        event: _E,
        *,
        key: str | bytes | None = None,
        headers: GivenHeaders | None = None,
        traceparent: str | None = None,
    ) -> None:
        """
        Add an event to the transaction that runs on an asynchronous connection.
        """
        connection, way = await _CONNECTIONS.joined_async(connection)
        row = self._writer.row(event, key=key, headers=headers, traceparent=traceparent)
        await aexecute(connection, way, _ADD, (*row, time.time()))

    async def add_all_async(self, connection: Any, events: Iterable[_E]) -> None:
        """
        Add several events, in this order.
        """
        for event in events:
            await self.add_async(connection, event)

    def backlog(self, connection: Any) -> OutboxBacklog:
        """
        Say how much waits to be relayed.
        """
        return read_backlog(dbapi(*_CONNECTIONS.way(connection, ("backlog", "backlog"))))


def _make_private(connection: sqlite3.Connection) -> None:
    (path,) = (row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main")
    if not path:
        return  # in memory
    # SQLite gives its other files the rights that the main one has when it makes them.
    for name in (path, f"{path}-wal", f"{path}-shm", f"{path}-journal"):
        with contextlib.suppress(FileNotFoundError, PermissionError):
            Path(name).chmod(0o600)
