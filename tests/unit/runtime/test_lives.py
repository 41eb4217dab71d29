"""
Claims about calls beside the ordinary: interrupted, cancelled, without a network, without descriptors, copied.
"""

from __future__ import annotations

import asyncio
import copy
import gzip
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from aegis_runtime import Circuit
from aegis_runtime.errors import (
    CallError,
    ConfigurationError,
    ConnectionFailed,
    ContractViolationError,
    InvalidRequestError,
    ResponseTooLargeError,
)
from aegis_runtime.transports import _aside
from tests.unit.runtime.harness import BOOK, Driver, Script, Wire, answer, hangs, replies
from tests.unit.runtime.library import HEALTH, AsyncLibrary, Library

TRANSPORTS = pytest.mark.parametrize("transport", ["httpx", "fast"])


@TRANSPORTS
def test_an_interrupt_ends_a_call(wire: Callable[..., Wire], transport: Any) -> None:
    """
    Ctrl-C in a call that waits is a KeyboardInterrupt at once, not when the call has run out of time.
    """
    server = wire(hangs)
    program = (
        "import signal, sys; from tests.unit.runtime.library import Library\n"
        # Whoever is started in the background inherits that interrupts are ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"client = Library({server.url!r}, 't', transport={transport!r}, max_retries=0)\n"
        "try: client.books.get('b1', timeout=120)\n"
        "except KeyboardInterrupt: sys.exit(7)"
    )
    child = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[3])
    try:
        assert server.arrived.wait(50)
        time.sleep(0.1)  # from the request's last byte to the wait for its answer
        child.send_signal(signal.SIGINT)
        assert child.wait(50) == 7
    finally:
        child.kill()
        child.wait()


@TRANSPORTS
def test_who_cancels_is_told(wire: Callable[..., Wire], transport: Any) -> None:
    """
    A cancel scope of anyio's knows its own cancellation, so the code behind it goes on.
    """
    import anyio

    server = wire(hangs)

    async def main() -> bool:
        async with AsyncLibrary(server.url, transport=transport, circuit_breaker=False) as client:
            with anyio.move_on_after(0.2) as scope:
                await client.books.get("b1")
            return scope.cancelled_caught

    assert asyncio.run(main())


def test_what_is_cancelled_quotes_nothing() -> None:
    """
    A call that is cancelled while it sends leaves neither body nor token in a frame of the libraries underneath.
    """
    from tests.unit.runtime.test_blame import frames

    async def main(url: str) -> None:
        async with AsyncLibrary(url, "canary-token", circuit_breaker=False) as client:
            async with asyncio.timeout(0.3):
                await client.books.get("b" * 60_000, headers={"X-Note": "canary-note"})

    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(TimeoutError) as caught:
        asyncio.run(main(f"http://127.0.0.1:{deaf.getsockname()[1]}"))
    assert "canary-token" not in frames(caught.value)
    modules = set[str]()
    error: BaseException | None = caught.value
    while error is not None:
        trace = error.__traceback__
        while trace is not None:
            modules.add(str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0])
            trace = trace.tb_next
        error = error.__cause__ or error.__context__
    assert not modules & {"httpx", "httpcore", "h11"}


def test_calls_are_made_where_no_thread_begins(wire: Callable[..., Wire], monkeypatch: pytest.MonkeyPatch) -> None:
    """
    At the end of the interpreter no further thread begins: names are resolved and calls made by who asks.
    """
    begin, mine = threading.Thread.start, threading.current_thread()

    def start(thread: threading.Thread) -> None:
        if threading.current_thread() is mine:
            raise RuntimeError("can't create new thread at interpreter shutdown")
        begin(thread)  # the server's

    port = wire(replies()).url.rpartition(":")[2]
    _aside._free.clear()
    monkeypatch.setattr(threading.Thread, "start", start)
    shared = _aside.Shared[int]()
    assert [shared.wait("name", lambda: 1, 0.0), shared.wait("name", lambda: 2, 0.0)] == [1, 2]
    with Library(f"http://localhost:{port}", circuit_breaker=False) as client:
        assert client.books.get("b1").id == "b1"


def test_a_resolver_that_hangs_does_not_hold_a_call(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The system's resolver knows no deadline; the call keeps its own, and many callers wait for one look-up.
    """
    over = threading.Event()
    asked: list[object] = []

    def resolve(host: object, *rest: object, **more: object) -> list[Any]:
        asked.append(host)
        over.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    client = driver.client("http://slow.test", max_retries=0, timeout=0.3)
    try:
        for _ in range(3):
            with pytest.raises(CallError):
                driver.run(client.books.get("b1"))
        assert driver.kind == "async" or len(asked) == 1
    finally:
        over.set()


def test_what_this_machine_lacks_is_not_counted(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    No descriptor left, and a name that nobody resolves: a failed connection, of which the provider knows nothing.
    """
    circuit = Circuit("c", failures=1)
    server = wire(replies())
    warm = wired.client(server.url, max_retries=0)
    wired.run(warm.books.get("b1"))
    client = wired.client(server.url, max_retries=0, circuit_breaker=circuit)
    held: list[int] = []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + 2, hard))
    try:
        with suppress(OSError):
            while True:
                held.append(os.open(os.devnull, os.O_RDONLY))
        with pytest.raises(ConnectionFailed):
            wired.run(client.books.get("b1"))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for each in held:
            os.close(each)
    client = wired.client("http://nowhere.invalid", max_retries=0, circuit_breaker=circuit)
    with pytest.raises(ConnectionFailed, match="resolved"):
        wired.run(client.books.get("b1"))
    assert circuit.failures == 0


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_short_call_shortens_no_other(wire: Callable[..., Wire], kind: str) -> None:
    """
    The time that one call had for connecting is not what a later one gets, on the transport that keeps a client each.
    """
    driver = Driver(kind, "fast")
    client = driver.client(wire(hangs, replies()).url, max_retries=0)
    with pytest.raises(CallError):
        driver.run(client.books.get("b1", timeout=0.05))
    transport = client._transport
    made = transport._clients if kind == "sync" else next(iter(transport._loops.values())).clients
    assert min(made) >= 1.0
    driver.close()


