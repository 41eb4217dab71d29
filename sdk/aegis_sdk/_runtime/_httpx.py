"""
The default transports: httpx's own, one connection each, handed out like lanes.

httpx's pool looks at every connection for every request, so 64 concurrent calls spend their time in it. Here each
lane is an ``HTTPTransport`` that owns a single httpcore connection; free lanes wait on a stack. What patches
``HTTPTransport`` or httpcore (respx, pytest-httpx) still works. The private ``_pool`` is why the dependency is held
below httpx 0.29.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, cast

import httpcore
import httpx

from aegis_sdk._runtime._faults import failure_of, too_large
from aegis_sdk._runtime._transport import Headers, Request, Response, TransportFailure

__all__ = ["AsyncHttpxTransport", "HttpxTransport"]

_WRITE_SIZE = 16 * 1024
_ours: ContextVar[bool] = ContextVar("aegis_sdk_call", default=False)
_NO_BODY = httpx.ByteStream(b"")
_tls_lock = threading.Lock()
_tls_context: ssl.SSLContext | None = None


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
        return not _ours.get()


for _name in ("connection", "http11", "http2", "proxy"):
    logging.getLogger(f"httpcore.{_name}").addFilter(_Discreet())


class _Settings:
    """
    What lanes are made of; the same for both transports.
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


