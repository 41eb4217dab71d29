"""
The relay's side of an outbox in PostgreSQL, by way of asyncpg.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection
from typing import Any

from aegis_sdk.errors import MissingExtraError
from aegis_sdk.events.outbox._postgres import BACKLOG
from aegis_sdk.events.outbox._rows import Batch, OutboxBacklog, OutboxRow, read_headers
from aegis_sdk.events.outbox._store import LeaseLostError, Leases, OutboxError

__all__ = ["PostgresOutboxStore"]

_COLUMNS = "id, event_id, topic, key, value, headers"


class PostgresOutboxStore:
    """
    Reads an outbox in PostgreSQL. Several relays, on any machine, may do so at once.

    Args:
        dsn: where the service's database is, as asyncpg takes it.
        timeout: seconds that one statement may take.
    """

    def __init__(self, dsn: str, *, timeout: float = 10.0) -> None:
        self._dsn = dsn
        self._timeout = timeout
        self._pool: Any = None

    async def open(self) -> str:
        try:
            asyncpg: Any = importlib.import_module("asyncpg")
        except ModuleNotFoundError as missing:
            raise MissingExtraError("The outbox relay for PostgreSQL", "postgres") from missing
        try:
            self._pool = await asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=4,
                timeout=self._timeout,
                command_timeout=self._timeout,
                # A batch that was sent must not be forgotten by a crash, or its events would be sent again.
                server_settings={
                    "synchronous_commit": "on",
                    "application_name": "aegis-outbox-relay",
                    # A relay that is suspended in the middle of a transaction must not keep its locks.
                    "idle_in_transaction_session_timeout": str(int(self._timeout * 1000)),
                },
            )
        except (OSError, TimeoutError, asyncpg.PostgresError, ValueError) as error:
            # Its own text may hold the address with the password.
            raise OutboxError(f"PostgreSQL does not answer, or not us ({type(error).__name__})") from None
        try:
            found = await self._pool.fetchval("SELECT id FROM aegis_outbox_meta")
        except asyncpg.UndefinedTableError:
            found = None
        if found is None:
            raise OutboxError("the database has no outbox; PostgresOutbox().create(connection) makes one")
        return str(found)

    async def lease(self, owner: str, seconds: float) -> Leases:
        async with self._pool.acquire() as connection, connection.transaction():
            # One relay at a time, so that two do not both count themselves as the only one.
            await connection.execute("LOCK TABLE aegis_outbox_relay IN EXCLUSIVE MODE")
            await connection.execute("DELETE FROM aegis_outbox_relay WHERE alive_until < now()")
            await connection.execute(
                """
                INSERT INTO aegis_outbox_relay VALUES ($1, now() + make_interval(secs => $2))
                ON CONFLICT (owner) DO UPDATE SET alive_until = excluded.alive_until
                """,
                owner,
                seconds,
            )
            await connection.execute(
                "UPDATE aegis_outbox_shard SET lease_until = now() + make_interval(secs => $2) WHERE owner = $1",
                owner,
                seconds,
            )
            relays = await connection.fetchval("SELECT count(*) FROM aegis_outbox_relay")
            shards = await connection.fetchval("SELECT count(*) FROM aegis_outbox_shard")
            share = -(-shards // relays)
            mine = await connection.fetchval("SELECT count(*) FROM aegis_outbox_shard WHERE owner = $1", owner)
            await connection.execute(
                """
                UPDATE aegis_outbox_shard
                SET owner = $1, fence = fence + 1, lease_until = now() + make_interval(secs => $2)
                WHERE shard IN (
                    SELECT shard FROM aegis_outbox_shard WHERE owner IS NULL OR lease_until < now()
                    ORDER BY shard LIMIT $3 FOR UPDATE SKIP LOCKED
                )
                """,
                owner,
                seconds,
                max(0, share - mine),
            )
            held = await connection.fetch("SELECT shard, fence FROM aegis_outbox_shard WHERE owner = $1", owner)
        return Leases({row[0]: row[1] for row in held}, share)

    async def release(self, owner: str, shards: Collection[int] | None = None) -> None:
        free = "UPDATE aegis_outbox_shard SET owner = NULL, lease_until = '-infinity' WHERE owner = $1"
        if shards is not None:
            await self._pool.execute(free + " AND shard = ANY($2::integer[])", owner, list(shards))
            return
        await self._pool.execute(free, owner)
        await self._pool.execute("DELETE FROM aegis_outbox_relay WHERE owner = $1", owner)

    async def waiting(self, shards: Collection[int]) -> Collection[int]:
        found = await self._pool.fetch(
            """
            SELECT shard FROM aegis_outbox_shard AS s
            WHERE shard = ANY($1::integer[]) AND (
                taken > confirmed OR EXISTS (SELECT 1 FROM aegis_outbox WHERE shard = s.shard AND batch IS NULL)
            )
            """,
            list(shards),
        )
        return [row[0] for row in found]

    async def advance(self, shard: int, fence: int, *, confirmed: int | None, rows: int, size: int) -> Batch | None:
        async with self._pool.acquire() as connection, connection.transaction():
            taken, done, age = await _held(connection, shard, fence)
            if confirmed is not None and done < confirmed <= taken:
                await connection.execute(
                    "UPDATE aegis_outbox_shard SET confirmed = $2 WHERE shard = $1", shard, confirmed
                )
                done = confirmed
            if taken > done:
                again = await connection.fetch(
                    f"SELECT {_COLUMNS} FROM aegis_outbox WHERE shard = $1 AND batch = $2 ORDER BY id",  # noqa: S608 — a constant
                    shard,
                    taken,
                )
                if again:
                    return Batch(taken, tuple(_row(one) for one in again), True, age)
            found = await connection.fetch(
                f"SELECT {_COLUMNS} FROM aegis_outbox WHERE shard = $1 AND batch IS NULL ORDER BY id LIMIT $2",  # noqa: S608
                shard,
                rows,
            )
            chosen = _up_to(size, [_row(one) for one in found])
            if not chosen:
                return None
            number = taken + 1
            # By their ids and not by a range: one that was committed between the two statements belongs to the next
            # batch.
            await connection.execute(
                "UPDATE aegis_outbox SET batch = $1 WHERE id = ANY($2::bigint[])", number, [row.id for row in chosen]
            )
            await connection.execute(
                "UPDATE aegis_outbox_shard SET taken = $2, taken_at = now() WHERE shard = $1", shard, number
            )
        return Batch(number, chosen, False, 0.0)

    async def skip_to(self, shard: int, fence: int, number: int) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            taken, done, _ = await _held(connection, shard, fence)
            if taken > done:
                await connection.execute(
                    "UPDATE aegis_outbox SET batch = NULL WHERE shard = $1 AND batch > $2", shard, done
                )
            await connection.execute(
                "UPDATE aegis_outbox_shard SET taken = $2, confirmed = $2 WHERE shard = $1", shard, number
            )

    async def backlog(self) -> OutboxBacklog:
        return OutboxBacklog(*await self._pool.fetchrow(BACKLOG))

    async def purge(self, older_than: float) -> int:
        said: str = await self._pool.execute(
            """
            DELETE FROM aegis_outbox WHERE id IN (
                SELECT id FROM aegis_outbox JOIN aegis_outbox_shard USING (shard)
                WHERE batch <= confirmed AND added_at < now() - make_interval(secs => $1) LIMIT 10000
            )
            """,
            older_than,
        )
        return int(said.rpartition(" ")[2])

    async def aclose(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()


async def _held(connection: Any, shard: int, fence: int) -> tuple[int, int, float]:
    row = await connection.fetchrow(
        """
        SELECT taken, confirmed, CASE WHEN isfinite(taken_at) THEN extract(epoch FROM now() - taken_at)::float8 ELSE 0
        END FROM aegis_outbox_shard WHERE shard = $1 AND fence = $2 AND owner IS NOT NULL FOR UPDATE
        """,
        shard,
        fence,
    )
    if row is None:
        raise LeaseLostError(f"shard {shard} of the outbox has another relay")
    return row[0], row[1], row[2]


def _row(row: Any) -> OutboxRow:
    return OutboxRow(row[0], row[1], row[2], row[3], row[4], read_headers(row[5]))


def _up_to(size: int, rows: list[OutboxRow]) -> tuple[OutboxRow, ...]:
    total = 0
    for count, row in enumerate(rows):
        total += len(row.value)
        if count and total > size:
            return tuple(rows[:count])
    return tuple(rows)
