"""
HTTP/1.1 on a socket: one protocol object for each connection, between what comes in and what goes out.

It speaks to the core directly and not through ASGI: faults need the transport (a reset, half a body).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from aegis_mockserver.adapters.socket import _wire
from aegis_mockserver.adapters.socket._incoming import Incoming
from aegis_mockserver.adapters.socket._outgoing import Outgoing
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.world._messages import Head, RawHeaders, Reply

if TYPE_CHECKING:
    from aegis_mockserver.adapters.proxy._proxy import Proxy
    from aegis_mockserver.adapters.socket._serving import Serving

AT_ONCE = 16_384  # bytes that are parsed before others get their turn
TURN = 0.005  # seconds that one connection may work before others get theirs
WAITING = 16  # requests that wait for the proxy; then no more are read


@dataclass(slots=True)
class Waiting:
    """
    A request that waits for the proxy.

    Args:
        line: what the last headers of its answer say of the connection.
        chunked: the client reads bodies in chunks.
    """

    method: str
    target: bytes
    headers: RawHeaders
    body: bytes
    line: bytes
    chunked: bool


class Connection(asyncio.Protocol):
    """
    One client connection.
    """

    __slots__ = ("_in", "_last", "_out", "_rest", "_server", "_task", "_transport", "_turn", "_waiting", "since")

    def __init__(self, server: Serving) -> None:
        self._server = server
        self._in = Incoming(server, self)
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._out: Outgoing = cast("Outgoing", None)
        self._rest = b""  # what was read and waits for its turn
        self._turn: asyncio.Handle | None = None
        self._waiting: deque[Waiting] = deque()  # for the proxy
        self._task: asyncio.Task[None] | None = None
        self._last: Reply | None = None  # a refusal that comes after what waits for the proxy
        self.since = 0.0  # loop time of the last sign of life; the server ends what is silent for too long

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._out = Outgoing(self._server, self._transport, self._go_on)
        self.since = self._server.now
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._server.connections.discard(self)
        self._out.close()
        self._rest = b""
        if self._turn is not None:
            self._turn.cancel()
        if self._task is not None:
            self._task.cancel()
        self._in.close()

    def pause_writing(self) -> None:
        self._out.paused = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._out.resume()
        self._go_on()

    def data_received(self, data: bytes) -> None:
        server, coming, out = self._server, self._in, self._out
        self.since = server.now
        if self._rest:
            self._rest += data
            self._transport.pause_reading()
            return
        if coming.open or coming.broken or out.queue:
            self._read(data)
            return
        simple = server.proxy is None and not server.stopping and len(data) <= AT_ONCE
        if simple and (whole := coming.whole(data)) is not None:
            method, target, head, body = whole
            out.send(server.site.respond(method, target, head, body))
            return
        coming.messages = 0
        self._read(data)
        if simple:
            coming.remember(data)

    def _read(self, data: bytes) -> None:
        if len(data) > AT_ONCE:
            self._rest = data
            self._work()
            return
        self._in.feed(data)
        if self._full:
            self._transport.pause_reading()

    def _work(self) -> None:
        """
        Parse what was read piece by piece, until others must get their turn or enough waits to be sent.
        """
        self._turn = None
        end = time.perf_counter() + TURN
        while self._rest and not self._in.broken:
            if self._full:
                self._transport.pause_reading()
                return
            if time.perf_counter() > end:
                self._transport.pause_reading()
                self._turn = self._server.loop.call_soon(self._work)
                return
            piece, self._rest = self._rest[:AT_ONCE], self._rest[AT_ONCE:]
            self._in.feed(piece)
            if self._full:
                self._transport.pause_reading()
        self._rest = b""
        if not self._full and not self._transport.is_closing():
            self._transport.resume_reading()

    @property
    def _full(self) -> bool:
        return self._out.full or len(self._waiting) >= WAITING

    def _go_on(self) -> None:
        """
        There is room again: read on.
        """
        if self._in.allowed and not self._out:
            self._allow()
        if self._full or self._transport.is_closing():
            return
        if not self._rest:
            self._transport.resume_reading()
        elif self._turn is None:
            self._turn = self._server.loop.call_soon(self._work)

    def eof_received(self) -> bool:
        # A client that closes its side in the middle of a message gets what it can still read: a refusal.
        if not self._rest:
            self._in.eof()
        if self._out.streaming:
            return False  # nobody reads on, though nothing may be written for long that would tell
        if self._server.scheme == "https":
            return False  # TLS ends in both directions at once
        return bool(self._out or self._waiting or self._rest)

    # what was read

    def take(self, method: str, target: bytes, headers: RawHeaders | Head, body: bytes, line: bytes) -> None:
        server = self._server
        if target == b"*":
            self._out.send(server.about(), line)
        elif server.proxy is None:
            self._out.send(server.site.respond(method, target, headers, body), line)
        else:
            given = headers.headers if isinstance(headers, Head) else headers
            self._waiting.append(Waiting(method, target, given, body, line, self._in.chunks))
            if self._task is None:
                self._task = server.loop.create_task(self._forward(server.proxy))

    def refuse(self, problem: Problem, target: bytes) -> None:
        self._in.end()
        self._rest = b""
        reply = self._server.site.refuse(problem, target)
        if self._waiting:
            self._last = reply
            return
        if self._out:
            self._out.send(reply, _wire.CLOSE)
            return
        if not self._transport.is_closing():
            self._transport.write(b"".join((_wire.head(reply), _wire.CLOSE, self._server.date, reply.body)))
            # The rest of the request is read and thrown away for a moment, else the client sees a reset instead.
            self._out.closed = True
            self._server.loop.call_later(0.2, self._transport.close)

    def expected(self) -> None:
        if not self._out and not self._waiting:
            self._allow()

    def _allow(self) -> None:
        self._in.allowed = False
        if not self._transport.is_closing():
            self._transport.write(_wire.CONTINUE)

    async def _forward(self, proxy: Proxy) -> None:
        """
        Let the proxy answer one request after the other.
        """
        while self._waiting:
            one = self._waiting[0]
            forwarded = await proxy.forward(one.method, one.target, one.headers, one.body)
            if forwarded.rest is None:
                self._out.send(forwarded.reply, one.line)
            else:
                await self._out.stream(forwarded.reply, forwarded.rest, one.line, chunked=one.chunked)
            self._waiting.popleft()
            self._go_on()
        self._task = None
        if self._last is not None:
            self._out.send(self._last, _wire.CLOSE)

    # ending

    @property
    def idle(self) -> bool:
        """
        Say whether nothing is half received or half sent.
        """
        return not self._in.open and not self.busy

    @property
    def busy(self) -> bool:
        """
        Say whether an answer is being sent on purpose slowly, or awaited.
        """
        return bool(self._out or self._waiting or self._rest)

    def end(self) -> None:
        """
        Close a connection that has been silent for too long, or that is left over when the server stops.
        """
        if self._in.open and not self._in.broken:
            self._in.late()
        else:
            self._transport.close()
