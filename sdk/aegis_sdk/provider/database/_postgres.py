"""
A service's database in PostgreSQL, by way of asyncpg.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Self

from aegis_sdk._databases._postgres import open_pool
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider.database._database import DatabaseRow, Refusals, keepable
from aegis_sdk.provider.database._unavailable import DatabaseUnavailableError, answering, committing
from aegis_sdk.provider.stores import PostgresStore, Store

if TYPE_CHECKING:
    from aegis_sdk.email.outbox import MailRelay, PostgresMailOutbox
    from aegis_sdk.events.outbox import OutboxRelay, PostgresOutbox

__all__ = ["PostgresDatabase"]


class PostgresDatabase:
    """
    A service's database in PostgreSQL.

    Args:
        dsn: where it is, as asyncpg takes it.
        connections: how many connections there may be, and so transactions at once.
        timeout: seconds that one statement may take.
    """

    def __init__(self, dsn: str, *, connections: int = 10, timeout: float = 10.0) -> None:
        from aegis_sdk.email.outbox import PostgresMailOutbox
        from aegis_sdk.events.outbox import PostgresOutbox

        self._dsn = dsn
        self._connections = connections
        self._timeout = timeout
        self._events = PostgresOutbox()
        self._mails = PostgresMailOutbox()
        self._opened: Any = None
        self.store: Store = PostgresStore(_Late(self, timeout))

    async def open(self, tables: str = "") -> Self:
        """
        Connect, and create the kit's tables and *tables* where they are missing.
        """
        self._opened = await open_pool(
            self._dsn, "PostgresDatabase", ConfigurationError, connections=self._connections, timeout=self._timeout
        )
        async with self._opened.acquire() as connection, connection.transaction():
            # Two processes that start at once would make the same table twice, and one of them fail.
            await connection.execute("SELECT pg_advisory_xact_lock(1634887540)")
            await PostgresStore.create(connection)
            await self._events.create_async(connection)
            await self._mails.create_async(connection)
            await connection.execute(tables)
        return self

    @property
    def pool(self) -> Any:
        """
        The asyncpg pool, for what is not asked through here.
        """
        if self._opened is None:
            raise ConfigurationError("the database is not open: await database.open() first")
        return self._opened

    @asynccontextmanager
    async def transaction(self, *, keep: Refusals = ()) -> AsyncGenerator[PostgresTransaction]:
        """
        A transaction: committed at its end, rolled back by an exception that is not among *keep*.
        """
        kept: BaseException | None = None
        with answering():
            connection = await self.pool.acquire(timeout=self._timeout)
        try:
            begun = connection.transaction()
            with answering():
                await begun.start()
            try:
                yield PostgresTransaction(connection, self._events, self._mails)
            except BaseException as refused:
                if not isinstance(refused, keep) or isinstance(refused, DatabaseUnavailableError):
                    await _rolled_back(begun)
                    raise
                kept = refused
            with committing():
                await begun.commit()
        finally:
            # What is done is done: a connection that cannot be given back is dropped.
            with contextlib.suppress(Exception):
                await self.pool.release(connection, timeout=self._timeout)
        if kept is not None:
            raise kept

    async def fetch(self, statement: str, *values: Any) -> list[DatabaseRow]:
        """
        Read, outside of any transaction.
        """
        with answering():
            return [dict(row) for row in await _asked(self.pool, self._timeout, "fetch", statement, *keepable(values))]

    async def ping(self) -> None:
        """
        Ask whether it answers.
        """
        await self.pool.fetchval("SELECT 1")

    def relay(self, **options: Any) -> OutboxRelay:
        """
        What brings the events to Kafka.
        """
        from aegis_sdk.events.outbox import OutboxRelay

        return OutboxRelay.postgres(self._dsn, **options)

    def mail_relay(self, **options: Any) -> MailRelay:
        """
        What brings the mails to the mail server.
        """
        from aegis_sdk.email.outbox import MailRelay

        return MailRelay.postgres(self._dsn, **options)

    async def aclose(self) -> None:
        """
        Disconnect.
        """
        if self._opened is not None:
            await self._opened.close()
            self._opened = None


class _Late:
    """
    The pool of a database that is opened later than its store is handed on.
    """

    def __init__(self, database: PostgresDatabase, timeout: float) -> None:
        self._database = database
        self._timeout = timeout

    async def execute(self, query: str, *args: Any) -> Any:
        with answering():
            return await _asked(self._database.pool, self._timeout, "execute", query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Any:
        with answering():
            return await _asked(self._database.pool, self._timeout, "fetchrow", query, *args)


class _Told:
    """
    A transaction's connection, whose failures are said as what they are.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def execute(self, query: str, *args: Any) -> Any:
        with answering():
            return await self._connection.execute(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Any:
        with answering():
            return await self._connection.fetchrow(query, *args)


async def _asked(pool: Any, timeout: float, method: str, *given: Any) -> Any:
    """
    Ask through a connection of the pool; whoever waits for one waits no longer than for a statement.
    """
    async with pool.acquire(timeout=timeout) as connection:
        return await getattr(connection, method)(*given)


async def _rolled_back(transaction: Any) -> None:
    # What has failed is on its way to be told; that a connection which is gone cannot be rolled back is no news.
    with contextlib.suppress(Exception):
        await transaction.rollback()


class PostgresTransaction:
    """
    All of it happens, or none.
    """

    def __init__(self, connection: Any, events: PostgresOutbox, mails: PostgresMailOutbox) -> None:
        self.store: Store = PostgresStore(_Told(connection))
        self._connection = connection
        self._events = events
        self._mails = mails

    async def fetch(self, statement: str, *values: Any) -> list[DatabaseRow]:
        """
        Run a statement and give the rows that it returns; ``$1``, ``$2`` … stand for *values*.
        """
        with answering():
            return [dict(row) for row in await self._connection.fetch(statement, *keepable(values))]

    async def publish(self, event: Any) -> None:
        """
        Put an event into the outbox.
        """
        with answering():
            await self._events.add_async(self._connection, event)

    async def send(self, message: EmailMessage) -> None:
        """
        Put a mail into the mail outbox.
        """
        with answering():
            await self._mails.add_async(self._connection, message)
