"""
Writing into an outbox through whatever library a service uses: seen through, or refused by name.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from aegis_sdk.events.outbox import OutboxError, PostgresOutbox, SqliteOutbox
from tests.unit.events.outbox.harness import deleted

asyncpg: Any = pytest.importorskip("asyncpg")
psycopg: Any = pytest.importorskip("psycopg")
OUTBOX: PostgresOutbox = PostgresOutbox()
OUTSIDE = "begin a transaction"


@pytest.fixture
async def database(dsn: str) -> str:
    connection = await asyncpg.connect(dsn)
    await OUTBOX.create_async(connection)
    await OUTBOX.create_async(connection)
    await connection.close()
    return dsn


async def numbers(dsn: str) -> list[int]:
    """
    The events that are in the outbox.
    """
    connection = await asyncpg.connect(dsn)
    try:
        found = await connection.fetch("SELECT event_id FROM aegis_outbox ORDER BY id")
        return [int(row[0][-12:]) for row in found]
    finally:
        await connection.close()


def address(dsn: str, driver: str) -> Any:
    """
    The address as SQLAlchemy takes it.
    """
    return dsn.replace("postgresql:", f"postgresql+{driver}:")


async def test_sqlalchemy(database: str) -> None:
    """
    Connections and sessions, with the rollback of the service's own; autocommit is refused wherever it was switched on.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.orm import Session

    engine = create_engine(address(database, "psycopg"))
    with engine.begin() as connection:
        OUTBOX.add(connection, deleted(1))
    with Session(engine) as session, session.begin():
        OUTBOX.add_all(session, [deleted(2), deleted(3)])
    with Session(engine) as session:
        OUTBOX.add(session, deleted(100))
        session.rollback()
    with (
        engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        pytest.raises(OutboxError, match=OUTSIDE),
    ):
        OUTBOX.add(connection, deleted(100))
    auto = engine.execution_options(isolation_level="AUTOCOMMIT")
    with Session(auto) as session, pytest.raises(OutboxError, match=OUTSIDE):
        OUTBOX.add(session, deleted(100))
    auto = create_engine(address(database, "psycopg"), isolation_level="AUTOCOMMIT")
    with auto.connect() as connection, pytest.raises(OutboxError, match=OUTSIDE):
        OUTBOX.add(connection, deleted(100))
    raw = engine.raw_connection()
    OUTBOX.add(raw, deleted(4))
    raw.commit()
    raw.driver_connection.autocommit = True
    with pytest.raises(OutboxError, match=OUTSIDE):
        OUTBOX.add(raw, deleted(100))
    raw.driver_connection.autocommit = False
    raw.close()
    engine.dispose()
    assert await numbers(database) == [1, 2, 3, 4]


@pytest.mark.parametrize("driver", ["asyncpg", "psycopg"])
async def test_sqlalchemy_without_waiting(database: str, driver: str) -> None:
    """
    The asynchronous kinds, over either driver, likewise; the other call is named.
    """
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    engine = create_async_engine(address(database, driver))
    async with engine.begin() as connection:
        await OUTBOX.add_async(connection, deleted(1))
    async with AsyncSession(engine) as session, session.begin():
        await OUTBOX.add_all_async(session, [deleted(2), deleted(3)])
        with pytest.raises(OutboxError, match="await …add_async"):
            OUTBOX.add(session, deleted(100))
    auto = engine.execution_options(isolation_level="AUTOCOMMIT")
    async with auto.connect() as connection:
        with pytest.raises(OutboxError, match=OUTSIDE):
            await OUTBOX.add_async(connection, deleted(100))
    async with AsyncSession(auto) as session:
        with pytest.raises(OutboxError, match=OUTSIDE):
            await OUTBOX.add_async(session, deleted(100))
    await engine.dispose()
    assert await numbers(database) == [1, 2, 3]


def test_django(database: str) -> None:
    """
    Inside ``transaction.atomic()``; outside of it Django commits every statement, and the event is refused.
    """
    django = pytest.importorskip("django")
    from django.conf import settings
    from django.db import ConnectionHandler, connections, transaction

    if not settings.configured:
        settings.configure(DATABASES={}, USE_TZ=True)
        django.setup()
    host = database.partition("host=")[2]
    name = database.partition("@/")[2].partition("?")[0]
    engine = "django.db.backends.postgresql"
    handler = ConnectionHandler({"default": {"ENGINE": engine, "NAME": name, "USER": "tests", "HOST": host}})
    one = connections["outbox"] = handler["default"]
    one.alias = "outbox"
    with pytest.raises(OutboxError, match=OUTSIDE):
        OUTBOX.add(one, deleted(100))
    with transaction.atomic(using="outbox"):
        OUTBOX.add(one, deleted(1))
    with transaction.atomic(using="outbox"):
        OUTBOX.add(one, deleted(100))
        transaction.set_rollback(True, using="outbox")
    one.set_autocommit(False)
    OUTBOX.add(one, deleted(2))
    one.commit()
    one.close()
    del connections["outbox"]
    assert asyncio.run(numbers(database)) == [1, 2]


