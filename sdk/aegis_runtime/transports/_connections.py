"""
What the connections of both default transports have in common.

httpx's pool looks at every connection for every request, so 64 concurrent calls spend their time in it. Here each
connection is an httpx transport that owns a single one of httpcore's; free ones wait on a stack. What patches
``HTTPTransport`` or httpcore (respx, pytest-httpx) still works. The private ``_pool`` is set, which is why httpx is
held below 0.29.
"""

from __future__ import annotations

import logging
import ssl
import threading
from collections import deque
from contextvars import ContextVar
from typing import Generic, Protocol, TypeVar

import httpx

from aegis_runtime.transports._seam import Request

__all__ = ["Connection", "ConnectionSettings", "Origin", "ours", "outgoing", "shared_tls"]

ours: ContextVar[bool] = ContextVar("aegis_runtime_call", default=False)
"""Whether what happens now is part of a call of ours."""
_NO_BODY = httpx.ByteStream(b"")
_tls_lock = threading.Lock()
_tls_context: ssl.SSLContext | None = None


class Connection(Protocol):
    """
    One connection, used by one call at a time.
    """

    used: float

    def reusable(self) -> bool: ...


C = TypeVar("C", bound=Connection)


def shared_tls() -> ssl.SSLContext:
    """
    The process's one TLS context: making one takes longer than a hundred calls.
    """
    global _tls_context
    with _tls_lock:
        if _tls_context is None:
            _tls_context = httpx.create_ssl_context()
        return _tls_context


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
        self._ssl_context = ssl_context
        self._proxy = proxy
        self._trust_env = trust_env
        self.max_connections = max_connections
        self.keepalive = keepalive

    def tls(self, scheme: str) -> ssl.SSLContext | None:
        """
        The context to connect with; plain HTTP does without.
        """
        return None if scheme == "http" else self._ssl_context or shared_tls()

    def proxy(self, scheme: str, host: str) -> str | None:
        """
        The proxy for *host*, from the arguments or, as elsewhere, from the environment.
        """
        if self._proxy is not None or not self._trust_env:
            return self._proxy
        from urllib.request import getproxies, proxy_bypass

        found = getproxies()
        address = found.get(scheme) or found.get("all")
        return None if not address or proxy_bypass(host) else address


class Origin(Generic[C]):
    """
    The free connections to one place, the most recently used on top.
    """

    __slots__ = ("free", "host", "netloc", "port", "scheme")

    def __init__(self, url: httpx.URL) -> None:
        self.scheme = url.scheme
        self.host = url.raw_host.decode("ascii")
        self.port = url.port or (443 if url.scheme == "https" else 80)
        self.netloc = url.netloc
        self.free: deque[C] = deque()

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
