"""
An answer belongs to its request, whatever a provider sends and whoever forks, closes or changes loops.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from aegis_runtime import Headers, HttpxTransport, Response
from aegis_runtime.errors import CallError, DeadlineExceeded, ResponseDecodeError
from aegis_runtime.transports._connections import settled
from tests.unit.runtime.harness import Driver, Wire, drips, hangs, replies, sends
from tests.unit.runtime.library import AsyncLibrary, Library
from tests.unit.runtime.test_authorities import proxy
from tests.unit.runtime.test_trust import Secured, secured

__all__ = ["proxy", "secured"]


def book(number: str) -> bytes:
    """
    A complete answer with the book *number*.
    """
    body = json.dumps({"id": number, "title": "t"}).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


def asked(wire: Wire, connection: socket.socket) -> bool:
    """
    Answers with the book that was asked for, and with one more answer that nobody asked for.
    """
    number = wire.seen[-1].target.rpartition("/")[2]
    connection.sendall(book(number) + book("somebody-elses"))
    return True


SURPLUS = threading.Event()


def late(wire: Wire, connection: socket.socket) -> bool:
    """
    Answers, and a moment later once more.
    """
    connection.sendall(book(wire.seen[-1].target.rpartition("/")[2]))
    time.sleep(0.05)
    connection.sendall(book("somebody-elses"))
    SURPLUS.set()
    return True


@pytest.mark.parametrize("behaviour", [asked, late])
def test_a_surplus_answer_reaches_nobody(wired: Driver, wire: Callable[..., Wire], behaviour: Any) -> None:
    """
    A provider that answers twice on a kept connection cannot hand one caller's answer to the next.
    """
    server = wire(behaviour)
    client = wired.client(server.url, max_retries=0)
    for number in ("b1", "b2", "b3"):
        assert wired.run(client.books.get(number)).id == number
        if behaviour is late:
            assert SURPLUS.wait(30)
            SURPLUS.clear()
            time.sleep(0.05)  # over the loopback
    assert server.connections == 3


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_surplus_answer_behind_a_proxy_reaches_nobody(
    wire: Callable[..., Wire], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The same holds for connections to a proxy.
    """
    proxy = wire(asked)
    monkeypatch.setenv("http_proxy", proxy.url)
    driver = Driver(kind)
    client = driver.client("http://library.test", max_retries=0)
    for number in ("b1", "b2"):
        assert driver.run(client.books.get(number)).id == number
    driver.close()
    assert proxy.connections == 2


def in_one_piece(secured: Secured) -> tuple[str, list[str]]:
    """
    A server under TLS that sends the answer and one that nobody asked for as two records, together; and who came.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.ours.issue_cert("localhost").configure_cert(context)
    came: list[str] = []

    def serve(plain: socket.socket) -> None:
        came.append("connection")
        read, written = ssl.MemoryBIO(), ssl.MemoryBIO()
        secure = context.wrap_bio(read, written, server_side=True)

        def done(step: Callable[[], Any]) -> Any:
            while True:
                try:
                    return step()
                except ssl.SSLWantReadError:
                    plain.sendall(written.read())
                    read.write(plain.recv(65536) or b"no TLS at all")

        with contextlib.suppress(OSError), plain:
            done(secure.do_handshake)
            while True:
                number = done(lambda: secure.read(65536)).split()[1].rpartition(b"/")[2].decode()
                secure.write(book(number))
                secure.write(book("somebody-elses"))
                plain.sendall(written.read())

    return secured.listen(serve), came


@pytest.mark.parametrize("through", ["", "a proxy"])
def test_a_surplus_record_reaches_nobody(
    wired: Driver, secured: Secured, proxy: str, through: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The same holds under TLS, where the surplus may have been received and not been read yet, and for TLS within TLS.
    """
    if through:
        monkeypatch.setenv("HTTPS_PROXY", proxy)
    url, came = in_one_piece(secured)
    client = wired.client(url, max_retries=0)
    for number in ("b1", "b2", "b3"):
        assert wired.run(client.books.get(number)).id == number
    assert len(came) == 3


def test_we_would_notice_if_httpcore_changed(wire: Callable[..., Wire]) -> None:
    """
    The private parts of httpcore that show unread bytes are where we look for them.
    """
    server = wire(replies())
    transport = HttpxTransport()
    with Library(server.url, circuit_breaker=False, transport=transport) as client:
        client.books.get("b1")
        (origin,) = transport._origins.values()
        inner = origin.free[0]._pool._connection
        assert settled(inner)
        inner._h11_state.receive_data(b"HTTP/1.1 200 OK\r\n")
        assert not settled(inner)


