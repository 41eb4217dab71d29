"""
What a server said before it went. With TLS 1.3 it refuses a client's certificate after the client's part of the
handshake, and closes (RFC 8446 §4.4.2.4); asyncio throws unread bytes away when a write fails, the alert among them.
"""

from __future__ import annotations

import select
import ssl
from collections.abc import Iterable
from typing import Any, cast

import httpcore
from httpcore._backends.auto import AutoBackend

__all__ = ["AlertBackend", "hearing"]

_GONE = getattr(select, "POLLRDHUP", 0) | getattr(select, "POLLHUP", 0) | getattr(select, "POLLERR", 0)


class _Secured(httpcore.AsyncNetworkStream):
    """
    A connection under TLS that does not write to somebody who is gone: reading tells why.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._fresh = True

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._fresh = False
        return await self._inner.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._fresh and _gone(self._inner.get_extra_info("socket")):
            return
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return _Secured(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Plain(_Secured):
    """
    A connection before TLS.
    """

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)


class AlertBackend(httpcore.AsyncNetworkBackend):
    """
    Opens connections on which a refusal of the handshake is heard.
    """

    def __init__(self, inner: httpcore.AsyncNetworkBackend | None = None) -> None:
        self._inner = inner or AutoBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _Plain(await self._inner.connect_tcp(host, port, timeout, local_address, socket_options))

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        return _Plain(await self._inner.connect_unix_socket(path, timeout, socket_options))

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


def hearing(transport: object) -> None:
    """
    Let the connections of an asynchronous httpx transport hear refusals from now on; other transports have none.
    """
    pool = getattr(transport, "_pool", None)
    if isinstance(pool, httpcore.AsyncConnectionPool):
        inner = cast("Any", pool)
        inner._network_backend = AlertBackend(inner._network_backend)


def _gone(connected: Any) -> bool:
    number: int = -1 if connected is None else connected.fileno()
    if number < 0 or not _GONE:  # closed already, or a system without poll()
        return False
    asked = select.poll()
    asked.register(number, _GONE)
    return bool(asked.poll(0))
