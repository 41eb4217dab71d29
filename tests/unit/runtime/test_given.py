"""
A transport of httpx's own keeps what its caller set on it, and a call over it keeps its deadline.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest

from aegis_runtime.errors import CallError, ConnectionFailed, DeadlineExceeded
from tests.unit.runtime.harness import BOOK, Driver, Wire, replies

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(BOOK), BOOK)


def given(driver: Driver, **options: Any) -> Any:
    """
    A transport of httpx's of the driver's kind.
    """
    return (httpx.AsyncHTTPTransport if driver.kind == "async" else httpx.HTTPTransport)(**options)


@pytest.fixture
def local(tmp_path: Path) -> Iterator[str]:
    """
    A server on a Unix socket that answers the first request of a connection and leaves the second one waiting.
    """
    path = str(tmp_path / "s")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    over = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(ANSWER)
                    connection.recv(65536)
                    over.wait(20)

    threading.Thread(target=serve, daemon=True).start()
    yield path
    over.set()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_a_unix_socket_is_called_like_any_other(driver: Driver, local: str) -> None:
    """
    What listens on a Unix socket answers, and cannot hold a call beyond its deadline.
    """
    client = driver.client("http://library.test", transport=given(driver, uds=local), max_retries=0)
    assert driver.run(client.books.get("b1")).id == "b1"
    with pytest.raises(DeadlineExceeded):
        driver.run(client.books.get("b1", timeout=0.3))


def test_addresses_and_options_of_sockets_are_the_callers(driver: Driver, wire: Callable[..., Wire]) -> None:
    """
    Connections begin where the caller's transport says, with the options that it names.
    """
    peers: list[str] = []

    def noted(server: Wire, connection: socket.socket) -> bool:
        peers.append(connection.getpeername()[0])
        return replies()(server, connection)

    server = wire(noted)
    client = driver.client(server.url, transport=given(driver, local_address="127.0.0.9"))
    assert driver.run(client.books.get("b1")).id == "b1"
    assert peers == ["127.0.0.9"]
    unknown = given(driver, socket_options=[(99, 99, 1)])
    with pytest.raises(CallError):
        driver.run(driver.client(server.url, transport=unknown, max_retries=0).books.get("b1"))


def test_a_transport_that_tries_again_does_so(driver: Driver, wire: Callable[..., Wire]) -> None:
    """
    Attempts and waits of the caller's own transport are his, within the deadline.
    """
    server = wire(replies())
    server.close()
    transport = given(driver, retries=2)
    slept: list[float] = []

    class Waiting(httpcore.SyncBackend):
        def sleep(self, seconds: float) -> None:
            slept.append(seconds)

    class AsyncWaiting(httpcore.AnyIOBackend):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)

    transport._pool._network_backend = AsyncWaiting() if driver.kind == "async" else Waiting()
    with pytest.raises(ConnectionFailed):
        driver.run(driver.client(server.url, transport=transport, max_retries=0).books.get("b1"))
    assert slept == [0, 0.5]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_network_that_has_no_sockets_answers_all_the_same(driver: Driver, scheme: str) -> None:
    """
    httpcore's own network for tests carries a call, over TLS too.
    """
    transport = given(driver, verify=ssl.create_default_context())
    mocked = httpcore.AsyncMockBackend if driver.kind == "async" else httpcore.MockBackend
    transport._pool._network_backend = mocked([ANSWER])
    client = driver.client(f"{scheme}://library.test", transport=transport, max_retries=0)
    assert driver.run(client.books.get("b1")).id == "b1"
