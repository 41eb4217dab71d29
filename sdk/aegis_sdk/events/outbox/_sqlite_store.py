"""
The relay's side of an outbox in SQLite.

SQLite has one writer at a time, so ids are given in the order of commits: whoever sees an id has seen all before it.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aegis_sdk._databases._sqlite import SqliteFile
from aegis_sdk.events.outbox._rows import BEHIND, Batch, OutboxBacklog, OutboxRow, ParkedEvent, read_headers
from aegis_sdk.events.outbox._sqlite_tables import upgrade
from aegis_sdk.events.outbox._store import LeaseLostError, Leases, OutboxError, far_off

__all__ = ["SqliteOutboxStore", "read_backlog"]

_log = logging.getLogger("aegis_sdk.events.outbox")
_WAITS = "batch IS NULL AND parked IS NULL"
_BEHIND_NONE = f"""
UPDATE aegis_outbox SET parked = NULL, parked_at = NULL WHERE parked = '{BEHIND}' AND NOT EXISTS (
    SELECT 1 FROM aegis_outbox AS head
    WHERE head.parked IS NOT NULL AND head.parked <> '{BEHIND}' AND head.key = aegis_outbox.key
    AND head.id < aegis_outbox.id
)
"""  # noqa: S608 — a constant


class SqliteOutboxStore:
    """
    Reads an outbox in a SQLite file. Several relays, on the machine that has the file, may do so at once.

    Args:
        path: the service's database.
        busy_timeout: seconds to wait for others who read or write it.
    """

    def __init__(self, path: str | Path, *, busy_timeout: float = 10.0) -> None:
        # A batch that was sent must not be forgotten by a power cut, or its events would be sent again. What is cleared
        # shall not stay in the file's free pages.
        settings = "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON"
        self._file = SqliteFile(path, "aegis-outbox", settings, busy_timeout=busy_timeout, absent=OutboxError)

    async def open(self) -> str:
        return await self._file.run(self._identify)

    async def lease(self, owner: str, seconds: float) -> Leases:
        return await self._file.run(lambda database: self._lease(database, owner, seconds))

    async def release(self, owner: str, shards: Collection[int] | None = None) -> None:
        await self._file.run(lambda database: self._release(database, owner, shards))

    async def waiting(self, shards: Collection[int]) -> Collection[int]:
        return await self._file.run(lambda database: self._waiting(database, shards))

    async def advance(
        self, shard: int, fence: int, *, confirmed: int | None, rows: int, size: int, keep_values: bool = False
    ) -> Batch | None:
        return await self._file.run(
            lambda database: self._advance(database, shard, fence, confirmed, rows, size, keep_values)
        )

    async def park(self, shard: int, fence: int, batch: Batch, refused: Mapping[int, str]) -> None:
        await self._file.run(lambda database: self._park(database, shard, fence, batch, refused))

    async def parked(self, limit: int = 100) -> Sequence[ParkedEvent]:
        return await self._file.run(lambda database: self._parked(database, limit))

    async def retry(self, event_ids: Collection[str] | None = None) -> int:
        return await self._file.run(lambda database: self._retry(database, event_ids))

    async def drop(self, event_ids: Collection[str]) -> int:
        return await self._file.run(lambda database: self._drop(database, event_ids))

    async def skip_to(self, shard: int, fence: int, number: int) -> None:
        await self._file.run(lambda database: self._skip_to(database, shard, fence, number))

    async def backlog(self) -> OutboxBacklog:
        return await self._file.run(read_backlog)

    async def purge(self, older_than: float, keep: int = 100_000) -> int:
        return await self._file.run(lambda database: self._purge(database, older_than, keep))

    async def aclose(self) -> None:
        await self._file.aclose()

    # In the thread

    def _identify(self, database: sqlite3.Connection) -> str:
        path = self._file.path
        try:
            row = database.execute("SELECT id FROM aegis_outbox_meta").fetchone()
        except sqlite3.DatabaseError as error:
            raise OutboxError(f"{path} has no outbox ({error}); SqliteOutbox().create(connection) makes one") from error
        if row is None:
            raise OutboxError(f"{path} has an unfinished outbox; SqliteOutbox().create(connection) finishes it")
        with _writing(database):
            upgrade(database)
        if path.stat().st_mode & 0o077:
            _log.warning("others can read the outbox in %s, and events may hold secrets: chmod 600", path.name)
        return str(row[0])

    def _lease(self, database: sqlite3.Connection, owner: str, seconds: float) -> Leases:
        now = time.time()
        with _writing(database):
            far = now + far_off(seconds)
            database.execute("DELETE FROM aegis_outbox_relay WHERE alive_until < ? OR alive_until > ?", (now, far))
            database.execute("INSERT OR REPLACE INTO aegis_outbox_relay VALUES (?, ?)", (owner, now + seconds))
            database.execute("UPDATE aegis_outbox_shard SET lease_until = ? WHERE owner = ?", (now + seconds, owner))
            (relays,) = database.execute("SELECT count(*) FROM aegis_outbox_relay").fetchone()
            (shards,) = database.execute("SELECT count(*) FROM aegis_outbox_shard").fetchone()
            share = -(-shards // relays)
            (mine,) = database.execute("SELECT count(*) FROM aegis_outbox_shard WHERE owner = ?", (owner,)).fetchone()
            database.execute(
                """
                UPDATE aegis_outbox_shard SET owner = ?, fence = fence + 1, lease_until = ? WHERE shard IN (
                    SELECT shard FROM aegis_outbox_shard WHERE owner IS NULL OR lease_until < ? OR lease_until > ?
                    ORDER BY shard LIMIT ?
                )
                """,
                (owner, now + seconds, now, far, max(0, share - mine)),
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
            f"""
            SELECT shard FROM aegis_outbox_shard AS s
            WHERE taken > confirmed OR EXISTS (SELECT 1 FROM aegis_outbox WHERE shard = s.shard AND {_WAITS})
            """  # noqa: S608 — a constant
        ).fetchall()
        return [shard for (shard,) in found if shard in shards]

    def _advance(
        self,
        database: sqlite3.Connection,
        shard: int,
        fence: int,
        confirmed: int | None,
        rows: int,
        size: int,
        keep_values: bool,
    ) -> Batch | None:
        now = time.time()
        with _writing(database):
            taken, done, taken_at = _held(database, shard, fence)
            if confirmed is not None and done < confirmed <= taken:
                database.execute("UPDATE aegis_outbox_shard SET confirmed = ? WHERE shard = ?", (confirmed, shard))
                if not keep_values:
                    database.execute(
                        "UPDATE aegis_outbox SET key = NULL, value = X'', headers = '[]' WHERE shard = ? AND batch = ?",
                        (shard, confirmed),
                    )
                done = confirmed
            if taken > done:
                again = _read(database, "shard = ? AND batch = ?", (shard, taken))
                if again:
                    return Batch(taken, again, True, now - taken_at)
            chosen = _choose(database, shard, rows, size, now)
            if not chosen:
                return None
            number = taken + 1
            database.executemany("UPDATE aegis_outbox SET batch = ? WHERE id = ?", [(number, row.id) for row in chosen])
            database.execute(
                "UPDATE aegis_outbox_shard SET taken = ?, taken_at = ? WHERE shard = ?", (number, now, shard)
            )
        return Batch(number, chosen, False, 0.0)

    def _park(
        self, database: sqlite3.Connection, shard: int, fence: int, batch: Batch, refused: Mapping[int, str]
    ) -> None:
        with _writing(database):
            _held(database, shard, fence)
            database.execute(
                "UPDATE aegis_outbox SET batch = NULL WHERE shard = ? AND batch = ?", (shard, batch.number)
            )
            database.executemany(
                "UPDATE aegis_outbox SET parked = ?, parked_at = ? WHERE id = ?",
                [(reason, time.time(), row) for row, reason in refused.items()],
            )

    def _parked(self, database: sqlite3.Connection, limit: int) -> list[ParkedEvent]:
        found = database.execute(
            f"""
            SELECT event_id, event_type, topic, parked, ? - parked_at, (
                SELECT count(*) FROM aegis_outbox AS later
                WHERE later.parked = '{BEHIND}' AND later.key = head.key AND later.id > head.id
            ) FROM aegis_outbox AS head WHERE parked IS NOT NULL AND parked <> '{BEHIND}' ORDER BY id LIMIT ?
            """,  # noqa: S608 — constants
            (time.time(), limit),
        ).fetchall()
        return [ParkedEvent(*row) for row in found]

    def _retry(self, database: sqlite3.Connection, event_ids: Collection[str] | None) -> int:
        again = f"UPDATE aegis_outbox SET parked = NULL, parked_at = NULL WHERE parked <> '{BEHIND}'"  # noqa: S608
        with _writing(database):
            if event_ids is None:
                count = database.execute(again).rowcount
            else:
                count = database.executemany(again + " AND event_id = ?", [(one,) for one in event_ids]).rowcount
            database.execute(_BEHIND_NONE)
        return max(0, count)

    def _drop(self, database: sqlite3.Connection, event_ids: Collection[str]) -> int:
        with _writing(database):
            count = database.executemany(
                "DELETE FROM aegis_outbox WHERE parked IS NOT NULL AND event_id = ?", [(one,) for one in event_ids]
            ).rowcount
            database.execute(_BEHIND_NONE)
        return max(0, count)

    def _skip_to(self, database: sqlite3.Connection, shard: int, fence: int, number: int) -> None:
        with _writing(database):
            taken, done, _ = _held(database, shard, fence)
            if taken > done:
                database.execute("UPDATE aegis_outbox SET batch = NULL WHERE shard = ? AND batch > ?", (shard, done))
            database.execute(
                "UPDATE aegis_outbox_shard SET taken = ?, confirmed = ? WHERE shard = ?", (number, number, shard)
            )

    def _purge(self, database: sqlite3.Connection, older_than: float, keep: int) -> int:
        relayed = "SELECT id FROM aegis_outbox JOIN aegis_outbox_shard USING (shard) WHERE batch <= confirmed"
        with _writing(database):
            old = database.execute(
                f"DELETE FROM aegis_outbox WHERE id IN ({relayed} AND added_at < ? LIMIT 10000)",  # noqa: S608
                (time.time() - older_than,),
            ).rowcount
            surplus = database.execute(
                f"DELETE FROM aegis_outbox WHERE id IN ({relayed} ORDER BY id DESC LIMIT 10000 OFFSET ?)",  # noqa: S608
                (keep,),
            ).rowcount
        return old + surplus


@contextmanager
def _writing(database: sqlite3.Connection) -> Generator[None]:
    # IMMEDIATE: to become a writer in the middle of a transaction may fail, to wait at its beginning does not.
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        # A slow reader lets this fail, and the transaction stays open then.
        database.execute("COMMIT")
    except BaseException:
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise


def _choose(database: sqlite3.Connection, shard: int, rows: int, size: int, now: float) -> tuple[OutboxRow, ...]:
    """
    The next events of a shard, without those that wait behind a refused one; these are parked on the way.
    """
    while True:
        found = _read(database, f"shard = ? AND {_WAITS}", (shard,), rows, size)
        behind = [
            row.id
            for row in found
            if row.key is not None
            and database.execute(
                "SELECT 1 FROM aegis_outbox WHERE parked IS NOT NULL AND key = ? AND id < ? LIMIT 1", (row.key, row.id)
            ).fetchone()
        ]
        if not behind:
            return found
        database.executemany(
            "UPDATE aegis_outbox SET parked = ?, parked_at = ? WHERE id = ?", [(BEHIND, now, one) for one in behind]
        )
        if len(behind) < len(found):
            return tuple(row for row in found if row.id not in set(behind))


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


def read_backlog(database: sqlite3.Connection) -> OutboxBacklog:
    """
    Say how much waits to be relayed.
    """
    waiting, oldest, kept, parked = database.execute(
        """
        SELECT count(*) FILTER (WHERE parked IS NULL AND (batch IS NULL OR batch > confirmed)),
            min(added_at) FILTER (WHERE parked IS NULL AND (batch IS NULL OR batch > confirmed)),
            count(*) FILTER (WHERE batch <= confirmed), count(*) FILTER (WHERE parked IS NOT NULL)
        FROM aegis_outbox JOIN aegis_outbox_shard USING (shard)
        """
    ).fetchone()
    return OutboxBacklog(waiting, max(0.0, time.time() - oldest) if waiting else 0.0, kept, parked)