async def test_psycopg_and_asyncpg(database: str) -> None:
    """
    Both kinds of psycopg and asyncpg's pooled connections; outside of a transaction the event is refused.
    """
    with psycopg.connect(database) as connection:
        OUTBOX.add(connection, deleted(1))
    with psycopg.connect(database, autocommit=True) as connection, pytest.raises(OutboxError, match=OUTSIDE):
        OUTBOX.add(connection, deleted(100))
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        with pytest.raises(OutboxError, match=OUTSIDE):
            await OUTBOX.add_async(connection, deleted(100))
        async with connection.transaction():
            await OUTBOX.add_async(connection, deleted(2))
    async with asyncpg.create_pool(database, min_size=1) as pool, pool.acquire() as connection:
        with pytest.raises(OutboxError, match=OUTSIDE):
            await OUTBOX.add_async(connection, deleted(100))
        async with connection.transaction():
            await OUTBOX.add_async(connection, deleted(3))
    assert await numbers(database) == [1, 2, 3]


async def test_sqlite_through_others(tmp_path: Path) -> None:
    """
    An outbox in SQLite takes SQLAlchemy's and aiosqlite's connections; the other database's are refused by name.
    """
    import aiosqlite
    from sqlalchemy import create_engine

    path = tmp_path / "service.db"
    outbox: SqliteOutbox = SqliteOutbox()
    with sqlite3.connect(path) as made:
        outbox.create(made)
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        outbox.add(connection, deleted(1))
        with pytest.raises(OutboxError, match="SqliteOutbox"):
            OUTBOX.add(connection, deleted(1))
    auto = engine.execution_options(isolation_level="AUTOCOMMIT")
    with auto.connect() as connection, pytest.raises(OutboxError, match=OUTSIDE):
        outbox.add(connection, deleted(2))
    engine.dispose()
    async with aiosqlite.connect(path, isolation_level=None) as direct:
        with pytest.raises(OutboxError, match=OUTSIDE):
            await outbox.add_async(direct, deleted(2))
        await direct.execute("BEGIN")
        await outbox.add_async(direct, deleted(2))
        await direct.commit()
    assert outbox.backlog(made).waiting == 2
    made.close()


def test_what_is_not_known_is_refused_by_name() -> None:
    """
    A connection of another library is not tried: it might commit every statement.
    """

    class Connection:
        def cursor(self) -> None:
            raise AssertionError

    for outbox in (PostgresOutbox(), SqliteOutbox()):
        with pytest.raises(OutboxError, match="Connection is no connection of sqlite3, psycopg"):
            outbox.add(Connection(), deleted(1))
        with pytest.raises(OutboxError, match="is no connection of"):
            outbox.add(psycopg.connect, deleted(1))


@pytest.mark.parametrize("together", [True, False], ids=["add_all", "one by one"])
async def test_opposite_orders_of_keys(database: str, together: bool) -> None:
    """
    Two transactions with the same keys in opposite order wait for each other and both commit, if each adds them
    together; one by one PostgreSQL has to end one of them, and its error says what to do.
    """
    both_have_begun = asyncio.Barrier(2)

    async def write(first: int, second: int) -> None:
        connection = await asyncpg.connect(database)
        try:
            await connection.execute("SET deadlock_timeout = '100ms'")
            async with connection.transaction():
                await connection.execute("SELECT pg_current_xact_id()")
                await both_have_begun.wait()
                if together:
                    await OUTBOX.add_all_async(connection, [deleted(first), deleted(second)])
                else:
                    await OUTBOX.add_async(connection, deleted(first))
                    await both_have_begun.wait()
                    await OUTBOX.add_async(connection, deleted(second))
        finally:
            await connection.close()

    turns = 20 if together else 1
    for turn in range(turns):
        done = await asyncio.gather(
            write(100 + 10 * turn, 101 + 10 * turn), write(106 + 10 * turn, 105 + 10 * turn), return_exceptions=True
        )
        failed = [type(one).__name__ for one in done if isinstance(one, BaseException)]
        assert failed == ([] if together else ["DeadlockDetectedError"])
        assert together or any("One add_all" in note for one in done for note in getattr(one, "__notes__", ()))
    assert len(await numbers(database)) == (80 if together else 2)


async def test_an_outbox_of_an_earlier_version_is_brought_up_to_date(dsn: str) -> None:
    """
    ``create`` adds what 0.1.0 did not have, and what waits there stays; a relay before that says what to do.
    """
    from aegis_sdk.events.outbox import PostgresOutboxStore

    connection = await asyncpg.connect(dsn)
    await OUTBOX.create_async(connection)
    async with connection.transaction():
        await OUTBOX.add_async(connection, deleted(1))
    await connection.execute(
        "ALTER TABLE aegis_outbox DROP COLUMN parked CASCADE, DROP COLUMN parked_at, DROP COLUMN reader CASCADE;"
        "ALTER TABLE aegis_outbox_meta DROP COLUMN reader"
    )
    store = PostgresOutboxStore(dsn)
    with pytest.raises(OutboxError, match="earlier version"):
        await store.open()
    await store.aclose()
    await OUTBOX.create_async(connection)
    await store.open()
    assert (await store.backlog()).waiting == 1
    await store.aclose()
    await connection.close()
