"""
The transports as such: connections are kept, bounded, shared, and left behind where they must be.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import respx
import trustme

from aegis_runtime import BodySpec, BytesDecoder, BytesEncoder, OperationSpec, ResponseSpec
from aegis_runtime.transports._environment import shared_tls
from aegis_sdk import (
    AsyncFastTransport,
    AsyncHttpxAdapter,
    AsyncHttpxTransport,
    FastTransport,
    HttpxAdapter,
    HttpxTransport,
    Request,
    Transport,
    TransportFailure,
)
from aegis_sdk.errors import CallError, ConnectionFailed, DeadlineExceeded, ResponseTooLargeError, TransportTimeout
from tests.unit.runtime.harness import BOOK, PROBLEM, Driver, Wire, drips, ends, hangs, replies, sends
from tests.unit.runtime.library import API, AsyncLibrary, Library


def test_connections_are_kept(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    Calls one after another share one connection.
    """
    server = wire(replies())
    client = wired.client(server.url)
    for _ in range(5):
        wired.run(client.books.get("b1"))
    assert server.connections == 1


def test_a_connection_that_the_server_closed_is_replaced(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    A server may close an idle connection; the next call simply opens another.
    """
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BOOK)
    server = wire(sends(head + BOOK))
    client = wired.client(server.url)
    for _ in range(3):
        assert wired.run(client.books.get("b1")).id == "b1"
    assert server.connections == 3


def test_errors_keep_the_connection(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    A complete error answer leaves the connection usable.
    """
    server = wire(replies(404, PROBLEM, "application/problem+json"))
    client = wired.client(server.url)
    for _ in range(3):
        with pytest.raises(Exception, match="404"):
            wired.run(client.books.get("b1"))
    assert server.connections == 1


@pytest.mark.parametrize(("transport", "most"), [("httpx", 16), ("fast", 199)])
def test_threads_share_a_client(wire: Callable[..., Wire], transport: Any, most: int) -> None:
    """
    A synchronous client serves many threads at once and keeps their connections.
    """
    server = wire(replies())
    client = Library(server.url, circuit_breaker=False, transport=transport)
    with client, ThreadPoolExecutor(16) as pool:
        books = list(pool.map(lambda number: client.books.get(f"b{number}"), range(200)))
    assert len(books) == 200
    # pyreqwest races a new connection against one that becomes free.
    assert server.connections <= most
    assert len({seen.target for seen in server.seen}) == 200


@pytest.mark.parametrize(("transport", "most"), [(AsyncHttpxTransport, 8), (AsyncFastTransport, 199)])
async def test_tasks_share_a_client(wire: Callable[..., Wire], transport: Any, most: int) -> None:
    """
    An asynchronous client serves many tasks at once, over no more connections than allowed.
    """
    server = wire(replies())
    limited = transport(max_connections=8)
    async with AsyncLibrary(server.url, circuit_breaker=False, transport=limited) as client:
        books = await asyncio.gather(*[client.books.get(f"b{number}") for number in range(200)])
    assert len(books) == 200
    assert server.connections <= most


@pytest.mark.parametrize("make", [HttpxTransport, FastTransport])
def test_waiting_for_a_connection_counts(wire: Callable[..., Wire], make: Any) -> None:
    """
    When every connection is in use, waiting for one is part of the deadline, and the error says what happened.
    """
    server = wire(hangs)
    transport = make(max_connections=1)
    client = Library(server.url, circuit_breaker=False, transport=transport, max_retries=0)

    def occupy() -> None:
        with contextlib.suppress(CallError):
            client.books.get("b1", timeout=60)

    first = threading.Thread(target=occupy)
    first.start()
    server.arrived.wait()
    with pytest.raises(DeadlineExceeded, match="all 1 connections are in use"):
        client.books.get("b2", timeout=0.1)
    server.over.set()
    first.join()
    assert len(server.seen) == 1


@pytest.mark.parametrize("make", [AsyncHttpxTransport, AsyncFastTransport])
async def test_waiting_for_a_connection_counts_for_tasks(wire: Callable[..., Wire], make: Any) -> None:
    """
    The same for tasks.
    """
    server = wire(hangs)
    client = AsyncLibrary(server.url, circuit_breaker=False, transport=make(max_connections=1))
    first = asyncio.create_task(client.books.get("b1"))
    await asyncio.to_thread(server.arrived.wait)
    with pytest.raises(DeadlineExceeded, match="all 1 connections are in use"):
        await client.books.get("b2", timeout=0.1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert len(server.seen) == 1
    await client.aclose()


@pytest.mark.parametrize("name", ["httpx", "fast"])
async def test_cancelling_frees_the_connection(wire: Callable[..., Wire], name: Any) -> None:
    """
    A cancelled call gives its place back, and its connection is not used again.
    """
    server = wire(hangs, replies())
    async with AsyncLibrary(server.url, circuit_breaker=False, transport=name) as client:
        task = asyncio.create_task(client.books.get("b1"))
        await asyncio.to_thread(server.arrived.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await client.books.get("b1")).id == "b1"
    assert server.connections == 2


@pytest.mark.parametrize("name", ["httpx", "fast"])
def test_one_client_over_several_loops(wire: Callable[..., Wire], name: Any) -> None:
    """
    A client that outlives an event loop works in the next one.
    """
    server = wire(replies())
    client = AsyncLibrary(server.url, circuit_breaker=False, transport=name)
    for _ in range(3):
        assert asyncio.run(client.books.get("b1")).id == "b1"


def test_a_forked_child_opens_its_own_connections(wire: Callable[..., Wire]) -> None:
    """
    A child of a process that has called does not share its sockets.
    """
    server = wire(replies())
    with Library(server.url, circuit_breaker=False) as client:
        client.books.get("b1")
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if client.books.get("b1").id == "b1" else 1
            finally:
                os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        client.books.get("b1")
    assert server.connections == 2


def test_idle_connections_are_let_go(wire: Callable[..., Wire]) -> None:
    """
    Connections that nobody used for the keepalive time are closed while others work.
    """
    server = wire(replies())
    transport = HttpxTransport(keepalive=0.05)
    with Library(server.url, circuit_breaker=False, transport=transport) as client:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: client.books.get("b1"), range(64)))
        threading.Event().wait(0.06)
        for _ in range(10):
            client.books.get("b1")
        (origin,) = transport._origins.values()
        assert len(origin.free) == 1


