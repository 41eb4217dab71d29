"""
HTTP/1.1 on a socket: one protocol object for each connection, llhttp for parsing, the core for answering.

It speaks to the core directly and not through ASGI: faults need the transport (a reset, half a body).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import httptools

from aegis_mockserver.adapters import _targets, _wire
from aegis_mockserver.adapters._outgoing import Outgoing
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.world._messages import RawHeaders, Reply

if TYPE_CHECKING:
    from aegis_mockserver.adapters._proxy import Proxy
    from aegis_mockserver.adapters._serving import Serving

AT_ONCE = 16_384  # bytes that are parsed before others get their turn
TURN = 0.005  # seconds that one connection may work before others get theirs
WAITING = 16  # requests that wait for the proxy; then no more are read
_LOOKED_AT = frozenset({b"host", b"content-length", b"expect", b"connection", b"transfer-encoding"})
_METHOD = re.compile(rb"(?:\r\n)*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ")
_VERSION = re.compile(rb"[^\r\n]* HTTP/[0-9]\.[0-9]\r?\n")
_WORDS = {word.encode(): word for word in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")}
_STAND_IN = b"POST"  # for methods that llhttp has no word for


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

    __slots__ = (
        "_allowed",
        "_body",
        "_broken",
        "_fed",
        "_head",
        "_headers",
        "_last",
        "_line",
        "_messages",
        "_method",
        "_open",
        "_out",
        "_parser",
        "_rest",
        "_server",
        "_size",
        "_target",
        "_task",
        "_transport",
        "_turn",
        "_waiting",
        "since",
    )

    def __init__(self, server: Serving) -> None:
        self._server = server
        self._parser: Any = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport = cast("asyncio.Transport", None)
        self._out: Outgoing = cast("Outgoing", None)
        self._rest = b""  # what was read and waits for its turn
        self._turn: asyncio.Handle | None = None
        self._open = False  # inside of a message
        self._head = False  # inside of its head
        self._broken = False
        self._messages = 0
        self._method = ""  # what llhttp had no word for
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: bytes | bytearray = b""
        self._size = 0
        self._line = b""
        self._fed = (
            0  # bytes of the present message that were no content: its head, trailers, what stands beside chunks
        )
        self._allowed = False  # the client waits for 100 Continue
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
        self._parser = None

    def pause_writing(self) -> None:
        self._out.paused = True
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._out.resume()
        self._go_on()

    def data_received(self, data: bytes) -> None:
        server = self._server
        self.since = server.now
        if self._rest:
            self._rest += data
            self._transport.pause_reading()
            return
        if not self._open and not self._out and not self._broken:
            self._messages = 0
        if len(data) <= AT_ONCE:
            self._feed(data)
        else:
            self._rest = data
            self._work()

    def _work(self) -> None:
        """
        Parse what was read piece by piece, until others must get their turn or enough waits to be sent.
        """
        self._turn = None
        end = time.perf_counter() + TURN
        while self._rest and not self._broken:
            if self._full:
                self._transport.pause_reading()
                return
            if time.perf_counter() > end:
                self._transport.pause_reading()
                self._turn = self._server.loop.call_soon(self._work)
                return
            piece, self._rest = self._rest[:AT_ONCE], self._rest[AT_ONCE:]
            self._feed(piece)
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
        if self._allowed and not self._out:
            self._allow()
        if self._full or self._transport.is_closing():
            return
        if not self._rest:
            self._transport.resume_reading()
        elif self._turn is None:
            self._turn = self._server.loop.call_soon(self._work)

    def _feed(self, data: bytes) -> None:
        if self._broken:
            return
        begun = self._open
        if begun:
            self._fed += len(data)
            if self._fed > self._server.limits.head:
                self._headers_too_large()
                return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._decline(data[upgrade.args[0] :])
        except httptools.HttpParserInvalidMethodError:
            self._stand_in(data, begun)
        except httptools.HttpParserError as error:
            self._refuse(_unreadable(str(error), data))
        if self._full:
            self._transport.pause_reading()

    def _decline(self, rest: bytes) -> None:
        """
        Ignore an offer to speak another protocol (RFC 9110 §7.8): llhttp stops there, so the head is read without it.
        """
        if self._broken:
            return
        method = (self._method or self._parser.get_method().decode("latin-1")).encode("latin-1")
        if method == b"CONNECT":
            self._refuse(Problem("not_implemented", 501, "The mock opens no tunnels.", "Not implemented"))
            return
        version = self._parser.get_http_version().encode()
        lines = b"".join(b"%b: %b\r\n" % line for line in self._headers if line[0] != b"upgrade")
        self._parser = httptools.HttpRequestParser(self)
        self._feed(b"%b %b HTTP/%b\r\n%b\r\n" % (method, self._target, version, lines) + rest)

    def _stand_in(self, data: bytes, begun: bool) -> None:
        """
        Read a request whose method llhttp does not know, such as one of ``additionalOperations``, under another name.
        """
        match = None if begun or self._messages else _METHOD.match(data)
        if match is None or self._method:
            self._refuse(_unreadable("", data))
            return
        self._method = match[1].decode("latin-1")
        self._parser = httptools.HttpRequestParser(self)
        self._feed(_STAND_IN + data[match.end(1) :])

    def eof_received(self) -> bool:
        # A client that closes its side in the middle of a message gets what it can still read: a refusal.
        if self._open and not self._broken and not self._rest:
            self._refuse(Problem("malformed_request", 400, "The request ended too early."))
        if self._out.streaming:
            return False  # nobody reads on, though nothing may be written for long that would tell
        if self._server.scheme == "https":
            return False  # TLS ends in both directions at once
        return bool(self._out or self._waiting or self._rest)

    # what llhttp finds

    def on_message_begin(self) -> None:
        self._open = self._head = True
        self._target = b""
        self._headers = []
        self._body = b""
        self._size = self._fed = 0
        self._line = b""
        self._allowed = False

    def on_url(self, url: bytes) -> None:
        self._target += url
        if len(self._target) > self._server.limits.target:
            self._refuse(Problem("uri_too_long", 414, f"At most {self._server.limits.target} bytes are read."))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._size = size = self._size + len(name) + len(value)
        if self._head:  # what comes after the body must not pass for what came before it (RFC 9110 §6.5.1)
            self._headers.append((name.lower(), value))
            if size < self._server.few:
                return
        limits = self._server.limits
        if size > limits.headers + (0 if self._head else limits.body) or len(self._headers) > limits.header_count:
            self._headers_too_large()

    def on_headers_complete(self) -> None:
        if self._broken or self._parser.should_upgrade():
            return
        self._head = False
        self._size = self._fed = 0
        version = self._parser.get_http_version()
        hosts = length = 0
        valid, expects, framed = True, b"", False
        for name, value in self._headers:
            if name not in _LOOKED_AT:
                continue
            if name == b"host":
                hosts += 1
                valid = valid and _targets.is_host(value)
            elif name == b"content-length":
                length = int(value) if value.isdigit() else 0
                framed = framed or length > 0
            elif name == b"expect":
                expects = value.lower()
            elif name == b"transfer-encoding":
                framed = True
                if self._parser.get_http_version() == "1.0":
                    self._refuse(
                        Problem("malformed_request", 400, "HTTP/1.0 has no Transfer-Encoding (RFC 9112 §6.1).")
                    )
                    return
            elif version == "1.0":
                self._line = _wire.KEEP  # taken back where the connection ends
        if version != "1.1" and version != "1.0":
            self._refuse(_other_version() if version != "0.9" else _unreadable("", b""))
        elif not valid or hosts > 1 or (not hosts and version == "1.1"):
            said = "There must be one Host header, and a host and nothing else in it (RFC 9112 §3.2)."
            self._refuse(Problem("malformed_request", 400, said))
        elif not self._target.startswith(b"/") or b"#" in self._target:
            self._resolve()
        if self._broken:
            return
        if length > self._server.limits.body:
            self._too_large()
        elif expects:
            self._expect(expects, framed and version == "1.1")

    def _resolve(self) -> None:
        """
        Understand a target that is no plain path.
        """
        method = self._method or self._parser.get_method().decode("latin-1")
        if method == "CONNECT":
            return  # refused when its head has been read
        found = _targets.split(method, self._target)
        if found is None:
            said = "The target must be a path, or an address with http:// or https:// (RFC 9112 §3.2)."
            self._refuse(Problem("malformed_request", 400, said))
            return
        self._target, host = found
        if host is not None:  # it replaces the header (RFC 9112 §3.2.2)
            self._headers = [(name, host if name == b"host" else value) for name, value in self._headers]

    def _expect(self, expects: bytes, framed: bool) -> None:
        if expects != b"100-continue":
            self._refuse(Problem("expectation_failed", 417, "Only 100-continue can be expected.", "Expectation failed"))
        elif framed:
            self._allowed = True
            if not self._out and not self._waiting:
                self._allow()

    def _allow(self) -> None:
        self._allowed = False
        if not self._transport.is_closing():
            self._transport.write(_wire.CONTINUE)

    def on_body(self, body: bytes) -> None:
        if self._broken:
            return
        self._fed = 0
        self._size += len(body)
        if self._size > self._server.limits.body:
            self._too_large()
        elif not self._body:
            self._body = body
        else:
            if isinstance(self._body, bytes):
                self._body = bytearray(self._body)
            self._body += body

    def on_message_complete(self) -> None:
        if self._broken:
            return
        parser = self._parser
        if parser.should_upgrade():
            return  # the body comes yet
        self._open = False
        self._messages += 1
        self._allowed = False
        if parser.should_keep_alive() and not self._server.stopping:
            line = self._line
        else:
            line = _wire.CLOSE
        method, self._method = self._method or _word(parser.get_method()), ""
        headers = tuple(self._headers)
        body = self._body if isinstance(self._body, bytes) else bytes(self._body)
        self._body = b""
        server = self._server
        if self._target == b"*":
            self._out.send(server.about(), line)
        elif server.proxy is not None:
            chunked = parser.get_http_version() == "1.1"
            self._waiting.append(Waiting(method, self._target, headers, body, line, chunked))
            if self._task is None:
                self._task = server.loop.create_task(self._forward(server.proxy))
        else:
            reply = server.site.respond(method, self._target, headers, body)
            self._out.send(reply, line)
        if line is _wire.CLOSE:
            self._broken = True  # what follows is nobody's request

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

    # refusing

    def _refuse(self, problem: Problem) -> None:
        """
        Answer what cannot be read, and end the connection: what follows cannot be understood.
        """
        if self._broken:
            return
        self._broken = True
        self._open = self._head = self._allowed = False
        self._rest = b""
        reply = self._server.site.refuse(problem, self._target)
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

    def _too_large(self) -> None:
        self._refuse(Problem("content_too_large", 413, f"At most {self._server.limits.body} bytes are read."))

    def _headers_too_large(self) -> None:
        limits = self._server.limits
        said = f"At most {limits.header_count} headers of {limits.headers} bytes are read."
        self._refuse(Problem("header_fields_too_large", 431, said))

    # ending

    @property
    def idle(self) -> bool:
        """
        Say whether nothing is half received or half sent.
        """
        return not self._open and not self.busy

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
        if self._open and not self._broken:
            self._refuse(
                Problem("request_timeout", 408, "The rest of the request did not come.", "The request took too long")
            )
        else:
            self._transport.close()


def _word(method: bytes) -> str:
    """
    Return a method as text: the same text each time, which is found faster.
    """
    return _WORDS.get(method) or method.decode("latin-1")


def _other_version() -> Problem:
    return Problem("http_version_not_supported", 505, "The mock speaks HTTP/1.1.", "HTTP version not supported")


def _unreadable(error: str, data: bytes) -> Problem:
    if error == "Invalid HTTP version" and _VERSION.match(data.lstrip(b"\r\n")):
        return _other_version()
    return Problem("malformed_request", 400, "The request is not HTTP/1.1 (RFC 9112).")
