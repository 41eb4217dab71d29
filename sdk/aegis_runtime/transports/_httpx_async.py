"""
The default transport of asynchronous clients: httpx's own, one for each connection.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import Any, cast

import httpcore
import httpx

from aegis_runtime.transports._connections import ConnectionSettings, Origin, ours
from aegis_runtime.transports._failures import failure_of, too_large
from aegis_runtime.transports._seam import Headers, Request, Response, TransportFailure

__all__ = ["AsyncHttpxTransport"]


class _AsyncConnection(httpx.AsyncHTTPTransport):
    """
    One connection, used by one call at a time.
    """

    def __init__(self, settings: ConnectionSettings, scheme: str, host: str, port: int) -> None:
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
        self._settings = ConnectionSettings(ssl_context, proxy, trust_env, max_connections, keepalive)
        self._origins: dict[str, Origin[_AsyncConnection]] = {}
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
        origin = self._origins.get(key) or self._origins.setdefault(key, Origin[_AsyncConnection](url))
        connection = await self._take(origin)
        status = 0
        failure: TransportFailure
        ours.set(True)
        try:
            answer = await connection.handle_async_request(origin.outgoing(request, url))
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
            await connection.aclose()
            raise
        else:
            connection.used = time.monotonic()
            origin.free.append(connection)
            if origin.free[0].used + self._settings.keepalive < connection.used:
                await origin.free.popleft().aclose()
            return Response(status, Headers(answer.headers.raw), b"".join(chunks))
        finally:
            ours.set(False)
        await connection.aclose()
        raise failure

    async def _take(self, origin: Origin[_AsyncConnection]) -> _AsyncConnection:
        while origin.free:
            connection: _AsyncConnection = origin.free.pop()
            if connection.reusable():
                return connection
            await connection.aclose()
        return _AsyncConnection(self._settings, origin.scheme, origin.host, origin.port)

    async def aclose(self) -> None:
        """
        Close every idle connection.
        """
        origins, self._origins = self._origins, {}
        for origin in origins.values():
            while origin.free:
                await origin.free.pop().aclose()
