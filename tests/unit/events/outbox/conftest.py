"""
A PostgreSQL for the tests that need one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest

from tests.postgres_server import running, skip_without_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """
    The address of a server for the whole session.
    """
    if reason := skip_without_postgres():
        pytest.skip(reason)
    with running() as dsn:
        yield dsn


@pytest.fixture
async def dsn(postgres: str) -> AsyncIterator[str]:
    """
    The address of a database of the test's own.
    """
    import asyncpg

    name = f"test_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f"CREATE DATABASE {name}")
    try:
        yield postgres.replace("/postgres?", f"/{name}?")
    finally:
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()
