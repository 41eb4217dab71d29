"""
Effects exactly once: an event is marked as handled in the very transaction that has its effects.

A handler opens its transaction, marks the event first, and stops if it was marked before. Effects and mark are
committed or rolled back together, so whatever is redelivered has its effects once.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from aegis_sdk._databases._connections import Connections, Dialect, aexecute, execute
from aegis_sdk._databases._tables import together
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.dedupe._table import mark, tables

__all__ = ["HandledEvents"]

# A mark that is committed at once loses the effects that fail then.
_CONNECTIONS = Connections(
    ConfigurationError, outside="mark an event inside the transaction that has its effects; none is open"
)


class HandledEvents:
    """
    The ids that are handled, marked through the connection that the service has already.

    It takes connections of sqlite3, aiosqlite, psycopg (both kinds), psycopg2, asyncpg and Django, and connections and
    sessions of SQLAlchemy (both kinds), for SQLite and PostgreSQL.

    Args:
        scope: whose ids these are, normally the consumer group. The table is that of the stores.
    """

    def __init__(self, scope: str) -> None:
        self._scope = scope

    def create(self, connection: Any) -> None:
        """
        Create the table where it is missing.
        """
        connection, way = _CONNECTIONS.way(connection, ("create", "acreate"))
        for statement in _creation(way.dialect):
            execute(connection, way, statement, ())

    async def acreate(self, connection: Any) -> None:
        """
        Create the table where it is missing, through an asynchronous connection.
        """
        connection, way = _CONNECTIONS.way(connection, ("create", "acreate"), asynchronous=True)
        for statement in _creation(way.dialect):
            await aexecute(connection, way, statement, ())

    def mark(self, connection: Any, event_id: str) -> bool:
        """
        Mark an event inside the caller's transaction, and say whether it is new: on ``False``, stop.

        Raises:
            ConfigurationError: the connection is of no library that is known, or would commit at once.
        """
        connection, way = _CONNECTIONS.joined(connection, ("mark", "amark"))
        return execute(connection, way, mark(way.dialect), (self._scope, event_id, time.time())) == 1

    async def amark(self, connection: Any, event_id: str) -> bool:
        """
        Mark an event through an asynchronous connection, likewise.
        """
        connection, way = await _CONNECTIONS.joined_async(connection, ("mark", "amark"))
        return await aexecute(connection, way, mark(way.dialect), (self._scope, event_id, time.time())) == 1


def _creation(dialect: Dialect) -> Collection[str]:
    return (together(*tables(dialect)),) if dialect == "postgresql" else tables(dialect)
