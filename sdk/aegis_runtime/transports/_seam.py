"""
The seam to the network: a request's bytes go out, an answer's bytes come back. Whoever implements it can carry the SDK.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

__all__ = [
    "AsyncTransport",
    "FailureReason",
    "HandlesAsyncRequests",
    "HandlesRequests",
    "Headers",
    "Request",
    "Response",
    "Transport",
    "TransportFailure",
]

FailureReason = Literal[
    "connect",
    "connect_timeout",
    "local",
    "certificate",
    "tls",
    "busy",
    "proxy",
    "forwarder",
    "request",
    "transport",
    "timeout",
    "broken",
    "truncated",
    "protocol",
    "too_large",
]


class Headers(Mapping[str, str]):
    """
    An answer's headers: names in any case, several lines of one name joined by a comma. The repr shows names only.
    """

    __slots__ = ("_lines", "_table")

    def __init__(self, lines: Iterable[tuple[str, str]] | Iterable[tuple[bytes, bytes]] = ()) -> None:
        self._lines: list[tuple[Any, Any]] = list(lines)
        self._table: dict[str, str] | None = None

    def _read(self) -> dict[str, str]:
        table = self._table
        if table is None:
            table = {}
            for name, value in self._text():
                low = name.lower()
                table[low] = f"{table[low]}, {value}" if low in table else value
            self._table = table
        return table

    def _text(self) -> list[tuple[str, str]]:
        # Bytes are decoded when somebody asks: most calls look at one header or two.
        lines: list[tuple[Any, Any]] = self._lines
        if lines and isinstance(lines[0][0], bytes):
            lines = self._lines = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in lines]
        return lines

    def __getitem__(self, name: str) -> str:
        return self._read()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._read()

    def lines(self, name: str) -> list[str]:
        """
        Every line of *name*, unjoined.
        """
        return [value for other, value in self._text() if other.lower() == name.lower()]

    def __reduce__(self) -> tuple[object, ...]:
        return Headers, (self._text(),)

    def __repr__(self) -> str:
        return f"<Headers {len(self)}>"


@dataclass(slots=True, eq=False, repr=False)
class Request:
    """
    One attempt, ready to send.

    Attributes:
        url: absolute and percent-encoded.
        headers: lines in order; the transport adds ``Host`` and ``Content-Length``.
        timeout: seconds until the whole exchange must be over, body included.
        connect_timeout: seconds for connecting, never more than *timeout*.
        max_response_bytes: reading more than this fails with ``too_large``.
    """

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes | None
    timeout: float
    connect_timeout: float
    max_response_bytes: int

    def __repr__(self) -> str:
        return f"<Request {self.method}>"


@dataclass(slots=True, eq=False, repr=False)
class Response:
    """
    One answer, completely read; a ``gzip`` content coding may still be on.

    Attributes:
        forwarded: it came through a proxy that could have written it itself.
    """

    status: int
    headers: Headers
    body: bytes
    forwarded: bool = False

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


class TransportFailure(Exception):  # noqa: N818 -- a transport's fact, not an error that callers see
    """
    No answer.

    Attributes:
        reason: ``connect``, ``connect_timeout``, ``local`` (this machine cannot: no descriptor, no network, no address
            for the name), ``certificate`` (one side does not trust the other's), ``tls`` (they cannot agree on it),
            ``busy`` (all connections in use), ``proxy`` (it did not let us through) and ``request`` (it cannot be
            written): nothing was sent.
            ``timeout``, ``broken`` and ``truncated`` (the answer began): something was. ``forwarder``: a proxy that
            forwards requests itself answered for the provider, who may have the request. ``protocol``: what came is
            not HTTP. ``too_large``: reading stopped at the limit. ``transport``: it raised something of its own.
        detail: the transport's own words, never the peer's.
        status: of an answer that began.
    """

    def __init__(self, reason: FailureReason, detail: str = "", *, status: int = 0) -> None:
        super().__init__(reason, detail)
        self.reason: FailureReason = reason
        self.detail = detail
        self.status = status


@runtime_checkable
class Transport(Protocol):
    """
    Sends a request and waits for the answer, whatever its status; redirects are not followed.

    Raises:
        TransportFailure: there is no answer.
    """

    def send(self, request: Request, /) -> Response: ...

    def close(self) -> None: ...


@runtime_checkable
class AsyncTransport(Protocol):
    """
    Sends a request and awaits the answer, whatever its status; redirects are not followed.

    Raises:
        TransportFailure: there is no answer.
    """

    async def send(self, request: Request, /) -> Response: ...

    async def aclose(self) -> None: ...


@runtime_checkable
class HandlesRequests(Protocol):
    """
    What every synchronous transport of httpx is.
    """

    def handle_request(self, request: Any, /) -> Any: ...

    def close(self) -> None: ...


@runtime_checkable
class HandlesAsyncRequests(Protocol):
    """
    What every asynchronous transport of httpx is.
    """

    async def handle_async_request(self, request: Any, /) -> Any: ...

    async def aclose(self) -> None: ...
