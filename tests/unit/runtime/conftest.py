"""
Both kinds of client, over every transport.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.unit.runtime.harness import Behaviour, Driver, Wire


@pytest.fixture(params=["sync", "async"])
def driver(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """
    Each kind of client.
    """
    made = Driver(request.param)
    yield made
    made.close()


@pytest.fixture(params=["sync-httpx", "async-httpx", "sync-fast", "async-fast"])
def wired(request: pytest.FixtureRequest) -> Iterator[Driver]:
    """
    Each kind of client over each transport.
    """
    kind, _, transport = str(request.param).partition("-")
    made = Driver(kind, transport)
    yield made
    made.close()


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    """
    Starts servers that behave as told.
    """
    started: list[Wire] = []

    def start(*script: Behaviour) -> Wire:
        started.append(Wire(*script))
        return started[-1]

    yield start
    for each in started:
        each.close()
