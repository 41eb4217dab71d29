"""
The transports of the extra ``fast``: pyreqwest, an HTTP client written in Rust.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from aegis_runtime._numbers import checked_count, checked_number
from aegis_runtime.errors import MissingExtraError
from aegis_runtime.transports._aside import aside
from aegis_runtime.transports._environment import Surroundings, certificates, forwards, surroundings
from aegis_runtime.transports._failures import local_failure, nonsense, running_loop, tls_failure, vouched
from aegis_runtime.transports._seam import FailureReason, Headers, Request, Response, TransportFailure

try:
    import pyreqwest.exceptions as trouble
    from pyreqwest.client import BaseClientBuilder, Client, ClientBuilder, SyncClient, SyncClientBuilder
    from pyreqwest.http import HeaderMap
    from pyreqwest.proxy import ProxyBuilder
    from pyreqwest.request import BaseRequestBuilder
except ImportError:
    raise MissingExtraError('transport="fast"', "fast") from None

if TYPE_CHECKING:
    from aegis_runtime.transports._httpx import HttpxTransport
    from aegis_runtime.transports._httpx_async import AsyncHttpxTransport

__all__ = ["AsyncFastTransport", "FastTransport"]

B = TypeVar("B", bound=BaseClientBuilder)
R = TypeVar("R", bound=BaseRequestBuilder)

# pyreqwest says ConnectError and ConnectTimeoutError for all that happens before the head of an answer; only this
# cause tells whether the request had left.
_CONNECTING = "client error (Connect)"
_UNBOUND = 3600.0
"""Seconds to connect within, where a call's own deadline is what bounds it."""
_ALERT = "received fatal alert"
_TLS = ("certificate", "corrupt message", "tls", _ALERT)
_SIGNS: tuple[tuple[str, FailureReason, str], ...] = (
    ("refused", "connect", "connection refused"),
    ("dns", "local", "the host name cannot be resolved"),
    ("too many open files", "local", "too many open files"),
    ("network is unreachable", "local", "network is unreachable"),
    ("cannot assign requested address", "local", "cannot assign requested address"),
)
logger = logging.getLogger("aegis_runtime")
_started_in = 0
"""The process that pyreqwest's threads run in; a child of it has none, and would wait for them for ever."""


def _orphaned() -> bool:
    return _started_in not in (0, os.getpid())


def _started() -> None:
    global _started_in
    _started_in = _started_in or os.getpid()


class FastTransport:
    """
    Sends over pyreqwest, from any number of threads.

    Args:
        trust_env: whether the environment may name proxies, authorities and a certificate.
        max_connections: how many calls may be on their way at once; further ones wait.
        keepalive: seconds that an idle connection is kept.
    """

    def __init__(self, *, trust_env: bool = True, max_connections: int = 100, keepalive: float = 30.0) -> None:
        self._clients: dict[float, SyncClient] = {}
        self._lock = threading.Lock()
        self._max_connections = checked_count("max_connections", max_connections, 1)
        self._keepalive = checked_number("keepalive", keepalive)
        self._slots = threading.Semaphore(max_connections)
        self._surroundings = surroundings(trust_env)
        self._trust = _Trust(self._surroundings)
        self._trust_env = trust_env
        self._instead: HttpxTransport | None = None

    def send(self, request: Request, /) -> Response:
        """
        Send *request* and wait for the whole answer.
        """
        if _orphaned():
            return self._in_child().send(request)
        if threading.current_thread() is threading.main_thread():
            # pyreqwest waits without looking for signals, and Ctrl-C is the main thread's to hear.
            return aside(lambda: self._exchange(request))
        return self._exchange(request)

    def _exchange(self, request: Request) -> Response:
        deadline = time.monotonic() + request.timeout
        if not self._slots.acquire(timeout=request.timeout):
            raise _busy(self._max_connections)
        status = 0
        failure: TransportFailure
        try:
            builder = self._client(request).request(request.method, request.url)
            with _filled(builder, request, deadline - time.monotonic()).build_streamed() as answer:
                status = answer.status
                if status < 200:  # nobody asked to switch protocols
                    raise nonsense(_by_proxy(request.url, self._surroundings)[1], status)
                headers = _legible(answer.headers)
                reader = answer.body_reader
                size, chunks = 0, list[bytes]()
                while (chunk := reader.read_chunk()) is not None:
                    size += len(chunk)
                    if size > request.max_response_bytes:
                        raise _too_large(request, status)
                    chunks.append(bytes(chunk))
                _, forwarded = _by_proxy(request.url, self._surroundings)
                return vouched(Response(status, headers, b"".join(chunks), forwarded))
        except (trouble.PyreqwestError, ValueError, OSError) as error:
            failure = _failure(error, status, *_by_proxy(request.url, self._surroundings))
        finally:
            self._slots.release()
        raise failure

    def _in_child(self) -> HttpxTransport:
        if self._instead is None:
            from aegis_runtime.transports._httpx import HttpxTransport

            logger.warning("pyreqwest does not work in a forked child of a process that used it; httpx is used here")
            self._instead = HttpxTransport(
                trust_env=self._trust_env, max_connections=self._max_connections, keepalive=self._keepalive
            )
        return self._instead

    def _client(self, request: Request) -> SyncClient:
        key = _connecting(request)
        client = self._clients.get(key)
        if client is None:
            with self._lock:
                client = self._clients.get(key)
                if client is None:
                    client = _set_up(SyncClientBuilder(), key, self._keepalive, self._surroundings, self._trust).build()
                    self._clients[key] = client
        return client

    def close(self) -> None:
        """
        Close every connection.
        """
        clients, self._clients = self._clients, {}
        instead, self._instead = self._instead, None
        if instead is not None:
            instead.close()
        for client in () if _orphaned() else clients.values():
            client.close()


