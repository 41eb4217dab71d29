"""
The outbox in PostgreSQL: commits in any order, relays on any machine, a Kafka in memory.
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from aegis_sdk.events.dedupe._postgres import PostgresDedupe
from aegis_sdk.events.outbox import OutboxError, OutboxRelay, PostgresOutbox, PostgresOutboxStore, RelaySettings
from aegis_sdk.events.outbox._store import LeaseLostError
from tests.unit.events.outbox.harness import FakeTransactions, deleted, numbers_by_key, until

asyncpg: Any = pytest.importorskip("asyncpg")


@pytest.fixture
async def database(dsn: str) -> Any:
    pool = await asyncpg.create_pool(dsn, min_size=1, max_size=12)
    async with pool.acquire() as connection:
        await PostgresOutbox().create_async(connection)
    yield pool
    await pool.close()


async def add(database: Any, *numbers: int) -> None:
    async with database.acquire() as connection, connection.transaction():
        await PostgresOutbox().add_all_async(connection, [deleted(number) for number in numbers])


def relay_for(dsn: str, kafka: FakeTransactions, **settings: Any) -> OutboxRelay:
    quick: dict[str, Any] = {"batch": 7, "lease": 0.5, "poll_interval": 0.02, "publish_timeout": 2.0, **settings}
    return OutboxRelay(PostgresOutboxStore(dsn), settings=RelaySettings(**quick), publisher=kafka.publisher)


def once_and_in_order(kafka: FakeTransactions, count: int) -> None:
    by_key = numbers_by_key(kafka.everything())
    assert sorted(number for numbers in by_key.values() for number in numbers) == list(range(count))
    assert all(numbers == sorted(numbers) for numbers in by_key.values())


async def test_events_are_relayed_once_and_in_order(dsn: str, database: Any) -> None:
    """
    What was committed is published, in order; what was rolled back is not.
    """
    kafka = FakeTransactions()
    await add(database, *range(40))
    async with database.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await PostgresOutbox().add_async(connection, deleted(1000))
        await transaction.rollback()
    async with relay_for(dsn, kafka) as relay:
        assert await relay.drained(60)
        assert (await relay.backlog()).kept == 40
    once_and_in_order(kafka, 40)


async def test_a_commit_that_comes_late_is_not_passed_over(dsn: str, database: Any) -> None:
    """
    A transaction with a lower id that commits after a higher one was relayed is relayed too.
    """
    kafka = FakeTransactions()
    async with relay_for(dsn, kafka) as relay, database.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await PostgresOutbox().add_async(slow, deleted(0))
        await add(database, 1, 2)
        await until(lambda: relay.stats.relayed == 2)
        await transaction.commit()
        assert await relay.drained(60)
    assert {int(event_id[-12:]) for _, event_id in kafka.everything()} == {0, 1, 2}


async def test_writers_of_one_key_wait_for_each_other(dsn: str, database: Any) -> None:
    """
    The order of a key's events is the order of the commits, although ids are given earlier.
    """
    kafka = FakeTransactions()
    order: list[int] = []
    added = asyncio.Event()

    async def write(number: int, hold: float) -> None:
        async with database.acquire() as connection, connection.transaction():
            await PostgresOutbox().add_async(connection, deleted(number, users=1))
            added.set()
            await asyncio.sleep(hold)
            order.append(number)

    async with relay_for(dsn, kafka) as relay:
        first = asyncio.create_task(write(100, 0.2))
        await added.wait()
        await asyncio.gather(first, *(write(number, random.random() * 0.01) for number in range(8)))
        assert await relay.drained(60)
    assert numbers_by_key(kafka.everything())["user-0"] == order
    assert order[0] == 100


async def test_many_writers_and_relays_that_die(dsn: str, database: Any) -> None:
    """
    Writers that commit and roll back, and relays killed anywhere: every committed event once, in order for its key.
    """
    chance = random.Random(7)

    def trouble(at: str) -> Any:
        if chance.random() < 0.05:
            raise ConnectionError
        return asyncio.sleep(0.3) if chance.random() < 0.02 else None

    kafka = FakeTransactions(trouble=trouble)
    written: dict[str, list[int]] = {f"user-{user}": [] for user in range(5)}

    async def write(user: int) -> None:
        for turn in range(12):
            number = turn * 5 + user
            async with database.acquire() as connection:
                transaction = connection.transaction()
                await transaction.start()
                await PostgresOutbox().add_async(connection, deleted(number))
                await asyncio.sleep(chance.random() * 0.02)
                if chance.random() < 0.3:
                    await transaction.rollback()
                else:
                    await transaction.commit()
                    written[f"user-{user}"].append(number)

    writing = asyncio.gather(*(write(user) for user in range(5)))
    relays: list[OutboxRelay] = []
    while not writing.done():
        relay = relay_for(dsn, kafka, lease=0.2)
        await relay.start()
        relays.append(relay)
        await asyncio.sleep(chance.random() * 0.3)
        for _, task in relay._shards.runners.values():
            task.cancel()
        for task in relay._tasks:
            task.cancel()
    await writing
    kafka.trouble = lambda place: None
    async with relay_for(dsn, kafka, lease=0.2) as last:
        assert await last.drained(60)
    for relay in relays:
        await relay.aclose(0.1)
    seen = numbers_by_key(kafka.everything())
    assert {key: seen.get(key, []) for key in written} == written


async def test_an_event_outside_of_a_transaction_is_refused(database: Any) -> None:
    """
    A connection that commits every statement would publish an event whose change then fails.
    """
    async with database.acquire() as connection:
        with pytest.raises(OutboxError, match="begin a transaction"):
            await PostgresOutbox().add_async(connection, deleted(1))


async def test_a_lost_lease_stops_every_change(dsn: str, database: Any) -> None:
    """
    After a shard has changed hands, its former owner can neither take nor confirm.
    """
    await add(database, *range(5))
    store = PostgresOutboxStore(dsn)
    await store.open()
    old = await store.lease("one", -1.0)
    new = await store.lease("two", 10.0)
    assert set(old.held) == set(new.held) == {0, 1, 2, 3}
    for shard, fence in old.held.items():
        with pytest.raises(LeaseLostError):
            await store.advance(shard, fence, confirmed=None, rows=1, size=1000)
    await store.release("two", [0])
    assert 0 in (await store.lease("three", 10.0)).held
    await store.aclose()


async def test_relayed_events_are_deleted_after_their_retention(dsn: str, database: Any) -> None:
    """
    The table does not grow for ever.
    """
    kafka = FakeTransactions()
    await add(database, *range(10))
    async with relay_for(dsn, kafka, retention=0.0, purge_interval=0.05) as relay:
        await until(lambda: relay.stats.purged == 10)
    once_and_in_order(kafka, 10)


async def test_a_relay_without_an_outbox_says_what_is_missing(dsn: str) -> None:
    """
    A database without the tables is named at the start.
    """
    with pytest.raises(OutboxError, match="has no outbox"):
        await OutboxRelay.postgres(dsn, "nowhere:9092").start()


async def test_psycopg_writes_as_well(dsn: str, database: Any) -> None:
    """
    A DB-API connection and psycopg's asynchronous one write the same rows; autocommit without a transaction is refused.
    """
    psycopg: Any = pytest.importorskip("psycopg")
    outbox = PostgresOutbox()
    with psycopg.connect(dsn) as connection:
        outbox.create(connection)
        outbox.add(connection, deleted(0))
        connection.commit()
        outbox.add(connection, deleted(1000))
        connection.rollback()
        assert outbox.backlog(connection).waiting == 1
    with psycopg.connect(dsn, autocommit=True) as connection:
        with pytest.raises(OutboxError, match="begin a transaction"):
            outbox.add(connection, deleted(1000))
        with connection.transaction():
            outbox.add(connection, deleted(1))
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        await outbox.add_async(connection, deleted(2))
    kafka = FakeTransactions()
    async with relay_for(dsn, kafka) as relay:
        assert await relay.drained(60)
    once_and_in_order(kafka, 3)


async def test_dedupe_in_postgres(dsn: str, database: Any) -> None:
    """
    Handled ids are shared by a group's processes, and a mark shares the fate of the handler's transaction.
    """
    await PostgresDedupe.create(database)
    store, other = PostgresDedupe(database, "one"), PostgresDedupe(database, "two")
    await store.add(["a", "b", "a"])
    assert set(await store.seen(["a", "b", "c"])) == {"a", "b"}
    assert not await other.seen(["a"])
    async with database.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        assert await store.mark(connection, "c")
        await transaction.rollback()
        assert await store.mark(connection, "c")
        assert not await store.mark(connection, "c")
    assert await store.seen(["c"])
    await store.aclose()
