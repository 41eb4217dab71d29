"""
The default transport of asynchronous clients: httpx's own, one for each connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from collections.abc import Iterator
from typing import Any, cast

import httpcore
import httpx

from aegis_runtime.transports._alerts import PlainStream, hearing
from aegis_runtime.transports._connections import ConnectionSettings, Origin, ours, reusable, settled, sever
from aegis_runtime.transports._early import ListeningStream
from aegis_runtime.transports._environment import forwards
from aegis_runtime.transports._failures import failure_of, running_loop, too_large, unheard, vouched
from aegis_runtime.transports._held import HoldingBackend
from aegis_runtime.transports._seam import Headers, Request, Response, TransportFailure

__all__ = ["AsyncHttpxTransport"]


class _AsyncConnection(httpx.AsyncHTTPTransport):
    """
    One connection, used by one call at a time.
    """

    def __init__(self, settings: ConnectionSettings, scheme: str, host: str, port: int) -> None:
        self.used = 0.0
        proxy = settings.proxy(scheme, host, port)
        self.proxied = proxy is not None
        self.through = proxy is None or scheme == "http"
        self.forwarded = forwards(proxy, scheme)
        if proxy is None:
            connection = httpcore.AsyncHTTPConnection(
                httpcore.Origin(scheme.encode(), host.encode(), port),
                ssl_context=settings.tls() if scheme == "https" else None,
                keepalive_expiry=settings.keepalive,
                network_backend=HoldingBackend(
                    ListeningStream, HoldingBackend(PlainStream) if scheme == "https" else None
                ),
            )
            self._pool = cast("Any", connection)
            return
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=settings.keepalive)
        through = settings.through(proxy)
        del proxy  # it may hold a password
        super().__init__(verify=settings.tls(), trust_env=False, limits=limits, proxy=through)
        hearing(self)

    async def noted(self, event: str, info: object) -> None:  # noqa: ARG002 -- what httpcore tells
        """
        Take note that a proxy let us through: from here on it is the provider who speaks.
        """
        if event == "proxy.start_tls.started":
            self.through = True

    def settled(self) -> bool:
        """
        Say whether everything that the peer sent was read.
        """
        return settled(self._pool)

    def sever(self) -> None:
        """
        End the connection without its event loop.
        """
        sever(self._pool)

    def reusable(self) -> bool:
        """
        Say whether another call may use this connection.
        """
        return reusable(self._pool, self.proxied)


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
        self._loops: dict[asyncio.AbstractEventLoop, _Loop] = {}
        self._process = os.getpid()

    async def send(self, request: Request, /) -> Response:
        """
        Send *request* and await the whole answer.
        """
        running = running_loop()
        if self._process != os.getpid():
            # A fork: the connections belong to the parent.
            self._process = os.getpid()
            self._loops = {}
        loop = self._loops.get(running) or self._entered(running)
        waiting = True
        taken: list[_AsyncConnection] = []
        try:
            async with asyncio.timeout(request.timeout):
                async with loop.slots:
                    waiting = False
                    return await self._exchange(request, loop, taken)
        except TimeoutError:
            pass
        if waiting:
            raise TransportFailure("busy", f"all {self._settings.max_connections} connections are in use")
        raise TransportFailure("timeout") if not taken or taken[0].through else unheard()

    def _entered(self, running: asyncio.AbstractEventLoop) -> _Loop:
        # Connections belong to the loop that opened them; those of a loop that ended are of no use to anybody.
        for ended in [loop for loop in list(self._loops) if loop.is_closed()]:
            _severed(self._loops.pop(ended, None))
        return self._loops.setdefault(running, _Loop(self._settings.max_connections))

    async def _exchange(self, request: Request, loop: _Loop, taken: list[_AsyncConnection]) -> Response:
        url = httpx.URL(request.url)
        key = request.url[: request.url.find("/", 8)]
        origin = loop.origins.get(key) or loop.origins.setdefault(key, Origin[_AsyncConnection](url, key))
        connection = await self._take(origin)
        taken.append(connection)
        status = 0
        failure: TransportFailure
        ours.set(True)
        try:
            outgoing = origin.outgoing(request, url)
            if not connection.through:
                outgoing.extensions["trace"] = connection.noted
            answer = await connection.handle_async_request(outgoing)
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
        except (httpx.HTTPError, OSError) as error:
            failure = failure_of(error, status, connection.proxied, connection.through, connection.forwarded)
        except GeneratorExit:
            connection.sever()  # a coroutine that is thrown away may not await
            raise
        except BaseException as error:  # noqa: BLE001 -- and raised again
            await connection.aclose()
            # The frames of httpx and httpcore hold the bytes that were sent.
            raise error.with_traceback(None)  # noqa: B904 -- it is the same one
        else:
            # Closed meanwhile, or with more on it than the answer: nobody else may have it.
            mine = connection.settled() and not loop.closed
            stale = origin.keep(connection, self._settings.keepalive) if mine else connection
            if stale is not None:
                await stale.aclose()
            return vouched(Response(status, Headers(answer.headers.raw), b"".join(chunks), connection.forwarded))
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
        Close every idle connection, also those of other event loops.
        """
        loops, self._loops = self._loops, {}
        for where, loop in loops.items():
            loop.closed = True
            if where is _running():
                for connection in loop.idle():
                    await connection.aclose()
            elif where.is_running():
                with contextlib.suppress(RuntimeError):  # it ended just now
                    where.call_soon_threadsafe(_severed, loop)
            else:
                _severed(loop)


class _Loop:
    """
    What belongs to one event loop.
    """

    __slots__ = ("closed", "origins", "slots")

    def __init__(self, max_connections: int) -> None:
        self.origins: dict[str, Origin[_AsyncConnection]] = {}
        self.slots = asyncio.Semaphore(max_connections)
        self.closed = False

    def idle(self) -> Iterator[_AsyncConnection]:
        """
        Take the free connections, one by one.
        """
        for origin in self.origins.values():
            while origin.free:
                yield origin.free.pop()


def _running() -> asyncio.AbstractEventLoop | None:
    # Closing works from anywhere, also where no loop of asyncio runs.
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _severed(loop: _Loop | None) -> None:
    for connection in loop.idle() if loop is not None else ():
        connection.sever()
