"""
A SQLite file that is asked in one thread of its own.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

__all__ = ["SqliteFile"]

R = TypeVar("R")


class SqliteFile:
    """
    A file, opened when it is first asked; its connection stays in the thread, and the loop never waits for a disk.

    Args:
        settings: what each connection is told first.
        busy_timeout: seconds to wait for others who read or write the file.
        absent: makes the error for a file that does not exist; without it, the file is made.
    """

    def __init__(
        self,
        path: str | Path,
        thread: str,
        settings: str,
        *,
        busy_timeout: float = 10.0,
        absent: Callable[[str], Exception] | None = None,
    ) -> None:
        self.path = Path(path)
        self._name = thread
        self._settings = settings
        self._busy_timeout = busy_timeout
        self._absent = absent
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], R]) -> R:
        """
        Do *work* in the thread; a transaction that it leaves open is rolled back.
        """
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=self._name)
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._in_thread, work)

    async def aclose(self) -> None:
        """
        Close the file; whoever asks again opens it again.
        """
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.get_running_loop().run_in_executor(thread, self._close)
            thread.shutdown(wait=False)

    def _in_thread(self, work: Callable[[sqlite3.Connection], R]) -> R:
        database = self._open()
        try:
            return work(database)
        finally:
            if database.in_transaction:
                # Neither committed nor rolled back: the lock would be held for good.
                self._close()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            if self._absent is not None and not self.path.exists():
                raise self._absent(f"{self.path} does not exist")
            connection = sqlite3.connect(self.path, timeout=self._busy_timeout, isolation_level=None)
            connection.executescript(self._settings)
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
