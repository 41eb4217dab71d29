"""
A relay whose PostgreSQL takes no writes, as after a failover that the address has not followed yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from aegis_sdk.events.outbox import OutboxRelay, PostgresOutbox, RelaySettings
from tests.postgres_server import own, skip_without_postgres


@pytest.fixture
def dsn() -> Iterator[str]:
    if reason := skip_without_postgres():
        pytest.skip(reason)
    with own() as server:
        yield server.dsn


async def test_a_replica_is_named_and_left_when_it_is_none(dsn: str) -> None:
    """
    Health says that the server only reads, and is good again once it writes.
    """
    connection = await asyncpg.connect(dsn)
    await PostgresOutbox().create_async(connection)
    await connection.execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
    await connection.close()
    settings = RelaySettings(lease=0.3, stall_after=0.5)
    async with OutboxRelay.postgres(dsn, "nowhere:9092", settings=settings) as relay, asyncio.timeout(60):
        while relay.health():  # noqa: ASYNC110 -- health is asked, it tells nobody
            await asyncio.sleep(0.01)
        assert "no lease" in relay.health().why
        assert "ReadOnlySQLTransactionError" in relay.health().why
        connection = await asyncpg.connect(dsn)
        await connection.execute("SET default_transaction_read_only = off")
        await connection.execute("ALTER DATABASE postgres RESET default_transaction_read_only")
        others = "FROM pg_stat_activity WHERE usename = 'tests' AND pid <> pg_backend_pid()"
        await connection.execute(f"SELECT pg_terminate_backend(pid) {others}")
        await connection.close()
        while not relay.health():  # noqa: ASYNC110 -- the same
            await asyncio.sleep(0.01)
