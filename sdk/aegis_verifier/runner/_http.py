"""
One HTTP/1.1 connection, written and read as RFC 9112 says; what clients would forgive or hide is shown.
"""

from __future__ import annotations

import contextlib
import re
import select
import socket
import time
from collections.abc import Callable

from aegis_verifier._values import Headers, Response

MAX_BODY = 32 * 1024 * 1024
_MAX_HEAD = 256 * 1024
_CHUNK = 64 * 1024
_MOST_INTERIM = 32
_END = re.compile(rb"\r?\n\r?\n")
_LINE = re.compile(rb"\r?\n")
_STATUS = re.compile(rb"HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: .*)?")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_BREAK = re.compile(r"[\r\n\x00]")


class NoHttpError(Exception):
    """
    What came is no HTTP/1.1.
    """


class GoneError(Exception):
    """
    The other side closed the connection before it said anything.
    """


def written(method: str, target: str, host: str, headers: Headers, body: bytes | None) -> bytes:
    """
    Write a request; a sign that would end a line can be in none of its parts.
    """
    lines = [f"{method} {_CONTROL.sub(lambda sign: f'%{ord(sign[0]):02X}', target)} HTTP/1.1", f"host: {host}"]
    lines += [f"{name}: {_BREAK.sub(' ', value)}" for name, value in headers]
    if body is not None or method in {"POST", "PUT", "PATCH"}:
        lines.append(f"content-length: {len(body or b'')}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + (body or b"")


class Connection:
    """
    A connection that is kept for as long as both sides want.

    Args:
        connect: opens a socket within so many seconds.
    """

    def __init__(self, connect: Callable[[float], socket.socket]) -> None:
        self._connect = connect
        self._socket: socket.socket | None = None
        self._read = bytearray()
        self._end = 0.0
        self._used = False

    def exchange(self, request: bytes, method: str, timeout: float) -> Response:
        """
        Send a request and read its response, within *timeout* seconds for all of it.

        Raises:
            TimeoutError: the time is over.
            OSError, NoHttpError, GoneError: there is no response.
        """
        self._end = time.monotonic() + timeout
        try:
            if self._socket is not None and _spoken(self._socket):
                self.close()  # it was closed, or something came that nobody asked for
            kept = self._used and self._socket is not None
            try:
                return self._sent(request, method)
            except (GoneError, ConnectionError):
                if not kept or self._read:
                    raise
                self.close()  # it was closed just when it was to be used again
                return self._sent(request, method)
        except BaseException:
            self.close()
            raise

    def _sent(self, request: bytes, method: str) -> Response:
        if self._socket is None:
            self._socket = self._connect(self._left())
            self._used = False
        self._socket.settimeout(self._left())
        broken: OSError | None = None
        try:
            self._socket.sendall(request)
        except TimeoutError:
            raise
        except OSError as error:
            broken = error  # who refuses a body may answer and close before all of it was sent (RFC 9112 §9.6)
        self._used = True
        try:
            return self._answer(method)
        except GoneError:
            if broken is not None:
                raise broken from None
            raise

    def _answer(self, method: str) -> Response:
        for _ in range(_MOST_INTERIM):
            minor, status, headers = self._head()
            if status >= 200 or status == 101:
                break
        else:
            raise NoHttpError("one interim response after the other")
        content, ends = self._content(method, status, headers)
        wish = headers.get("connection", "").lower()
        if ends or "close" in wish or (minor == 0 and "keep-alive" not in wish) or self._read:
            if self._read and status == 204:
                content = bytes(self._read)  # content where none may be (RFC 9110 §15.3.5)
            self.close()
        return Response(status, headers, content)

    def _head(self) -> tuple[int, int, dict[str, str]]:
        while (match := _END.search(self._read)) is None:
            if len(self._read) > _MAX_HEAD:
                raise NoHttpError("a head without end")
            if not self._more():
                raise NoHttpError("a head that is cut off") if self._read else GoneError
        lines = _LINE.split(bytes(self._read[: match.start()]))
        del self._read[: match.end()]
        status = _STATUS.fullmatch(lines[0])
        if status is None:
            raise NoHttpError("no status line")
        headers: dict[str, str] = {}
        for line in lines[1:]:
            field = _FIELD.fullmatch(line)
            if field is None:
                raise NoHttpError("a header line that is none")
            name, value = field[1].decode("ascii").lower(), field[2].decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return int(status[1]), int(status[2]), headers

    def _content(self, method: str, status: int, headers: dict[str, str]) -> tuple[bytes, bool]:
        """
        Read the content (RFC 9112 §6.3); also say whether the connection ends with it.
        """
        length = headers.get("content-length")
        if method == "HEAD" or status in {101, 304}:
            return b"", status == 101
        if status == 204:
            # Announced where nothing may come: that is what the answer shows.
            told = int(length) if length is not None and length.isdecimal() else 0
            return b"\x00" * min(told, 16), bool(told)
        if "transfer-encoding" in headers:
            if headers["transfer-encoding"].lower().rpartition(",")[2].strip() != "chunked":
                return self._rest(), True
            return self._chunks()
        if length is None:
            return self._rest(), True
        lengths = {part.strip() for part in length.split(",")}
        if len(lengths) > 1 or not (told_length := lengths.pop()).isdecimal():
            raise NoHttpError("a Content-Length that is no length")
        size = min(int(told_length), MAX_BODY)
        return self._take(size), size < int(told_length)

    def _chunks(self) -> tuple[bytes, bool]:
        content = bytearray()
        while True:
            size = _SIZE.fullmatch(self._line())
            if size is None:
                raise NoHttpError("a chunk without a size")
            number = int(size[1], 16)
            if not number:
                break
            if len(content) + number > MAX_BODY:
                return bytes(content), True
            content += self._take(number)
            if self._line():
                raise NoHttpError("a chunk that is longer than its size")
        while self._line():
            pass  # trailers
        return bytes(content), False

    def _line(self) -> bytes:
        while (match := _LINE.search(self._read)) is None:
            if len(self._read) > _MAX_HEAD or not self._more():
                raise NoHttpError("a line that is cut off")
        line = bytes(self._read[: match.start()])
        del self._read[: match.end()]
        return line

    def _take(self, size: int) -> bytes:
        while len(self._read) < size:
            if not self._more():
                raise NoHttpError(f"{len(self._read)} of {size} bytes")
        content = bytes(self._read[:size])
        del self._read[:size]
        return content

    def _rest(self) -> bytes:
        while len(self._read) < MAX_BODY and self._more():
            pass
        content = bytes(self._read)
        self._read.clear()
        return content

    def _more(self) -> bool:
        """
        Wait for more; each byte that drips in does not begin the time anew.
        """
        assert self._socket is not None
        self._socket.settimeout(self._left())
        came = self._socket.recv(_CHUNK)
        self._read += came
        return bool(came)

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def close(self) -> None:
        """
        Let go; the next exchange opens a new connection.
        """
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
        self._socket = None
        self._read.clear()


def _spoken(connection: socket.socket) -> bool:
    """
    Say whether there is something to read, or the end, before anything was asked.
    """
    try:
        return bool(select.select([connection], [], [], 0)[0])
    except (OSError, ValueError):  # more descriptors than select knows
        return False
