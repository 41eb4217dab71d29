"""
Connections of httpcore that something of ours holds: what it does not change goes through.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import httpcore
from httpcore._backends.auto import AutoBackend

__all__ = ["HeldStream", "HoldingBackend"]


class HeldStream(httpcore.AsyncNetworkStream):
    """
    A connection, held.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner

    # Neither is a coroutine of its own: what is usual costs the call of a function.
    def read(  # pyright: ignore[reportIncompatibleMethodOverride] -- awaitable as theirs is
        self, max_bytes: int, timeout: float | None = None
    ) -> Coroutine[Any, Any, bytes]:
        return self._inner.read(max_bytes, timeout)

    def write(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, buffer: bytes, timeout: float | None = None
    ) -> Coroutine[Any, Any, None]:
        return self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return self._secured(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def _secured(self, stream: httpcore.AsyncNetworkStream) -> httpcore.AsyncNetworkStream:
        """
        Hold the same connection under TLS.
        """
        return type(self)(stream)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class HoldingBackend(httpcore.AsyncNetworkBackend):
    """
    Opens connections that are held.

    Args:
        hold: holds one.
    """

    def __init__(
        self,
        hold: Callable[[httpcore.AsyncNetworkStream], httpcore.AsyncNetworkStream],
        inner: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._hold = hold
        self._inner = inner or AutoBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return self._hold(await self._inner.connect_tcp(host, port, timeout, local_address, socket_options))

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        return self._hold(await self._inner.connect_unix_socket(path, timeout, socket_options))

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)
