"""
A service's database in a SQLite file: for one machine, with one writer at a time.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider.database._database import DatabaseRow, Refusals, keepable
from aegis_sdk.provider.database._unavailable import DatabaseUnavailableError, answering, committing
from aegis_sdk.provider.stores import SqliteStore, Store

if TYPE_CHECKING:
    from aegis_sdk.email.outbox import MailRelay, SqliteMailOutbox
    from aegis_sdk.events.outbox import OutboxRelay, SqliteOutbox

__all__ = ["SqliteDatabase"]

R = TypeVar("R")
_BUSY: Final = 10.0


class SqliteDatabase:
    """
    A service's database in a file.

    Transactions run one after the other, so keep what waits for others (calls, hashes) outside of them.

    Args:
        path: the file; it is made where it is missing.
    """

    def __init__(self, path: str | Path) -> None:
        from aegis_sdk.email.outbox import SqliteMailOutbox
        from aegis_sdk.events.outbox import SqliteOutbox

        self.path = Path(path)
        self.store: Store = SqliteStore(self.path)
        self._events = SqliteOutbox()
        self._mails = SqliteMailOutbox()
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._lock = asyncio.Lock()
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="aegis-database")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="aegis-database-read")

    async def open(self, tables: str = "") -> Self:
        """
        Make the file, the kit's tables and *tables* where they are missing.
        """
        await self._in(self._writing, lambda: self._open(tables))
        return self

    def _open(self, tables: str) -> None:
        writer = self._connect()
        writer.execute("PRAGMA journal_mode = WAL")
        SqliteStore.create(writer)
        writer.execute("BEGIN IMMEDIATE")
        self._events.create(writer)
        self._mails.create(writer)
        writer.execute("COMMIT")
        writer.executescript(tables)
        self._writer, self._reader = writer, self._connect()

    def _connect(self) -> sqlite3.Connection:
        # Statements run in the loop's thread, for they only touch memory; what waits for others or for the disk (BEGIN,
        # COMMIT) in another. The lock lets nobody else in meanwhile.
        connection = sqlite3.connect(self.path, timeout=_BUSY, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    @asynccontextmanager
    async def transaction(self, *, keep: Refusals = ()) -> AsyncGenerator[SqliteTransaction]:
        """
        A transaction: committed at its end, rolled back by an exception that is not among *keep*.
        """
        writer = _opened(self._writer)
        async with self._lock:
            try:
                # IMMEDIATE: to become a writer in the middle may fail, to wait at the beginning does not.
                with answering():
                    await self._in(self._writing, lambda: writer.execute("BEGIN IMMEDIATE"))
                try:
                    yield SqliteTransaction(writer, self._events, self._mails)
                except keep as refused:
                    if not isinstance(refused, DatabaseUnavailableError):
                        with committing():
                            await self._in(self._writing, lambda: writer.execute("COMMIT"))
                    raise
                with committing():
                    await self._in(self._writing, lambda: writer.execute("COMMIT"))
            finally:
                if writer.in_transaction:
                    writer.execute("ROLLBACK")

    async def fetch(self, statement: str, *values: Any) -> list[DatabaseRow]:
        """
        Read, outside of any transaction.
        """
        reader = _opened(self._reader)
        with answering():
            return await self._in(self._reading, lambda: _rows(reader, statement, values))

    async def ping(self) -> None:
        """
        Ask whether the file can be read.
        """
        await self.fetch("SELECT count(*) AS tables FROM sqlite_master")

    def relay(self, **options: Any) -> OutboxRelay:
        """
        What brings the events to Kafka.
        """
        from aegis_sdk.events.outbox import OutboxRelay

        return OutboxRelay.sqlite(self.path, **options)

    def mail_relay(self, **options: Any) -> MailRelay:
        """
        What brings the mails to the mail server.
        """
        from aegis_sdk.email.outbox import MailRelay

        return MailRelay.sqlite(self.path, **options)

    async def aclose(self) -> None:
        """
        Close the file.
        """
        await self.store.aclose()
        async with self._lock:
            for thread, connection in ((self._writing, self._writer), (self._reading, self._reader)):
                if connection is not None:
                    await self._in(thread, connection.close)
                thread.shutdown(wait=False)
            self._writer = self._reader = None

    async def _in(self, thread: ThreadPoolExecutor, work: Callable[[], R]) -> R:
        """
        Do *work* in a thread, to its end: a cancelled request must not leave its transaction to the next one.
        """
        running = asyncio.get_running_loop().run_in_executor(thread, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait([running])
            raise


class SqliteTransaction:
    """
    All of it happens, or none.
    """

    def __init__(self, connection: sqlite3.Connection, events: SqliteOutbox, mails: SqliteMailOutbox) -> None:
        self.store: Store = SqliteStore(connection)
        self._connection = connection
        self._events = events
        self._mails = mails

    async def fetch(self, statement: str, *values: Any) -> list[DatabaseRow]:
        """
        Run a statement and give the rows that it returns; ``$1``, ``$2`` … stand for *values*.
        """
        with answering():
            return _rows(self._connection, statement, values)

    async def publish(self, event: Any) -> None:
        """
        Put an event into the outbox.
        """
        with answering():
            self._events.add(self._connection, event)

    async def send(self, message: EmailMessage) -> None:
        """
        Put a mail into the mail outbox.
        """
        with answering():
            self._mails.add(self._connection, message)


def _rows(connection: sqlite3.Connection, statement: str, values: tuple[Any, ...]) -> list[DatabaseRow]:
    # To SQLite $1 is a name like any other, so that one text does for PostgreSQL, too.
    named = {str(number): value for number, value in enumerate(keepable(values), 1)}
    return [dict(row) for row in connection.execute(statement, named)]


def _opened(connection: sqlite3.Connection | None) -> sqlite3.Connection:
    if connection is None:
        raise ConfigurationError("the database is not open: await database.open() first")
    return connection
