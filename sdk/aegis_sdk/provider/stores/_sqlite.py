"""
Records in a SQLite file, or in a transaction of the service's own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from aegis_sdk._databases._sqlite import SqliteFile
from aegis_sdk.provider.stores._store import Entry, new_version

__all__ = ["SqliteStore"]

R = TypeVar("R")

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS aegis_records (
    key TEXT PRIMARY KEY,
    data BLOB NOT NULL,
    version INTEGER NOT NULL,
    ends REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS aegis_records_end ON aegis_records (ends);
"""
_READ: Final = "SELECT data, version FROM aegis_records WHERE key = ? AND ends > ?"
_MAKE: Final = (
    "INSERT INTO aegis_records (key, data, version, ends) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE"
    " SET data = excluded.data, version = excluded.version, ends = excluded.ends WHERE aegis_records.ends <= ?5"
)
_CHANGE: Final = "UPDATE aegis_records SET data = ?, version = ?, ends = ? WHERE key = ? AND version = ? AND ends > ?"
_DELETE: Final = "DELETE FROM aegis_records WHERE key = ? AND version = ?"
_SWEEP: Final = (
    "DELETE FROM aegis_records WHERE key IN (SELECT key FROM aegis_records WHERE ends <= ? ORDER BY ends LIMIT 100)"
)


class SqliteStore:
    """
    Records in SQLite: they survive a restart, and processes on one machine share them.

    Args:
        database: a file, which may be the service's own; or an open connection, whose transaction the writes are then
            part of (it is used in the thread that asks, and neither committed nor closed).
    """

    def __init__(self, database: str | Path | sqlite3.Connection) -> None:
        self._given = database if isinstance(database, sqlite3.Connection) else None
        self._file: SqliteFile | None = None
        if not isinstance(database, sqlite3.Connection):
            self._file = SqliteFile(
                database, "aegis-records", f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {_SCHEMA}"
            )

    @staticmethod
    def create(connection: sqlite3.Connection) -> None:
        """
        Create the table, for a service that hands over its own connections. It commits an open transaction.
        """
        connection.executescript(_SCHEMA)

    async def read(self, key: str, now: float) -> Entry | None:
        row = await self._run(lambda database: database.execute(_READ, (key, now)).fetchone())
        return None if row is None else Entry(bytes(row[0]), int(row[1]))

    async def write(self, key: str, data: bytes, *, now: float, ends: float, over: int = 0) -> int:
        version = new_version()

        def work(database: sqlite3.Connection) -> int:
            if over:
                done = database.execute(_CHANGE, (data, version, ends, key, over, now)).rowcount
            else:
                database.execute(_SWEEP, (now,))
                done = database.execute(_MAKE, (key, data, version, ends, now)).rowcount
            return version if done == 1 else 0

        return await self._run(work)

    async def delete(self, key: str, *, over: int) -> bool:
        return await self._run(lambda database: database.execute(_DELETE, (key, over)).rowcount == 1)

    async def aclose(self) -> None:
        if self._file is not None:
            await self._file.aclose()

    async def _run(self, work: Callable[[sqlite3.Connection], R]) -> R:
        if self._file is None:
            assert self._given is not None
            return work(self._given)
        return await self._file.run(work)