class AsyncFastTransport:
    """
    Sends over pyreqwest within an event loop.

    Args:
        trust_env: whether the environment may name proxies, authorities and a certificate.
        max_connections: how many calls may be on their way at once; further ones wait.
        keepalive: seconds that an idle connection is kept.
    """

    def __init__(self, *, trust_env: bool = True, max_connections: int = 100, keepalive: float = 30.0) -> None:
        self._max_connections = checked_count("max_connections", max_connections, 1)
        self._keepalive = checked_number("keepalive", keepalive)
        self._surroundings = surroundings(trust_env)
        self._trust = _Trust(self._surroundings)
        self._trust_env = trust_env
        self._loops: dict[asyncio.AbstractEventLoop, _Loop] = {}
        self._instead: AsyncHttpxTransport | None = None

    async def send(self, request: Request, /) -> Response:
        """
        Send *request* and await the whole answer.
        """
        if _orphaned():
            return await self._in_child().send(request)
        running = running_loop()
        loop = self._loops.get(running)
        if loop is None:
            # A semaphore and pyreqwest's futures belong to one loop; what belongs to one that ended is of no use.
            for ended in [other for other in list(self._loops) if other.is_closed()]:
                self._loops.pop(ended, None)
            loop = self._loops.setdefault(running, _Loop(self._max_connections))
        deadline = time.monotonic() + request.timeout
        slots = loop.slots
        if slots.locked():
            await self._wait(slots, request.timeout)
        else:
            await slots.acquire()
        status = 0
        failure: TransportFailure
        try:
            builder = self._client(request, loop).request(request.method, request.url)
            async with _filled(builder, request, deadline - time.monotonic()).build_streamed() as answer:
                status = answer.status
                if status < 200:  # nobody asked to switch protocols
                    raise nonsense(_by_proxy(request.url, self._surroundings)[1], status)
                headers = _legible(answer.headers)
                reader = answer.body_reader
                size, chunks = 0, list[bytes]()
                while (chunk := await reader.read_chunk()) is not None:
                    size += len(chunk)
                    if size > request.max_response_bytes:
                        raise _too_large(request, status)
                    chunks.append(bytes(chunk))
                _, forwarded = _by_proxy(request.url, self._surroundings)
                return vouched(Response(status, headers, b"".join(chunks), forwarded))
        except asyncio.CancelledError:
            # pyreqwest raises one of its own: who cancelled (anyio's scopes look for it) is told again while we yield.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            raise
        except (trouble.PyreqwestError, ValueError, OSError) as error:
            failure = _failure(error, status, *_by_proxy(request.url, self._surroundings))
        finally:
            slots.release()
        raise failure

    async def _wait(self, slots: asyncio.Semaphore, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await slots.acquire()
                return
        except TimeoutError:
            pass
        raise _busy(self._max_connections)

    def _in_child(self) -> AsyncHttpxTransport:
        if self._instead is None:
            from aegis_runtime.transports._httpx_async import AsyncHttpxTransport

            logger.warning("pyreqwest does not work in a forked child of a process that used it; httpx is used here")
            self._instead = AsyncHttpxTransport(
                trust_env=self._trust_env, max_connections=self._max_connections, keepalive=self._keepalive
            )
        return self._instead

    def _client(self, request: Request, loop: _Loop) -> Client:
        key = _connecting(request)
        client = loop.clients.get(key)
        if client is None:
            client = _set_up(ClientBuilder(), key, self._keepalive, self._surroundings, self._trust).build()
            loop.clients[key] = client
        return client

    async def aclose(self) -> None:
        """
        Close every connection.
        """
        loops, self._loops = self._loops, {}
        instead, self._instead = self._instead, None
        if instead is not None:
            await instead.aclose()
        for loop in () if _orphaned() else loops.values():
            for client in loop.clients.values():
                with contextlib.suppress(trouble.PyreqwestError, RuntimeError):  # its own loop may have ended
                    await client.close()


class _Loop:
    """
    What belongs to one event loop.
    """

    __slots__ = ("clients", "slots")

    def __init__(self, max_connections: int) -> None:
        self.clients: dict[float, Client] = {}
        self.slots = asyncio.Semaphore(max_connections)


class _Trust:
    """
    What the files named for TLS hold, read when the transport is made.
    """

    __slots__ = ("authorities", "identity")

    def __init__(self, found: Surroundings) -> None:
        authorities, folder, cert, key = found.trust
        files = [Path(authorities)] if authorities else []
        files += certificates(folder) if folder else []
        # A folder may hold other things too.
        self.authorities = [read for path in files if b"-----BEGIN CERTIFICATE-----" in (read := path.read_bytes())]
        self.identity = b"\n".join(Path(path).read_bytes() for path in (cert, key) if path)


def _set_up(builder: B, connect_timeout: float, keepalive: float, found: Surroundings, trust: _Trust) -> B:
    _started()
    # The environment is read once, by one rule for all transports; pyreqwest would read it again, by another.
    builder = builder.no_proxy()
    if found.proxies:
        builder = builder.proxy(ProxyBuilder.custom(lambda url: _proxy(str(url), found)))
    for read in trust.authorities:
        builder = builder.add_root_certificate_pem(read)
    if trust.identity:
        builder = builder.identity_pem(trust.identity)
    # Content codings are undone by the core, which knows the size limit.
    builder = builder.follow_redirects(False).referer(False).gzip(False).brotli(False).zstd(False).deflate(False)
    return builder.connect_timeout(timedelta(seconds=connect_timeout)).pool_idle_timeout(timedelta(seconds=keepalive))


def _proxy(url: str, found: Surroundings) -> str | None:
    parts = urlsplit(url)
    return found.proxy(parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))


