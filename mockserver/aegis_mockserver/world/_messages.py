"""
The messages of an exchange: what came in and what leaves, plain values without a socket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote, unquote

from msgspec import Struct

RawHeaders = tuple[tuple[bytes, bytes], ...]
WORLD = "/__world__/"
CONTROL = "/__mock__"
LONGEST = 200


class Head:
    """
    Header fields of a request, read once for all requests that carry the same.

    Args:
        headers: as they came, names in lower case.
        length: bytes of content that they announce.
        fields: as text by name, several of one name joined.

    Attributes:
        ways: by operation, what whoever answers worked out for the requests that carry it; None before the first.
    """

    __slots__ = ("fields", "headers", "length", "ways")

    def __init__(self, headers: RawHeaders, length: int = 0, fields: dict[str, str] | None = None) -> None:
        self.headers = headers
        self.length = length
        self.fields = joined(headers) if fields is None else fields
        self.ways: dict[Any, Any] | None = None


class Request(Struct, gc=False, eq=False):
    """
    A request as it came over the wire: header names in lower case, the path still percent-encoded.

    ``/__world__/NAME`` before a path names a world: it is taken off, and kept as ``base``, what stands before every
    address that the client can use.

    """

    # A structure is made five times as fast as an object with ``__init__``, and the collector need not look at it.
    method: str
    path: str
    query: bytes = b""
    headers: RawHeaders = ()
    body: bytes = b""
    base: str = ""
    world: str = ""
    _fields: dict[str, str] | None = None

    def __repr__(self) -> str:
        return f"<Request {self.method}>"  # paths, headers and bodies have secrets

    @property
    def fields(self) -> dict[str, str]:
        """
        The headers as text by lower-case name; several of one name are joined as RFC 9110 §5.3 says.
        """
        found = self._fields
        if found is None:
            found = self._fields = joined(self.headers)
        return found

    @fields.setter
    def fields(self, fields: dict[str, str]) -> None:
        self._fields = fields

    @classmethod
    def received(cls, method: str, target: bytes, headers: RawHeaders = (), body: bytes = b"") -> Request:
        """
        Make a request of a raw target; bytes of its path that should have been percent-encoded become so.
        """
        path, _, query = target.partition(b"?")
        text = str(path, "ascii") if path.isascii() else quote(path, safe="/%:@!$&'()*+,;=~")
        request = cls(method, text, query, headers, body)
        if text.startswith(WORLD):
            request._take_world_off()
        return request

    def _take_world_off(self) -> None:
        name, _, rest = self.path.removeprefix(WORLD).partition("/")
        if name:
            self.base, self.path, self.world = f"{WORLD}{name}", f"/{rest}", unquote(name)[:LONGEST]

    @property
    def world_name(self) -> str:
        """
        The world that the address or ``X-Mock-World`` names; empty if neither does.
        """
        return self.world or self.fields.get("x-mock-world", "")[:LONGEST]

    @property
    def two_worlds(self) -> bool:
        """
        Say whether the address names one world and ``X-Mock-World`` another.
        """
        named = self.fields.get("x-mock-world", "")[:LONGEST] if self.world else ""
        return named not in {"", self.world}

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
        return f"{self.base}{self.own_target}"

    @property
    def own_target(self) -> str:
        """
        Path and query as the contract knows them: without the world that the address names.
        """
        return f"{self.path}?{self.query.decode('latin-1')}" if self.query else self.path


def joined(headers: RawHeaders) -> dict[str, str]:
    """
    Return the headers as text by name, several of one name joined (RFC 9110 §5.3).
    """
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = str(raw_name, "latin-1"), str(raw_value, "latin-1")
        if name in found:
            value = f"{found[name]}{'; ' if name == 'cookie' else ', '}{value}"
        found[name] = value
    return found


class Reply(Struct, gc=False, eq=False):
    """
    What leaves: a status, headers and a body in bytes, and how a fault says to send it.

    Args:
        _headers: names and values; None where they are written already.
        lines: the headers as they are on the wire, taken apart when somebody asks for them.
    """

    status: int
    _headers: list[tuple[bytes, bytes]] | None
    body: bytes
    disturbance: Disturbance | None = None
    lines: bytes = b""

    def __repr__(self) -> str:
        return f"<Reply {self.status}>"

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """
        Names and values. From the first look on the list counts, and not the lines: it may be added to.
        """
        found = self._headers
        if found is None:
            lines, self.lines = self.lines, b""
            split = (line.partition(b": ") for line in lines.split(b"\r\n")[:-1])
            found = self._headers = [(name, value) for name, _, value in split]
        return found


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
