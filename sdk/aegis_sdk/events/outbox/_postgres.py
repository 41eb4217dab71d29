"""
The outbox in a service's PostgreSQL database.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, Generic
from uuid import uuid4

from typing_extensions import TypeVar

from aegis_sdk._databases._connections import Connections, aexecute, execute
from aegis_sdk._databases._tables import together
from aegis_sdk.events.outbox._postgres_tables import CHANNEL, STATEMENTS, TABLES
from aegis_sdk.events.outbox._rows import MAX_BYTES, NewRow, OutboxBacklog, Writer
from aegis_sdk.events.outbox._store import OutboxError
from aegis_sdk.events.publisher._record import Codec, GivenHeaders

__all__ = ["PostgresOutbox"]

_E = TypeVar("_E", default=Any)
_CONNECTIONS = Connections(OutboxError, "postgresql", "SqliteOutbox")

# Ids are given at the insert, commits come later and in any order. The lock, held to the end of the transaction, makes
# writers of one key wait for each other, so that for each key ids and commits have one order.
_LOCK = "pg_advisory_xact_lock(1634887539, CAST(CAST({0} AS bigint) - 2147483648 AS integer))"
_ADD = f"""
INSERT INTO aegis_outbox (event_id, event_type, topic, key, value, headers, shard, reader)
SELECT CAST({{1}} AS text), CAST({{2}} AS text), CAST({{3}} AS text), CAST({{4}} AS bytea), CAST({{5}} AS bytea),
    CAST({{6}} AS text), CAST({{0}} AS bigint) % meta.shards, meta.reader
FROM aegis_outbox_meta AS meta, {_LOCK} AS locked
"""  # noqa: S608 — values are bound
_DEADLOCK = "40P01"
_TELL = f", pg_notify('{CHANNEL}', '') AS told"
_SHARES = (
    "INSERT INTO aegis_outbox_meta (id, shards) VALUES (CAST({0} AS text), CAST({1} AS integer)) ON CONFLICT DO NOTHING"
)
_FILL = """
INSERT INTO aegis_outbox_shard (shard) SELECT generate_series(0, shards - 1) FROM aegis_outbox_meta ON CONFLICT DO
NOTHING
"""
BACKLOG = """
SELECT count(*) FILTER (WHERE waits), coalesce(
        CAST(extract(epoch FROM now() - min(added_at) FILTER (WHERE waits)) AS float8), 0
    ), count(*) FILTER (WHERE batch <= confirmed), count(*) FILTER (WHERE parked IS NOT NULL)
