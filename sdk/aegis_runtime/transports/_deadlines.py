"""
Waiting no longer than a call may: a socket knows a timeout for each wait only, and dripped bytes would stretch a call
for ever.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any, cast

import httpcore

from aegis_runtime.transports._early import Ahead, listened, send
from aegis_runtime.transports._opening import Opening

__all__ = ["Deadline", "DeadlineStream", "bounded", "remaining"]

_WRITE_SIZE = 16 * 1024
Remaining = Callable[[float | None], float | None]


def remaining(at: float, limit: float | None) -> float:
    """
    Seconds that are left until the monotonic time *at*, at most *limit*.
    """
    left = at - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left if limit is None or left < limit else limit


class DeadlineStream(httpcore.NetworkStream):
    """
    A socket whose every wait ends when *remaining* says so.
    """

    def __init__(self, inner: httpcore.NetworkStream, remaining: Remaining, *, shared: bool = False) -> None:
        self._inner = inner
        self._remaining = remaining
        self._shared = shared
        self._listened = None if shared else listened(inner)
        self._ahead = Ahead()
        self._opening = Opening()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._remaining(timeout)
        return self._opening.heard(self._ahead.give(max_bytes) if self._ahead else self._inner.read(max_bytes, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._listened is not None:
            self._opening.asked(buffer)
            send(self._listened, buffer, self._ahead, lambda: self._remaining(timeout))
            return
        for start in range(0, len(buffer), _WRITE_SIZE):
            self._inner.write(buffer[start : start + _WRITE_SIZE], self._remaining(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._remaining(timeout)
        secured = self._inner.start_tls(ssl_context, server_hostname, left)
        return DeadlineStream(secured, self._remaining, shared=self._shared)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class Deadline(threading.local):
    """
    When the call that this thread makes must be over; ``None`` while it makes none.
    """

    at: float | None = None

    def remaining(self, limit: float | None) -> float | None:
        """
        Seconds that are left, at most *limit*.
        """
        return limit if self.at is None else remaining(self.at, limit)


class _Bounded(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend, deadline: Deadline, *, shared: bool) -> None:
        self._inner = inner
        self._deadline = deadline
        self._shared = shared

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.remaining(timeout)
        return self._held(self._inner.connect_tcp(host, port, left, local_address, socket_options))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        return self._held(self._inner.connect_unix_socket(path, self._deadline.remaining(timeout), socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)

    def _held(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        return DeadlineStream(stream, self._deadline.remaining, shared=self._shared)


def bounded(transport: object) -> Deadline:
    """
    A deadline that the connections of an httpx transport keep from now on; other transports know none.
    """
    deadline = Deadline()
    pool = getattr(transport, "_pool", None)
    if isinstance(pool, httpcore.ConnectionPool):
        inner = cast("Any", pool)
        # HTTP/2 without TLS is agreed upon beforehand: several exchanges share such a connection.
        inner._network_backend = _Bounded(inner._network_backend, deadline, shared=not inner._http1)
    return deadline
