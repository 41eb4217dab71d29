"""
The default transport of synchronous clients: httpx's own, one for each connection.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
from collections.abc import Iterable
from typing import Any, cast

import httpcore
import httpx
from httpcore._backends.sync import SyncStream

from aegis_runtime.transports._addresses import connect
from aegis_runtime.transports._connections import ConnectionSettings, Origin, ours, reusable, settled
from aegis_runtime.transports._deadlines import DeadlineStream, remaining
from aegis_runtime.transports._environment import forwards
from aegis_runtime.transports._failures import failure_of, too_large, vouched
from aegis_runtime.transports._seam import Headers, Request, Response, TransportFailure

__all__ = ["HttpxTransport"]


class _DeadlineBackend(httpcore.SyncBackend):
    """
    Opens sockets for one connection.
    """

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 -- none is asked for
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002 -- none is asked for
    ) -> httpcore.NetworkStream:
        # All addresses of a name share one timeout; socket.create_connection would give it to each.
        until = time.monotonic() + self._connection.remaining(timeout)
        try:
            connected = connect(host, port, until)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError from error
        return DeadlineStream(SyncStream(connected), self._connection.remaining)


class _Connection(httpx.HTTPTransport):
    """
    One connection, used by one call at a time.
    """

    def __init__(self, settings: ConnectionSettings, scheme: str, host: str, port: int) -> None:
        self.deadline = 0.0
        self.used = 0.0
        backend = _DeadlineBackend(self)
        proxy = settings.proxy(scheme, host, port)
        self.proxied = proxy is not None
        self.through = proxy is None or scheme == "http"
        self.forwarded = forwards(proxy, scheme)
        if proxy is None:
            connection = httpcore.HTTPConnection(
                httpcore.Origin(scheme.encode(), host.encode(), port),
                ssl_context=settings.tls() if scheme == "https" else None,
                keepalive_expiry=settings.keepalive,
                network_backend=backend,
            )
            self._pool = cast("Any", connection)
            return
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=settings.keepalive)
        through = settings.through(proxy)
        del proxy  # it may hold a password
        super().__init__(verify=settings.tls(), trust_env=False, limits=limits, proxy=through)
        self._pool._network_backend = backend

    def remaining(self, limit: float | None = None) -> float:
        """
        Seconds that the present call still has, at most *limit*.
        """
        return remaining(self.deadline, limit)

    def noted(self, event: str, info: object) -> None:  # noqa: ARG002 -- what httpcore tells
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

    def reusable(self) -> bool:
        """
        Say whether another call may use this connection.
        """
        return reusable(self._pool, self.proxied)


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
        self._settings = ConnectionSettings(ssl_context, proxy, trust_env, max_connections, keepalive)
        self._origins: dict[str, Origin[_Connection]] = {}
        self._slots = threading.Semaphore(self._settings.max_connections)
        self._process = os.getpid()

    def send(self, request: Request, /) -> Response:
        """
        Send *request* and wait for the whole answer.
        """
        deadline = time.monotonic() + request.timeout
        if self._process != os.getpid():
            self._forked()
        if not self._slots.acquire(timeout=request.timeout):
            raise TransportFailure("busy", f"all {self._settings.max_connections} connections are in use")
        try:
            return self._exchange(request, deadline)
        finally:
            self._slots.release()

    def _exchange(self, request: Request, deadline: float) -> Response:
        url = httpx.URL(request.url)
        origin = self._origin(url, request.url)
        connection = self._take(origin)
        connection.deadline = deadline
        status = 0
        failure: TransportFailure
        ours.set(True)
        try:
            outgoing = origin.outgoing(request, url)
            if not connection.through:
                outgoing.extensions["trace"] = connection.noted
            answer = connection.handle_request(outgoing)
            status = answer.status_code
            stream = cast("httpx.SyncByteStream", answer.stream)
            try:
                body = b"".join(_limited(stream, request.max_response_bytes, status))
            finally:
                stream.close()
        except (httpx.HTTPError, OSError) as error:
            failure = failure_of(error, status, connection.proxied, connection.through, connection.forwarded)
        except BaseException as error:  # noqa: BLE001 -- and raised again
            connection.close()
            # The frames of httpx and httpcore hold the bytes that were sent.
            raise error.with_traceback(None)  # noqa: B904 -- it is the same one
        else:
            # Closed meanwhile, or with more on it than the answer: nobody else may have it.
            mine = connection.settled() and self._origins.get(origin.key) is origin
            stale = origin.keep(connection, self._settings.keepalive) if mine else connection
            if stale is not None:
                stale.close()
            return vouched(Response(status, Headers(answer.headers.raw), body, connection.forwarded))
        finally:
            ours.set(False)
        connection.close()
        raise failure

    def _origin(self, url: httpx.URL, raw: str) -> Origin[_Connection]:
        key = raw[: raw.find("/", 8)]
        return self._origins.get(key) or self._origins.setdefault(key, Origin[_Connection](url, key))

    def _forked(self) -> None:
        # The connections belong to the parent, and so do the threads that held the slots.
        self._process = os.getpid()
        self._origins = {}
        self._slots = threading.Semaphore(self._settings.max_connections)

    def _take(self, origin: Origin[_Connection]) -> _Connection:
        while origin.free:
            try:
                connection: _Connection = origin.free.pop()
            except IndexError:  # another thread was quicker
                break
            if connection.reusable():
                return connection
            connection.close()
        return _Connection(self._settings, origin.scheme, origin.host, origin.port)

    def close(self) -> None:
        """
        Close every idle connection.
        """
        origins, self._origins = self._origins, {}
        for origin in origins.values():
            while origin.free:
                origin.free.pop().close()


def _limited(stream: Iterable[bytes], limit: int, status: int) -> Iterable[bytes]:
    size = 0
    for chunk in stream:
        size += len(chunk)
        if size > limit:
            raise too_large(limit, status)
        yield chunk
