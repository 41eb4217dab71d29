"""
Every store there is, on the real thing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio

from aegis_runtime import Clock
from aegis_sdk.provider import MemoryStore, PostgresStore, RedisStore, SqliteStore, Store
from tests import redis_server


class Wall(Clock):
    """
    A wall clock that a test sets.
    """

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def wall(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Wall:
    return Wall()


@pytest.fixture(scope="session")
def redis_socket() -> Iterator[str]:
    if reason := redis_server.skip_without_redis():
        pytest.skip(reason)
    with redis_server.running() as socket:
        yield socket


@pytest.fixture(params=["memory", "sqlite", "sqlite-connection", "postgres", "redis"])
def place(request: pytest.FixtureRequest) -> tuple[str, str]:
    """
    A kind of store and the address of its server, which is started outside of any event loop.
    """
    servers = {"postgres": "postgres", "redis": "redis_socket"}
    server = servers.get(request.param)
    return request.param, request.getfixturevalue(server) if server else ""


@pytest.fixture
async def store(place: tuple[str, str], tmp_path: Path) -> AsyncIterator[Store]:
    kind, address = place
    if kind == "memory":
        yield MemoryStore()
    elif kind == "sqlite":
        made = SqliteStore(tmp_path / "service.db")
        yield made
        await made.aclose()
    elif kind == "sqlite-connection":
        connection = sqlite3.connect(tmp_path / "service.db", isolation_level=None)
        SqliteStore.create(connection)
        yield SqliteStore(connection)
        connection.close()
    elif kind == "postgres":
        async with asyncpg.create_pool(address, min_size=1, max_size=8) as pool:
            await PostgresStore.create(pool)
            await pool.execute("TRUNCATE aegis_records")
            yield PostgresStore(pool)
    else:
        client = redis.asyncio.Redis(unix_socket_path=address)
        await client.flushall()
        yield RedisStore(client)
        await client.aclose()
