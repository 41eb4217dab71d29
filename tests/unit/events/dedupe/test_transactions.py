"""
An event is marked in the transaction that has its effects, through whichever library the service uses.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import HandledEvents, SqliteDedupe
from tests.postgres_server import running, skip_without_postgres

HANDLED = HandledEvents("policy-service")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    if reason := skip_without_postgres():
        pytest.skip(reason)
    with running() as dsn:
        yield dsn


@pytest.fixture
async def table(postgres: str) -> str:
    import asyncpg

    connection = await asyncpg.connect(postgres)
    await connection.execute("DROP TABLE IF EXISTS aegis_handled_events")
    await HANDLED.acreate(connection)
    await HANDLED.acreate(connection)
    await connection.close()
    return postgres


def test_sqlite3(tmp_path: Path) -> None:
    """
    New, then known; rolled back with the effects; known to the store of the consumer, too.
    """
    connection = sqlite3.connect(tmp_path / "service.db")
    HANDLED.create(connection)
    connection.execute("CREATE TABLE effects (n INTEGER)")
    assert HANDLED.mark(connection, "e-1")
    connection.execute("INSERT INTO effects VALUES (1)")
    connection.rollback()
    for expected in (True, False):
        with connection:
            assert HANDLED.mark(connection, "e-1") is expected
    assert HandledEvents("another").mark(connection, "e-1")
    connection.rollback()
    assert not SqliteDedupe(tmp_path / "service.db", "policy-service").mark(connection, "e-1")
    assert connection.execute("SELECT count(*) FROM effects").fetchone() == (0,)
    connection.close()


async def test_asyncpg(table: str) -> None:
    """
    Inside a transaction of asyncpg; outside of one it is refused.
    """
    import asyncpg

    connection = await asyncpg.connect(table)
    with pytest.raises(ConfigurationError, match="inside the transaction"):
        await HANDLED.amark(connection, "e-1")
    transaction = connection.transaction()
    await transaction.start()
    assert await HANDLED.amark(connection, "e-1")
    await transaction.rollback()
    for expected in (True, False):
        async with connection.transaction():
            assert await HANDLED.amark(connection, "e-1") is expected
    await connection.close()


async def test_psycopg(table: str) -> None:
    """
    Both kinds of psycopg's connections, with the same table; one that commits at once is refused.
    """
    import psycopg

    with psycopg.connect(table) as connection:
        assert HANDLED.mark(connection, "e-1")
        connection.rollback()
        assert HANDLED.mark(connection, "e-1")
    async with await psycopg.AsyncConnection.connect(table) as other:
        assert not await HANDLED.amark(other, "e-1")
        assert await HANDLED.amark(other, "e-2")
        with pytest.raises(ConfigurationError, match=r"psycopg takes await …amark"):
            HANDLED.mark(other, "e-3")
    with psycopg.connect(table, autocommit=True) as quick:
        with pytest.raises(ConfigurationError, match="inside the transaction"):
            HANDLED.mark(quick, "e-3")
        with quick.transaction():
            assert not HANDLED.mark(quick, "e-2")


@pytest.mark.parametrize("kind", ["connection", "session"])
def test_sqlalchemy(table: str, tmp_path: Path, kind: str) -> None:
    """
    Connections and sessions of SQLAlchemy, on PostgreSQL and SQLite.
    """
    import sqlalchemy
    from sqlalchemy.orm import Session

    urls = (table.replace("postgresql://", "postgresql+psycopg://"), f"sqlite:///{tmp_path / 'service.db'}")
    for url in urls:
        engine = sqlalchemy.create_engine(url)
        with engine.begin() as connection:
            HANDLED.create(connection)
        made: Any = Session(engine) if kind == "session" else engine.connect()
        with made:
            assert HANDLED.mark(made, "e-1")
            made.rollback()
            assert HANDLED.mark(made, "e-1")
            made.commit()
            assert not HANDLED.mark(made, "e-1")
        engine.dispose()


async def test_sqlalchemy_without_waiting(table: str) -> None:
    """
    Connections and sessions of SQLAlchemy's asynchronous side.
    """
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    engine = create_async_engine(table.replace("postgresql://", "postgresql+psycopg://"))
    async with engine.begin() as connection:
        assert await HANDLED.amark(connection, "e-1")
    async with AsyncSession(engine) as session:
        assert not await HANDLED.amark(session, "e-1")
        assert await HANDLED.amark(session, "e-2")
        await session.rollback()
        assert await HANDLED.amark(session, "e-2")
    await engine.dispose()


def test_django(tmp_path: Path) -> None:
    """
    Django's connection inside ``transaction.atomic``; outside of it the mark would be committed alone and is refused.
    """
    from django.conf import settings

    # Others use Django in this process, too: its settings are made once, and each test has a connection of its own.
    if not settings.configured:
        settings.configure(DATABASES={}, USE_TZ=True)
    import django
    from django.db import ConnectionHandler, connections, transaction

    django.setup()
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "django.db")}
    connection = connections["dedupe"] = ConnectionHandler({"default": database})["default"]
    connection.alias = "dedupe"

    HANDLED.create(connection)
    with pytest.raises(ConfigurationError, match="inside the transaction"):
        HANDLED.mark(connection, "e-1")
    with transaction.atomic(using="dedupe"):
        assert HANDLED.mark(connection, "e-1")
        transaction.set_rollback(True, using="dedupe")
    for expected in (True, False):
        with transaction.atomic(using="dedupe"):
            assert HANDLED.mark(connection, "e-1") is expected
    connection.close()
    del connections["dedupe"]


def test_any_other_connection_is_refused_by_name() -> None:
    """
    What is not known is refused, not tried.
    """
    with pytest.raises(ConfigurationError, match=r"builtins\.dict is no connection of sqlite3, psycopg"):
        HANDLED.mark({}, "e-1")
