"""
Effects exactly once: an event is marked as handled in the very transaction that has its effects.

A handler opens its transaction, marks the event first, and stops if it was marked before. Effects and mark are
committed or rolled back together, so whatever is redelivered has its effects once.
"""

from __future__ import annotations

import time
from typing import Any

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events._connections import Dialect, aexecute, execute, is_outside, is_outside_async, way_of

__all__ = ["HandledEvents"]

_COLUMNS = {
    "sqlite": "scope TEXT NOT NULL, event_id TEXT NOT NULL, handled_at REAL NOT NULL",
    "postgresql": "scope text NOT NULL, event_id text NOT NULL, handled_at timestamptz NOT NULL DEFAULT now()",
}
_INDEX = "CREATE INDEX IF NOT EXISTS aegis_handled_events_age ON aegis_handled_events (handled_at)"
_NOW = {"sqlite": "{2}", "postgresql": "to_timestamp({2})"}


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
        connection, way = way_of(connection, asynchronous=False, calls=("create", "acreate"))
        for statement in _tables(way.dialect):
            execute(connection, way, statement, ())

    async def acreate(self, connection: Any) -> None:
        """
        Create the table where it is missing, through an asynchronous connection.
        """
        connection, way = way_of(connection, asynchronous=True, calls=("create", "acreate"))
        for statement in _tables(way.dialect):
            await aexecute(connection, way, statement, ())

    def mark(self, connection: Any, event_id: str) -> bool:
        """
        Mark an event inside the caller's transaction, and say whether it is new: on ``False``, stop.

        Raises:
            ConfigurationError: the connection is of no library that is known, or would commit at once.
        """
        connection, way = way_of(connection, asynchronous=False, calls=("mark", "amark"))
        if is_outside(connection, way):
            raise _outside()
        return execute(connection, way, _mark(way.dialect), (self._scope, event_id, time.time())) == 1

    async def amark(self, connection: Any, event_id: str) -> bool:
        """
        Mark an event through an asynchronous connection, likewise.
        """
        connection, way = way_of(connection, asynchronous=True, calls=("mark", "amark"))
        if await is_outside_async(connection, way):
            raise _outside()
        return await aexecute(connection, way, _mark(way.dialect), (self._scope, event_id, time.time())) == 1


def _outside() -> ConfigurationError:
    # The mark would be committed at once, and effects that fail then would be lost.
    return ConfigurationError("mark an event inside the transaction that has its effects; none is open")


def _tables(dialect: Dialect) -> tuple[str, str]:
    end = " WITHOUT ROWID" if dialect == "sqlite" else ""
    columns = f"{_COLUMNS[dialect]}, PRIMARY KEY (scope, event_id)"
    return f"CREATE TABLE IF NOT EXISTS aegis_handled_events ({columns}){end}", _INDEX


def _mark(dialect: Dialect) -> str:
    values = "{0}, {1}, " + _NOW[dialect]
    return f"INSERT INTO aegis_handled_events (scope, event_id, handled_at) VALUES ({values}) ON CONFLICT DO NOTHING"  # noqa: S608 — values are bound
