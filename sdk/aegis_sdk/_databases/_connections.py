"""
The connections that services have already: which library they are of, whether a transaction is open, how to speak.

Whatever wraps a connection is seen through; what is not known is refused, for it might commit every statement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast

from aegis_sdk.errors import AegisError, ConfigurationError

__all__ = ["Connections", "Dialect", "Way", "aexecute", "dbapi", "execute"]

Dialect = Literal["sqlite", "postgresql"]

_LIBRARIES: dict[str, tuple[Dialect, bool]] = {
    "sqlite3": ("sqlite", False),
    "_sqlite3": ("sqlite", False),
    "aiosqlite": ("sqlite", True),
    "asyncpg": ("postgresql", True),
    "psycopg2": ("postgresql", False),
}
_MARKS: dict[str, tuple[str, ...]] = {
    "sqlite3": ("isolation_level", "in_transaction"),
    "_sqlite3": ("isolation_level", "in_transaction"),
    "aiosqlite": ("isolation_level", "in_transaction"),
    "asyncpg": ("is_in_transaction", "execute"),
    "psycopg2": ("autocommit", "info"),
}
_DIALECTS: dict[Dialect, str] = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_HIDDEN = "…"
_PLACES = re.compile(r"\{(\d+)\}")
_KNOWN = "sqlite3, psycopg, psycopg2, asyncpg, aiosqlite, Django or SQLAlchemy"


class Way(NamedTuple):
    """
    How one library is spoken to.
    """

    library: str
    dialect: Dialect
    asynchronous: bool


@dataclass(frozen=True, slots=True)
class Connections:
    """
    The connections that one of our tables is written through, and how any other is refused.

    Args:
        refusal: raised for a connection of no library that is known, of the other kind or of another database.
        dialect: the database; any, if not given.
        other: what to use with a connection to another database.
        outside: said of a connection that would commit each statement by itself.
    """

    refusal: type[AegisError]
    dialect: Dialect | None = None
    other: str = ""
    outside: str = "the connection commits every statement by itself; begin a transaction first"

    def way(self, connection: Any, calls: tuple[str, str], *, asynchronous: bool = False) -> tuple[Any, Way]:
        """
        The connection itself, and the way to speak to it.

        Args:
            calls: what to call with a connection, and with an asynchronous one; for the refusal.
        """
        connection = _unwrapped(connection)
        way = _way(connection)
        if way is None:
            kind: type[Any] = connection.__class__
            raise self.refusal(f"{kind.__module__}.{kind.__qualname__} is no connection of {_KNOWN}")
        if self.dialect not in (None, way.dialect):
            there = _DIALECTS[way.dialect]
            raise self.refusal(f"this connection of {way.library} is to {there}; its outbox is {self.other}")
        if way.asynchronous != asynchronous:
            right = f"await …{calls[1]}(…)" if way.asynchronous else f"{calls[0]}(…)"
            raise self.refusal(f"this connection of {way.library} takes {right}")
        return connection, way

    def joined(self, connection: Any, calls: tuple[str, str] = ("add", "add_async")) -> tuple[Any, Way]:
        """
        The same, and a transaction runs on it.
        """
        connection, way = self.way(connection, calls)
        if _is_outside(connection, way):
            raise self.refusal(self.outside)
        return connection, way

    async def joined_async(self, connection: Any, calls: tuple[str, str] = ("add", "add_async")) -> tuple[Any, Way]:
        """
        The same, of an asynchronous connection.
        """
        connection, way = self.way(connection, calls, asynchronous=True)
        if await _is_outside_async(connection, way):
            raise self.refusal(self.outside)
        return connection, way


def _unwrapped(connection: Any) -> Any:
    # What SQLAlchemy's pool hands out (`raw_connection()`) knows nothing of transactions; what is inside does.
    own: type[Any] = connection.__class__
    if _library(own) == "sqlalchemy" and hasattr(connection, "driver_connection"):
        return connection.driver_connection
    return connection


def _library(kind: type[Any]) -> str:
    return kind.__module__.partition(".")[0]


def _way(connection: Any) -> Way | None:
    own: type[Any] = connection.__class__
    for kind in own.__mro__:
        library = _library(kind)
        if library in _LIBRARIES:
            if not all(hasattr(connection, name) for name in _MARKS[library]):
                return None  # a pool, a cursor: of the library, and no connection
            dialect, asynchronous = _LIBRARIES[library]
            return Way(library.lstrip("_"), dialect, asynchronous)
        if library == "psycopg" and hasattr(connection, "autocommit"):
            return Way("psycopg", "postgresql", kind.__name__.startswith("Async"))
        if library == "django" and hasattr(connection, "vendor"):
            return Way("django", _dialect(connection.vendor), False)
        if library == "sqlalchemy" and (hasattr(connection, "get_bind") or hasattr(connection, "dialect")):
            if not hasattr(connection, "execute"):
                return None
            bind = connection.get_bind() if hasattr(connection, "get_bind") else connection
            return Way("sqlalchemy", _dialect(bind.dialect.name), "asyncio" in kind.__module__)
    return None


def _dialect(name: str) -> Dialect:
    if name == "sqlite":
        return "sqlite"
    if name == "postgresql":
        return "postgresql"
    raise ConfigurationError(f"this is for SQLite and PostgreSQL, not for {name}")


def _is_outside(connection: Any, way: Way) -> bool:
    """
    Whether the next statement would be committed by itself.
    """
    if way.library == "django":
        return not connection.in_atomic_block and bool(connection.get_autocommit())
    if way.library == "psycopg":
        return bool(connection.autocommit) and connection.info.transaction_status.name == "IDLE"
    if way.library == "psycopg2":
        return bool(connection.autocommit) and int(connection.info.transaction_status) == 0
    if way.library == "asyncpg":
        return not connection.is_in_transaction()
    if way.library in ("sqlite3", "aiosqlite"):
        # -1, the default, leaves it to isolation_level; True is autocommit (Python 3.12).
        committing = connection.isolation_level is None or getattr(connection, "autocommit", -1) is True
        return committing and not connection.in_transaction
    bound = connection.connection() if hasattr(connection, "get_bind") else connection
    return _commits(bound)


async def _is_outside_async(connection: Any, way: Way) -> bool:
    """
    Whether the next statement on an asynchronous connection would be committed by itself.
    """
    if way.library != "sqlalchemy":
        return _is_outside(connection, way)
    bound = await connection.connection() if hasattr(connection, "get_bind") else connection
    return _commits(bound.sync_connection)


def _commits(connection: Any) -> bool:
    """
    Whether a connection of SQLAlchemy, which begins transactions by itself, was told not to.
    """
    engine_wide = cast("dict[str, Any]", connection.engine.get_execution_options())
    level = connection.get_execution_options().get("isolation_level", engine_wide.get("isolation_level"))
    if level is None:
        level = getattr(connection.dialect, "_on_connect_isolation_level", None)
    if level is not None:
        return str(level).upper() == "AUTOCOMMIT"
    driver = connection.connection.dbapi_connection
    return getattr(driver, "autocommit", False) is True


def dbapi(connection: Any, way: Way) -> Any:
    """
    The driver's own connection behind one of Django or SQLAlchemy.
    """
    if way.library == "django":
        connection.ensure_connection()
        return connection.connection
    if way.library == "sqlalchemy":
        bound = connection.connection() if hasattr(connection, "get_bind") else connection
        return bound.connection.dbapi_connection
    return connection


def execute(connection: Any, way: Way, statement: str, values: tuple[Any, ...]) -> int:
    """
    Run a statement whose places are ``{0}``, ``{1}`` …, and say how many rows it touched.
    """
    said, given = _written(way, statement, values)
    if way.library == "sqlalchemy":
        from sqlalchemy import text

        return int(connection.execute(text(said), given).rowcount)
    if way.library in ("django", "psycopg2"):
        with connection.cursor() as cursor:
            cursor.execute(said, given)
            return int(cursor.rowcount)
    return int(connection.execute(said, given).rowcount)


async def aexecute(connection: Any, way: Way, statement: str, values: tuple[Any, ...]) -> int:
    """
    Run a statement on an asynchronous connection, likewise.
    """
    said, given = _written(way, statement, values)
    if way.library == "asyncpg":
        status: str = await connection.execute(said, *values)
        count = status.rpartition(" ")[2]
        return int(count) if values and count.isdecimal() else 0
    if way.library == "sqlalchemy":
        from sqlalchemy import text

        return int((await connection.execute(text(said), given)).rowcount)
    return int((await connection.execute(said, given)).rowcount)


class _UnseenText(str):
    __slots__ = ()

    def __repr__(self) -> str:
        return _HIDDEN


class _UnseenBytes(bytes):
    def __repr__(self) -> str:
        return _HIDDEN


def _unseen(value: Any) -> Any:
    """
    The same value, which does not show itself.
    """
    if isinstance(value, str):
        return _UnseenText(value)
    return _UnseenBytes(value) if isinstance(value, bytes) else value


def _written(way: Way, statement: str, values: tuple[Any, ...]) -> tuple[str, Any]:
    """
    The statement with the library's own places, and the values as they stand in it.
    """
    if way.library == "asyncpg":
        return statement.format(*(f"${number + 1}" for number in range(len(values)))), values
    # These two show what they were given: in errors, in their log, in the list of queries.
    if way.library in ("sqlalchemy", "django"):
        values = tuple(_unseen(value) for value in values)
    if way.library == "sqlalchemy":
        names = [f"v{number}" for number in range(len(values))]
        return statement.format(*(f":{name}" for name in names)), dict(zip(names, values, strict=True))
    given = tuple(values[int(number)] for number in _PLACES.findall(statement))
    if way.library in ("sqlite3", "aiosqlite"):
        return statement.format(*["?"] * len(values)), given
    if values:
        # With values, a literal % is doubled for these libraries.
        statement = statement.replace("%", "%%")
    return statement.format(*["%s"] * len(values)), given or None
