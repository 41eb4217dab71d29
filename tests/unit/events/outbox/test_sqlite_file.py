"""
The SQLite file of an outbox: private, and never left locked.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from aegis_sdk.events.outbox import OutboxRelay, RelaySettings, SqliteOutbox, SqliteOutboxStore
from tests.unit.events.outbox.harness import FakeTransactions, deleted, numbers_by_key, until

posix = pytest.mark.skipif(sys.platform == "win32", reason="rights of files are another matter on Windows")


def modes(folder: Path) -> list[int]:
    return [path.stat().st_mode & 0o777 for path in folder.iterdir()]


@posix
async def test_the_file_is_for_its_user_alone(tmp_path: Path) -> None:
    """
    The database, its write-ahead log and its index can be read by nobody else, also when they are made anew.
    """
    before = os.umask(0)
    try:
        connection = sqlite3.connect(tmp_path / "service.db")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE users (id TEXT)")
        SqliteOutbox().create(connection)
        with connection:
            SqliteOutbox().add(connection, deleted(1))
        assert modes(tmp_path) == [0o600] * 3
        connection.close()
        quick = RelaySettings(poll_interval=0.02)
        store = SqliteOutboxStore(tmp_path / "service.db")
        async with OutboxRelay(store, settings=quick, publisher=FakeTransactions().publisher) as relay:
            assert await relay.drained(60)
            assert modes(tmp_path) == [0o600] * 3
    finally:
        os.umask(before)


@posix
async def test_a_file_that_others_can_read_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """
    A service that shares its file by intent may; the relay says so.
    """
    path = tmp_path / "service.db"
    with sqlite3.connect(path) as connection:
        SqliteOutbox().create(connection, private=False)
    path.chmod(0o644)
    store = SqliteOutboxStore(path)
    with caplog.at_level(logging.WARNING):
        await store.open()
    await store.aclose()
    assert "chmod 600" in caplog.text
    assert path.stat().st_mode & 0o777 == 0o644


async def test_a_slow_reader_does_not_leave_the_file_locked(tmp_path: Path) -> None:
    """
    While somebody reads, the relay's COMMIT fails: it is rolled back, the service can write, and the relay goes on.
    """
    path = tmp_path / "service.db"
    service = sqlite3.connect(path, timeout=30.0)
    service.execute("PRAGMA journal_mode = DELETE")
    SqliteOutbox().create(service)
    with service:
        SqliteOutbox().add_all(service, [deleted(number) for number in range(20)])
    kafka = FakeTransactions()
    quick = RelaySettings(batch=5, lease=1.0, poll_interval=0.02)
    store = SqliteOutboxStore(path, busy_timeout=0.05)
    async with OutboxRelay(store, settings=quick, publisher=kafka.publisher) as relay:
        await until(lambda: len(relay.health().shards) == 4, timeout=20)
        reader = sqlite3.connect(path)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM aegis_outbox").fetchone()
        # A store of its own: what the relay's does at this moment is under way, and nothing can be said of it.
        another = SqliteOutboxStore(path, busy_timeout=0.05)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            await another.lease("another", 1.0)
        # Whoever writes next gets the lock: the relay's own attempts are short, and so give it back, too.
        service.execute("BEGIN IMMEDIATE")
        service.execute("ROLLBACK")
        await another.aclose()
        reader.execute("COMMIT")
        reader.close()
        with service:
            SqliteOutbox().add_all(service, [deleted(number) for number in range(20, 30)])
        assert await relay.drained(60)
    service.close()
    seen = numbers_by_key(kafka.everything())
    assert sorted(number for numbers in seen.values() for number in numbers) == list(range(30))


async def test_what_is_cleared_is_not_in_the_file_any_more(tmp_path: Path) -> None:
    """
    Neither in its free pages.
    """
    path = tmp_path / "service.db"
    with sqlite3.connect(path) as connection:
        SqliteOutbox().create(connection)
        SqliteOutbox().add_all(connection, [deleted(number) for number in range(50)])
    connection.close()
    assert b"user_request" in path.read_bytes()
    quick = RelaySettings(poll_interval=0.02)
    async with OutboxRelay(SqliteOutboxStore(path), settings=quick, publisher=FakeTransactions().publisher) as relay:
        assert await relay.drained(60)
    assert b"user_request" not in path.read_bytes()


async def test_an_outbox_of_an_earlier_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """
    The relay adds what 0.1.0 did not have.
    """
    path = tmp_path / "service.db"
    with sqlite3.connect(path) as connection:
        SqliteOutbox().create(connection)
        SqliteOutbox().add(connection, deleted(1))
    for index in ("aegis_outbox_next", "aegis_outbox_parked"):
        connection.execute(f"DROP INDEX {index}")
    connection.execute("ALTER TABLE aegis_outbox DROP COLUMN parked")
    connection.execute("ALTER TABLE aegis_outbox DROP COLUMN parked_at")
    connection.close()
    kafka = FakeTransactions()
    quick = RelaySettings(poll_interval=0.02)
    async with OutboxRelay(SqliteOutboxStore(path), settings=quick, publisher=kafka.publisher) as relay:
        assert await relay.drained(60)
    assert len(kafka.everything()) == 1
