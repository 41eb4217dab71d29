"""
The outbox in a service's PostgreSQL database.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from typing import Any, cast
from uuid import uuid4

from aegis_sdk.events.outbox._rows import MAX_BYTES, NewRow, OutboxBacklog, Writer
from aegis_sdk.events.outbox._store import OutboxError
from aegis_sdk.events.publisher._record import Codec, GivenHeaders

__all__ = ["PostgresOutbox"]

_TABLES = """
CREATE TABLE IF NOT EXISTS aegis_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text NOT NULL UNIQUE,
    event_type text NOT NULL,
    topic text NOT NULL,
    key bytea,
    value bytea NOT NULL,
    headers text NOT NULL,
    shard integer NOT NULL,
    batch bigint,
    added_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS aegis_outbox_waiting ON aegis_outbox (shard, id) WHERE batch IS NULL;
CREATE INDEX IF NOT EXISTS aegis_outbox_taken ON aegis_outbox (shard, batch) WHERE batch IS NOT NULL;
CREATE TABLE IF NOT EXISTS aegis_outbox_shard (
    shard integer PRIMARY KEY,
    owner text,
    fence bigint NOT NULL DEFAULT 0,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    taken bigint NOT NULL DEFAULT 0,
    taken_at timestamptz NOT NULL DEFAULT '-infinity',
    confirmed bigint NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS aegis_outbox_relay (owner text PRIMARY KEY, alive_until timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS aegis_outbox_meta (
    one integer PRIMARY KEY DEFAULT 1 CHECK (one = 1), id text NOT NULL, shards integer NOT NULL
);
"""
# Ids are given at the insert, commits come later and in any order. The lock, held to the end of the transaction, makes
# writers of one key wait for each other, so that for each key ids and commits have one order.
_ADD = """
INSERT INTO aegis_outbox (event_id, event_type, topic, key, value, headers, shard)
SELECT {0}::text, {1}::text, {2}::text, {3}::bytea, {4}::bytea, {5}::text, {6}::bigint % meta.shards
FROM aegis_outbox_meta AS meta, pg_advisory_xact_lock(1634887539, ({6}::bigint - 2147483648)::integer) AS locked
"""
_SHARES = "INSERT INTO aegis_outbox_meta (id, shards) VALUES ({0}::text, {1}::integer) ON CONFLICT DO NOTHING"
_FILL = """
INSERT INTO aegis_outbox_shard (shard) SELECT generate_series(0, shards - 1) FROM aegis_outbox_meta ON CONFLICT DO
NOTHING
"""
BACKLOG = """
SELECT count(*) FILTER (WHERE batch IS NULL OR batch > confirmed),
    coalesce(extract(epoch FROM now() - min(added_at) FILTER (WHERE batch IS NULL OR batch > confirmed)), 0)::float8,
    count(*) FILTER (WHERE batch <= confirmed)
FROM aegis_outbox JOIN aegis_outbox_shard USING (shard)
"""


class PostgresOutbox:
    """
    Writes events into a service's PostgreSQL database, in the service's own transactions.

    ``add`` is for DB-API connections (psycopg and others), ``add_async`` for asyncpg and psycopg's asynchronous
    connections.

    ```python
    async with connection.transaction():
        await connection.execute("INSERT INTO users …")
        await outbox.add_async(connection, UserRegistered.new(…))
    ```

    Two transactions that add events of the same key run one after the other from there on; the order of their commits
    is the order of their events. Change what the event is about first and add the event last, and nobody waits for
    long.

    Args:
        codec: how events are written; by the contracts, if not given.
        max_bytes: the longest event that Kafka will take.
    """

    def __init__(self, codec: Codec | None = None, *, max_bytes: int = MAX_BYTES) -> None:
        self._writer = Writer(codec, max_bytes)

    @property
    def tables(self) -> str:
        """
        The SQL that creates the tables, for a migration; ``create`` or ``create_async`` afterwards fills them.
        """
        return _TABLES

    def create(self, connection: Any, *, shards: int = 4) -> None:
        """
        Create and fill the tables where they are missing, in the caller's transaction.

        Args:
            shards: how many relays can work at once; decided when the tables are first created.
        """
        cursor = connection.cursor()
        try:
            cursor.execute(_TABLES)
            cursor.execute(_percent(_SHARES), (uuid4().hex, _at_least_one(shards)))
            cursor.execute(_FILL)
        finally:
            cursor.close()

    async def create_async(self, connection: Any, *, shards: int = 4) -> None:
        """
        Create and fill the tables where they are missing.
        """
        await connection.execute(_TABLES)
        await _execute(connection, _SHARES, (uuid4().hex, _at_least_one(shards)))
        await connection.execute(_FILL)

    def add(
        self,
        connection: Any,
        event: Any,
        *,
        key: str | bytes | None = None,
        headers: GivenHeaders | None = None,
        traceparent: str | None = None,
    ) -> None:
        """
        Add an event to the transaction that runs on a DB-API connection.

        Args:
            key: instead of the event's aggregateId.
            headers: more headers.
            traceparent: the W3C trace context; that of the span that runs now, if not given.

        Raises:
            EventValidationError: the event breaks its schema.
            EventTooLargeError: Kafka would refuse it.
            OutboxError: no transaction runs, so the event would be published even if the rest fails.
        """
        _in_transaction(connection)
        row = self._writer.row(event, key=key, headers=headers, traceparent=traceparent)
        cursor = connection.cursor()
        try:
            cursor.execute(_percent(_ADD), (*row, row.slot))
        finally:
            cursor.close()

    async def add_async(
        self,
        connection: Any,
        event: Any,
        *,
        key: str | bytes | None = None,
        headers: GivenHeaders | None = None,
        traceparent: str | None = None,
    ) -> None:
        """
        Add an event to the transaction that runs on an asynchronous connection.
        """
        _in_transaction(connection)
        row = self._writer.row(event, key=key, headers=headers, traceparent=traceparent)
        await _execute(connection, _ADD, row)

    async def add_all_async(self, connection: Any, events: Iterable[Any]) -> None:
        """
        Add several events, in this order.
        """
        for event in events:
            await self.add_async(connection, event)

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


def _at_least_one(shards: int) -> int:
    if shards < 1:
        raise OutboxError("an outbox has at least one shard")
    return shards


def _percent(statement: str) -> str:
    """
    The statement with the DB-API's places; a literal % is doubled for it.
    """
    return statement.replace("%", "%%").format(*["%s"] * 6, "%s")


async def _execute(connection: Any, statement: str, values: NewRow | tuple[Any, ...]) -> None:
    if _is_asyncpg(connection):
        places = [f"${number + 1}" for number in range(len(values))]
        await cast("Awaitable[Any]", connection.execute(statement.format(*places), *values))
        return
    given = (*values, values.slot) if isinstance(values, NewRow) else values
    await cast("Awaitable[Any]", connection.execute(_percent(statement), given))


def _is_asyncpg(connection: Any) -> bool:
    return type(connection).__module__.partition(".")[0] == "asyncpg"


def _in_transaction(connection: Any) -> None:
    """
    Refuse a connection that commits every statement by itself.
    """
    if _is_asyncpg(connection):
        outside = not connection.is_in_transaction()
    else:
        # psycopg: 0 means that no transaction runs; with autocommit the next statement would not begin one.
        status = getattr(getattr(connection, "info", None), "transaction_status", None)
        outside = bool(getattr(connection, "autocommit", False)) and status is not None and int(status) == 0
    if outside:
        raise OutboxError("the connection commits every statement by itself; begin a transaction first")
