"""
The databases that mail outboxes stand in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.email.posts import MailServer, Post, listening


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
