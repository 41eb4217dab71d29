"""
A world of the Aegis contracts in this process, without a socket.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

import aegis_mockserver
from aegis_mockserver import Site, World
from aegis_mockserver.core._rules import Validate


@pytest.fixture(scope="session")
def site() -> Site:
    return aegis_mockserver.open_site()


@pytest.fixture
def world(site: Site) -> Iterator[World]:
    """
    A world of this test's own.
    """
    name = f"test-{uuid4()}"
    yield site.worlds.get(name)
    site.worlds.drop(name)


@pytest.fixture
def client(site: Site, world: World) -> Iterator[httpx.Client]:
    transport = aegis_mockserver.transport(site=site, world=world.name)
    headers = {"Authorization": "Bearer key"}
    with httpx.Client(transport=transport, base_url="http://mock", headers=headers) as client:
        yield client


@pytest.fixture(params=["report", "off"])
def lenient_client(request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """
    A mock that answers requests which break the contract.
    """
    validate: Validate = request.param
    transport = aegis_mockserver.transport(validate=validate)
    with httpx.Client(transport=transport, base_url="http://mock") as client:
        yield client
