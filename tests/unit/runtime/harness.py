"""
What the runtime's claims are tried on: both kinds of client behind one driver, a script in place of the network, a
clock that only moves when told, and a real socket whose server can misbehave.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aegis_runtime import Clock, Headers, Request, Response, RetryPolicy, Secret, TransportFailure
from tests.unit.runtime.library import AsyncLibrary, Library

BOOK = b'{"id": "b1", "title": "Azaleas"}'
PROBLEM = b'{"type": "about:blank", "title": "No", "status": 404, "code": "nowhere", "detail": "not here"}'
Outcome = Response | TransportFailure | BaseException


def answer(
    status: int = 200,
    body: bytes = BOOK,
    content_type: str | None = "application/json",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """
    An answer for a script.
    """
    lines = [] if content_type is None else [("content-type", content_type)]
    return Response(status, Headers([*lines, *(headers or {}).items()]), body)


class ManualClock(Clock):
    """
    Time that passes when somebody sleeps or says so.
    """

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        self.sleep(seconds)


@dataclass
class Script:
    """
    A network that answers what it was told to, in turn; the last outcome repeats.

    Attributes:
        takes: seconds of the clock that every exchange takes.
    """

    outcomes: list[Outcome]
    clock: ManualClock
    takes: float = 0.0
    requests: list[Request] = field(default_factory=list[Request])

    def next(self, request: Request) -> Response:
        """
        Record *request* and play the next outcome.
        """
        self.requests.append(request)
        self.clock.now += min(self.takes, request.timeout)
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Response):
            return outcome
        raise outcome


class Scripted:
    """
    The script as a transport.
    """

    def __init__(self, script: Script) -> None:
        self._script = script
        self.closed = False

    def send(self, request: Request, /) -> Response:
        return self._script.next(request)

    def close(self) -> None:
        self.closed = True


class AsyncScripted:
    """
    The script as an asynchronous transport.
    """

    def __init__(self, script: Script) -> None:
        self._script = script
        self.closed = False

    async def send(self, request: Request, /) -> Response:
        await asyncio.sleep(0)
        return self._script.next(request)

    async def aclose(self) -> None:
        self.closed = True


class Driver:
    """
    Drives one kind of client, so that a claim is written once.
    """

    def __init__(self, kind: str, transport: str = "httpx") -> None:
        self.kind = kind
        self.transport = transport
        self._runner = asyncio.Runner() if kind == "async" else None
        self._clients: list[Any] = []

    def client(
        self, base_url: str = "http://library.test", token: str | Secret | None = "t0ken", **options: Any
    ) -> Any:
        """
        A client of this kind.
        """
        options.setdefault("transport", self.transport)
        options.setdefault("circuit_breaker", False)
        kind = AsyncLibrary if self._runner else Library
        client = kind(base_url, token, **options)
        self._clients.append(client)
        return client

    def scripted(self, *outcomes: Outcome, takes: float = 0.0, **options: Any) -> tuple[Any, Script]:
        """
        A client whose network is a script, with a clock that stands still; jitter is at its least.
        """
        script = Script(list(outcomes), ManualClock(), takes)
        transport = AsyncScripted(script) if self._runner else Scripted(script)
        options.setdefault("retry", RetryPolicy(random=lambda: 1.0))
        return self.client(transport=transport, clock=script.clock, **options), script

    def run(self, made: Any) -> Any:
        """
        The result of a call of either kind.
        """
        if self._runner is not None and inspect.isawaitable(made):
            return self._runner.run(_awaited(made))
        return made

    def items(self, pages: Any) -> list[Any]:
        """
        Every item of a list of either kind.
        """
        if self._runner is None:
            return list(pages)
        return self._runner.run(_collected(pages))

    def close(self) -> None:
        """
        Close what was opened.
        """
        for client in self._clients:
            self.run(client.aclose() if self._runner else client.close())
        if self._runner is not None:
            self._runner.close()


async def _awaited(made: Any) -> Any:
    return await made


async def _collected(pages: Any) -> list[Any]:
    return [item async for item in pages]


@dataclass
class Seen:
    """
    A request as it came over the wire.
    """

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """
        The header's value.
        """
        return next((value for other, value in self.headers if other.lower() == name.lower()), None)


Behaviour = Callable[["Wire", socket.socket], bool]
"""Answers on a connection; says whether to keep it open."""


class Wire:
    """
    A server on a real socket that behaves as scripted; the last behaviour repeats.
    """

    def __init__(self, *script: Behaviour) -> None:
        self.script = list(script)
        self.seen: list[Seen] = []
        self.connections = 0
        self.arrived = threading.Event()
        self.over = threading.Event()
        self.left = threading.Event()
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            while (seen := _read(connection)) is not None:
                with self._lock:
                    self.seen.append(seen)
                    behave = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                self.arrived.set()
                if not behave(self, connection):
                    break
        except OSError:
            pass
        finally:
            connection.close()
            self.left.set()

    def close(self) -> None:
        """
        Stop, and let go of everybody.
        """
        self.over.set()
        # shutdown wakes accept(); close alone would not.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in self._open:
            connection.close()


def _read(connection: socket.socket) -> Seen | None:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    length = int(next((value for name, value in headers if name.lower() == "content-length"), "0"))
    while len(body) < length:
        body += connection.recv(65536)
    return Seen(method, target, headers, body)


def replies(
    status: int = 200,
    body: bytes = BOOK,
    content_type: str | None = "application/json",
    headers: Iterable[tuple[str, str]] = (),
) -> Behaviour:
    """
    A well-behaved answer.
    """

    def behave(wire: Wire, connection: socket.socket) -> bool:
        lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}"]
        lines += [f"content-type: {content_type}"] if content_type else []
        lines += [f"{name}: {value}" for name, value in headers]
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)
        return True

    return behave


def sends(data: bytes) -> Behaviour:
    """
    Exactly these bytes, and then the end.
    """

    def behave(wire: Wire, connection: socket.socket) -> bool:
        connection.sendall(data)
        return False

    return behave


def hangs(wire: Wire, connection: socket.socket) -> bool:
    """
    Never answer.
    """
    wire.over.wait()
    return False


def ends(wire: Wire, connection: socket.socket) -> bool:
    """
    Close without a word.
    """
    return False


def resets(wire: Wire, connection: socket.socket) -> bool:
    """
    Close with a reset.
    """
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def drips(data: bytes, pause: float = 0.02) -> Behaviour:
    """
    One byte at a time, for ever in effect.
    """

    def behave(wire: Wire, connection: socket.socket) -> bool:
        for byte in data:
            connection.sendall(bytes([byte]))
            if wire.over.wait(pause):
                break
        return False

    return behave
