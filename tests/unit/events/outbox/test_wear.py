"""
An outbox in the wild: services that start at once, clocks that are put back, long keys, many parked events, no rights.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
import traceback
from pathlib import Path
from typing import Any

import pytest

import aegis_shell
from aegis_sdk.email.outbox import PostgresMailOutbox
from aegis_sdk.errors import AegisError
from aegis_sdk.events import HandledEvents, PostgresDedupe, UserRegistered
from aegis_sdk.events.outbox import (
    OutboxError,
    OutboxRelay,
    PostgresOutbox,
    PostgresOutboxStore,
    SqliteOutbox,
    SqliteOutboxStore,
)
from aegis_sdk.events.publisher import EventTooLargeError
from tests.unit.events.outbox.harness import deleted

asyncpg: Any = pytest.importorskip("asyncpg")
CANARY = "canary@example.com"
OUTBOX: PostgresOutbox = PostgresOutbox()


def registered(user_id: str = "user-1") -> UserRegistered:
    return UserRegistered.new(user_id=user_id, email=CANARY, business_registration_number="124-81-00998")


async def test_services_that_start_at_once_all_make_the_tables(dsn: str) -> None:
    """
    Of several processes that create what is missing at the same moment none fails, inside a transaction or outside.
    """
    made = (
        OUTBOX.create_async,
        HandledEvents("tests").acreate,
        PostgresDedupe.create,
        PostgresMailOutbox().create_async,
    )
    connections = [await asyncpg.connect(dsn) for _ in range(6)]

    async def start(connection: Any, number: int) -> None:
        if number % 2:
            async with connection.transaction():
                await made[0](connection)
        for create in made:
            await create(connection)

    for _ in range(3):
        await asyncio.gather(*(start(connection, number) for number, connection in enumerate(connections)))
        await connections[0].execute(
            "DROP TABLE aegis_outbox, aegis_outbox_shard, aegis_outbox_relay, aegis_outbox_meta, aegis_handled_events,"
            " aegis_mail_outbox"
        )
    for connection in connections:
        await connection.close()


async def test_a_clock_that_was_put_back_keeps_no_shard_postgres(dsn: str) -> None:
    """
    A relay that is gone holds its shards until its lease ends, and not for the hours by which the clock went back.
    """
    connection = await asyncpg.connect(dsn)
    await OUTBOX.create_async(connection)
    await connection.execute("INSERT INTO aegis_outbox_relay VALUES ('gone', now() + interval '2 hours')")
    await connection.execute("UPDATE aegis_outbox_shard SET owner = 'gone', lease_until = now() + interval '2 hours'")
    await connection.close()
    store = PostgresOutboxStore(dsn)
    await store.open()
    assert len((await store.lease("here", 15.0)).held) == 4
    assert len((await store.lease("too", 15.0)).held) == 0
    await store.aclose()


async def test_a_clock_that_was_put_back_keeps_no_shard_sqlite(tmp_path: Path) -> None:
    """
    Likewise in SQLite.
    """
    database = sqlite3.connect(tmp_path / "service.db")
    SqliteOutbox().create(database)
    database.execute("INSERT INTO aegis_outbox_relay VALUES ('gone', ?)", (time.time() + 7200,))
    database.execute("UPDATE aegis_outbox_shard SET owner = 'gone', lease_until = ?", (time.time() + 7200,))
    database.commit()
    store = SqliteOutboxStore(tmp_path / "service.db")
    await store.open()
    assert len((await store.lease("here", 15.0)).held) == 4
    assert len((await store.lease("too", 15.0)).held) == 0
    await store.aclose()


async def test_an_event_with_a_long_key_can_be_parked(dsn: str) -> None:
    """
    A key that is longer than an index takes blocks no shard: its event is parked, the next one of the key behind it.
    """
    key = bytes(range(256)) * 80
    connection = await asyncpg.connect(dsn)
    await OUTBOX.create_async(connection, shards=1)
    async with connection.transaction():
        await OUTBOX.add_async(connection, deleted(1), key=key)
        await OUTBOX.add_async(connection, deleted(2), key=key)
        await OUTBOX.add_async(connection, deleted(3))
    await connection.close()
    store = PostgresOutboxStore(dsn)
    await store.open()
    fence = (await store.lease("here", 15.0)).held[0]
    batch = await store.advance(0, fence, confirmed=None, rows=1, size=10**6)
    assert batch is not None
    await store.park(0, fence, batch, {batch.rows[0].id: "unknown topic"})
    rest = await store.advance(0, fence, confirmed=None, rows=10, size=10**6)
    assert rest is not None
    assert [row.event_id for row in rest.rows] == [deleted(3).event_id]
    assert [one.behind for one in await store.parked()] == [1]
    await store.aclose()


async def test_many_parked_events_are_let_go_at_once(dsn: str) -> None:
    """
    Ten thousand events that were refused and as many behind one of them: retried and dropped within the deadline of a
    statement.
    """
    connection = await asyncpg.connect(dsn)
    await OUTBOX.create_async(connection)
    await connection.execute(
        """
        INSERT INTO aegis_outbox (event_id, event_type, topic, key, value, headers, shard, parked, parked_at)
        SELECT kind || n, 'UserDeleted', 't', CAST(CASE kind WHEN 'head' THEN 'key' || n ELSE 'key1' END AS bytea),
            '', '[]', 0, CASE kind WHEN 'head' THEN 'unknown topic' ELSE 'behind' END, now()
        FROM unnest(ARRAY['head', 'behind']) AS kind, generate_series(1, 10000) AS n ORDER BY kind DESC, n
        """
    )
    await connection.close()
    store = PostgresOutboxStore(dsn, timeout=10.0)
    await store.open()
    assert [one.behind for one in await store.parked(2)] == [10_000, 0]
    assert await store.drop(["head2"]) == 1
    assert await store.retry(["head1"]) == 1
    assert (await store.backlog()).parked == 9_998
    assert await store.retry() == 9_998
    await store.aclose()


async def test_what_is_too_large_is_refused_where_it_is_added(tmp_path: Path) -> None:
    """
    Key and headers count as much as the value: Kafka takes the whole record or nothing.
    """
    database = sqlite3.connect(tmp_path / "service.db")
    outbox = SqliteOutbox()
    outbox.create(database)
    for more in ({"headers": {"note": b"x" * 950_000}}, {"key": b"x" * 950_000}):
        with pytest.raises(EventTooLargeError, match="950"):
            outbox.add(database, registered(), **more)
    outbox.add(database, registered(), headers={"note": b"x" * 800_000})


@pytest.mark.parametrize("driver", ["sqlite", "postgresql+psycopg"])
async def test_sqlalchemy_shows_nothing_of_an_event(driver: str, dsn: str, caplog: pytest.LogCaptureFixture) -> None:
    """
    SQLAlchemy's errors and its log of statements hold what statements were given; of an event they hold no value.
    """
    sqlalchemy: Any = pytest.importorskip("sqlalchemy")
    caplog.set_level(logging.DEBUG)
    engine = sqlalchemy.create_engine(
        "sqlite://" if driver == "sqlite" else dsn.replace("postgresql", driver), echo=True
    )
    outbox: Any = SqliteOutbox() if driver == "sqlite" else OUTBOX
    event = registered()
    with engine.begin() as connection:
        outbox.create(connection)
        outbox.add(connection, event, headers={"note": CANARY})
    with engine.connect() as connection, pytest.raises(sqlalchemy.exc.IntegrityError) as caught:
        outbox.add(connection, event, headers={"note": CANARY})
    engine.dispose()
    assert CANARY not in caplog.text + "".join(traceback.format_exception(caught.value)) + repr(caught.value)


async def test_an_outbox_in_sqlite_is_made_through_any_library(tmp_path: Path) -> None:
    """
    ``create`` and ``backlog`` take the connections that ``add`` takes.
    """
    sqlalchemy: Any = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'service.db'}")
    outbox = SqliteOutbox()
    with engine.begin() as connection:
        outbox.create(connection)
        outbox.add(connection, registered())
        assert outbox.backlog(connection).waiting == 1
    assert (tmp_path / "service.db").stat().st_mode & 0o077 == 0
    with pytest.raises(OutboxError, match=r"no connection of"):
        outbox.create(tmp_path)


async def test_what_is_of_a_library_and_no_connection_is_refused(dsn: str) -> None:
    """
    A pool, a cursor, an engine or a module: nothing in which a transaction could run.
    """
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=1)
    for stranger in (pool, asyncpg):
        with pytest.raises(OutboxError, match="no connection of"):
            await OUTBOX.add_async(stranger, registered())
    await pool.close()
    for stranger in (sqlite3.connect(":memory:").cursor(), sqlite3, None, "service.db"):
        with pytest.raises(OutboxError, match="no connection of"):
            SqliteOutbox().add(stranger, registered())
        with pytest.raises(AegisError, match="no connection of"):
            HandledEvents("tests").mark(stranger, "id")


async def test_a_relay_without_rights_in_its_database_says_so(dsn: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A role that may sign in and read nothing is told so, in Python and by the command, which ends with 3.
    """
    connection = await asyncpg.connect(dsn)
    await OUTBOX.create_async(connection)
    role = f"weak_{time.time_ns()}"
    await connection.execute(f"CREATE ROLE {role} LOGIN")
    weak = dsn.replace("//tests@", f"//{role}@")
    assert weak != dsn
    try:
        with pytest.raises(OutboxError, match="does not allow this: permission denied for table aegis_outbox_meta"):
            await PostgresOutboxStore(weak).open()
        # Rights that go while the relay runs are told by its health in the same words.
        await connection.execute(f"GRANT SELECT ON aegis_outbox_meta TO {role}")
        async with OutboxRelay(PostgresOutboxStore(weak), "127.0.0.1:9") as relay:
            assert any("does not allow this" in why for why in (await relay.probe()).reasons)
        await connection.execute(f"REVOKE ALL ON aegis_outbox_meta FROM {role}")
        code = await asyncio.to_thread(aegis_shell.main, ["events", "outbox", "list", "--postgres", weak])
        assert (code, "permission denied" in capsys.readouterr().err) == (3, True)
    finally:
        await connection.execute(f"DROP ROLE {role}")
        await connection.close()


@pytest.mark.parametrize("wrong", ["nobody", "postgresql://u:canary@127.0.0.1:99999/d", "postgresql://u:canary@h:x/d"])
def test_an_address_that_is_none_is_no_fault_of_ours(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A wrong address ends in a line and 3, and its password is not shown.
    """
    assert aegis_shell.main(["events", "outbox", "list", "--postgres", wrong]) == 3
    said = capsys.readouterr().err
    assert "PostgreSQL" in said
    assert "canary" not in said


@pytest.mark.parametrize(
    "wrong", [("--timeout", "nan"), ("--timeout", "-1"), ("--retention", "inf"), ("--keep", "-1"), ("--batch", "0")]
)
def test_numbers_that_cannot_be_meant_are_mistakes_of_usage(
    wrong: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A number that no relay could use is refused by its option, with 2.
    """
    arguments = ["relay", "--once", "--sqlite", str(tmp_path / "a.db"), "--bootstrap", "127.0.0.1:9", *wrong]
    assert aegis_shell.main(["events", *arguments]) == 2
    assert f"argument {wrong[0]}: must be" in capsys.readouterr().err
