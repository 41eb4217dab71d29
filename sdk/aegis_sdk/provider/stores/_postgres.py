"""
Records in PostgreSQL, through an asyncpg pool or connection.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final, Protocol

from aegis_sdk.provider.stores._store import Entry, new_version

__all__ = ["PostgresStore"]

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS aegis_records (
    key text PRIMARY KEY,
    data bytea NOT NULL,
    version bigint NOT NULL,
    ends double precision NOT NULL
);
CREATE INDEX IF NOT EXISTS aegis_records_end ON aegis_records (ends);
"""
_READ: Final = "SELECT data, version FROM aegis_records WHERE key = $1 AND ends > $2"
_MAKE: Final = (
    "INSERT INTO aegis_records (key, data, version, ends) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO UPDATE"
    " SET data = excluded.data, version = excluded.version, ends = excluded.ends WHERE aegis_records.ends <= $5"
    " RETURNING version"
)
_CHANGE: Final = (
    "UPDATE aegis_records SET data = $1, version = $2, ends = $3 WHERE key = $4 AND version = $5 AND ends > $6"
    " RETURNING version"
)
_DELETE: Final = "DELETE FROM aegis_records WHERE key = $1 AND version = $2 RETURNING version"
# Rows that another process sweeps are left to it, so that nobody waits for anybody.
_SWEEP: Final = (
    "DELETE FROM aegis_records WHERE key IN"
    " (SELECT key FROM aegis_records WHERE ends <= $1 ORDER BY ends LIMIT 100 FOR UPDATE SKIP LOCKED)"
)
_EVERY: Final = 50


class AsyncpgLike(Protocol):
    """
    What is used of asyncpg; a pool, a connection and a connection of a pool have it.
    """

    def execute(self, query: str, *args: Any) -> Awaitable[Any]: ...
    def fetchrow(self, query: str, *args: Any) -> Awaitable[Any]: ...


class PostgresStore:
    """
    Records in PostgreSQL, shared by all processes.

    Args:
        database: an asyncpg pool; or a connection, whose transaction the writes are then part of. It is not closed
            here.
    """

    def __init__(self, database: AsyncpgLike) -> None:
        self._database = database
        self._written = 0

    @staticmethod
    async def create(database: AsyncpgLike) -> None:
        """
        Create the table where it is missing.
        """
        await database.execute(_SCHEMA)

    async def read(self, key: str, now: float) -> Entry | None:
        row = await self._database.fetchrow(_READ, key, now)
        return None if row is None else Entry(bytes(row[0]), int(row[1]))

    async def write(self, key: str, data: bytes, *, now: float, ends: float, over: int = 0) -> int:
        version = new_version()
        if over:
            row = await self._database.fetchrow(_CHANGE, data, version, ends, key, over, now)
        else:
            if self._written % _EVERY == 0:
                await self._database.execute(_SWEEP, now)
            self._written += 1
            row = await self._database.fetchrow(_MAKE, key, data, version, ends, now)
        return 0 if row is None else version

    async def delete(self, key: str, *, over: int) -> bool:
        return await self._database.fetchrow(_DELETE, key, over) is not None

    async def aclose(self) -> None:
        return None
