"""
What becomes of connections: each is kept for the next call or closed by whoever opened it, and logs belong to others.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
import threading
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from aegis_runtime import HttpxTransport
from aegis_runtime.errors import CallError
from aegis_runtime.transports._aside import Shared
from aegis_runtime.transports._httpx_async import AsyncHttpxTransport
from tests.unit.runtime.harness import BOOK, Driver, Wire, hangs, replies, sends
from tests.unit.runtime.library import AsyncLibrary, Library

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
ANSWER = HEAD + b"content-length: %d\r\n\r\n%b" % (len(BOOK), BOOK)


def _twice(wire: Wire, connection: socket.socket) -> bool:
    connection.sendall(ANSWER + ANSWER)
    return True


def _large(wire: Wire, connection: socket.socket) -> bool:
    connection.sendall(HEAD + b"content-length: 90000\r\n\r\n" + b" " * 90_000)
    return True


def _cut(wire: Wire, connection: socket.socket) -> bool:
    connection.sendall(HEAD + b"content-length: 90000\r\n\r\n{")
    connection.shutdown(socket.SHUT_WR)
    return True


_closing = sends(ANSWER)


@pytest.fixture
def unclosed() -> Iterator[Callable[[], list[str]]]:
    """
    Says which sockets were left to the garbage collector.
    """
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)

        def told() -> list[str]:
            gc.collect()
            return [str(each.message) for each in caught if "unclosed" in str(each.message)]

        yield told


def _transport(kind: str, **options: Any) -> Any:
    return (AsyncHttpxTransport if kind == "async" else HttpxTransport)(**options)


@pytest.mark.parametrize(
    ("behaviours", "calls"),
    [
        ((replies(),), 2),
        ((_twice,), 2),
        ((_large,), 1),
        ((_cut,), 1),
        ((_closing,), 3),
        ((hangs,), 1),
    ],
    ids=["kept", "surplus", "too large", "cut short", "closed by the server", "too late"],
)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_no_connection_is_left_to_the_garbage_collector(
    kind: str, wire: Callable[..., Wire], unclosed: Callable[[], list[str]], behaviours: Any, calls: int
) -> None:
    """
    However a call ends, its connection is kept for the next one or closed; closing the client closes those.
    """
    server, driver = wire(*behaviours), Driver(kind)
    options = {"transport": _transport(kind), "max_response_bytes": 50_000, "max_retries": 0, "timeout": 0.5}
    client = driver.client(server.url, **options)
    for _ in range(calls):
        try:
            driver.run(client.books.get("b1"))
        except CallError:
            # A call may meet the very moment in which the provider closes.
            assert behaviours[0] in {_large, _cut, _closing, hangs}
    driver.close()
    del client, options, driver
    assert unclosed() == []


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_idle_connections_are_closed_when_their_time_is_over(
    wire: Callable[..., Wire], unclosed: Callable[[], list[str]], kind: str
) -> None:
    """
    Connections that nobody used for the keepalive time are closed, although another is in use all the while.
    """
    many, meet = 6, threading.Barrier(6)

    def together(server: Wire, connection: socket.socket) -> bool:
        meet.wait(10)
        connection.sendall(ANSWER)
        return True

    server = wire(*[together] * many, replies())
    transport, until = _transport(kind, keepalive=0.3), time.monotonic() + 20

    def left() -> list[int]:
        origins = transport._origins if kind == "sync" else next(iter(transport._loops.values())).origins
        return [len(origin.free) for origin in origins.values()]

    if kind == "sync":
        with Library(server.url, circuit_breaker=False, transport=transport) as client:
            threads = [threading.Thread(target=client.books.get, args=("b1",)) for _ in range(many)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert left() == [many]
            while left() != [1] and time.monotonic() < until:
                client.books.get("b1")
                time.sleep(0.01)
            assert left() == [1]
    else:

        async def all_at_once() -> None:
            async with AsyncLibrary(server.url, circuit_breaker=False, transport=transport) as client:
                await asyncio.gather(*[client.books.get("b1") for _ in range(many)])
                assert left() == [many]
                while left() != [1] and time.monotonic() < until:
                    await client.books.get("b1")
                    await asyncio.sleep(0.01)
                assert left() == [1]

        asyncio.run(all_at_once())
    assert unclosed() == []


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_client_that_is_closed_during_a_call_keeps_no_connection(
    wire: Callable[..., Wire], unclosed: Callable[[], list[str]], kind: str
) -> None:
    """
    Who calls while another closes the client gets the answer, and the connection ends with it.
    """
    closed = threading.Event()

    def waits(server: Wire, connection: socket.socket) -> bool:
        closed.wait(10)
        connection.sendall(ANSWER)
        return True

    server = wire(waits)
    if kind == "sync":
        client = Library(server.url, circuit_breaker=False)
        answers: list[Any] = []
        thread = threading.Thread(target=lambda: answers.append(client.books.get("b1")))
        thread.start()
        assert server.arrived.wait(10)
        client.close()
        closed.set()
        thread.join()
        assert answers[0].id == "b1"
        del client
    else:

        async def close_meanwhile() -> None:
            client = AsyncLibrary(server.url, circuit_breaker=False)
            call = asyncio.create_task(client.books.get("b1"))
            assert await asyncio.to_thread(server.arrived.wait, 10)
            await client.aclose()
            closed.set()
            assert (await call).id == "b1"

        asyncio.run(close_meanwhile())
    assert unclosed() == []


@pytest.mark.parametrize("transport", ["own", "given"])
def test_lines_of_httpcore_are_kept_from_logs_for_our_calls_alone(
    driver: Driver, wire: Callable[..., Wire], caplog: pytest.LogCaptureFixture, transport: str
) -> None:
    """
    They quote every header of an answer, so our calls write none; those of somebody else's httpx are written as ever.
    """
    secret = "quoted-nowhere"
    server = wire(replies(headers=[("set-cookie", secret)]))
    caplog.set_level(logging.DEBUG)
    given = httpx.AsyncHTTPTransport() if driver.kind == "async" else httpx.HTTPTransport()
    client = driver.client(server.url, transport=_transport(driver.kind) if transport == "own" else given)

    async def others() -> None:
        assert (await client.books.get("b1")).id == "b1"
        assert secret not in caplog.text
        async with httpx.AsyncClient() as other:
            await other.get(server.url)

    if driver.kind == "async":
        driver.run(others())
    else:
        assert client.books.get("b1").id == "b1"
        assert secret not in caplog.text
        with httpx.Client() as other:
            other.get(server.url)
    assert secret in caplog.text


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_what_comes_between_two_calls_reaches_nobody(wire: Callable[..., Wire], kind: str) -> None:
    """
    What a provider sends while nothing is asked of it, and the event loop runs on, is no answer to the next request.
    """
    more, sent = threading.Event(), threading.Event()

    def unasked(server: Wire, connection: socket.socket) -> bool:
        connection.sendall(ANSWER)
        more.wait(10)
        connection.sendall(ANSWER.replace(b"Azaleas", b"Zinnias"))
        sent.set()
        return True

    server = wire(unasked, replies())
    if kind == "sync":
        with Library(server.url, circuit_breaker=False) as client:
            client.books.get("b1")
            more.set()
            assert sent.wait(10)
            assert client.books.get("b1").title == "Azaleas"
    else:

        async def ask() -> None:
            async with AsyncLibrary(server.url, circuit_breaker=False) as client:
                await client.books.get("b1")
                more.set()
                assert await asyncio.to_thread(sent.wait, 10)
                await asyncio.sleep(0.05)  # the loop takes what has come
                assert (await client.books.get("b1")).title == "Azaleas"

        asyncio.run(ask())
    assert server.connections == 2


@pytest.mark.parametrize("transport", ["httpx", "fast"])
def test_a_loop_that_ended_is_kept_by_nobody(wire: Callable[..., Wire], transport: Any) -> None:
    """
    A client that lives longer than the event loops that it is used in holds none of them, nor their connections.
    """
    server = wire(replies())
    client = AsyncLibrary(server.url, circuit_breaker=False, transport=transport)
    ended: list[weakref.ref[asyncio.AbstractEventLoop]] = []
    for _ in range(3):
        with asyncio.Runner() as runner:
            assert runner.run(_title(client)) == "Azaleas"
            ended.append(weakref.ref(runner.get_loop()))
        del runner
    gc.collect()
    assert [loop() is None for loop in ended[:-1]] == [True, True]
    asyncio.run(client.aclose())


async def _title(client: AsyncLibrary) -> str:
    return (await client.books.get("b1")).title


def test_everybody_who_waits_for_the_same_name_is_told() -> None:
    """
    However many threads ask for a name at once, it is looked up once, and the answer is everybody's.
    """
    shared: Shared[str] = Shared()
    asked, answered = threading.Event(), threading.Event()
    lookups: list[int] = []

    def look_up() -> str:
        lookups.append(1)
        asked.set()
        answered.wait(20)
        return "found"

    with ThreadPoolExecutor(3) as threads:
        waiting = [threads.submit(shared.wait, "name", look_up, time.monotonic() + 20) for _ in range(3)]
        assert asked.wait(20)
        with pytest.raises(TimeoutError):
            shared.wait("name", look_up, time.monotonic())
        answered.set()
        assert [each.result(20) for each in waiting] == ["found"] * 3
    assert len(lookups) <= 2  # whoever comes after the answer asks again


def test_a_client_that_is_closed_lets_its_connections_go(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    Whatever carries the calls, the server sees its connection end when the client is closed, and not before.
    """
    server = wire(replies())
    client = wired.client(server.url)
    for _ in range(2):
        wired.run(client.books.get("b1"))
    assert (server.left.is_set(), server.connections) == (False, 1)
    wired.run(client.aclose() if wired.kind == "async" else client.close())
    assert server.left.wait(20)
