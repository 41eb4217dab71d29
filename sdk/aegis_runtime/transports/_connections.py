"""
What the connections of both default transports have in common.

httpx's pool looks at every connection for every request, so 64 concurrent calls spend their time in it. Here each
connection is an httpx transport that owns a single one of httpcore's; free ones wait on a stack. What patches
``HTTPTransport`` or httpcore (respx, pytest-httpx) still works. The private ``_pool`` is set, which is why httpx is
held below 0.29.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import time
from collections import deque
from contextvars import ContextVar
from typing import Any, Generic, Protocol, TypeVar

import httpx

from aegis_runtime._numbers import checked_count, checked_number
from aegis_runtime.errors import ConfigurationError
from aegis_runtime.transports._environment import proxy_url, shared_tls, surroundings
from aegis_runtime.transports._seam import Request

__all__ = ["Connection", "ConnectionSettings", "Origin", "ours", "outgoing", "reusable", "settled", "sever", "spoil"]

ours: ContextVar[bool] = ContextVar("aegis_runtime_call", default=False)
"""Whether what happens now is part of a call of ours."""
_NO_BODY = httpx.ByteStream(b"")


class Connection(Protocol):
    """
    One connection, used by one call at a time.
    """

    used: float

    def reusable(self) -> bool: ...


C = TypeVar("C", bound=Connection)


class _Discreet(logging.Filter):
    """
    Keeps httpcore's debug lines of our calls out of the logs: they quote every response header.
    """

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 -- whose call it is decides
        return not ours.get()


for _name in ("connection", "http11", "http2", "proxy"):
    logging.getLogger(f"httpcore.{_name}").addFilter(_Discreet())


class ConnectionSettings:
    """
    What connections are made of; the same for both transports.
    """

    def __init__(
        self,
        ssl_context: ssl.SSLContext | None,
        proxy: str | None,
        trust_env: bool,
        max_connections: int,
        keepalive: float,
    ) -> None:
        if ssl_context is not None and not isinstance(ssl_context, ssl.SSLContext):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigurationError("ssl_context must be an ssl.SSLContext")
        self._ssl_context = ssl_context
        self._proxy = None if proxy is None else proxy_url(proxy, "proxy")
        self._surroundings = surroundings(trust_env)
        self.max_connections = checked_count("max_connections", max_connections, 1)
        self.keepalive = checked_number("keepalive", keepalive)

    def tls(self) -> ssl.SSLContext:
        """
        The context to connect with over TLS.
        """
        return self._ssl_context or shared_tls(self._surroundings)

    def proxy(self, scheme: str, host: str, port: int) -> str | None:
        """
        The proxy for *host*, from the arguments or from the environment.
        """
        return self._surroundings.proxy(scheme, host, port) if self._proxy is None else self._proxy.reveal()

    def through(self, proxy: str) -> httpx.Proxy:
        """
        The proxy as httpx wants it: one that speaks TLS is trusted as a provider is.
        """
        return httpx.Proxy(proxy, ssl_context=self.tls() if proxy.lower().startswith("https:") else None)


def settled(connection: object) -> bool:
    """
    Say whether everything that the peer sent was read. What is left belongs to no request of ours, so the next one must
    not get it (RFC 9112 §6.3).
    """
    inner: Any = connection
    while inner is not None:
        state = getattr(inner, "_h11_state", None)
        if state is not None:
            return not state.trailing_data[0] and not _buffered(inner._network_stream)
        several = getattr(inner, "_connections", None)
        inner = getattr(inner, "_connection", None) if several is None else next(iter(several), None)
    return True


def reusable(connection: Any, proxied: bool) -> bool:
    """
    Say whether another call may use a connection; behind a proxy there is a pool of one, which sees to its age itself.
    """
    return settled(connection) and (proxied or (connection.is_available() and not connection.has_expired()))


def _buffered(stream: Any) -> bool:
    # What left the socket and was not asked for yet: while a request was sent, in asyncio's queue, in buffers before
    # TLS (anyio's, and httpcore's for TLS within TLS). TLS itself is asked for more than it ever holds.
    while stream is not None:
        bio = getattr(stream, "_read_bio", None) or getattr(stream, "_incoming", None)
        queue = getattr(getattr(stream, "_protocol", None), "read_queue", None)
        if getattr(stream, "_ahead", None) or queue or (bio is not None and bio.pending):
            return True
        inner = (getattr(stream, name, None) for name in ("_inner", "_stream", "transport_stream"))
        stream = next((found for found in inner if found is not None), None)
    return False


def spoil(stream: object) -> None:
    """
    See to it that a connection of httpx's own pool is closed with its answer's *stream*, if more came than the answer.
    """
    inner: Any = getattr(getattr(getattr(stream, "_httpcore_stream", None), "_pool_request", None), "connection", None)
    if settled(inner):
        return
    while getattr(inner, "_h11_state", None) is None:
        inner = inner._connection
    inner._h11_state.send_failed()


def sever(connection: object) -> None:
    """
    End a connection whose event loop cannot be asked to: nothing is sent or received any more.
    """
    inner: Any = connection
    while inner is not None:
        stream = getattr(inner, "_network_stream", None)
        if stream is not None:
            with contextlib.suppress(Exception):  # it may be closed already
                stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
            return
        several = getattr(inner, "_connections", None)
        inner = getattr(inner, "_connection", None) if several is None else next(iter(several), None)


class Origin(Generic[C]):
    """
    The free connections to one place, the most recently used on top.
    """

    __slots__ = ("free", "host", "key", "netloc", "port", "scheme")

    def __init__(self, url: httpx.URL, key: str) -> None:
        self.key = key
        self.scheme = url.scheme
        self.host = url.raw_host.decode("ascii")
        self.port = url.port or (443 if url.scheme == "https" else 80)
        self.netloc = url.netloc
        self.free: deque[C] = deque()

    def keep(self, connection: C, keepalive: float) -> C | None:
        """
        Lay *connection* on top, and take the one at the bottom away when it was idle for longer than *keepalive*.
        """
        connection.used = time.monotonic()
        self.free.append(connection)
        with contextlib.suppress(IndexError):  # another thread took all of them
            if connection.used - self.free[0].used > keepalive:
                return self.free.popleft()
        return None

    def outgoing(self, request: Request, url: httpx.URL) -> httpx.Request:
        """
        The request as a connection wants it: it keeps all other times itself.
        """
        return outgoing(request, url, self.netloc, {"connect": request.connect_timeout})


def outgoing(request: Request, url: httpx.URL, netloc: bytes, limits: dict[str, float]) -> httpx.Request:
    """
    The request as httpx wants it.
    """
    headers = [(b"Host", netloc)]
    headers += [(name.encode("ascii"), value.encode("latin-1")) for name, value in request.headers]
    body = request.body
    if body is not None or request.method in ("POST", "PUT", "PATCH"):
        # RFC 9110 §8.6: what usually has a body says so also when it has none.
        body = body or b""
        headers.append((b"Content-Length", b"%d" % len(body)))
    stream = httpx.ByteStream(body) if body else _NO_BODY
    return httpx.Request(request.method, url, headers=headers, stream=stream, extensions={"timeout": limits})
