"""
What holds for all tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres_server

BENCHMARKS = Path(__file__).parent / "benchmarks"
FULL_SIZE_SECONDS = 1_800


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Give tests at full size and measurements their own time limit: they end too, only later.
    """
    for item in items:
        if item.get_closest_marker("slow") or item.path.is_relative_to(BENCHMARKS):
            item.add_marker(pytest.mark.timeout(FULL_SIZE_SECONDS))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """
    Leave the benchmarks to `nox -s benchmarks`: they measure for minutes, and claim nothing.
    """
    measuring = config.getoption("--benchmark-enable") or config.getoption("--benchmark-only")
    return True if collection_path.is_relative_to(BENCHMARKS) and not measuring else None


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """
    The address of a PostgreSQL of the tests' own.
    """
    if reason := postgres_server.skip_without_postgres():
        pytest.skip(reason)
    with postgres_server.running() as address:
        yield address
