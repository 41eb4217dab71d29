"""
The relay's side of an outbox in SQLite.

SQLite has one writer at a time, so ids are given in the order of commits: whoever sees an id has seen all before it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Collection, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from aegis_sdk.events.outbox._rows import Batch, OutboxBacklog, OutboxRow, read_headers
from aegis_sdk.events.outbox._sqlite import read_backlog
from aegis_sdk.events.outbox._store import LeaseLostError, Leases, OutboxError

__all__ = ["SqliteOutboxStore"]

_R = TypeVar("_R")
_BUSY = 10.0


class SqliteOutboxStore:
    """
    Reads an outbox in a SQLite file. Several relays, on the machine that has the file, may do so at once.

    Args:
        path: the service's database.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        # One thread, so that the connection stays in it and the event loop never waits for a disk.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="aegis-outbox")
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> str:
        return await self._run(self._identify)

    async def lease(self, owner: str, seconds: float) -> Leases:
        return await self._run(lambda database: self._lease(database, owner, seconds))

    async def release(self, owner: str, shards: Collection[int] | None = None) -> None:
        await self._run(lambda database: self._release(database, owner, shards))

    async def waiting(self, shards: Collection[int]) -> Collection[int]:
        return await self._run(lambda database: self._waiting(database, shards))

    async def advance(self, shard: int, fence: int, *, confirmed: int | None, rows: int, size: int) -> Batch | None:
        return await self._run(lambda database: self._advance(database, shard, fence, confirmed, rows, size))

    async def skip_to(self, shard: int, fence: int, number: int) -> None:
        await self._run(lambda database: self._skip_to(database, shard, fence, number))

    async def backlog(self) -> OutboxBacklog:
        return await self._run(read_backlog)

    async def purge(self, older_than: float) -> int:
        return await self._run(lambda database: self._purge(database, older_than))

    async def aclose(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)

    # In the thread

    async def _run(self, work: Callable[[sqlite3.Connection], _R]) -> _R:
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(self._connect()))

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            if not self._path.exists():
                raise OutboxError(f"{self._path} does not exist")
            connection = sqlite3.connect(self._path, timeout=_BUSY, isolation_level=None)
            # A batch that was sent must not be forgotten by a power cut, or its events would be sent again.
            connection.execute("PRAGMA synchronous = FULL")
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _identify(self, database: sqlite3.Connection) -> str:
        try:
            row = database.execute("SELECT id FROM aegis_outbox_meta").fetchone()
        except sqlite3.DatabaseError as error:
            raise OutboxError(
                f"{self._path} has no outbox ({error}); SqliteOutbox().create(connection) makes one"
            ) from error
        if row is None:
            raise OutboxError(f"{self._path} has an unfinished outbox; SqliteOutbox().create(connection) finishes it")
        return str(row[0])

    def _lease(self, database: sqlite3.Connection, owner: str, seconds: float) -> Leases:
        now = time.time()
        with _writing(database):
            database.execute("DELETE FROM aegis_outbox_relay WHERE alive_until < ?", (now,))
            database.execute("INSERT OR REPLACE INTO aegis_outbox_relay VALUES (?, ?)", (owner, now + seconds))
            database.execute("UPDATE aegis_outbox_shard SET lease_until = ? WHERE owner = ?", (now + seconds, owner))
            (relays,) = database.execute("SELECT count(*) FROM aegis_outbox_relay").fetchone()
            (shards,) = database.execute("SELECT count(*) FROM aegis_outbox_shard").fetchone()
            share = -(-shards // relays)
            (mine,) = database.execute("SELECT count(*) FROM aegis_outbox_shard WHERE owner = ?", (owner,)).fetchone()
            database.execute(
                """
                UPDATE aegis_outbox_shard SET owner = ?, fence = fence + 1, lease_until = ? WHERE shard IN (
                    SELECT shard FROM aegis_outbox_shard WHERE owner IS NULL OR lease_until < ? ORDER BY shard LIMIT ?
                )
                """,
                (owner, now + seconds, now, max(0, share - mine)),
            )
            held = database.execute("SELECT shard, fence FROM aegis_outbox_shard WHERE owner = ?", (owner,)).fetchall()
        return Leases(dict(held), share)

    def _release(self, database: sqlite3.Connection, owner: str, shards: Collection[int] | None) -> None:
        free = "UPDATE aegis_outbox_shard SET owner = NULL, lease_until = 0 WHERE owner = ?"
        with _writing(database):
            if shards is None:
                database.execute(free, (owner,))
                database.execute("DELETE FROM aegis_outbox_relay WHERE owner = ?", (owner,))
            else:
                database.executemany(free + " AND shard = ?", [(owner, shard) for shard in shards])

    def _waiting(self, database: sqlite3.Connection, shards: Collection[int]) -> list[int]:
        found = database.execute(
            """
            SELECT shard FROM aegis_outbox_shard AS s
            WHERE taken > confirmed OR EXISTS (SELECT 1 FROM aegis_outbox WHERE shard = s.shard AND batch IS NULL)
            """
        ).fetchall()
        return [shard for (shard,) in found if shard in shards]

    def _advance(
        self, database: sqlite3.Connection, shard: int, fence: int, confirmed: int | None, rows: int, size: int
    ) -> Batch | None:
        now = time.time()
        with _writing(database):
            taken, done, taken_at = _held(database, shard, fence)
            if confirmed is not None and done < confirmed <= taken:
                database.execute("UPDATE aegis_outbox_shard SET confirmed = ? WHERE shard = ?", (confirmed, shard))
                done = confirmed
            if taken > done:
                again = _read(database, "shard = ? AND batch = ?", (shard, taken))
                if again:
                    return Batch(taken, again, True, now - taken_at)
            chosen = _read(database, "shard = ? AND batch IS NULL", (shard,), rows, size)
            if not chosen:
                return None
            number = taken + 1
            database.execute(
                "UPDATE aegis_outbox SET batch = ? WHERE shard = ? AND batch IS NULL AND id <= ?",
                (number, shard, chosen[-1].id),
            )
            database.execute(
                "UPDATE aegis_outbox_shard SET taken = ?, taken_at = ? WHERE shard = ?", (number, now, shard)
            )
        return Batch(number, chosen, False, 0.0)

    def _skip_to(self, database: sqlite3.Connection, shard: int, fence: int, number: int) -> None:
        with _writing(database):
            taken, done, _ = _held(database, shard, fence)
            if taken > done:
                database.execute("UPDATE aegis_outbox SET batch = NULL WHERE shard = ? AND batch > ?", (shard, done))
            database.execute(
                "UPDATE aegis_outbox_shard SET taken = ?, confirmed = ? WHERE shard = ?", (number, number, shard)
            )

    def _purge(self, database: sqlite3.Connection, older_than: float) -> int:
        with _writing(database):
            return database.execute(
                """
                DELETE FROM aegis_outbox WHERE id IN (
                    SELECT id FROM aegis_outbox JOIN aegis_outbox_shard USING (shard)
                    WHERE batch <= confirmed AND added_at < ? LIMIT 10000
                )
                """,
                (time.time() - older_than,),
            ).rowcount


@contextmanager
def _writing(database: sqlite3.Connection) -> Generator[None]:
    # IMMEDIATE: to become a writer in the middle of a transaction may fail, to wait at its beginning does not.
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def _held(database: sqlite3.Connection, shard: int, fence: int) -> tuple[int, int, float]:
    row = database.execute(
        "SELECT taken, confirmed, taken_at FROM aegis_outbox_shard WHERE shard = ? AND fence = ? AND owner IS NOT NULL",
        (shard, fence),
    ).fetchone()
    if row is None:
        raise LeaseLostError(f"shard {shard} of the outbox has another relay")
    return row[0], row[1], row[2]


def _read(
    database: sqlite3.Connection, where: str, values: tuple[Any, ...], rows: int = -1, size: int = 0
) -> tuple[OutboxRow, ...]:
    chosen: list[OutboxRow] = []
    total = 0
    for row in database.execute(
        f"SELECT id, event_id, topic, key, value, headers FROM aegis_outbox WHERE {where} ORDER BY id LIMIT ?",  # noqa: S608 — one of two texts above
        (*values, rows),
    ):
        total += len(row[4])
        if size and chosen and total > size:
            break
        chosen.append(OutboxRow(row[0], row[1], row[2], row[3], row[4], read_headers(row[5])))
    return tuple(chosen)
