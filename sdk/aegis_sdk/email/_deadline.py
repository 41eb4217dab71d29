"""
smtplib within one deadline: its own timeout begins anew with every byte that comes.
"""

from __future__ import annotations

import contextlib
import os
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

from aegis_sdk.email._settings import EmailSettings

__all__ = ["GOODBYE", "connection"]

GOODBYE = 1.0
"""Seconds that a server has for its last word."""


@contextmanager
def connection(settings: EmailSettings, context: ssl.SSLContext, seconds: float) -> Generator[smtplib.SMTP, None, None]:
    """
    A connection to the mail server that is cut when *seconds* are over, whatever it is doing.
    """
    client = _Connection(settings, context, time.monotonic() + seconds)
    try:
        client.open()
        yield client
        # The mail is taken: however the server says goodbye, it is not sent again.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            if client.sock is not None:
                client.sock.settimeout(GOODBYE)
            client.quit()
    finally:
        client.end()


class _Connection(smtplib.SMTP):
    def __init__(self, settings: EmailSettings, context: ssl.SSLContext, deadline: float) -> None:
        self._settings = settings
        self._context = context
        self._deadline = deadline
        self._timer: threading.Timer | None = None
        self._wire: socket.socket | None = None
        super().__init__(timeout=self._left())
        self._host = settings.host  # the name that certificates are checked against

    def open(self) -> None:
        code, _ = self.connect(self._settings.host, self._settings.actual_port)
        if code != 220:
            self.close()
            raise smtplib.SMTPConnectError(code, b"")

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.close()
        if self._wire is not None:
            self._wire.close()

    def _left(self) -> float:
        return max(0.001, self._deadline - time.monotonic())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """
        Connect, to each address of the host that there is time for.
        """
        failed: OSError | None = None
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            wire = socket.socket(family, kind, protocol)
            wire.settimeout(min(timeout, self._left()))
            try:
                wire.connect(address)
            except OSError as error:
                wire.close()
                failed = error
                continue
            self._watch(wire)
            if self._settings.tls == "implicit":
                return self._context.wrap_socket(wire, server_hostname=host)
            return wire
        raise failed or OSError("the host has no address")

    def _watch(self, wire: socket.socket) -> None:
        # A handle of our own: TLS takes the other one over.
        self._wire = socket.socket(fileno=os.dup(wire.fileno()))
        self._timer = threading.Timer(self._left(), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        if self._wire is not None:
            with contextlib.suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)
