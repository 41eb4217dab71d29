"""
HTTP/1.1 on a socket: one protocol object for each connection, llhttp for parsing, the core for answering.

It speaks to the core directly and not through ASGI: faults need the transport (a reset, half a body), and a request
that was answered before, byte for byte, needs no parsing at all.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import time
from collections import deque
from typing import TYPE_CHECKING, Any, cast

import httptools

from aegis_mockserver.adapters import _wire
from aegis_mockserver.core import _refusals
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.world._messages import Disturbance, RawHeaders, Reply, Stream

if TYPE_CHECKING:
    from aegis_mockserver.adapters._proxy import Proxy
    from aegis_mockserver.adapters._server import Server

log = logging.getLogger("aegis_mockserver")
RAW_BYTES = 8_192
SLICE = 0.05
STREAM_SECONDS = 0.25
STREAM_BEHIND = 262_144


class Connection(asyncio.Protocol):
    """
    One client connection.
    """

    __slots__ = (
        "_body",
        "_broken",
        "_chunk",
        "_closing",
        "_head_size",
        "_headers",
        "_keep_alive",
        "_messages",
        "_open",
        "_parser",
        "_queue",
        "_server",
        "_size",
        "_target",
        "_task",
        "_timer",
        "_transport",
        "_waiting",
        "since",
    )

    def __init__(self, server: Server) -> None:
        self._server = server
        self._parser: Any = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._chunk: bytes | None = None  # the data that holds all of the present message, if it is one
        self._open = False  # inside of a message
        self._broken = False
        self._closing = False
        self._messages = 0
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._head_size = 0
        self._size = 0
        self._keep_alive = True
        self._queue: deque[tuple[Reply, bool]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: deque[tuple[str, bytes, RawHeaders, bytes, bool]] = deque()  # for the proxy
        self._task: asyncio.Task[None] | None = None
        self.since = 0.0  # loop time of the last sign of life; the server ends what is silent for too long

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.since = self._server.now
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._server.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
        for reply, _ in self._queue:
            if reply.disturbance is not None and reply.disturbance.stream is not None:
                reply.disturbance.stream.close()
        self._parser = None

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        server = self._server
        self.since = server.now
        if not self._open and not self._queue and not self._broken:
            kept = server.raw.get(data)
            if kept is not None:
                reply = server.site.replay(kept, time.perf_counter())
                if reply is not None:
                    self._transport.write(b"".join((reply.head or _wire.head(reply), server.date, reply.body)))
                    return
                del server.raw[data]
            self._chunk = data if len(data) <= RAW_BYTES else None
            self._messages = 0
        else:
            self._chunk = None
        if self._broken:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(Problem("malformed_request", 400, "The mock speaks HTTP/1.1 only."))
        except httptools.HttpParserError:
            if not self._broken:
                self._refuse(Problem("malformed_request", 400, "The request is not HTTP/1.1 (RFC 9112)."))

    def eof_received(self) -> bool:
        # A client that closes its side in the middle of a message gets what it can still read: a refusal.
        if self._open and not self._broken:
            self._refuse(Problem("malformed_request", 400, "The request ended too early."))
        if self._streaming:
            return False  # nobody reads on, though nothing may be written for long that would tell
        return bool(self._queue or self._waiting)

    # what llhttp finds

    def on_message_begin(self) -> None:
        self._open = True
        self._target = b""
        self._headers = []
        self._body = []
        self._size = self._head_size = 0

    def on_url(self, url: bytes) -> None:
        self._target += url
        if len(self._target) > self._server.limits.target:
            self._refuse(Problem("uri_too_long", 414, f"At most {self._server.limits.target} bytes are read."))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_size += len(name) + len(value)
        limits = self._server.limits
        if self._head_size > limits.headers or len(self._headers) >= limits.header_count:
            said = f"At most {limits.header_count} headers of {limits.headers} bytes are read."
            self._refuse(Problem("header_fields_too_large", 431, said))
            return
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        if self._broken:
            return
        length = 0
        for name, value in self._headers:
            if name == b"content-length" and value.isdigit():
                length = int(value)
            elif name == b"expect" and value.lower() == b"100-continue":
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if length > self._server.limits.body:
            self._too_large()

    def on_body(self, body: bytes) -> None:
        if self._broken:
            return
        self._size += len(body)
        if self._size > self._server.limits.body:
            self._too_large()
            return
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._broken:
            return
        self._open = False
        self._messages += 1
        parser = self._parser
        keep_alive = parser.should_keep_alive() and not self._server.stopping
        method = parser.get_method().decode("latin-1")
        headers = tuple(self._headers)
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        server = self._server
        if server.proxy is not None:
            self._waiting.append((method, self._target, headers, body, keep_alive))
            if self._task is None:
                self._task = server.loop.create_task(self._forward(server.proxy))
            return
        reply = server.site.respond(method, self._target, headers, body)
        if self._chunk is not None and keep_alive and self._messages == 1:
            kept = server.site.kept(method, self._target, headers, body)
            if kept is not None:
                server.remember(self._chunk, kept)
        self.send(reply, keep_alive)

    # sending

    def send(self, reply: Reply, keep_alive: bool) -> None:
        """
        Send a reply after those before it.
        """
        if self._queue:
            self._queue.append((reply, keep_alive))
            return
        if reply.disturbance is not None:
            self._queue.append((reply, keep_alive))
            self._disturbed(reply, reply.disturbance)
            return
        self._write(reply, keep_alive)

    async def _forward(self, proxy: Proxy) -> None:
        """
        Let the proxy answer one request after the other.
        """
        while self._waiting:
            method, target, headers, body, keep_alive = self._waiting[0]
            reply = await proxy.forward(method, target, headers, body)
            self._waiting.popleft()
            self.send(reply, keep_alive)
        self._task = None

    def _write(self, reply: Reply, keep_alive: bool) -> None:
        transport = self._transport
        if transport.is_closing():
            return
        date = self._server.date
        if not keep_alive:
            date = _wire.closing_line(date)
        transport.write(b"".join((reply.head or _wire.head(reply), date, reply.body)))
        if not keep_alive:
            self._broken = True
            transport.close()

    def _refuse(self, problem: Problem) -> None:
        """
        Answer what cannot be read, and end the connection: what follows cannot be understood.
        """
        if self._broken:
            return
        self._broken = True
        self._open = False
        answer = _refusals.refuse(problem, None, "/")
        content = answer.content or b""
        headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(content)).encode())]
        reply = Reply(answer.status, headers, content)
        self._server.site.refused(reply, self._target)
        if self._queue:
            self._queue.append((reply, False))
            return
        if not self._transport.is_closing():
            self._transport.write(b"".join((_wire.head(reply), _wire.closing_line(self._server.date), content)))
            # The rest of the request is read and thrown away for a moment, else the client sees a reset instead.
            self._server.loop.call_later(0.2, self._transport.close)

    def _too_large(self) -> None:
        self._refuse(Problem("content_too_large", 413, f"At most {self._server.limits.body} bytes are read."))

    def _disturbed(self, reply: Reply, how: Disturbance) -> None:
        if how.delay > 0:
            self._timer = self._server.loop.call_later(how.delay, self._spoil, reply, how)
        else:
            self._spoil(reply, how)

    def _spoil(self, reply: Reply, how: Disturbance) -> None:
        self._timer = None
        if self._transport.is_closing():
            return
        if how.stream is not None:
            self._transport.write(_wire.head(reply) + _wire.closing_line(self._server.date) + reply.body)
            self._go_on(how.stream)
        elif how.reset:
            self._reset()
        elif how.truncate is not None:
            share = reply.body[: int(len(reply.body) * how.truncate)]
            self._transport.write(b"".join((_wire.head(reply), self._server.date, share)))
            self._broken = True
            self._transport.close()
        elif how.bytes_per_second is not None:
            self._transport.write(_wire.head(reply) + self._server.date)
            self._slowly(reply.body, max(1, int(how.bytes_per_second * SLICE)))
        else:
            self._done(reply)

    def _slowly(self, body: bytes, size: int) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(body[:size])
        if len(body) > size:
            self._timer = self._server.loop.call_later(SLICE, self._slowly, body[size:], size)
        else:
            self._next()

    def _go_on(self, stream: Stream) -> None:
        """
        Send what is new, as often as somebody could see it; a reader that is slow misses some, and costs no memory.
        """
        if self._transport.is_closing():
            return
        if self._server.stopping:
            self._transport.close()
            return
        if self._transport.get_write_buffer_size() < STREAM_BEHIND and (content := stream.poll()):
            self._transport.write(content)
        self._timer = self._server.loop.call_later(STREAM_SECONDS, self._go_on, stream)

    def _done(self, reply: Reply) -> None:
        keep_alive = self._queue[0][1]
        self._write(reply, keep_alive)
        self._next()

    def _next(self) -> None:
        self._queue.popleft()
        while self._queue and not self._transport.is_closing():
            reply, keep_alive = self._queue[0]
            if reply.disturbance is not None:
                self._disturbed(reply, reply.disturbance)
                return
            self._queue.popleft()
            self._write(reply, keep_alive)

    def _reset(self) -> None:
        raw = self._transport.get_extra_info("socket")
        if raw is not None:
            try:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            except OSError:
                log.debug("no linger on this socket")
        self._broken = True
        self._transport.abort()

    # ending

    @property
    def _streaming(self) -> bool:
        how = self._queue[0][0].disturbance if self._queue else None
        return how is not None and how.stream is not None

    @property
    def idle(self) -> bool:
        """
        Say whether nothing is half received or half sent.
        """
        return not self._open and not self._queue and not self._waiting

    @property
    def busy(self) -> bool:
        """
        Say whether an answer is being sent on purpose slowly, or awaited.
        """
        return bool(self._queue or self._waiting)

    def end(self) -> None:
        """
        Close a connection that has been silent for too long, or that is left over when the server stops.
        """
        if self._open and not self._broken:
            self._refuse(
                Problem("request_timeout", 408, "The rest of the request did not come.", "The request took too long")
            )
        else:
            self._transport.close()
