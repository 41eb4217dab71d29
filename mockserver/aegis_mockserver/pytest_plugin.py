"""
Fixtures for pytest: a mock in this process, and a mock on a socket; each test has a world of its own.

pytest finds them without configuration. Say which contracts are meant by overriding the fixture ``mock_documents``, for
a folder in its ``conftest.py`` or for a module; without that it is the bundled Aegis contracts.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from aegis_mockserver._site import Site
    from aegis_mockserver.adapters._httpx import MockTransport
    from aegis_mockserver.world import World


class Mocks:
    """
    The mocks of a session by their documents: each is loaded once, and served on one port.
    """

    def __init__(self) -> None:
        self._sites: dict[tuple[str, ...], Site] = {}
        self._servers: dict[int, MockServer] = {}
        self._open = ExitStack()

    def site(self, *documents: str | Path) -> Site:
        """
        Return what serves these documents.
        """
        try:
            from aegis_mockserver._front import open_site
        except ModuleNotFoundError as missing:
            from aegis_shell import install_hint

            if (missing.name or "").startswith("aegis"):
                raise
            raise pytest.UsageError(f"the mock needs an extra: {install_hint('testing')}") from missing
        key = tuple(str(name) for name in documents)
        if key not in self._sites:
            self._sites[key] = open_site(*documents)
        return self._sites[key]

    def server(self, site: Site) -> MockServer:
        """
        Return the server of a site, started at its first use.
        """
        if id(site) not in self._servers:
            self._servers[id(site)] = self._open.enter_context(MockServer(site))
        return self._servers[id(site)]

    def close(self) -> None:
        """
        End all servers.
        """
        self._open.close()
        self._servers.clear()


MOCKS = pytest.StashKey[Mocks]()


def pytest_configure(config: pytest.Config) -> None:
    """
    Make room for the mocks of this session.
    """
    config.stash[MOCKS] = Mocks()


def pytest_unconfigure(config: pytest.Config) -> None:
    """
    End the mocks of this session.
    """
    if (mocks := config.stash.get(MOCKS, None)) is not None:  # another plugin may have refused the start
        mocks.close()


@pytest.fixture(scope="session")
def mock_documents() -> tuple[str | Path, ...]:
    """
    The documents that the mock serves; override it to serve others.
    """
    return ()


# A module's own documents must not reach the next one, so nothing that depends on them outlives a module. What it costs
# to read them is paid once for the session all the same.
@pytest.fixture(scope="module")
def mock_site(request: pytest.FixtureRequest, mock_documents: tuple[str | Path, ...]) -> Site:
    """
    The contracts, loaded once for the whole session; worlds keep the tests apart.
    """
    names = (mock_documents,) if isinstance(mock_documents, (str, Path)) else mock_documents
    return request.config.stash[MOCKS].site(*names)


@pytest.fixture
def mock_world(mock_site: Site) -> Iterator[World]:
    """
    The world of this test alone: its state, clock, inbox, events, journal and faults.
    """
    name = f"test-{uuid4().hex}"
    yield mock_site.worlds.get(name)
    mock_site.worlds.drop(name)


@pytest.fixture
def mock_transport(mock_site: Site, mock_world: World) -> MockTransport:
    """
    A transport for httpx clients, sync and async, that answers from this test's world; our clients take it as it is.
    """
    from aegis_mockserver.adapters._httpx import MockTransport

    return MockTransport(mock_site, mock_world.name)


@pytest.fixture(scope="module")
def mock_server(request: pytest.FixtureRequest, mock_site: Site) -> MockServer:
    """
    A mock on a free port of the loopback; ``mock_url`` is the address of this test's own world on it.
    """
    return request.config.stash[MOCKS].server(mock_site)


@pytest.fixture
def mock_url(mock_server: MockServer, mock_world: World) -> str:
    """
    The address of this test's world, for services that are told an address and nothing else.
    """
    return mock_server.url_of(mock_world)


class MockServer:
    """
    A mock on a socket, in a thread of its own.

    Args:
        url: where it is, without a slash at the end.
        site: what it serves; its worlds may be looked at.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.url = ""
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="aegis mock", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *error: object) -> None:
        if self._loop is not None and self._stopped is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)
        self._thread.join()

    def url_of(self, world: World | str) -> str:
        """
        Write the address of one world, for whoever can be told nothing but an address.
        """
        name = world if isinstance(world, str) else world.name
        return f"{self.url}/__world__/{quote(name, safe='')}"

    async def _serve(self) -> None:
        from aegis_mockserver.adapters.socket._server import Server

        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = Server(self.site)
        host, port = await server.start("127.0.0.1", 0)
        self.url = f"http://{host}:{port}"
        self._ready.set()
        await self._stopped.wait()
        await server.stop(0.5)
