"""
Effects exactly once: an event is marked as handled in the very transaction that has its effects.

A handler opens its transaction, marks the event first, and stops if it was marked before. Effects and mark are
committed or rolled back together, so whatever is redelivered has its effects once.
"""

from __future__ import annotations

import time
from typing import Any, Literal, NamedTuple

from aegis_sdk.errors import ConfigurationError

__all__ = ["HandledEvents"]

_Dialect = Literal["sqlite", "postgresql"]
_COLUMNS = {
    "sqlite": "scope TEXT NOT NULL, event_id TEXT NOT NULL, handled_at REAL NOT NULL",
    "postgresql": "scope text NOT NULL, event_id text NOT NULL, handled_at timestamptz NOT NULL DEFAULT now()",
}
_INDEX = "CREATE INDEX IF NOT EXISTS aegis_handled_events_age ON aegis_handled_events (handled_at)"
_NOW = {"sqlite": "{2}", "postgresql": "to_timestamp({2})"}


class _Way(NamedTuple):
    """
    How one library is spoken to.
    """

    library: str
    dialect: _Dialect
    asynchronous: bool


class HandledEvents:
    """
    The ids that are handled, marked through the connection that the service has already.

    It takes connections of sqlite3, psycopg (both kinds), asyncpg and Django, and connections and sessions of
    SQLAlchemy (both kinds), for SQLite and PostgreSQL.

    Args:
        scope: whose ids these are, normally the consumer group. The table is that of the stores.
    """

    def __init__(self, scope: str) -> None:
        self._scope = scope

    def create(self, connection: Any) -> None:
        """
        Create the table where it is missing.
        """
        way = _way(connection, asynchronous=False)
        for statement in _tables(way.dialect):
            _execute(connection, way, statement, ())

    async def acreate(self, connection: Any) -> None:
        """
        Create the table where it is missing, through an asynchronous connection.
        """
        way = _way(connection, asynchronous=True)
        for statement in _tables(way.dialect):
            await _aexecute(connection, way, statement, ())

    def mark(self, connection: Any, event_id: str) -> bool:
        """
        Mark an event inside the caller's transaction, and say whether it is new: on ``False``, stop.

        Raises:
            ConfigurationError: the connection is of no library that is known, or would commit at once.
        """
        way = _way(connection, asynchronous=False)
        _hold_to_a_transaction(connection, way)
        return _execute(connection, way, _mark(way.dialect), (self._scope, event_id, time.time())) == 1

    async def amark(self, connection: Any, event_id: str) -> bool:
        """
        Mark an event through an asynchronous connection, likewise.
        """
        way = _way(connection, asynchronous=True)
        _hold_to_a_transaction(connection, way)
        return await _aexecute(connection, way, _mark(way.dialect), (self._scope, event_id, time.time())) == 1


def _way(connection: Any, *, asynchronous: bool) -> _Way:
    for kind in type(connection).__mro__:
        library = kind.__module__.partition(".")[0]
        if library in ("sqlite3", "_sqlite3"):
            return _fits(_Way("sqlite3", "sqlite", False), asynchronous)
        if library == "asyncpg":
            return _fits(_Way("asyncpg", "postgresql", True), asynchronous)
        if library == "psycopg":
            return _fits(_Way("psycopg", "postgresql", kind.__name__.startswith("Async")), asynchronous)
        if library == "django":
            return _fits(_Way("django", _dialect(connection.vendor), False), asynchronous)
        if library == "sqlalchemy":
            bind = connection.get_bind() if hasattr(connection, "get_bind") else connection
            is_async = "asyncio" in kind.__module__
            return _fits(_Way("sqlalchemy", _dialect(bind.dialect.name), is_async), asynchronous)
    raise ConfigurationError(
        f"{type(connection).__module__}.{type(connection).__qualname__} is no connection of sqlite3, psycopg, asyncpg,"
        " Django or SQLAlchemy"
    )


def _fits(way: _Way, asynchronous: bool) -> _Way:
    if way.asynchronous != asynchronous:
        right = "await …amark(…)" if way.asynchronous else "mark(…)"
        raise ConfigurationError(f"this connection of {way.library} takes {right}")
    return way


def _dialect(name: str) -> _Dialect:
    if name == "sqlite":
        return "sqlite"
    if name == "postgresql":
        return "postgresql"
    raise ConfigurationError(f"handled events are kept in SQLite and PostgreSQL, not in {name}")


def _hold_to_a_transaction(connection: Any, way: _Way) -> None:
    """
    Refuse a connection that would commit the mark at once: effects that fail then would be lost.
    """
    if way.library == "django":
        outside = not connection.in_atomic_block
    elif way.library == "psycopg":
        outside = connection.autocommit and connection.info.transaction_status.name == "IDLE"
    elif way.library == "asyncpg":
        outside = not connection.is_in_transaction()
    elif way.library == "sqlite3":
        outside = connection.isolation_level is None and not connection.in_transaction
    else:
        outside = False  # SQLAlchemy begins a transaction by itself
    if outside:
        raise ConfigurationError("mark an event inside the transaction that has its effects; none is open")


def _tables(dialect: _Dialect) -> tuple[str, str]:
    end = " WITHOUT ROWID" if dialect == "sqlite" else ""
    columns = f"{_COLUMNS[dialect]}, PRIMARY KEY (scope, event_id)"
    return f"CREATE TABLE IF NOT EXISTS aegis_handled_events ({columns}){end}", _INDEX


def _mark(dialect: _Dialect) -> str:
    values = "{0}, {1}, " + _NOW[dialect]
    return f"INSERT INTO aegis_handled_events (scope, event_id, handled_at) VALUES ({values}) ON CONFLICT DO NOTHING"  # noqa: S608 — values are bound


def _written(way: _Way, statement: str) -> str:
    places = {"sqlite3": "???", "asyncpg": ("$1", "$2", "$3"), "sqlalchemy": (":a", ":b", ":c")}
    return statement.format(*places.get(way.library, ("%s", "%s", "%s")))


def _execute(connection: Any, way: _Way, statement: str, values: tuple[Any, ...]) -> int:
    said = _written(way, statement)
    if way.library == "sqlalchemy":
        from sqlalchemy import text

        return int(connection.execute(text(said), dict(zip("abc", values, strict=False))).rowcount)
    if way.library == "django":
        with connection.cursor() as cursor:
            cursor.execute(said, values)
            return int(cursor.rowcount)
    return int(connection.execute(said, values).rowcount)


async def _aexecute(connection: Any, way: _Way, statement: str, values: tuple[Any, ...]) -> int:
    said = _written(way, statement)
    if way.library == "asyncpg":
        status: str = await connection.execute(said, *values)
        return int(status.rpartition(" ")[2]) if values else 0
    if way.library == "sqlalchemy":
        from sqlalchemy import text

        return int((await connection.execute(text(said), dict(zip("abc", values, strict=False)))).rowcount)
    return int((await connection.execute(said, values)).rowcount)