class _DeadlineStream(httpcore.NetworkStream):
    """
    A socket whose every wait ends at its lane's deadline, so that dripped bytes cannot stretch a call.
    """

    def __init__(self, inner: httpcore.NetworkStream, lane: _Lane) -> None:
        self._inner = inner
        self._lane = lane

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 -- the lane knows better
        return self._inner.read(max_bytes, self._lane.remaining())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        for start in range(0, len(buffer), _WRITE_SIZE):
            self._inner.write(buffer[start : start + _WRITE_SIZE], self._lane.remaining())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._lane.remaining(timeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left), self._lane)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _DeadlineBackend(httpcore.SyncBackend):
    """
    Opens sockets for one lane.
    """

    def __init__(self, lane: _Lane) -> None:
        self._lane = lane

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        # All addresses of a name share one timeout; socket.create_connection would give it to each.
        until = time.monotonic() + self._lane.remaining(timeout)
        try:
            found = dict.fromkeys(info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except OSError as error:
            raise httpcore.ConnectError from error
        failure: Exception | None = None
        for address in found:
            left = until - time.monotonic()
            if left <= 0:
                raise httpcore.ConnectTimeout
            try:
                stream = super().connect_tcp(str(address), port, left, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
            else:
                return _DeadlineStream(stream, self._lane)
        raise failure or httpcore.ConnectError


class _Lane(httpx.HTTPTransport):
    """
    One connection, used by one call at a time.
    """

    def __init__(self, settings: _Settings, scheme: str, host: str, port: int) -> None:
        self.deadline = 0.0
        self.used = 0.0
        backend = _DeadlineBackend(self)
        proxy = settings.proxy(scheme, host)
        self._alone = proxy is None
        if proxy is None:
            connection = httpcore.HTTPConnection(
                httpcore.Origin(scheme.encode(), host.encode(), port),
                ssl_context=settings.tls(scheme),
                keepalive_expiry=settings.keepalive,
                network_backend=backend,
            )
            self._pool = cast("Any", connection)
            return
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=settings.keepalive)
        super().__init__(verify=settings.tls("https") or True, trust_env=False, limits=limits, proxy=proxy)
        self._pool._network_backend = backend

    def remaining(self, limit: float | None = None) -> float:
        """
        Seconds that the present call still has, at most *limit*.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if limit is None or left < limit else limit

    def reusable(self) -> bool:
        """
        Say whether another call may use this connection.
        """
        if not self._alone:
            return True
        connection = cast("httpcore.HTTPConnection", self._pool)
        return connection.is_available() and not connection.has_expired()


class _AsyncLane(httpx.AsyncHTTPTransport):
    """
    One connection, used by one call at a time.
    """

    def __init__(self, settings: _Settings, scheme: str, host: str, port: int) -> None:
        self.used = 0.0
        proxy = settings.proxy(scheme, host)
        self._alone = proxy is None
        if proxy is None:
            connection = httpcore.AsyncHTTPConnection(
                httpcore.Origin(scheme.encode(), host.encode(), port),
                ssl_context=settings.tls(scheme),
                keepalive_expiry=settings.keepalive,
            )
            self._pool = cast("Any", connection)
            return
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=settings.keepalive)
        super().__init__(verify=settings.tls("https") or True, trust_env=False, limits=limits, proxy=proxy)

    def reusable(self) -> bool:
        """
        Say whether another call may use this connection.
        """
        if not self._alone:
            return True
        connection = cast("httpcore.AsyncHTTPConnection", self._pool)
        return connection.is_available() and not connection.has_expired()


class _Origin:
    """
    The free lanes to one place, the most recently used on top.
    """

    __slots__ = ("free", "host", "netloc", "port", "scheme")

    def __init__(self, url: httpx.URL) -> None:
        self.scheme = url.scheme
        self.host = url.raw_host.decode("ascii")
        self.port = url.port or (443 if url.scheme == "https" else 80)
        self.netloc = url.netloc
        self.free: deque[Any] = deque()

    def outgoing(self, request: Request, url: httpx.URL, limits: dict[str, float]) -> httpx.Request:
        """
        The request as httpx wants it.
        """
        headers = [(b"Host", self.netloc)]
        headers += [(name.encode("ascii"), value.encode("latin-1")) for name, value in request.headers]
        body = request.body
        if body is not None or request.method in ("POST", "PUT", "PATCH"):
            body = body or b""
            headers.append((b"Content-Length", b"%d" % len(body)))
        stream = httpx.ByteStream(body) if body else _NO_BODY
        return httpx.Request(request.method, url, headers=headers, stream=stream, extensions={"timeout": limits})


class HttpxTransport:
    """
    Sends over httpx, from any number of threads.

    Args:
        ssl_context: in place of the shared default.
        proxy: a proxy's URL; without it the environment decides, unless *trust_env* is off.
        max_connections: how many calls may be on their way at once; further ones wait.
        keepalive: seconds that an idle connection is kept.
    """

    def __init__(
        self,
        *,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
        max_connections: int = 100,
        keepalive: float = 30.0,
    ) -> None:
        self._settings = _Settings(ssl_context, proxy, trust_env, max_connections, keepalive)
        self._origins: dict[str, _Origin] = {}
        self._slots = threading.Semaphore(max_connections)
        self._process = os.getpid()

    def send(self, request: Request, /) -> Response:
        """
        Send *request* and wait for the whole answer.
        """
        deadline = time.monotonic() + request.timeout
        if not self._slots.acquire(timeout=request.timeout):
            raise TransportFailure("busy", f"all {self._settings.max_connections} connections are in use")
        try:
            return self._exchange(request, deadline)
        finally:
            self._slots.release()

    def _exchange(self, request: Request, deadline: float) -> Response:
        url = httpx.URL(request.url)
        origin = self._origin(url, request.url)
        lane = self._take(origin)
        lane.deadline = deadline
        status = 0
        failure: TransportFailure
        _ours.set(True)
        try:
            answer = lane.handle_request(origin.outgoing(request, url, {"connect": request.connect_timeout}))
            status = answer.status_code
            stream = cast("httpx.SyncByteStream", answer.stream)
            try:
                body = b"".join(_limited(stream, request.max_response_bytes, status))
            finally:
                stream.close()
        except httpx.HTTPError as error:
            failure = failure_of(error, status)
        except BaseException:
            lane.close()
            raise
        else:
            lane.used = deadline - request.timeout
            origin.free.append(lane)
            self._trim(origin, lane.used)
            return Response(status, Headers(answer.headers.raw), body)
        finally:
            _ours.set(False)
        lane.close()
        raise failure

    def _origin(self, url: httpx.URL, raw: str) -> _Origin:
        if self._process != os.getpid():
            # A fork: the connections belong to the parent.
            self._process = os.getpid()
            self._origins = {}
            self._slots = threading.Semaphore(self._settings.max_connections)
        key = raw[: raw.find("/", 8)]
        return self._origins.get(key) or self._origins.setdefault(key, _Origin(url))

    def _take(self, origin: _Origin) -> _Lane:
        while origin.free:
            try:
                lane: _Lane = origin.free.pop()
            except IndexError:  # another thread was quicker
                break
            if lane.reusable():
                return lane
            lane.close()
        return _Lane(self._settings, origin.scheme, origin.host, origin.port)

    def _trim(self, origin: _Origin, now: float) -> None:
        free = origin.free
        if len(free) > 1 and now - free[0].used > self._settings.keepalive:
            try:
                idle: _Lane = free.popleft()
            except IndexError:
                return
            idle.close()

    def close(self) -> None:
        """
        Close every idle connection.
        """
        origins, self._origins = self._origins, {}
        for origin in origins.values():
            while origin.free:
                origin.free.pop().close()


class AsyncHttpxTransport:
    """
    Sends over httpx within an event loop.

    Args:
        ssl_context: in place of the shared default.
        proxy: a proxy's URL; without it the environment decides, unless *trust_env* is off.
        max_connections: how many calls may be on their way at once; further ones wait.
        keepalive: seconds that an idle connection is kept.
    """

    def __init__(
        self,
        *,
        ssl_context: ssl.SSLContext | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
        max_connections: int = 100,
        keepalive: float = 30.0,
    ) -> None:
        self._settings = _Settings(ssl_context, proxy, trust_env, max_connections, keepalive)
        self._origins: dict[str, _Origin] = {}
        self._slots = asyncio.Semaphore(max_connections)
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: Request, /) -> Response:
        """
        Send *request* and await the whole answer.
        """
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # Connections belong to the loop that opened them.
            self._loop = loop
            self._origins = {}
            self._slots = asyncio.Semaphore(self._settings.max_connections)
        waiting = True
        try:
            async with asyncio.timeout(request.timeout):
                async with self._slots:
                    waiting = False
                    return await self._exchange(request)
        except TimeoutError:
            pass
        if waiting:
            raise TransportFailure("busy", f"all {self._settings.max_connections} connections are in use")
        raise TransportFailure("timeout")

    async def _exchange(self, request: Request) -> Response:
        url = httpx.URL(request.url)
        key = request.url[: request.url.find("/", 8)]
        origin = self._origins.get(key) or self._origins.setdefault(key, _Origin(url))
        lane = await self._take(origin)
        status = 0
        failure: TransportFailure
        _ours.set(True)
        try:
            answer = await lane.handle_async_request(
                origin.outgoing(request, url, {"connect": request.connect_timeout})
            )
            status = answer.status_code
            stream = cast("httpx.AsyncByteStream", answer.stream)
            size, chunks = 0, list[bytes]()
            try:
                async for chunk in stream:
                    size += len(chunk)
                    if size > request.max_response_bytes:
                        raise too_large(request.max_response_bytes, status)
                    chunks.append(chunk)
            finally:
                await stream.aclose()
        except httpx.HTTPError as error:
            failure = failure_of(error, status)
        except GeneratorExit:
            raise  # a coroutine that is thrown away may not await
        except BaseException:
            await lane.aclose()
            raise
        else:
            lane.used = time.monotonic()
            origin.free.append(lane)
            if origin.free[0].used + self._settings.keepalive < lane.used:
                await origin.free.popleft().aclose()
            return Response(status, Headers(answer.headers.raw), b"".join(chunks))
        finally:
            _ours.set(False)
        await lane.aclose()
        raise failure

    async def _take(self, origin: _Origin) -> _AsyncLane:
        while origin.free:
            lane: _AsyncLane = origin.free.pop()
            if lane.reusable():
                return lane
            await lane.aclose()
        return _AsyncLane(self._settings, origin.scheme, origin.host, origin.port)

    async def aclose(self) -> None:
        """
        Close every idle connection.
        """
        origins, self._origins = self._origins, {}
        for origin in origins.values():
            while origin.free:
                await origin.free.pop().aclose()


def _limited(stream: Iterable[bytes], limit: int, status: int) -> Iterable[bytes]:
    size = 0
    for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise too_large(limit, status)
        yield chunk
