"""
The relay's side of an outbox in PostgreSQL, by way of asyncpg.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from aegis_sdk._databases._postgres import PostgresPool, the_library
from aegis_sdk.events.outbox._postgres import BACKLOG
from aegis_sdk.events.outbox._postgres_rows import COLUMNS, affected, choose, held, let_go, row_of, up_to
from aegis_sdk.events.outbox._postgres_tables import CHANNEL, WAITS
from aegis_sdk.events.outbox._rows import BEHIND, Batch, OutboxBacklog, ParkedEvent
from aegis_sdk.events.outbox._store import Leases, OutboxError, far_off

__all__ = ["PostgresOutboxStore"]

_FEATURE = "The outbox relay for PostgreSQL"
# No relay takes events meanwhile: one that looked a moment ago would park what has just been let go.
_STOP_ALL = "SELECT 1 FROM aegis_outbox_shard ORDER BY shard FOR UPDATE"


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
        self._pool = PostgresPool(dsn, _FEATURE, OutboxError, connections=4, timeout=timeout)
        self._ear: Any = None

    async def open(self) -> str:
        await self._pool.open()
        async with self._pool.transaction() as connection:
            if await connection.fetchval("SELECT to_regclass('aegis_outbox_meta')") is None:
                found = None
            else:
                found = await connection.fetchval("SELECT id FROM aegis_outbox_meta")
            if found is None:
                raise OutboxError("the database has no outbox; PostgresOutbox().create(connection) makes one")
            columns = (
                "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('aegis_outbox') AND attname = 'reader'"
            )
            if not await connection.fetchval(columns):
                raise OutboxError(
                    "the outbox is of an earlier version; PostgresOutbox().create(connection) brings it up to date"
                )
        return str(found)

    async def listen(self, wake: Callable[[], None]) -> bool:
        """
        Call *wake* whenever events were committed; say whether this server can tell.

        Behind a pooler it cannot: sessions there belong to nobody.
        """
        await self._deafen()
        asyncpg = the_library(_FEATURE)
        connection = await asyncpg.connect(
            self._dsn, timeout=self._timeout, command_timeout=self._timeout, statement_cache_size=0
        )
        try:
            async with connection.transaction():
                direct = bool(await connection.fetchval("SELECT pg_backend_pid()") == connection.get_server_pid())
            if direct:

                def heard(*_: Any) -> None:
                    wake()

                await connection.add_listener(CHANNEL, heard)
                connection.add_termination_listener(heard)
                self._ear = connection
        finally:
            if self._ear is not connection:
                connection.terminate()
        return direct

    @property
    def hears(self) -> bool:
        """
        Whether ``listen`` works at this moment.
        """
        return self._ear is not None and not self._ear.is_closed()

    async def _deafen(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.terminate()

    async def lease(self, owner: str, seconds: float) -> Leases:
        async with self._pool.transaction() as connection:
            # One relay at a time, so that two do not both count themselves as the only one.
            await connection.execute("LOCK TABLE aegis_outbox_relay IN EXCLUSIVE MODE")
            await connection.execute(
                """
                DELETE FROM aegis_outbox_relay
                WHERE alive_until < now() OR alive_until > now() + make_interval(secs => $1)
                """,
                far_off(seconds),
            )
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
                    OR lease_until > now() + make_interval(secs => $4)
                    ORDER BY shard LIMIT $3 FOR UPDATE SKIP LOCKED
                )
                """,
                owner,
                seconds,
                max(0, share - mine),
                far_off(seconds),
            )
            held = await connection.fetch("SELECT shard, fence FROM aegis_outbox_shard WHERE owner = $1", owner)
        return Leases({row[0]: row[1] for row in held}, share)

    async def release(self, owner: str, shards: Collection[int] | None = None) -> None:
        free = "UPDATE aegis_outbox_shard SET owner = NULL, lease_until = '-infinity' WHERE owner = $1"
        async with self._pool.transaction() as connection:
            if shards is not None:
                await connection.execute(free + " AND shard = ANY($2::integer[])", owner, list(shards))
                return
            await connection.execute(free, owner)
            await connection.execute("DELETE FROM aegis_outbox_relay WHERE owner = $1", owner)

    async def waiting(self, shards: Collection[int]) -> Collection[int]:
        async with self._pool.transaction() as connection:
            found = await connection.fetch(
                f"""
                SELECT shard FROM aegis_outbox_shard AS s
                WHERE shard = ANY($1::integer[]) AND (
                    taken > confirmed OR EXISTS (SELECT 1 FROM aegis_outbox WHERE shard = s.shard AND {WAITS})
                )
                """,  # noqa: S608 — a constant
                list(shards),
            )
        return [row[0] for row in found]

    async def advance(
        self, shard: int, fence: int, *, confirmed: int | None, rows: int, size: int, keep_values: bool = False
    ) -> Batch | None:
        async with self._pool.transaction() as connection:
            taken, done, age = await held(connection, shard, fence)
            if confirmed is not None and done < confirmed <= taken:
                await connection.execute(
                    "UPDATE aegis_outbox_shard SET confirmed = $2 WHERE shard = $1", shard, confirmed
                )
                if not keep_values:
                    await connection.execute(
                        """
                        UPDATE aegis_outbox SET key = NULL, value = '', headers = '[]' WHERE shard = $1 AND batch = $2
                        """,
                        shard,
                        confirmed,
                    )
                done = confirmed
            if taken > done:
                again = await connection.fetch(
                    f"SELECT {COLUMNS} FROM aegis_outbox WHERE shard = $1 AND batch = $2 ORDER BY id",  # noqa: S608 — a constant
                    shard,
                    taken,
                )
                if again:
                    return Batch(taken, tuple(row_of(one) for one in again), True, age)
            chosen = up_to(size, await choose(connection, shard, rows))
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
        async with self._pool.transaction() as connection:
            taken, done, _ = await held(connection, shard, fence)
            if taken > done:
                await connection.execute(
                    "UPDATE aegis_outbox SET batch = NULL WHERE shard = $1 AND batch > $2", shard, done
                )
            await connection.execute(
                "UPDATE aegis_outbox_shard SET taken = $2, confirmed = $2 WHERE shard = $1", shard, number
            )

    async def park(self, shard: int, fence: int, batch: Batch, refused: Mapping[int, str]) -> None:
        async with self._pool.transaction() as connection:
            await held(connection, shard, fence)
            await connection.execute(
                "UPDATE aegis_outbox SET batch = NULL WHERE shard = $1 AND batch = $2", shard, batch.number
            )
            await connection.execute(
                """
                UPDATE aegis_outbox SET parked = refused.reason, parked_at = now()
                FROM unnest($1::bigint[], $2::text[]) AS refused (id, reason) WHERE aegis_outbox.id = refused.id
                """,
                list(refused),
                list(refused.values()),
            )

    async def parked(self, limit: int = 100) -> Sequence[ParkedEvent]:
        async with self._pool.transaction() as connection:
            found = await connection.fetch(
                """
                SELECT event_id, event_type, topic, parked, extract(epoch FROM now() - parked_at)::float8, (
                    SELECT count(*) FROM aegis_outbox AS later
                    WHERE later.parked = $1 AND sha256(later.key) = sha256(head.key) AND later.id > head.id
                ) FROM aegis_outbox AS head WHERE parked IS NOT NULL AND parked <> $1 ORDER BY id LIMIT $2
                """,
                BEHIND,
                limit,
            )
        return [ParkedEvent(*row) for row in found]

    async def retry(self, event_ids: Collection[str] | None = None) -> int:
        async with self._pool.transaction() as connection:
            await connection.execute(_STOP_ALL)
            said: str = await connection.execute(
                """
                UPDATE aegis_outbox SET parked = NULL, parked_at = NULL
                WHERE parked IS NOT NULL AND parked <> $1 AND ($2::text[] IS NULL OR event_id = ANY($2::text[]))
                """,
                BEHIND,
                None if event_ids is None else list(event_ids),
            )
            await let_go(connection)
        return affected(said)

    async def drop(self, event_ids: Collection[str]) -> int:
        async with self._pool.transaction() as connection:
            await connection.execute(_STOP_ALL)
            said: str = await connection.execute(
                "DELETE FROM aegis_outbox WHERE parked IS NOT NULL AND event_id = ANY($1::text[])", list(event_ids)
            )
            await let_go(connection)
        return affected(said)

    async def backlog(self) -> OutboxBacklog:
        async with self._pool.transaction() as connection:
            return OutboxBacklog(*await connection.fetchrow(BACKLOG))

    async def purge(self, older_than: float, keep: int = 100_000) -> int:
        relayed = "SELECT id FROM aegis_outbox JOIN aegis_outbox_shard USING (shard) WHERE batch <= confirmed"
        async with self._pool.transaction() as connection:
            # What Debezium reads, it reads in the log: the rows are nobody's.
            old: str = await connection.execute(
                f"""
                DELETE FROM aegis_outbox WHERE added_at < now() - make_interval(secs => $1) AND id IN (
                    ({relayed} AND added_at < now() - make_interval(secs => $1) LIMIT 10000)
                    UNION ALL (
                        SELECT id FROM aegis_outbox WHERE reader <> 'relay'
                        AND added_at < now() - make_interval(secs => $1) LIMIT 10000
                    )
                )
                """,  # noqa: S608 — constants
                older_than,
            )
            surplus: str = await connection.execute(
                f"DELETE FROM aegis_outbox WHERE id IN ({relayed} ORDER BY id DESC LIMIT 10000 OFFSET $1)",  # noqa: S608
                keep,
            )
        return affected(old) + affected(surplus)

    async def aclose(self) -> None:
        await self._deafen()
        await self._pool.aclose()
