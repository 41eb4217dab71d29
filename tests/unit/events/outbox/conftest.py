"""
A database of its own for each test that needs one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest


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