def test_clients_are_copied_and_not_pickled(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    A copy, deep or not, shares the connections and works; a pickle is refused with what to do.
    """
    server = wire(replies())
    client = wired.client(server.url)
    for twin in (client, copy.copy(client), copy.deepcopy({"client": client})["client"]):
        assert wired.run(twin.books.get("b1")).id == "b1"
    assert server.connections == 1
    with pytest.raises(ConfigurationError, match="make one in each process"):
        pickle.dumps(client)


@TRANSPORTS
def test_closing_needs_no_event_loop(wire: Callable[..., Wire], transport: Any) -> None:
    """
    Closing works where no loop of asyncio runs, as under trio.
    """
    client = AsyncLibrary(wire(replies()).url, transport=transport)
    asyncio.run(_book(client))
    with suppress(StopIteration):
        client.aclose().send(None)


async def _book(client: AsyncLibrary) -> None:
    assert (await client.books.get("b1")).id == "b1"


def test_empty_pages_end(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Pages without an item may follow each other, but not for ever.
    """
    asked = 0

    def always(script: Script, request: object) -> Any:
        nonlocal asked
        asked += 1
        return answer(200, b'{"data": [], "next_cursor": "%d"}' % asked)

    client, script = driver.scripted(answer())
    monkeypatch.setattr(type(script), "next", always)
    with pytest.raises(ContractViolationError, match="empty"):
        driver.items(client.books.list())
    assert asked == 1000


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        object(),
        [object()],
        [float("nan")],
        [[float("nan")]],
        {"a": lambda: 1},
        [b"x"],
    ],
)
def test_what_cannot_be_written_is_refused(driver: Driver, value: Any) -> None:
    """
    No number that is none and no object's repr becomes part of an address.
    """
    client, script = driver.scripted(answer())
    with pytest.raises(InvalidRequestError):
        driver.run(client.books.get("b1", fields=value))
    assert not script.requests


def test_an_address_is_bounded(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    An address that no transport takes is an InvalidRequestError on all of them.
    """
    client = wired.client(wire(replies()).url, max_retries=0)
    with pytest.raises(InvalidRequestError, match="65000"):
        wired.run(client.books.get("b" * 100_000))


@pytest.mark.parametrize(
    ("title", "charset", "said"),
    [
        ("진달래", "euc-kr", "euc-kr"),
        ("똠방각하", "cp949", "EUC-KR"),
        ("①㈱", "cp932", "Shift_JIS"),
        ("镕", "gbk", "gb2312"),
        ("진달래", "utf-16", "utf-16"),
        ("진달래", "utf-8", "iso-8859-1"),
        ("café", "latin-1", '"ISO-8859-1"'),
    ],
)
def test_charsets_are_read(driver: Driver, title: str, charset: str, said: str) -> None:
    """
    JSON should be UTF-8 (RFC 8259 §8.1) and is read so where it is; else its charset says what it is, as of any text.
    """
    body = f'{{"id": "b1", "title": "{title}"}}'.encode(charset)
    client, _ = driver.scripted(answer(200, body, f"application/json; charset={said}"))
    assert driver.run(client.books.get("b1")).title == title
    if charset != "utf-8":
        client, _ = driver.scripted(answer(200, title.encode(charset), f"text/plain; charset={said}"))
        assert driver.run(client.call(HEALTH)) == title


@pytest.mark.parametrize("said", ["bz2", "nosuch", "idna", "unicode_escape", "utf-7"])
def test_odd_charsets_are_refused(driver: Driver, said: str) -> None:
    """
    What is no charset is not applied to a text.
    """
    client, _ = driver.scripted(answer(200, b"x", f"text/plain; charset={said}"), max_retries=0)
    with pytest.raises(CallError, match="charset"):
        driver.run(client.call(HEALTH))


def test_a_gzip_of_many_parts_is_bounded(driver: Driver) -> None:
    """
    A hundred thousand empty members are refused for their number, after work that grows with the bytes alone.
    """
    parts = gzip.compress(b"")
    for count, kind in ((99_999, None), (100_000, ResponseTooLargeError)):
        body = parts * count + gzip.compress(BOOK)
        client, _ = driver.scripted(answer(200, body, headers={"content-encoding": "gzip"}), max_retries=0)
        if kind is None:
            assert driver.run(client.books.get("b1")).id == "b1"
            continue
        with pytest.raises(kind, match="parts"):
            driver.run(client.books.get("b1"))


@TRANSPORTS
def test_header_values_come_as_they_are_or_not_at_all(wire: Callable[..., Wire], transport: Any) -> None:
    """
    No transport writes a header's value in another encoding than the rest of them.
    """
    server = wire(replies())
    with Library(server.url, transport=transport, circuit_breaker=False) as client:
        try:
            client.books.get("b1", headers={"X-Note": "é"})
        except InvalidRequestError:
            assert not server.seen
        else:
            assert server.seen[0].header("X-Note") == "é"
