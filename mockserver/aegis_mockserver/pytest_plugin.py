"""
Fixtures for pytest: a mock in this process, and a mock on a socket; each test has a world of its own.

Switch it on with ``pytest_plugins = ["aegis_mockserver.pytest_plugin"]``, and say which contracts are meant by
overriding the fixture ``mock_documents``; without that it is the bundled Aegis contracts.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from aegis_mockserver._site import Site
    from aegis_mockserver.adapters._httpx import MockTransport
    from aegis_mockserver.world import World

_sites: dict[tuple[Any, ...], Site] = {}


@pytest.fixture(scope="session")
def mock_documents() -> tuple[str | Path, ...]:
    """
    The documents that the mock serves; override it to serve others.
    """
    return ()


@pytest.fixture(scope="session")
def mock_site(mock_documents: tuple[str | Path, ...]) -> Site:
    """
    The contracts, loaded once for the whole session; worlds keep the tests apart.
    """
    from aegis_mockserver._front import open_site

    key = tuple(map(str, mock_documents))
    if key not in _sites:
        _sites[key] = open_site(*mock_documents)
    return _sites[key]


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
    A transport for httpx clients, sync and async, that answers from this test's world.
    """
    from aegis_mockserver.adapters._httpx import MockTransport

    return MockTransport(mock_site, mock_world.name)


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

    async def _serve(self) -> None:
        from aegis_mockserver.adapters._server import Server

        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = Server(self.site)
        host, port = await server.start("127.0.0.1", 0)
        self.url = f"http://{host}:{port}"
        self._ready.set()
        await self._stopped.wait()
        await server.stop(0.5)


@pytest.fixture(scope="session")
def mock_server(mock_site: Site) -> Iterator[MockServer]:
    """
    A mock on a free port of the loopback for the whole session; send ``X-Mock-World`` to keep tests apart.
    """
    with MockServer(mock_site) as server:
        yield server
