"""
The reading half of a connection: from bytes to requests, by llhttp and the rules that it leaves to a server.
"""

from __future__ import annotations

import logging
import re
from typing import Any, Protocol

import httptools

from aegis_mockserver.adapters.socket import _targets, _wire
from aegis_mockserver.adapters.socket._serving import Serving
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.world._messages import Head, RawHeaders

_log = logging.getLogger("aegis_mockserver")
_LOOKED_AT = frozenset({b"host", b"content-length", b"expect", b"connection", b"transfer-encoding"})
_METHOD = re.compile(rb"(?:\r\n)*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}) ")
_VERSION = re.compile(rb"[^\r\n]* HTTP/[0-9]\.[0-9]\r?\n")
_WORDS = {word.encode(): word for word in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")}
_STAND_IN = b"POST"  # for methods that llhttp has no word for
_LONG = 2_048  # bytes of a target or of a head that is read anew each time
# What llhttp takes in a target that is a path, but for what a fragment begins with.
_is_plain = re.compile(rb"/[!\"$-~]{0,%d}" % (_LONG - 1)).fullmatch
# Heads that say something of the connection, of its next protocol or of chunks are read anew each time.
_NOT_KEPT = frozenset({b"connection", b"expect", b"transfer-encoding", b"upgrade"})


class Taker(Protocol):
    """
    Who takes what was read.
    """

    def take(self, method: str, target: bytes, headers: RawHeaders | Head, body: bytes, line: bytes) -> None:
        """
        Answer a request.

        Args:
            line: what the last headers of the answer say of the connection.
        """
        ...

    def refuse(self, problem: Problem, target: bytes) -> None:
        """
        Answer what cannot be read, and end the connection: what follows cannot be understood.
        """
        ...

    def expected(self) -> None:
        """
        Let the client send the body, for which it waits.
        """
        ...


class Incoming:
    """
    Reads the requests of one connection.
    """

    __slots__ = (
        "_body",
        "_fed",
        "_head",
        "_headers",
        "_line",
        "_method",
        "_parser",
        "_server",
        "_size",
        "_taker",
        "_target",
        "allowed",
        "broken",
        "messages",
        "open",
    )

    def __init__(self, server: Serving, taker: Taker) -> None:
        self._server = server
        self._taker = taker
        self._parser: Any = httptools.HttpRequestParser(self)
        self.open = False  # inside of a message
        self.broken = False  # nothing more is read
        self.messages = 0  # that were read of what came last
        self.allowed = False  # the client waits for 100 Continue
        self._head = False  # inside of a message's head
        self._method = ""  # what llhttp had no word for
        self._target = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: bytes | bytearray = b""
        self._size = 0
        self._line = b""
        self._fed = 0  # bytes of this message that were no content: head, trailers, what stands beside chunks

    def close(self) -> None:
        """
        Forget the parser, which knows this object.
        """
        self._parser = None

    def end(self) -> None:
        """
        Read nothing more.
        """
        self.broken = True
        self.open = self._head = self.allowed = False

    def whole(self, data: bytes) -> tuple[str, bytes, Head, bytes] | None:
        """
        Return a whole request that came at once, if all of its head but the request line came before.

        The same client sends the same headers again: what they mean was read once, by the rules that hold for all, and
        the lines between are the very same bytes. Whatever is not as simple as that is fed to llhttp.

        Returns:
            Method, target, head and body.
        """
        first, end, body = data.partition(b"\r\n\r\n")
        try:
            word, target, lines = first.split(b" ", 2)
        except ValueError:
            return None
        head, method = self._server.site.heads.get(lines), _WORDS.get(word)
        # A target that is a path, with a query or without, is read as it is.
        if head is None or method is None or len(body) != head.length or not end or not _is_plain(target):
            return None
        return method, target, head, body

    def remember(self, data: bytes) -> None:
        """
        Note what the head of *data* means, which was one whole request and has been taken.
        """
        if self.open or self.broken or self.messages != 1 or not _NOT_KEPT.isdisjoint(dict(self._headers)):
            return
        _, _, rest = data.partition(b" ")
        target, _, rest = rest.partition(b" ")
        lines, _, body = rest.partition(b"\r\n\r\n")
        lengths = [int(value) for name, value in self._headers if name == b"content-length"]
        length = lengths[0] if lengths else 0
        if target == self._target and len(lines) <= _LONG and lines.startswith(b"HTTP/1.1\r\n") and len(body) == length:
            self._server.site.learn(lines, Head(tuple(self._headers), length))

    def feed(self, data: bytes) -> None:
        """
        Read on.
        """
        if self.broken:
            return
        begun = self.open
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
        except httptools.HttpParserCallbackError:  # the message was one; whoever took it raised
            _log.exception("%s: the mock failed", _word(self._parser.get_method()))
            self._refuse(
                Problem("internal_error", 500, "The mock server failed; this is a bug, and its log says more.")
            )
        except httptools.HttpParserError as error:
            if self._head and not self._headers:
                self._target = b""  # it may be a part of one, as the pieces came
            self._refuse(_unreadable(str(error), data))

    def eof(self) -> None:
        """
        Refuse a message that ends before it is whole.
        """
        if self.open and not self.broken:
            self._refuse(Problem("malformed_request", 400, "The request ended too early."))

    def late(self) -> None:
        """
        Refuse a message of which nothing came for too long.
        """
        said = "The rest of the request did not come."
        self._refuse(Problem("request_timeout", 408, said, "The request took too long"))

    def _decline(self, rest: bytes) -> None:
        """
        Ignore an offer to speak another protocol (RFC 9110 §7.8): llhttp stops there, so the head is read without it.
        """
        if self.broken:
            return
        method = (self._method or self._parser.get_method().decode("latin-1")).encode("latin-1")
        if method == b"CONNECT":
            self._refuse(Problem("not_implemented", 501, "The mock opens no tunnels.", "Not implemented"))
            return
        version = self._parser.get_http_version().encode()
        lines = b"".join(b"%b: %b\r\n" % line for line in self._headers if line[0] != b"upgrade")
        self._parser = httptools.HttpRequestParser(self)
        self.feed(b"%b %b HTTP/%b\r\n%b\r\n" % (method, self._target, version, lines) + rest)

    def _stand_in(self, data: bytes, begun: bool) -> None:
        """
        Read a request whose method llhttp does not know, such as one of ``additionalOperations``, under another name.
        """
        match = None if begun or self.messages else _METHOD.match(data)
        if match is None or self._method:
            self._refuse(_unreadable("", data))
            return
        self._method = match[1].decode("latin-1")
        self._parser = httptools.HttpRequestParser(self)
        self.feed(_STAND_IN + data[match.end(1) :])

    # what llhttp finds

    def on_message_begin(self) -> None:
        self.open = self._head = True
        self._target = b""
        self._headers = []
        self._body = b""
        self._size = self._fed = 0
        self._line = b""
        self.allowed = False

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
        if self.broken or self._parser.should_upgrade():
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
                if version == "1.1" and value.strip().lower() != b"chunked":
                    # Whatever comes before the chunks would have to be undone (RFC 9112 §6.1).
                    self._refuse(_other_coding())
                    return
                if version == "1.0":
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
        if self.broken:
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
            self.allowed = True
            self._taker.expected()

    def on_body(self, body: bytes) -> None:
        if self.broken:
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
        if self.broken:
            return
        parser = self._parser
        if parser.should_upgrade():
            return  # the body comes yet
        self.open = False
        self.messages += 1
        self.allowed = False
        line = self._line if parser.should_keep_alive() and not self._server.stopping else _wire.CLOSE
        method, self._method = self._method or _word(parser.get_method()), ""
        body = self._body if isinstance(self._body, bytes) else bytes(self._body)
        self._body = b""
        self._taker.take(method, self._target, tuple(self._headers), body, line)
        if line is _wire.CLOSE:
            self.broken = True  # what follows is nobody's request

    @property
    def chunks(self) -> bool:
        """
        Say whether the client of the last request reads bodies in chunks.
        """
        return bool(self._parser.get_http_version() == "1.1")

    # refusing

    def _refuse(self, problem: Problem) -> None:
        if not self.broken:
            self._taker.refuse(problem, self._target)

    def _too_large(self) -> None:
        self._refuse(Problem("content_too_large", 413, f"At most {self._server.limits.body} bytes are read."))

    def _headers_too_large(self) -> None:
        limits = self._server.limits
        said = f"At most {limits.header_count} headers of {limits.headers} bytes are read."
        self._refuse(Problem("header_fields_too_large", 431, said))


def _word(method: bytes) -> str:
    """
    Return a method as text: the same text each time, which is found faster.
    """
    return _WORDS.get(method) or method.decode("latin-1")


def _other_coding() -> Problem:
    said = "Of transfer codings only chunked is read."
    return Problem("not_implemented", 501, said, "The transfer coding is not implemented")


def _other_version() -> Problem:
    return Problem("http_version_not_supported", 505, "The mock speaks HTTP/1.1.", "HTTP version not supported")


def _unreadable(error: str, data: bytes) -> Problem:
    if error == "Invalid HTTP version" and _VERSION.match(data.lstrip(b"\r\n")):
        return _other_version()
    return Problem("malformed_request", 400, "The request is not HTTP/1.1 (RFC 9112).")
