"""
The outbox behind a transaction-pooling PgBouncer, and the notifications that it takes the place of.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from aegis_sdk.events.outbox import OutboxRelay, PostgresOutbox, PostgresOutboxStore, RelaySettings
from tests.pgbouncer import pooled, skip_without_pgbouncer
from tests.unit.events.outbox.harness import FakeTransactions, deleted, numbers_by_key, until

asyncpg: Any = pytest.importorskip("asyncpg")


@pytest.fixture(scope="module")
def pooler(postgres: str) -> Iterator[str]:
    if reason := skip_without_pgbouncer():
        pytest.skip(reason)
    with pooled(postgres) as dsn:
        yield dsn


@pytest.fixture
async def behind(dsn: str, pooler: str) -> str:
    """
    The test's own database, behind the pooler; with an outbox.
    """
    connection = await asyncpg.connect(dsn)
    await PostgresOutbox().create_async(connection)
    await connection.close()
    return pooler.replace("/postgres", urlsplit(dsn).path)


async def test_two_relays_work_behind_a_pooler(behind: str) -> None:
    """
    Writers and relays that share three sessions: every event once, in order for its key, and no setting is left behind.
    """
    kafka = FakeTransactions()
    quick = RelaySettings(batch=7, lease=1.0, poll_interval=0.02)
    relays = [OutboxRelay(PostgresOutboxStore(behind), settings=quick, publisher=kafka.publisher) for _ in range(2)]

    async def write(user: int) -> None:
        connection = await asyncpg.connect(behind, statement_cache_size=0)
        for turn in range(10):
            async with connection.transaction():
                await PostgresOutbox().add_async(connection, deleted(turn * 6 + user, users=6))
        await connection.close()

    async with relays[0], relays[1]:
        await asyncio.gather(*(write(user) for user in range(6)))
        assert await relays[0].drained(60)
        await until(lambda: bool(relays[0].health()))
    seen = numbers_by_key(kafka.everything())
    assert sorted(number for numbers in seen.values() for number in numbers) == list(range(60))
    assert all(numbers == sorted(numbers) for numbers in seen.values())
    connection = await asyncpg.connect(behind, statement_cache_size=0)
    async with connection.transaction():
        assert await connection.fetchval("SHOW idle_in_transaction_session_timeout") == "0"
    await connection.close()


async def test_a_pooler_is_recognised(behind: str) -> None:
    """
    Behind a pooler nobody listens, since the session would be somebody else's a moment later; polling goes on.
    """
    store = PostgresOutboxStore(behind)
    await store.open()
    assert await store.listen(lambda: None) is False
    assert not store.hears
    await store.aclose()


async def test_a_commit_wakes_the_relay(dsn: str) -> None:
    """
    Without a pooler an event leaves when it is committed, although the relay hardly ever asks.
    """
    connection = await asyncpg.connect(dsn)
    await PostgresOutbox().create_async(connection)
    kafka = FakeTransactions()
    lazy = RelaySettings(poll_interval=600.0, idle_interval=600.0)
    store = PostgresOutboxStore(dsn)
    async with OutboxRelay(store, settings=lazy, publisher=kafka.publisher) as relay:
        await until(lambda: store.hears and len(relay.health().shards) == 4)
        await asyncio.sleep(0.1)
        began = time.monotonic()
        async with connection.transaction():
            await PostgresOutbox().add_async(connection, deleted(1))
        await until(lambda: relay.stats.relayed == 1)
        print(f"{1000 * (time.monotonic() - began):.0f} ms")
        async with connection.transaction():
            await PostgresOutbox(notify=False).add_async(connection, deleted(2))
        await asyncio.sleep(0.3)
        assert relay.stats.relayed == 1
    await connection.close()


async def test_a_lost_listener_is_replaced(dsn: str) -> None:
    """
    When the server ends the session that listens, the relay polls and listens anew.
    """
    connection = await asyncpg.connect(dsn)
    await PostgresOutbox().create_async(connection)
    kafka, store = FakeTransactions(), PostgresOutboxStore(dsn)
    quick = RelaySettings(poll_interval=0.05, idle_interval=0.1)
    async with OutboxRelay(store, settings=quick, publisher=kafka.publisher) as relay:
        await until(lambda: store.hears)
        pid = store._ear.get_server_pid()
        await connection.execute("SELECT pg_terminate_backend($1)", pid)
        await until(lambda: store.hears and store._ear.get_server_pid() != pid)
        async with connection.transaction():
            await PostgresOutbox().add_async(connection, deleted(1))
        await until(lambda: relay.stats.relayed == 1)
    await connection.close()
