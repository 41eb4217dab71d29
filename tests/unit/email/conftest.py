"""
The databases that mail outboxes stand in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests import postgres_server
from tests.unit.email.posts import MailServer, Post, listening


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    if reason := postgres_server.skip_without_postgres():
        pytest.skip(reason)
    with postgres_server.running() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return str(tmp_path / "service.db")
    found: str = request.getfixturevalue("postgres")
    return found


@pytest.fixture
async def post(address: str) -> AsyncIterator[Post]:
    async with listening(MailServer(), address) as made:
        yield made
