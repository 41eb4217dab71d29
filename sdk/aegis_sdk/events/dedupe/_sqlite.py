"""
Handled ids in a SQLite file: they survive a restart, and processes on one machine share them.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

__all__ = ["SqliteDedupe"]

_R = TypeVar("_R")

_SCHEMA = """
CREATE TABLE IF NOT EXISTS aegis_handled_events (
    scope TEXT NOT NULL,
    event_id TEXT NOT NULL,
    handled_at REAL NOT NULL,
    PRIMARY KEY (scope, event_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS aegis_handled_events_age ON aegis_handled_events (handled_at);
"""
_MARK = "INSERT OR IGNORE INTO aegis_handled_events (scope, event_id, handled_at) VALUES (?, ?, ?)"
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

    def __init__(self, path: str | Path, scope: str, *, ttl: float = 30 * 86_400.0) -> None:
        self._path = str(path)
        self._scope = scope
        self._ttl = ttl
        self._connection: sqlite3.Connection | None = None
        # One thread, so that the connection is used by one thread and the event loop never waits for a disk.
        self._thread: ThreadPoolExecutor | None = None
        self._swept = 0.0

    @staticmethod
    def create(connection: sqlite3.Connection) -> None:
        """
        Create the table, for a service that marks ids in its own transactions. It commits an open transaction.
        """
        connection.executescript(_SCHEMA)

    def mark(self, connection: sqlite3.Connection, event_id: str) -> bool:
        """
        Mark an event as handled inside the caller's transaction, and say whether it is new.

        A handler that does this first and stops on ``False`` has its effects exactly once, whatever is redelivered.
        """
        return connection.execute(_MARK, (self._scope, event_id, time.time())).rowcount == 1

    async def seen(self, event_ids: Sequence[str]) -> Collection[str]:
        return await self._run(lambda database: self._seen(database, event_ids))

    async def add(self, event_ids: Sequence[str]) -> None:
        await self._run(lambda database: self._add(database, event_ids))

    async def aclose(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, self._close)
            thread.shutdown(wait=False)

    async def _run(self, work: Callable[[sqlite3.Connection], _R]) -> _R:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="aegis-dedupe")
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(self._open()))

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self._path, timeout=10.0, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(_SCHEMA)
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

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
        try:
            database.executemany(_MARK, [(self._scope, event_id, now) for event_id in event_ids])
            if now - self._swept > 60.0:
                database.execute(_FORGET, (now - self._ttl,))
                self._swept = now
        except BaseException:
            database.execute("ROLLBACK")
            raise
        database.execute("COMMIT")