@respx.mock
def test_respx_still_works() -> None:
    """
    Tests that patch httpx or httpcore with respx need not know about us.
    """
    route = respx.get("https://library.test/books/b1").mock(
        side_effect=[httpx.ConnectError("x"), httpx.Response(503), httpx.Response(200, json={"id": "b1", "title": "t"})]
    )
    driver = Driver("sync")
    client, script = driver.scripted(TransportFailure("broken"))
    client._transport = HttpxTransport()
    client._settings = Library("https://library.test", circuit_breaker=False, clock=script.clock)._settings
    assert client.books.get("b1").title == "t"
    assert (route.call_count, route.calls.last.request.headers["host"]) == (3, "library.test")


@respx.mock
async def test_respx_still_works_asynchronously() -> None:
    """
    The same for asynchronous clients, bodies included.
    """
    route = respx.post("https://library.test/books").respond(201, json={"id": "b1", "title": "t"})
    async with AsyncLibrary("https://library.test", circuit_breaker=False) as client:
        assert (await client.books.add(title="t")).title == "t"
    assert route.calls.last.request.content == b'{"title":"t"}'


def test_any_httpx_transport_can_be_adapted(driver: Driver) -> None:
    """
    Mock and in-process transports written for httpx carry the SDK through an adapter.
    """
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.path.endswith("lost"):
            raise httpx.ReadError("x")
        if request.url.path.endswith("slow"):
            raise httpx.ReadTimeout("x")
        return httpx.Response(200, json={"id": "b1", "title": "x" * (99_999 if "large" in request.url.path else 1)})

    inner = httpx.MockTransport(handle)
    transport = AsyncHttpxAdapter(inner) if driver.kind == "async" else HttpxAdapter(inner)
    client = driver.client(transport=transport, max_retries=0, max_response_bytes=9_999)
    assert driver.run(client.books.get("b1")).title == "x"
    for name, kind in (("lost", ConnectionFailed), ("slow", TransportTimeout), ("large", ResponseTooLargeError)):
        with pytest.raises(kind):
            driver.run(client.books.get(name))
    assert (seen[0].headers["host"], seen[0].headers["authorization"]) == ("library.test", "Bearer t0ken")


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_proxies_are_used(wire: Callable[..., Wire], kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A proxy is taken from the argument, or from the environment unless ``trust_env`` is off.
    """
    proxy = wire(replies())
    make: Any = HttpxTransport if kind == "sync" else AsyncHttpxTransport
    driver = Driver(kind)
    try:
        told = make(proxy=proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        for transport in (told, make()):
            client = driver.client("http://library.test", transport=transport)
            for _ in range(2):
                assert driver.run(client.books.get("b1")).id == "b1"
        assert {seen.target for seen in proxy.seen} == {"http://library.test/books/b1"}
        assert proxy.connections == 2
        client = driver.client("http://library.invalid", transport=make(trust_env=False), max_retries=0)
        with pytest.raises(ConnectionFailed):
            driver.run(client.books.get("b1"))
    finally:
        driver.close()


@pytest.mark.parametrize("value", ["caf\xe9", "가".encode().decode("latin-1")], ids=["latin-1", "utf-8"])
def test_a_header_in_any_letters_breaks_no_answer(wired: Driver, wire: Callable[..., Wire], value: str) -> None:
    """
    An answer whose headers hold more than ASCII is read, and so are its other headers.
    """
    client = wired.client(wire(replies(headers=[("x-name", value), ("x-a", "1"), ("x-a", "2")])).url)
    answer = wired.run(client.books.with_raw_response.get("b1"))
    assert (answer.parse().id, answer.headers.lines("X-A")) == ("b1", ["1", "2"])
    assert answer.headers.get("x-name", value) == value


def test_the_deadline_holds_behind_a_proxy(wire: Callable[..., Wire]) -> None:
    """
    A proxy cannot stretch the deadline either.
    """
    proxy = wire(drips(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1000))
    client = Library("http://library.test", circuit_breaker=False, transport=HttpxTransport(proxy=proxy.url))
    with pytest.raises(DeadlineExceeded):
        client.books.get("b1", timeout=0.3)


def test_all_addresses_share_the_connect_timeout(monkeypatch: pytest.MonkeyPatch, wire: Callable[..., Wire]) -> None:
    """
    A name with several addresses gets one connect timeout for them all, and the first that answers is taken.
    """
    server = wire(replies())
    port = int(server.url.rpartition(":")[2])
    resolve = socket.getaddrinfo

    def several(host: str, *rest: Any, **more: Any) -> list[Any]:
        if host != "library.test":
            return resolve(host, *rest, **more)
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("127.0.0.99", port)), (*kind, ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", several)
    with Library(f"http://library.test:{port}", circuit_breaker=False) as client:
        assert client.books.get("b1").id == "b1"


def test_a_full_backlog_is_a_connect_timeout(wired: Driver) -> None:
    """
    A host that does not take the connection is a timeout of connecting, after which another attempt may follow.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        client = wired.client(f"http://127.0.0.1:{full.getsockname()[1]}", max_retries=0, connect_timeout=0.2)
        with pytest.raises(TransportTimeout, match="connecting took too long"):
            wired.run(client.books.lend("b1"))
        for filler in fillers:
            filler.close()


def test_tls_is_checked_and_can_be_told_whom_to_trust() -> None:
    """
    A certificate that nobody trusts is an error that says so, at once; a context of the caller's may trust it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = trustme.CA()
    authority.issue_cert("localhost").configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
                with context.wrap_socket(plain, server_side=True) as connection:
                    connection.recv(65536)
                    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
                    connection.sendall(head % len(BOOK) + BOOK)
            except ssl.SSLError:
                continue
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    for kind, make in (("sync", HttpxTransport), ("async", AsyncHttpxTransport)):
        driver = Driver(kind)
        for name in ("httpx", "fast"):
            client = driver.client(f"https://localhost:{port}", transport=name)
            with pytest.raises(ConnectionFailed, match="TLS certificate is not trusted") as caught:
                driver.run(client.books.get("b1"))
            assert caught.value.attempts == 1
        client = driver.client(f"https://localhost:{port}", transport=make(ssl_context=trusting))
        assert driver.run(client.books.get("b1")).id == "b1"
        driver.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_the_tls_context_is_shared() -> None:
    """
    The costly TLS context is made once for a process, and only when somebody speaks TLS.
    """
    assert shared_tls() is shared_tls()


def test_a_plain_port_that_is_spoken_tls_to_says_so(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    https to a port that does not speak TLS is an error of the handshake.
    """
    url = wire(ends).url.replace("http:", "https:")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        threading.Thread(target=serve, daemon=True).start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(ConnectionFailed, match="TLS handshake failed"):
            wired.run(wired.client(url, max_retries=0).books.get("b1"))


def test_large_bodies_travel(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    A request and an answer of several megabytes arrive whole.
    """
    from aegis_runtime import OperationSpec

    data = os.urandom(3_000_000)
    spec: OperationSpec[bytes] = OperationSpec(
        api=API,
        operation_id="echo",
        method="PUT",
        path="/echo",
        body=BodySpec(media_type="application/octet-stream", encode=BytesEncoder()),
        responses={"200": ResponseSpec({"application/octet-stream": BytesDecoder()})},
    )
    server = wire(replies(200, data, "application/octet-stream"))
    assert wired.run(wired.client(server.url).call(spec, (), data)) == data
    assert server.seen[0].body == data


def test_what_cannot_be_sent_is_not_blamed_on_the_network() -> None:
    """
    A request that no HTTP/1.1 message can carry fails as such, quoting nothing.
    """
    request = Request("GET", "http://127.0.0.1:9/ x", [("A\n", "b")], None, 1.0, 1.0, 99)
    for make in (HttpxTransport, FastTransport):
        transport: Transport = make()
        with pytest.raises(TransportFailure):
            transport.send(request)
        transport.close()
