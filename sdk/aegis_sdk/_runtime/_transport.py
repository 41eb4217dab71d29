"""
The seam to the network: a request's bytes go out, an answer's bytes come back. Whoever implements this can carry the SDK.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

__all__ = ["AsyncTransport", "Headers", "Request", "Response", "Transport", "TransportFailure"]

Reason = Literal["connect", "connect_timeout", "timeout", "broken", "protocol", "too_large"]


class Headers(Mapping[str, str]):
    """
    An answer's headers: names in any case, several lines of one name joined by a comma. The repr shows names only.
    """

    __slots__ = ("_lines", "_table")

    def __init__(self, lines: Iterable[tuple[str, str]] = ()) -> None:
        self._lines = list(lines)
        self._table: dict[str, str] | None = None

    def _read(self) -> dict[str, str]:
        table = self._table
        if table is None:
            table = {}
            for name, value in self._lines:
                low = name.lower()
                table[low] = f"{table[low]}, {value}" if low in table else value
            self._table = table
        return table

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
        return [value for other, value in self._lines if other.lower() == name.lower()]

    def __repr__(self) -> str:
        return f"Headers({', '.join(self._read())})"


@dataclass(slots=True, repr=False)
class Request:
    """
    One attempt, ready to send.

    Attributes:
        url: absolute, percent-encoded.
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


@dataclass(slots=True, repr=False)
class Response:
    """
    One answer, completely read and with its content coding undone.
    """

    status: int
    headers: Headers
    body: bytes

    def __repr__(self) -> str:
        return f"<Response {self.status}>"


class TransportFailure(Exception):
    """
    No answer.

    Attributes:
        reason: ``connect``/``connect_timeout`` (nothing was sent), ``timeout``, ``broken`` (sent, and then the connection ended),
            ``protocol`` (what came back is not HTTP), ``too_large``.
        detail: words of the transport's own, never of the peer's.
    """

    def __init__(self, reason: Reason, detail: str = "", *, status: int = 0) -> None:
        super().__init__(reason, detail)
        self.reason: Reason = reason
        self.detail = detail
        self.status = status


@runtime_checkable
class Transport(Protocol):
    """
    Sends a request and waits for the answer.

    Raises:
        TransportFailure: there is no answer.
    """

    def send(self, request: Request, /) -> Response: ...

    def close(self) -> None: ...


@runtime_checkable
class AsyncTransport(Protocol):
    """
    Sends a request and awaits the answer.

    Raises:
        TransportFailure: there is no answer.
    """

    async def send(self, request: Request, /) -> Response: ...

    async def aclose(self) -> None: ...
