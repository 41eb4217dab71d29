"""
What a server said before it went. With TLS 1.3 it refuses a client's certificate after the client's part of the
handshake, and closes (RFC 8446 §4.4.2.4); asyncio throws unread bytes away when a write fails, the alert among them.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import Any, cast

import httpcore

from aegis_runtime.transports._early import ListeningStream
from aegis_runtime.transports._held import HeldStream, HoldingBackend

__all__ = ["PlainStream", "hearing"]


class _Secured(HeldStream):
    """
    A connection under TLS whose first answer may be why there will be none.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        super().__init__(inner)
        # asyncio closes its socket when a write fails; what the server said is still to be had from a second handle.
        self._second: socket.socket | None = None
        own = inner.get_extra_info("socket")
        with contextlib.suppress(OSError, AttributeError):  # no descriptor is left, or there is no socket
            self._second = socket.fromfd(own.fileno(), own.family, own.type)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            return await self._inner.read(max_bytes, timeout)
        except httpcore.ReadError as error:
            raise httpcore.ReadError from self._unheard() or error
        finally:
            self._forget()

    async def aclose(self) -> None:
        self._forget()
        await self._inner.aclose()

    def _unheard(self) -> ssl.SSLError | None:
        """
        What TLS makes of the bytes that asyncio did not read.
        """
        if self._second is None:
            return None
        secured = cast("Any", self._inner)._stream
        try:
            self._second.setblocking(False)
            secured._read_bio.write(self._second.recv(65536))
            secured._ssl_object.read(1)
        except ssl.SSLError as said:
            return said
        except OSError:  # nothing is left to read
            pass
        return None

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
