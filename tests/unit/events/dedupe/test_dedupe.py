"""
What the stores of handled ids promise, all of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from aegis_sdk.events.dedupe._memory import DedupeStore, MemoryDedupe, NoDedupe
from aegis_sdk.events.dedupe._redis import RedisDedupe
from aegis_sdk.events.dedupe._sqlite import SqliteDedupe


class FakeRedis:
    """
    As much of Redis as the store uses.
    """

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.lifetimes: set[int | None] = set()

    async def mget(self, keys: list[str]) -> list[bytes | None]:
        return [self.values.get(key) for key in keys]

    def pipeline(self, transaction: bool = False) -> FakePipeline:
        assert transaction is False
        return FakePipeline(self)


class FakePipeline:
    def __init__(self, redis: FakeRedis) -> None:
        self.redis = redis
        self.queued: list[tuple[str, str, int | None]] = []

    def set(self, name: str, value: str, ex: int | None = None) -> None:
        self.queued.append((name, value, ex))

    async def execute(self) -> list[Any]:
        for name, value, ex in self.queued:
            self.redis.values[name] = value.encode()
            self.redis.lifetimes.add(ex)
        return []


STORES: dict[str, Callable[[Path], DedupeStore]] = {
    "memory": lambda folder: MemoryDedupe(),
    "sqlite": lambda folder: SqliteDedupe(folder / "handled.db", "tests"),
    "redis": lambda folder: RedisDedupe(FakeRedis(), "tests"),
}


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DedupeStore]:
    made = STORES[request.param](tmp_path)
    yield made
    await made.aclose()


async def test_what_was_added_is_seen(store: DedupeStore) -> None:
    """
    A store names exactly those ids that were added, in batches of any size.
    """
    ids = [f"id-{n}" for n in range(1500)]
    assert not await store.seen(ids)
    await store.add(ids[:1200])
    await store.add(ids[:10])
    assert set(await store.seen(ids)) == set(ids[:1200])
    assert not await store.seen(["id-1300"])
    assert not await store.seen([])


def test_every_store_is_one(tmp_path: Path) -> None:
    """
    The stores meet the protocol that a service's own store would.
    """
    assert all(isinstance(make(tmp_path), DedupeStore) for make in STORES.values())
    assert isinstance(NoDedupe(), DedupeStore)


async def test_no_dedupe_remembers_nothing() -> None:
    """
    A consumer whose handlers are idempotent can do without.
    """
    store = NoDedupe()
    await store.add(["a"])
    assert not await store.seen(["a"])
    await store.aclose()


async def test_memory_keeps_the_newest_half_at_least_and_never_more_than_its_limit() -> None:
    """
    The memory store is bounded: the oldest ids are forgotten first.
    """
    store = MemoryDedupe(max_ids=100)
    for n in range(1000):
        await store.add([str(n)])
        assert len(store) <= 100
    assert len(await store.seen([str(n) for n in range(950, 1000)])) == 50
    assert not await store.seen(["1"])


async def test_memory_forgets_after_its_time() -> None:
    """
    An id is remembered for the time to live, and not for much longer.
    """
    now = 0.0
    store = MemoryDedupe(ttl=10.0, clock=lambda: now)
    await store.add(["a"])
    now = 9.0
    assert await store.seen(["a"])
    now = 25.0
    assert not await store.seen(["a"])


async def test_sqlite_remembers_after_a_restart_and_tells_groups_apart(tmp_path: Path) -> None:
    """
    Ids outlive the process; another group in the same file does not see them.
    """
    first = SqliteDedupe(tmp_path / "handled.db", "one")
    await first.add(["a"])
    await first.aclose()
    again, other = SqliteDedupe(tmp_path / "handled.db", "one"), SqliteDedupe(tmp_path / "handled.db", "two")
    assert await again.seen(["a"])
    assert not await other.seen(["a"])
    await again.aclose()
    await other.aclose()


async def test_sqlite_forgets_after_its_time(tmp_path: Path) -> None:
    """
    Old ids are swept, so that the file does not grow for ever.
    """
    first = SqliteDedupe(tmp_path / "handled.db", "one", ttl=-1.0)
    await first.add(["a"])
    await first.aclose()
    later = SqliteDedupe(tmp_path / "handled.db", "one", ttl=-1.0)
    await later.add(["b"])
    assert not await later.seen(["a"])
    await later.aclose()


async def test_a_mark_in_the_handlers_transaction_is_one_with_its_effects(tmp_path: Path) -> None:
    """
    Marked and rolled back is not handled; marked and committed is handled once.
    """
    store = SqliteDedupe(tmp_path / "service.db", "tests")
    connection = sqlite3.connect(tmp_path / "service.db")
    SqliteDedupe.create(connection)
    assert store.mark(connection, "a")
    connection.rollback()
    assert store.mark(connection, "a")
    connection.commit()
    assert not store.mark(connection, "a")
    connection.commit()
    assert await store.seen(["a"])
    connection.close()
    await store.aclose()


async def test_redis_keys_expire() -> None:
    """
    Every key carries a time to live and says whose it is.
    """
    redis = FakeRedis()
    store = RedisDedupe(redis, "policy-service", ttl=60)
    await store.add(["a"])
    assert (list(redis.values), redis.lifetimes) == (["aegis:handled:policy-service:a"], {60})