@pytest.mark.parametrize("name", ["httpx", "fast"])
def test_a_forked_child_gets_its_answer_in_time(wire: Callable[..., Wire], name: Any) -> None:
    """
    A child of a process that has called gets the right answer within its deadline, also with a client of its own.
    """
    server = wire(replies())
    with Library(server.url, circuit_breaker=False, transport=name) as client:
        client.books.get("b1")
        child = os.fork()
        if child == 0:
            code = 1
            try:
                fine = client.books.get("b1", timeout=30).id == "b1"
                own = Library(server.url, circuit_breaker=False, transport=name)
                fine &= own.books.get("b1", timeout=30).id == "b1"
                client.close()
                code = 0 if fine else 1
            finally:
                os._exit(code)
        assert os.waitpid(child, 0)[1] == 0
        assert client.books.get("b1").id == "b1"


@pytest.mark.parametrize("name", ["httpx", "fast"])
def test_a_child_forked_while_threads_call_is_not_held_up(wire: Callable[..., Wire], name: Any) -> None:
    """
    Locks and slots that threads of the parent held do not hold up the child.
    """
    server = wire(hangs, hangs, replies())
    client = Library(server.url, transport=name, max_retries=0)
    client._transport._slots = threading.Semaphore(2)  # type: ignore[attr-defined]

    def occupy() -> None:
        with contextlib.suppress(CallError):
            client.books.get("b1", timeout=60)

    threads = [threading.Thread(target=occupy) for _ in range(2)]
    for thread in threads:
        thread.start()
    while len(server.seen) < 2:
        time.sleep(0.01)
    with client.circuit._lock:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = 0 if client.books.get("b1", timeout=30).id == "b1" else 1
            finally:
                os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    server.over.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("name", ["httpx", "fast"])
def test_several_loops_keep_their_connections(wire: Callable[..., Wire], name: Any) -> None:
    """
    One client that two loops use by turns opens one connection for each, not one for each call.
    """
    server = wire(replies())
    client = AsyncLibrary(server.url, circuit_breaker=False, transport=name)
    with asyncio.Runner() as one, asyncio.Runner() as other:
        for _ in range(5):
            assert one.run(_title(client)) == other.run(_title(client)) == "Azaleas"
        one.run(client.aclose())
        assert other.run(_title(client)) == "Azaleas"
        other.run(client.aclose())
    assert server.connections <= 3


async def _title(client: AsyncLibrary) -> str:
    return (await client.books.get("b1")).title


@pytest.mark.parametrize("name", ["httpx", "fast"])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_client_can_be_closed_from_another_loop(wire: Callable[..., Wire], name: Any) -> None:
    """
    Closing works from any loop, after the one that opened the connections has ended, and more than once.
    """
    server = wire(replies())
    client = AsyncLibrary(server.url, circuit_breaker=False, transport=name)
    assert asyncio.run(_title(client)) == "Azaleas"
    asyncio.run(client.aclose())
    asyncio.run(client.aclose())
    assert asyncio.run(_title(client)) == "Azaleas"
    asyncio.run(client.aclose())
    gc.collect()


@pytest.mark.parametrize("name", ["httpx", "fast"])
@pytest.mark.parametrize("how", ["own", "other", "none", "next"])
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_provider_sees_connections_end(wire: Callable[..., Wire], name: Any, how: str) -> None:
    """
    Closing ends the idle connections wherever it is done: in their own loop, in another one, in none; and a further
    loop's call ends those of a loop that is over.
    """
    server = wire(replies())
    client = AsyncLibrary(server.url, circuit_breaker=False, transport=name)
    with asyncio.Runner() as runner:
        runner.run(_title(client))
        assert not server.left.is_set()
        if how == "own":
            runner.run(client.aclose())
            assert server.left.wait(10)
    if how == "other":
        asyncio.run(client.aclose())
    if how == "none":
        with contextlib.suppress(StopIteration):
            client.aclose().send(None)
    if how == "next":
        asyncio.run(_title(client))
    assert server.left.wait(10)


@pytest.mark.parametrize("name", ["httpx", "fast"])
def test_closing_while_others_call_gives_answers_or_typed_errors(wire: Callable[..., Wire], name: Any) -> None:
    """
    Threads that call while another closes get their answer or hear at once that the connection failed, and nobody
    waits; afterwards the client works.
    """
    server = wire(replies())
    client = Library(server.url, circuit_breaker=False, transport=name, max_retries=0)
    closing = threading.Event()

    def closer() -> None:
        while not closing.wait(0.001):
            client.close()

    thread = threading.Thread(target=closer)
    thread.start()

    def call(number: int) -> str:
        try:
            return client.books.get(f"b{number}", timeout=5).id
        except CallError as error:
            return type(error).__name__

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(call, range(400)))
    closing.set()
    thread.join()
    assert set(results) <= {"b1", "ConnectionFailed"}
    assert call(1) == "b1"