def _by_proxy(url: str, found: Surroundings) -> tuple[bool, bool]:
    """
    Whether a proxy is asked, and whether it reads what it passes on.
    """
    if not found.proxies:
        return False, False
    proxy = _proxy(url, found)
    return proxy is not None, forwards(proxy, urlsplit(url).scheme)


def _connecting(request: Request) -> float:
    """
    The connect timeout of the client to take: it belongs to pyreqwest's client, so there is one for each. A call that
    has no more time than that is bound by its own deadline.
    """
    return request.connect_timeout if request.connect_timeout < request.timeout else _UNBOUND


def _filled(builder: R, request: Request, left: float) -> R:
    if not all(value.isascii() for _, value in request.headers):
        # pyreqwest would write them in UTF-8, httpx writes Latin-1 (RFC 9110 §5.5).
        raise TransportFailure("request", "pyreqwest sends headers in ASCII only")
    builder = builder.headers(request.headers).timeout(timedelta(seconds=max(left, 0.001)))
    return builder if request.body is None else builder.body_bytes(request.body)


def _legible(headers: HeaderMap) -> Headers:
    with contextlib.suppress(ValueError):
        return Headers(headers.items())
    # pyreqwest reads values in ASCII only, and others may come (RFC 9110 §5.5): what cannot be read is left out.
    lines: list[tuple[str, str]] = []
    for name in dict.fromkeys(headers.keys()):
        with contextlib.suppress(ValueError):
            lines += [(name, value) for value in headers.getall(name)]
    return Headers(lines)


def _busy(limit: int) -> TransportFailure:
    return TransportFailure("busy", f"all {limit} connections are in use")


def _too_large(request: Request, status: int) -> TransportFailure:
    return TransportFailure("too_large", f"more than {request.max_response_bytes} bytes", status=status)


def _failure(error: Exception, status: int, proxied: bool, forwarded: bool = False) -> TransportFailure:
    # pyreqwest's threads need descriptors of their own; its own timeouts are an OSError too.
    if isinstance(error, OSError) and not isinstance(error, trouble.PyreqwestError):
        return local_failure(error) or TransportFailure("connect", "no connection")
    if not isinstance(error, trouble.DetailedPyreqwestError):
        return TransportFailure("request", "the request cannot be written as HTTP/1.1")
    # The causes are only looked through, never passed on; the first one quotes the URL.
    causes = " ".join(cause["message"] for cause in (error.details["causes"] or ())[1:])
    if _CONNECTING in causes:
        if isinstance(error, trouble.RequestTimeoutError):
            if proxied:
                return TransportFailure("proxy", "no connection to the proxy, or through it")
            return TransportFailure("connect_timeout", "connecting took too long")
        low = causes.replace(_CONNECTING, "").lower()
        if any(sign in low for sign in _TLS):
            return tls_failure(low)
        if proxied:
            return TransportFailure("proxy", "no connection to the proxy, or through it")
        for sign, reason, detail in _SIGNS:
            if sign in low:
                return TransportFailure(reason, detail)
        return TransportFailure("connect", "no connection")
    if not status and _ALERT in causes:
        return tls_failure(causes)
    if isinstance(error, trouble.RequestTimeoutError):
        return TransportFailure("timeout", status=status)
    # pyreqwest reads ahead: a body that ends early may fail before its head was seen.
    if status or isinstance(error, trouble.BodyDecodeError):
        return TransportFailure("truncated", "the connection ended before the answer did", status=status)
    if isinstance(error, trouble.DecodeError):
        return nonsense(forwarded)
    return TransportFailure("broken", "the connection ended before an answer")
