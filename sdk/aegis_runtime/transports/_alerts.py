"""
What a server said before it went. With TLS 1.3 it refuses a client's certificate after the client's part of the
handshake, and closes (RFC 8446 §4.4.2.4); asyncio throws unread bytes away when a write fails, the alert among them.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from typing import Any, cast

import httpcore

from aegis_runtime.transports._early import ListeningStream
from aegis_runtime.transports._held import HeldStream, HoldingBackend

__all__ = ["PlainStream", "hearing"]

_GONE = getattr(select, "POLLRDHUP", 0) | getattr(select, "POLLHUP", 0) | getattr(select, "POLLERR", 0)


class _Secured(HeldStream):
    """
    A connection under TLS that does not write to somebody who is gone: reading tells why.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        super().__init__(inner)
        self._fresh = True
        # asyncio closes its socket when a write fails; what the server said is still to be had from a second handle.
        self._second = self._doubled()

    def _doubled(self) -> socket.socket | None:
        own = self._inner.get_extra_info("socket")
        with contextlib.suppress(OSError, TypeError):  # uvloop's sockets have no second handle
            return None if own is None else own.dup()
        return None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            read = await self._inner.read(max_bytes, timeout)
        except httpcore.ReadError:
            said = _unheard(self._inner, self._second) if self._fresh else None
            if said is None:
                raise
            raise httpcore.ReadError from said
        finally:
            self._fresh = False
            self._forget()
        return read

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._fresh and _gone(self._inner.get_extra_info("socket")):
            return
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        self._forget()
        await self._inner.aclose()

    def _forget(self) -> None:
        second, self._second = self._second, None
        if second is not None:
            second.close()


class PlainStream(HeldStream):
    """
    A connection before TLS, under which a refusal of the handshake is heard.
    """

    def _secured(self, stream: httpcore.AsyncNetworkStream) -> httpcore.AsyncNetworkStream:
        return _Secured(stream)


def hearing(transport: object) -> None:
    """
    Let the connections of an asynchronous httpx transport hear refusals from now on; other transports have none.
    """
    pool = getattr(transport, "_pool", None)
    if isinstance(pool, httpcore.AsyncConnectionPool):
        inner = cast("Any", pool)
        inner._network_backend = HoldingBackend(PlainStream, inner._network_backend)
        if inner._http1:  # HTTP/2 without TLS is agreed upon beforehand: several exchanges share such a connection
            inner._network_backend = HoldingBackend(ListeningStream, inner._network_backend)


def _unheard(stream: Any, second: socket.socket | None) -> ssl.SSLError | None:
    """
    What TLS makes of the bytes that asyncio did not read.
    """
    secured = getattr(stream, "_stream", None)
    incoming, secure = getattr(secured, "_read_bio", None), getattr(secured, "_ssl_object", None)
    if second is None or incoming is None or secure is None:
        return None
    try:
        second.setblocking(False)
        incoming.write(second.recv(65536))
        secure.read(1)
    except ssl.SSLError as said:
        return said
    except OSError:
        pass
    return None


def _gone(connected: Any) -> bool:
    number: int = -1 if connected is None else connected.fileno()
    if number < 0 or not _GONE:  # closed already, or a system without poll()
        return False
    asked = select.poll()
    asked.register(number, _GONE)
    return bool(asked.poll(0))
