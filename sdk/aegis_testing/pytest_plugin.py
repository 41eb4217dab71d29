"""
The test kit in pytest: fixtures for one test, and the needs that a suite records.

pytest finds it without configuration. The mock's own fixtures (``mock_documents``, ``mock_world``, …) are beneath it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aegis_mockserver import Site, World
    from aegis_testing._kit import Kit
    from aegis_testing.routes import ContractRoutes


@pytest.fixture
def aegis(request: pytest.FixtureRequest, mock_site: Site, mock_world: World) -> Iterator[Kit]:
    """
    The kit of this test: clients, factories, faults, and what happened, in a world of its own.
    """
    from aegis_mockserver.pytest_plugin import MOCKS
    from aegis_testing._kit import Kit

    mocks = request.config.stash[MOCKS]
    kit = Kit(mock_site, mock_world, lambda: mocks.server(mock_site), seed=request.node.nodeid)
    yield kit
    kit.close()


@pytest.fixture
def aegis_environment(aegis: Kit, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """
    Lets everything in this test that reads our variables (``AEGIS_USER_URL``, …) use this test's world.
    """
    for name, value in aegis.environment.items():
        monkeypatch.setenv(name, value)
    return aegis.environment


@pytest.fixture
def aegis_routes(aegis: Kit) -> Iterator[ContractRoutes]:
    """
    Answers httpx requests to the contracts' own servers from this test's world, by respx, and holds each to its
    contract; nothing else leaves.
    """
    import respx

    with respx.mock(assert_all_called=False) as router:
        routes = aegis.routes(router)
        yield routes
    routes.check()
