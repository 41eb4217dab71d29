"""
How PostgreSQL is reached by way of asyncpg: directly, or through a pooler that keeps a session for one transaction.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aegis_sdk.errors import AegisError, MissingExtraError

__all__ = ["PostgresPool", "open_pool", "the_library"]


def the_library(feature: str) -> Any:
    """
    asyncpg.

    Raises:
        MissingExtraError: it is not installed; *feature* says what needs it.
    """
    try:
        return importlib.import_module("asyncpg")
    except ModuleNotFoundError as missing:
        raise MissingExtraError(feature, "postgres") from missing


async def open_pool(
    dsn: str, feature: str, refusal: type[AegisError], *, connections: int, timeout: float, **options: Any
) -> Any:
    """
    Open a pool of asyncpg's.

    Args:
        refusal: raised when the database cannot be reached.
        timeout: seconds for connecting, and for each statement.
    """
    asyncpg = the_library(feature)
    try:
        return await asyncpg.create_pool(
            dsn, min_size=1, max_size=connections, timeout=timeout, command_timeout=timeout, **options
        )
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError, OverflowError) as error:
        # Its own text may hold the address with the password.
        raise refusal(f"PostgreSQL does not answer, or not us ({type(error).__name__})") from None


class PostgresPool:
    """
    A relay's connections: all that it says is said in transactions, so that a pooler may stand between.
    """

    def __init__(self, dsn: str, feature: str, refusal: type[AegisError], *, connections: int, timeout: float) -> None:
        self._dsn = dsn
        self._feature = feature
        self._refusal = refusal
        self._connections = connections
        self._timeout = timeout
        self._pool: Any = None

    async def open(self) -> None:
        """
        Connect.
        """
        self._pool = await open_pool(
            self._dsn,
            self._feature,
            self._refusal,
            connections=self._connections,
            timeout=self._timeout,
            # A pooler gives every transaction another session: statements cannot be prepared ahead, settings are made
            # in each transaction and not at the start, and what a session has is not ours to reset.
            statement_cache_size=0,
            reset=_leave_as_it_is,
        )

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Any]:
        """
        A connection in a transaction, for single statements too.
        """
        if self._pool is None:
            raise self._refusal("the store is not open")
        asyncpg = the_library(self._feature)
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                # What was handed over must not be forgotten by a crash, or it would leave again. A relay that is
                # suspended in the middle of a transaction must not keep its locks.
                await connection.execute(
                    "SET LOCAL synchronous_commit = on; "
                    f"SET LOCAL idle_in_transaction_session_timeout = {int(self._timeout * 1000)}"
                )
                yield connection
        except asyncpg.InsufficientPrivilegeError as error:
            raise self._refusal(f"PostgreSQL does not allow this: {error.args[0]}") from None
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            # Its own text may hold the values of a row.
            raise self._refusal(f"PostgreSQL refuses ({type(error).__name__})") from None

    async def aclose(self) -> None:
        """
        Disconnect.
        """
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.close()


async def _leave_as_it_is(_: Any) -> None:
    return None
