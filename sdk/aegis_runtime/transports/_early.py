"""
What is answered while a request is still being sent. Somebody who refuses an upload may neither read the rest of it nor
close (RFC 9112 §9.5), and somebody who answers as he reads waits for his answer to be read: so whoever cannot send on
looks whether there is something to read.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

import h11
import httpcore
from httpcore._backends.sync import SyncStream

from aegis_runtime.transports._held import HeldStream
from aegis_runtime.transports._opening import Opening

__all__ = ["Ahead", "ListeningStream", "listened", "send"]

_READ_SIZE = 64 * 1024
_WRITE_SIZE = 16 * 1024
"""Bytes to send at once; so much is taken by any system, whether somebody reads it or not."""
_MOST = 32 * 1024 * 1024
"""Bytes that are kept while sending; who has more to say is listened to alone."""
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Ahead:
    """
    What came before somebody asked for it: bytes, and then perhaps the error that ended them.
    """

    __slots__ = ("_answer", "data", "error")

    def __init__(self) -> None:
        self.data = bytearray()
        self.error: Exception | None = None
        self._answer: h11.Connection | None = None

    def __bool__(self) -> bool:
        return bool(self.data) or self.error is not None

    def took(self, data: bytes) -> bool:
        """
        Keep *data*, and say whether it is of no use to send on: the answer is a refusal, complete, none at all or more
        than is kept.
        """
        self.data += data
        if self._answer is None:
            self._answer = h11.Connection(h11.CLIENT)
            self._answer.send(h11.Request(method="POST", target="/", headers=[("host", "localhost")]))
        try:
            self._answer.receive_data(data)
            while (event := self._answer.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Response):
                    if event.status_code >= 300:
                        return True
                elif not isinstance(event, h11.InformationalResponse | h11.Data):
                    return True
        except h11.RemoteProtocolError:
            return True
        return len(self.data) > _MOST

    def give(self, max_bytes: int) -> bytes:
        """
        The next bytes.
        """
        if not self.data and self.error is not None:
            raise self.error
        given = bytes(self.data[:max_bytes])
        del self.data[:max_bytes]
        if not self.data:
            self._answer = None  # the next request has another
        return given


def listened(stream: httpcore.NetworkStream) -> socket.socket | None:
    """
    The socket under *stream*, where it can be read while it is written: not under TLS within TLS, nor where several
    exchanges share it.
    """
    if type(stream) is not SyncStream:
        return None
    sock: socket.socket = stream.get_extra_info("socket")
    return None if isinstance(sock, ssl.SSLSocket) and sock.selected_alpn_protocol() == "h2" else sock


def send(sock: socket.socket, buffer: bytes, ahead: Ahead, remaining: Callable[[], float | None]) -> None:
    """
    Send *buffer*, and keep in *ahead* what comes meanwhile.

    Raises:
        httpcore.WriteError: it cannot be sent, or need not be any more: the answer is there.
        httpcore.WriteTimeout: nobody reads it in the *remaining* time.
    """
    rest = memoryview(buffer)
    try:
        sock.settimeout(0)
        while rest:
            left = remaining()
            try:
                rest = rest[sock.send(rest[:_WRITE_SIZE]) :]
            except _NOT_NOW:
                if _heard(sock, ahead, left):
                    raise httpcore.WriteError from None
    except OSError as error:
        raise httpcore.WriteError from error


def _heard(sock: socket.socket, ahead: Ahead, seconds: float | None) -> bool:
    """
    Wait until something can be sent or read, and say whether it is of no use to send on.
    """
    with selectors.DefaultSelector() as selector:
        selector.register(sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
        ready = selector.select(seconds)
    if not ready:
        raise httpcore.WriteTimeout
    if not ready[0][1] & selectors.EVENT_READ:
        return False
    try:
        # TLS may hold more than one record, of which the socket knows nothing any more.
        while not ahead.took(sock.recv(_READ_SIZE)):
            pass
    except _NOT_NOW:
        return False
    except OSError as error:
        ahead.error = error
    return True


class ListeningStream(HeldStream):
    """
    A connection that is read while it is written.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        super().__init__(inner)
        self._ahead = Ahead()
        self._opening = Opening()
        self._sending: asyncio.Future[None] | None = None
        secure = inner.get_extra_info("ssl_object")
        self._shared = secure is not None and secure.selected_alpn_protocol() == "h2"

    def read(self, max_bytes: int, timeout: float | None = None) -> Coroutine[Any, Any, bytes]:
        if self._ahead or self._opening:
            return self._read(max_bytes, timeout)
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> Coroutine[Any, Any, None]:
        if not self._shared:
            self._opening.asked(buffer)
        if len(buffer) <= _WRITE_SIZE or self._shared:
            return self._inner.write(buffer, timeout)
        return self._write(buffer, timeout)

    async def _read(self, max_bytes: int, timeout: float | None) -> bytes:
        given = self._ahead.give(max_bytes) if self._ahead else await self._inner.read(max_bytes, timeout)
        return self._opening.heard(given)

    async def _write(self, buffer: bytes, timeout: float | None) -> None:
        sending = asyncio.ensure_future(self._inner.write(buffer, timeout))
        sending.add_done_callback(_noticed)
        hearing = asyncio.ensure_future(self._hear())
        try:
            await asyncio.wait((sending, hearing), return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                # It goes on until the connection is closed: TLS cannot be read any more once a record is half sent.
                self._sending = sending
                raise httpcore.WriteError
            hearing.cancel()
            await asyncio.wait((hearing,))
            sending.result()
        except BaseException:
            hearing.cancel()
            if self._sending is None:
                sending.cancel()
            raise

    async def _hear(self) -> None:
        try:
            while not self._ahead.took(await self._inner.read(_READ_SIZE)):
                pass
        except Exception as error:  # noqa: BLE001 -- raised to who reads next
            self._ahead.error = error

    async def aclose(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
        await super().aclose()


def _noticed(sending: asyncio.Future[None]) -> None:
    # Whether it failed interests nobody once the answer is there.
    if not sending.cancelled():
        sending.exception()
