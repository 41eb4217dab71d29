"""
Handled ids in a SQLite file: they survive a restart, and processes on one machine share them.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Sequence
from pathlib import Path

from aegis_sdk._databases._sqlite import SqliteFile
from aegis_sdk.events.dedupe._table import TTL, mark, script

__all__ = ["SqliteDedupe"]

_MARK = mark("sqlite").format("?", "?", "?")
_FORGET = (
    "DELETE FROM aegis_handled_events WHERE (scope, event_id) IN"
    " (SELECT scope, event_id FROM aegis_handled_events WHERE handled_at < ? LIMIT 10000)"
)
# SQLite before 3.32 takes no more than 999 parameters.
_CHUNK = 500


class SqliteDedupe:
    """
    Remembers ids in a SQLite file.

    Args:
        path: the file; it may be the service's own database.
        scope: whose ids these are, normally the consumer group: two groups in one file do not see each other's.
        ttl: seconds after which an id is forgotten; longer than the topic's retention forgets nothing that can come
            back.
    """

    def __init__(self, path: str | Path, scope: str, *, ttl: float = TTL) -> None:
        self._file = SqliteFile(
            path, "aegis-dedupe", f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {script('sqlite')}"
        )
        self._scope = scope
        self._ttl = ttl
        self._swept = 0.0

    @staticmethod
    def create(connection: sqlite3.Connection) -> None:
        """
        Create the table, for a service that marks ids in its own transactions. It commits an open transaction.
        """
        connection.executescript(script("sqlite"))

    def mark(self, connection: sqlite3.Connection, event_id: str) -> bool:
        """
        Mark an event as handled inside the caller's transaction, and say whether it is new.

        A handler that does this first and stops on ``False`` has its effects exactly once, whatever is redelivered.
        """
        return connection.execute(_MARK, (self._scope, event_id, time.time())).rowcount == 1

    async def seen(self, event_ids: Sequence[str]) -> Collection[str]:
        return await self._file.run(lambda database: self._seen(database, event_ids))

    async def add(self, event_ids: Sequence[str]) -> None:
        await self._file.run(lambda database: self._add(database, event_ids))

    async def aclose(self) -> None:
        await self._file.aclose()

    def _seen(self, database: sqlite3.Connection, event_ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(event_ids), _CHUNK):
            some = event_ids[start : start + _CHUNK]
            places = ",".join("?" * len(some))
            rows = database.execute(
                f"SELECT event_id FROM aegis_handled_events WHERE scope = ? AND event_id IN ({places})",  # noqa: S608 — places are question marks
                (self._scope, *some),
            )
            found.update(row[0] for row in rows)
        return found

    def _add(self, database: sqlite3.Connection, event_ids: Sequence[str]) -> None:
        now = time.time()
        database.execute("BEGIN IMMEDIATE")
        database.executemany(_MARK, [(self._scope, event_id, now) for event_id in event_ids])
        swept = now - self._swept > 60.0
        if swept:
            database.execute(_FORGET, (now - self._ttl,))
        database.execute("COMMIT")
        self._swept = now if swept else self._swept