async def test_cancelled_calls_leave_nothing_for_the_next(wire: Callable[..., Wire]) -> None:
    """
    A connection whose call was cancelled before its answer is not used again.
    """
    server = wire(hangs, asked)
    async with AsyncLibrary(server.url, circuit_breaker=False) as client:
        task = asyncio.create_task(client.books.get("b1"))
        await asyncio.to_thread(server.arrived.wait)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert (await client.books.get("b2")).id == "b2"


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", " GZIP "])
def test_gzip_by_any_name_is_undone(driver: Driver, coding: str) -> None:
    """
    ``x-gzip`` means ``gzip`` (RFC 9110 §8.4.1.3).
    """
    import gzip

    body = gzip.compress(b'{"id": "b1", "title": "t"}')
    headers = Headers([("content-type", "application/json"), ("content-encoding", coding)])
    client, _ = driver.scripted(Response(200, headers, body))
    assert driver.run(client.books.get("b1")).title == "t"


def packed(*codings: str) -> bytes:
    """
    A book under these codings.
    """
    import gzip
    import zlib

    body = b'{"id": "b1", "title": "t"}'
    bare = zlib.compressobj(wbits=-15)
    ways = {
        "gzip": gzip.compress,
        "zlib": zlib.compress,
        "bare": lambda data: bare.compress(data) + bare.flush(),
        "padded": lambda data: gzip.compress(data) + bytes(20),
    }
    for coding in codings:
        body = ways[coding](body)
    return body


@pytest.mark.parametrize(
    ("said", "codings"),
    [
        ("deflate", ("zlib",)),
        ("deflate", ("bare",)),
        ("gzip, gzip", ("gzip", "gzip")),
        ("deflate, x-gzip", ("zlib", "gzip")),
        ("gzip, identity", ("gzip",)),
        ("gzip", ("padded",)),
        ("", ()),
        (" , identity", ()),
    ],
)
def test_codings_are_read_as_others_read_them(driver: Driver, said: str, codings: tuple[str, ...]) -> None:
    """
    Deflate with its wrapper or without, one coding over another, and padding behind a gzip are undone.
    """
    headers = Headers([("content-type", "application/json"), ("content-encoding", said)])
    client, _ = driver.scripted(Response(200, headers, packed(*codings)))
    assert driver.run(client.books.get("b1")).title == "t"


@pytest.mark.parametrize("said", ["br", "gzip, br", "gzip, gzip, gzip, gzip, gzip", "none"])
def test_codings_that_nobody_asked_for_are_refused(driver: Driver, said: str) -> None:
    """
    Codings that cannot be undone, or that go on, are an answer that cannot be read.
    """
    headers = Headers([("content-type", "application/json"), ("content-encoding", said)])
    client, _ = driver.scripted(Response(200, headers, packed("gzip")))
    with pytest.raises(ResponseDecodeError, match="coding"):
        driver.run(client.books.get("b1"))


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("behaviour", [asked, late])
def test_a_surplus_answer_on_httpx_given_by_the_caller_reaches_nobody(
    wire: Callable[..., Wire], kind: str, behaviour: Any
) -> None:
    """
    The same holds for a transport of httpx's own, with its own pool.
    """
    server = wire(behaviour)
    driver = Driver(kind)
    client = driver.client(server.url, transport=given(kind), max_retries=0)
    for number in ("b1", "b2", "b3"):
        assert driver.run(client.books.get(number)).id == number
        if behaviour is late:
            assert SURPLUS.wait(30)
            SURPLUS.clear()
            time.sleep(0.05)  # over the loopback
    driver.close()
    assert server.connections == 3


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_httpx_given_by_the_caller_keeps_its_connections(wire: Callable[..., Wire], kind: str) -> None:
    """
    A connection on which all is as it should be is used again.
    """
    server = wire(replies())
    driver = Driver(kind)
    client = driver.client(server.url, transport=given(kind))
    for _ in range(3):
        assert driver.run(client.books.get("b1")).id == "b1"
    driver.close()
    assert server.connections == 1


def informs(wire: Wire, connection: socket.socket) -> bool:
    """
    Informational answers without an end.
    """
    while not wire.over.is_set():
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" * 100)
    return False


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("behaviour", [informs, drips(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 2000), hangs])
def test_httpx_given_by_the_caller_keeps_the_deadline(wire: Callable[..., Wire], kind: str, behaviour: Any) -> None:
    """
    Nobody stretches a call over a transport of httpx's own either, byte by byte or by answers that are none.
    """
    driver = Driver(kind)
    client = driver.client(wire(behaviour).url, transport=given(kind), max_retries=0)
    with pytest.raises(DeadlineExceeded):
        driver.run(client.books.get("b1", timeout=0.3))
    driver.close()


def test_nobody_asked_to_switch_protocols(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    101 to a request without an upgrade is no HTTP/1.1 (RFC 9110 §15.2.2), on every transport.
    """
    server = wire(sends(b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nxx"))
    with pytest.raises(ResponseDecodeError, match=r"does not speak HTTP/1\.1"):
        wired.run(wired.client(server.url, max_retries=0).books.get("b1"))


def given(kind: str) -> Any:
    """
    A transport of httpx's own.
    """
    return httpx.HTTPTransport() if kind == "sync" else httpx.AsyncHTTPTransport()
