"""
Fixtures of the scenarios: one mock server for the session, a world of its own for every test.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.scenarios._aegis import Aegis, MockProcess, running_mock


@pytest.fixture(scope="session")
def mock_process() -> Iterator[MockProcess]:
    with running_mock() as process:
        yield process


@pytest.fixture
def aegis(mock_process: MockProcess) -> Iterator[Aegis]:
    """
    The Aegis APIs in a world of this test's own.
    """
    with Aegis(mock_process.url, f"test-{uuid4()}") as client:
        yield client
        faulty = [exchange["reply_violations"] for exchange in client.get("/__mock__/journal").json()["exchanges"]]
        assert not any(faulty), "the mock broke the contract"
