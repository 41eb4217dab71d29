"""
Stores: one small contract, the same in memory, SQLite, PostgreSQL and Redis.
"""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import asyncpg
import pytest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider import MemoryStore, PostgresStore, RedisStore, SqliteStore, Store
from tests.unit.provider.conftest import Wall


async def test_a_record_is_written_over_what_was_read(store: Store, clock: Wall) -> None:
    """
    A record is made where there is none, changed only over the version that was read, and deleted likewise.
    """
    now, ends = clock.now, clock.now + 60
    assert await store.read("k", now) is None
    first = await store.write("k", b"one \x00\xff", now=now, ends=ends)
    assert first
    assert await store.write("k", b"other", now=now, ends=ends) == 0
    record = await store.read("k", now)
    assert record is not None
    assert (record.data, record.version) == (b"one \x00\xff", first)
    second = await store.write("k", b"two", now=now, ends=ends, over=first)
    assert second not in {0, first}
    assert await store.write("k", b"late", now=now, ends=ends, over=first) == 0
    assert not await store.delete("k", over=first)
    assert await store.delete("k", over=second)
    assert await store.read("k", now) is None


async def test_of_many_writers_one_wins(store: Store, clock: Wall) -> None:
    """
    Of fifty that write over the same version at once one does, however often they meet.
    """
    for _ in range(3):
        made = await asyncio.gather(
            *(store.write("k", b"%d" % number, now=clock.now, ends=clock.now + 60) for number in range(50))
        )
        won = [version for version in made if version]
        assert len(won) == 1
        changed = await asyncio.gather(
            *(store.write("k", b"x", now=clock.now, ends=clock.now + 60, over=won[0]) for _ in range(50))
        )
        assert sum(bool(version) for version in changed) == 1
        assert await store.delete("k", over=max(changed))


async def test_a_version_is_never_used_again(store: Store, clock: Wall) -> None:
    """
    Who held a record that was deleted and made anew cannot change the new one.
    """
    old = await store.write("k", b"a", now=clock.now, ends=clock.now + 60)
    await store.delete("k", over=old)
    new = await store.write("k", b"b", now=clock.now, ends=clock.now + 60)
    assert await store.write("k", b"c", now=clock.now, ends=clock.now + 60, over=old) == 0
    assert not await store.delete("k", over=old)
    assert new


async def test_a_record_ends(store: Store, clock: Wall) -> None:
    """
    A record that has ended is not there, cannot be changed, and does not stand in the way of a new one.
    """
    if isinstance(store, RedisStore):
        version = await store.write("k", b"a", now=clock.now, ends=clock.now + 0.01)
        while await store.read("k", clock.now) is not None:  # noqa: ASYNC110 -- Redis ends it by its own clock
            await asyncio.sleep(0.005)
    else:
        version = await store.write("k", b"a", now=clock.now, ends=clock.now + 60)
        clock.now += 60
    assert await store.read("k", clock.now) is None
    assert await store.write("k", b"b", now=clock.now, ends=clock.now + 60, over=version) == 0
    assert await store.write("k", b"c", now=clock.now, ends=clock.now + 60)


async def test_memory_has_a_bound(clock: Wall) -> None:
    """
    Memory keeps only so many records and bytes; the oldest go first.
    """
    few = MemoryStore(most=10)
    small = MemoryStore(most_bytes=1000)
    for number in range(100):
        for one in (few, small):
            await one.write(f"k{number:02}", b"x" * 96, now=clock.now, ends=clock.now + 60)
    assert (len(few), len(small)) == (10, 10)
    assert await few.read("k99", clock.now)
    assert await few.read("k89", clock.now) is None
    with pytest.raises(ConfigurationError):
        MemoryStore(most=0)


async def test_what_ended_is_swept(tmp_path: Path, postgres: str, clock: Wall) -> None:
    """
    Records that have ended leave the table as new ones come.
    """
    path = tmp_path / "service.db"
    sqlite = SqliteStore(path)
    async with asyncpg.create_pool(postgres, min_size=1, max_size=2) as pool:
        await PostgresStore.create(pool)
        await pool.execute("TRUNCATE aegis_records")
        server = PostgresStore(pool)
        for store in (sqlite, server):
            for number in range(50):
                await store.write(f"old{number}", b"", now=clock.now, ends=clock.now + 1)
            await store.write("new", b"", now=clock.now + 2, ends=clock.now + 60)
        assert await pool.fetchval("SELECT count(*) FROM aegis_records") == 1
    await sqlite.aclose()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM aegis_records").fetchone() == (1,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)  # readers do not wait for writers
    connection.close()


async def test_writes_are_part_of_the_services_transaction(tmp_path: Path, postgres: str, clock: Wall) -> None:
    """
    Over a connection of the service's own a record is there if its transaction is, and gone if that is rolled back.
    """
    connection = sqlite3.connect(tmp_path / "service.db", isolation_level=None)
    SqliteStore.create(connection)
    store = SqliteStore(connection)
    connection.execute("BEGIN")
    assert await store.write("k", b"", now=clock.now, ends=clock.now + 60)
    connection.execute("ROLLBACK")
    assert await store.read("k", clock.now) is None
    connection.close()
    server = await asyncpg.connect(postgres)
    await PostgresStore.create(server)
    transaction = server.transaction()
    await transaction.start()
    assert await PostgresStore(server).write("rolled-back", b"", now=clock.now, ends=clock.now + 60)
    await transaction.rollback()
    assert await PostgresStore(server).read("rolled-back", clock.now) is None
    await server.close()
