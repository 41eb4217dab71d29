"""
A database that is away, restarted, full or locked: whoever asks is told to come back, and nobody is lied to.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from aegis_sdk.errors import IntegrationError
from aegis_sdk.provider import PostgresDatabase, ProblemError, SqliteDatabase
from aegis_sdk.provider.database._unavailable import committing
from tests import postgres_server

TABLES = "CREATE TABLE IF NOT EXISTS people (id text PRIMARY KEY, age integer)"
ADD = "INSERT INTO people VALUES ($1, $2)"
SECRET = "canary-4c1d"


@pytest.fixture(scope="module")
def server() -> Iterator[postgres_server.Server]:
    if reason := postgres_server.skip_without_postgres():
        pytest.skip(reason)
    with postgres_server.own(max_connections=20) as own:
        yield own


async def add(database: PostgresDatabase | SqliteDatabase, name: str) -> None:
    async with database.transaction() as transaction:
        await transaction.fetch(ADD, name, 1)


async def test_a_database_that_is_restarted(server: postgres_server.Server, caplog: pytest.LogCaptureFixture) -> None:
    """
    While it is away each call is 503 with ``Retry-After``, at once, also one that is in a transaction; afterwards all
    goes on with the same pool, and nothing of the broken transaction is there. No address is told or logged.
    """
    caplog.set_level(logging.DEBUG)
    database = await PostgresDatabase(server.dsn, timeout=5.0).open(TABLES)
    await add(database, "before")
    stopped = asyncio.Event()

    async def interrupted() -> None:
        async with database.transaction() as transaction:
            await transaction.fetch(ADD, "lost", 1)
            await asyncio.to_thread(server.stop)
            stopped.set()
            await transaction.fetch(ADD, SECRET, 1)

    refusals = []
    works = (
        interrupted,
        lambda: database.fetch("SELECT 1"),
        lambda: add(database, "away"),
        lambda: database.store.read("k", 0.0),
    )
    for work in works:
        with pytest.raises(ProblemError) as refused:
            await work()
        refusals.append(refused.value)
    assert stopped.is_set()
    for one in refusals:
        assert (one.status, one.code, one.retry_after) == (503, "service_unavailable", 1)
        assert one.__cause__ is None
    await asyncio.to_thread(server.start)
    await add(database, "after")
    assert await database.fetch("SELECT id FROM people ORDER BY id") == [{"id": "after"}, {"id": "before"}]
    await database.aclose()
    assert SECRET not in caplog.text
    assert server.dsn not in caplog.text


async def test_a_deadlock_is_tried_again_by_whoever_asked(server: postgres_server.Server) -> None:
    """
    One of two transactions that lock each other out is 503, the other one is done.
    """
    database = await PostgresDatabase(server.dsn).open(
        TABLES + "; TRUNCATE people; INSERT INTO people VALUES ('a', 0), ('b', 0)"
    )
    first = asyncio.Barrier(2)

    async def lock(one: str, other: str) -> None:
        async with database.transaction() as transaction:
            await transaction.fetch("UPDATE people SET age = age + 1 WHERE id = $1", one)
            await first.wait()
            await transaction.fetch("UPDATE people SET age = age + 1 WHERE id = $1", other)

    done = await asyncio.gather(lock("a", "b"), lock("b", "a"), return_exceptions=True)
    [refused] = [one for one in done if one is not None]
    assert isinstance(refused, ProblemError)
    assert refused.status == 503
    assert await database.fetch("SELECT age FROM people") == [{"age": 1}, {"age": 1}]
    await database.aclose()


async def test_whoever_waits_for_a_lock_waits_within_the_limit(server: postgres_server.Server) -> None:
    """
    A statement that waits longer than ``timeout`` for a row, and a call that waits so long for a connection, are 503.
    """
    database = await PostgresDatabase(server.dsn, connections=1, timeout=0.5).open(TABLES + "; TRUNCATE people")
    await add(database, "a")
    holder = await asyncpg.connect(server.dsn)
    async with holder.transaction():
        await holder.execute("UPDATE people SET age = 7")
        with pytest.raises(ProblemError, match="503"):
            async with database.transaction() as transaction:
                await transaction.fetch("UPDATE people SET age = 8")
    async with database.transaction():
        with pytest.raises(ProblemError, match="503"):
            await database.fetch("SELECT 1")
    assert await database.fetch("SELECT age FROM people") == [{"age": 7}]
    await holder.close()
    await database.aclose()


async def test_a_refusal_is_not_kept_where_the_database_failed(server: postgres_server.Server) -> None:
    """
    ``keep=ProblemError`` commits a refusal of the service's, never half a transaction that the database broke off.
    """
    database = await PostgresDatabase(server.dsn, timeout=0.5).open(TABLES + "; TRUNCATE people")
    await add(database, "a")
    holder = await asyncpg.connect(server.dsn)

    async def work() -> None:
        async with database.transaction(keep=ProblemError) as transaction:
            await transaction.fetch(ADD, "half", 1)
            await transaction.fetch("UPDATE people SET age = 8 WHERE id = 'a'")

    async with holder.transaction():
        await holder.execute("UPDATE people SET age = 7 WHERE id = 'a'")
        with pytest.raises(ProblemError, match="503"):
            await work()
    assert await database.fetch("SELECT id FROM people") == [{"id": "a"}]
    await holder.close()
    await database.aclose()


async def test_what_a_statement_does_wrong_stays_what_it_is(server: postgres_server.Server) -> None:
    """
    A constraint, a misspelt table, or somebody else's time-out inside a transaction is no outage of the database.
    """
    database = await PostgresDatabase(server.dsn).open(TABLES + "; TRUNCATE people")
    await add(database, "a")
    with pytest.raises(asyncpg.UniqueViolationError):
        await add(database, "a")
    with pytest.raises(asyncpg.UndefinedTableError):
        await database.fetch("SELECT * FROM poeple")

    async def work(error: Exception) -> None:
        async with database.transaction():
            raise error

    for error in (TimeoutError("the registry"), OSError("a file"), IntegrationError("a provider")):
        with pytest.raises(type(error)) as raised:
            await work(error)
        assert raised.value is error
    await database.aclose()


async def test_a_replica_says_so(server: postgres_server.Server) -> None:
    """
    A server that takes no writes, as after a failover, is 503 and not a fault of the service.
    """
    database = await PostgresDatabase(server.dsn).open(TABLES + "; TRUNCATE people")

    async def work() -> None:
        async with database.transaction() as transaction:
            await transaction.fetch("SET TRANSACTION READ ONLY")
            await transaction.fetch(ADD, "a", 1)

    with pytest.raises(ProblemError, match="503"):
        await work()
    await database.aclose()


async def test_a_file_that_others_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    SQLite: a file that is locked for too long is 503, and goes on afterwards.
    """
    monkeypatch.setattr("aegis_sdk.provider.database._sqlite._BUSY", 0.1)
    database = await SqliteDatabase(tmp_path / "service.db").open(TABLES)
    with sqlite3.connect(tmp_path / "service.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(ProblemError) as refused:
            await add(database, "a")
        assert (refused.value.status, refused.value.retry_after) == (503, 1)
        other.execute("ROLLBACK")
    other.close()
    await add(database, "a")
    await database.aclose()


async def test_a_file_that_is_full(tmp_path: Path) -> None:
    """
    SQLite: a disk without room is 503; what was there can be read, and what did not fit is not there in part.
    """
    database = await SqliteDatabase(tmp_path / "service.db").open(TABLES)
    await add(database, "a")
    async with database.transaction() as transaction:
        [pages] = await transaction.fetch("PRAGMA page_count")
        await transaction.fetch(f"PRAGMA max_page_count = {pages['page_count']}")

    async def work() -> None:
        async with database.transaction() as transaction:
            for number in range(2_000):
                await transaction.fetch(ADD, f"{number:0100}", 1)

    with pytest.raises(ProblemError, match="503"):
        await work()
    assert await database.fetch("SELECT id FROM people") == [{"id": "a"}]
    await database.aclose()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (asyncpg.ConnectionDoesNotExistError("connection was closed"), 500),
        (asyncpg.CrashShutdownError("another process crashed"), 500),
        (ConnectionResetError(104, "reset"), 500),
        (TimeoutError(), 500),
        (asyncpg.SerializationError("could not serialize"), 503),
        (asyncpg.AdminShutdownError("terminating connection"), 503),
        (asyncpg.DiskFullError("no space left"), 503),
    ],
)
def test_nobody_is_told_that_a_commit_in_doubt_was_not_done(error: Exception, status: int) -> None:
    """
    503 says that nothing was done. Where the connection broke in a COMMIT nobody knows, so that is 500, and says so.
    """
    with pytest.raises(ProblemError) as refused, committing():
        raise error
    assert refused.value.status == status
    assert ("not known" in refused.value.detail) == (status == 500)
