"""
The messages of an exchange: what came in and what leaves, plain values without a socket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote

RawHeaders = tuple[tuple[bytes, bytes], ...]


class Request:
    """
    A request as it came over the wire: header names in lower case, the path still percent-encoded.
    """

    __slots__ = ("_fields", "body", "headers", "method", "path", "query")

    def __init__(self, method: str, path: str, query: bytes = b"", headers: RawHeaders = (), body: bytes = b"") -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self._fields: dict[str, str] | None = None

    @classmethod
    def received(cls, method: str, target: bytes, headers: RawHeaders = (), body: bytes = b"") -> Request:
        """
        Make a request of a raw target; bytes of its path that should have been percent-encoded become so.
        """
        path, _, query = target.partition(b"?")
        text = str(path, "ascii") if path.isascii() else quote(path, safe="/%:@!$&'()*+,;=~")
        return cls(method, text, query, headers, body)

    @property
    def fields(self) -> dict[str, str]:
        """
        The headers as text by lower-case name; several of one name are joined as RFC 9110 §5.3 says.
        """
        found = self._fields
        if found is None:
            found = {}
            for raw_name, raw_value in self.headers:
                name, value = str(raw_name, "latin-1"), str(raw_value, "latin-1")
                if name in found:
                    value = f"{found[name]}{'; ' if name == 'cookie' else ', '}{value}"
                found[name] = value
            self._fields = found
        return found

    @fields.setter
    def fields(self, value: dict[str, str]) -> None:
        self._fields = value

    def slim(self) -> None:
        """
        Forget what can be made again; for the journal.
        """
        self._fields = None

    @property
    def target(self) -> str:
        """
        Path and query as they came.
        """
        return f"{self.path}?{self.query.decode('latin-1')}" if self.query else self.path


class Reply:
    """
    What leaves: a status, headers and a body in bytes, and how a fault says to send it.
    """

    __slots__ = ("body", "disturbance", "headers", "status")

    def __init__(
        self, status: int, headers: list[tuple[bytes, bytes]], body: bytes, disturbance: Disturbance | None = None
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.disturbance = disturbance


class Stream(Protocol):
    """
    A reply that goes on: asked again and again what there is to send by now.
    """

    def poll(self) -> bytes:
        """
        Return what is new since the last time; nothing when nothing is.
        """
        ...

    def close(self) -> None:
        """
        Note that nobody reads any more.
        """
        ...


@dataclass(frozen=True, slots=True)
class Disturbance:
    """
    How a reply is sent that is not simply sent: faults shape its steps, or it goes on.

    Args:
        shapes: each takes the steps of the reply (see ``play``) and returns those that are taken instead.
        stream: what follows the body until the reader leaves; adapters that cannot stream end after the body.
    """

    shapes: tuple[Shape, ...] = ()
    stream: Stream | None = None


Shape: TypeAlias = Callable[[Iterator[Any]], Iterator[Any]]
