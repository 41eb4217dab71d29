"""
The test kit in pytest: fixtures for one test, and the needs that a suite records.

pytest finds it without configuration. The mock's own fixtures (``mock_documents``, ``mock_world``, …) are beneath it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aegis_mockserver import Site, World
    from aegis_testing._kit import Kit
    from aegis_testing.routes import ContractRoutes


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    Describe the options.
    """
    group = parser.getgroup("aegis", "Aegis test kit")
    group.addoption(
        "--aegis-needs",
        metavar="DIR",
        help="record what the suite uses of the contracts of others, into DIR/CONSUMER/needs.json",
    )
    group.addoption("--aegis-consumer", metavar="NAME", help="who needs it; the project's name, if left out")
    parser.addini("aegis_consumer", "who needs what --aegis-needs records; the project's name, if left out", default="")


def pytest_configure(config: pytest.Config) -> None:
    """
    Begin to record needs, where that is asked for.
    """
    if not (folder := config.getoption("aegis_needs")):
        return
    try:
        from aegis_testing.needs._suite import Suite, consumer_of
    except ModuleNotFoundError as error:
        from aegis_runtime.errors import MissingExtraError

        raise pytest.UsageError(str(MissingExtraError("--aegis-needs", "testing"))) from error
    # Tests may change the folder they work in; the one that was meant is the one at the start.
    place = Path(config.invocation_params.dir) / folder
    config.pluginmanager.register(Suite(config, place, consumer_of(config)), "aegis_needs_suite")


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