FROM (
    SELECT batch, confirmed, parked, added_at,
        parked IS NULL AND reader = 'relay' AND (batch IS NULL OR batch > confirmed) AS waits
    FROM aegis_outbox JOIN aegis_outbox_shard USING (shard)
) AS seen
"""


class PostgresOutbox(Generic[_E]):
    """
    Writes events into a service's PostgreSQL database, in the service's own transactions.

    ``add`` takes connections of psycopg, psycopg2 and Django, and connections and sessions of SQLAlchemy; ``add_async``
    those of asyncpg, and the asynchronous ones of psycopg and SQLAlchemy.

    ```python
    async with connection.transaction():
        await connection.execute("INSERT INTO users …")
        await outbox.add_async(connection, UserRegistered.new(…))
    ```

    Two transactions that add events of the same key run one after the other from there on; the order of their commits
    is the order of their events. Change what the event is about first and add the event last, and nobody waits for
    long. A transaction with events of several keys adds them all with one ``add_all``, which takes its locks sorted:
    two that add the same keys in opposite order, one by one, would wait for each other, and PostgreSQL would end one.

    Args:
        codec: how events are written; by the contracts, if not given.
        max_bytes: the longest event that Kafka will take.
        notify: whether a commit wakes the relays (``NOTIFY``), so that an event leaves in milliseconds. Commits with a
            notification run one after the other; a service with thousands of them in a second does without, and so
            does one that prepares transactions.
    """

    def __init__(self, codec: Codec[_E] | None = None, *, max_bytes: int = MAX_BYTES, notify: bool = True) -> None:
        self._writer: Writer[_E] = Writer(codec, max_bytes)
        self._add = _ADD + _TELL if notify else _ADD

    @property
    def tables(self) -> str:
        """
        The SQL that creates the tables, for a migration; ``create`` or ``create_async`` afterwards fills them.
        """
        return TABLES

    def create(self, connection: Any, *, shards: int = 4) -> None:
        """
        Create and fill the tables where they are missing, in the caller's transaction.

        Args:
            shards: how many relays can work at once; decided when the tables are first created.
        """
        connection, way = _CONNECTIONS.way(connection, ("create", "create_async"))
        for statement, values in _creation(shards):
            execute(connection, way, statement, values)

    async def create_async(self, connection: Any, *, shards: int = 4) -> None:
        """
        Create and fill the tables where they are missing.
        """
        connection, way = _CONNECTIONS.way(connection, ("create", "create_async"), asynchronous=True)
        for statement, values in _creation(shards):
            await aexecute(connection, way, statement, values)

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
        Add an event to the transaction that runs on a connection.

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
        with _deadlock_explained():
            execute(connection, way, self._add, _values(row))

    def add_all(self, connection: Any, events: Iterable[_E]) -> None:
        """
        Add several events, in this order; their locks are taken sorted, so that no two such calls deadlock.
        """
        connection, way = _CONNECTIONS.joined(connection, ("add_all", "add_all_async"))
        rows = [self._writer.row(event) for event in events]
        for slot in _slots(rows):
            execute(connection, way, f"SELECT {_LOCK}", (slot,))
        for row in rows:
            execute(connection, way, self._add, _values(row))

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
        with _deadlock_explained():
            await aexecute(connection, way, self._add, _values(row))

    async def add_all_async(self, connection: Any, events: Iterable[_E]) -> None:
        """
        Add several events, in this order; their locks are taken sorted, so that no two such calls deadlock.
        """
        connection, way = await _CONNECTIONS.joined_async(connection, ("add_all", "add_all_async"))
        rows = [self._writer.row(event) for event in events]
        for slot in _slots(rows):
            await aexecute(connection, way, f"SELECT {_LOCK}", (slot,))
        for row in rows:
            await aexecute(connection, way, self._add, _values(row))

    def backlog(self, connection: Any) -> OutboxBacklog:
        """
        Say how much waits to be relayed.
        """
        cursor = connection.cursor()
        try:
            cursor.execute(BACKLOG)
            return OutboxBacklog(*cursor.fetchone())
        finally:
            cursor.close()


def _creation(shards: int) -> Iterable[tuple[str, tuple[Any, ...]]]:
    if shards < 1:
        raise OutboxError("an outbox has at least one shard")
    yield together(*STATEMENTS), ()
    yield _SHARES, (uuid4().hex, shards)
    yield _FILL, ()


@contextmanager
def _deadlock_explained() -> Generator[None]:
    """
    Let the error of a transaction that PostgreSQL ends say how that is avoided; it stays the driver's own, for whoever
    tries the transaction again by its kind.
    """
    try:
        yield
    except Exception as error:
        if _is_deadlock(error):
            error.add_note(
                "Two transactions added events of the same keys in opposite order. One add_all for all events of a"
                " transaction takes its locks sorted, and cannot deadlock; this one can be tried again."
            )
        raise


def _is_deadlock(error: Exception) -> bool:
    # Drivers call the SQLSTATE one thing or another, and libraries wrap their errors.
    behind = (error, getattr(error, "orig", None), error.__cause__)
    return any(getattr(one, name, None) == _DEADLOCK for one in behind for name in ("sqlstate", "pgcode"))


def _values(row: NewRow) -> tuple[Any, ...]:
    return (row.slot, *row[:-1])


def _slots(rows: Iterable[NewRow]) -> list[int]:
    """
    What to lock, in the one order that everybody uses; a single key is locked by its insert.
    """
    slots = sorted({row.slot for row in rows})
    return slots if len(slots) > 1 else []
