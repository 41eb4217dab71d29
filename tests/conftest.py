"""
What holds for all tests.
"""

from __future__ import annotations

from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """
    Leave the benchmarks to `nox -s benchmarks`: they measure for minutes, and claim nothing.
    """
    measuring = config.getoption("--benchmark-enable") or config.getoption("--benchmark-only")
    return True if collection_path.is_relative_to(BENCHMARKS) and not measuring else None
