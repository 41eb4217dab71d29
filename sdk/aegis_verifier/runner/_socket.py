"""
HTTP/1.1 over sockets: it sends what clients would not, and hides nothing of the answer.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from urllib.parse import urlsplit

from aegis_verifier._values import Exchange, Request
from aegis_verifier.runner._http import Connection, GoneError, NoHttpError, written


class UnreachableError(Exception):
    """
    Nothing answers at the provider's address.
    """


class SocketTransport:
    """
    A provider at an address; each thread has a connection of its own.

    Args:
        base_url: such as ``http://127.0.0.1:8000/base``.
        verify: check the certificate of an https address.
    """

    def __init__(self, base_url: str, *, verify: bool = True) -> None:
        split = urlsplit(base_url)
        if split.scheme not in {"http", "https"} or not split.hostname:
            raise ValueError(f"{base_url}: must be an http:// or https:// address")
        self.address = base_url.rstrip("/")
        self._name, self._prefix = split.hostname, split.path.rstrip("/")
        self._port = split.port or (443 if split.scheme == "https" else 80)
        self._host = split.netloc.rpartition("@")[2]
        self._tls = _context(verify) if split.scheme == "https" else None
        self._local = threading.local()
        self._lock = threading.Lock()
        self._connections: list[Connection] = []

    def check(self, timeout: float) -> None:
        """
        See that something listens there.

        Raises:
            UnreachableError: nothing does.
        """
        try:
            socket.create_connection((self._name, self._port), timeout).close()
        except OSError as error:
            reason = error.strerror or str(error) or type(error).__name__
            raise UnreachableError(f"{self.address} does not answer: {reason}") from None

    def send(self, request: Request, timeout: float) -> Exchange:
        """
        Send a request on a kept connection, or on a new one where that has gone.
        """
        started = time.perf_counter()
        sent = written(request.method, self._prefix + request.target, self._host, request.headers, request.body)
        try:
            answer = self._connection().exchange(sent, request.method, timeout)
        except TimeoutError:
            took = time.perf_counter() - started
            return Exchange(request, None, "hang", f"must answer within {timeout:g} s", took)
        except GoneError:
            said = "must answer; the connection was closed without one"
        except NoHttpError as error:
            said = f"must answer in HTTP/1.1; there was {error}"
        except OSError as error:
            said = f"must answer; the connection broke ({type(error).__name__})"
        else:
            return Exchange(request, answer, seconds=time.perf_counter() - started)
        return Exchange(request, None, "connection", said, time.perf_counter() - started)

    def _connection(self) -> Connection:
        found: Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = Connection(self._connect)
            with self._lock:
                self._connections.append(found)
        return found

    def _connect(self, seconds: float) -> socket.socket:
        opened = socket.create_connection((self._name, self._port), seconds)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._tls.wrap_socket(opened, server_hostname=self._name) if self._tls is not None else opened

    def close(self) -> None:
        """
        Close the connections of all threads.
        """
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()


def _context(verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
