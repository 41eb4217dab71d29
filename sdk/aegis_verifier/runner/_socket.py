"""
HTTP/1.1 over sockets, with the standard library: it sends what clients would not, and hides nothing of the answer.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Generator
from urllib.parse import urlsplit

from aegis_verifier._values import Exchange, Request, Response

MAX_BODY = 32 * 1024 * 1024
_TICK = 0.05


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
        self._host, self._prefix = split.hostname, split.path.rstrip("/")
        self._port = split.port or (443 if split.scheme == "https" else 80)
        self._tls = _context(verify) if split.scheme == "https" else None
        self._local = threading.local()
        self._watch = _Watch()

    def check(self, timeout: float) -> None:
        """
        See that something listens there.

        Raises:
            UnreachableError: nothing does.
        """
        try:
            socket.create_connection((self._host, self._port), timeout).close()
        except OSError as error:
            reason = error.strerror or str(error) or type(error).__name__
            raise UnreachableError(f"{self.address} does not answer: {reason}") from None

    def send(self, request: Request, timeout: float) -> Exchange:
        """
        Send a request on a kept connection, or on a new one where that has gone.
        """
        started = time.perf_counter()
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is not None:
            try:
                return self._exchange(connection, request, timeout, started)
            except (http.client.HTTPException, OSError) as error:
                self._drop()
                if isinstance(error, TimeoutError) or time.perf_counter() - started >= timeout * 0.9:
                    return _hung(request, timeout, started)
        connection = self._connection(timeout)
        try:
            return self._exchange(connection, request, timeout, started)
        except (http.client.HTTPException, OSError) as error:
            self._drop()
            took = time.perf_counter() - started
            if isinstance(error, TimeoutError) or took >= timeout * 0.99:
                return _hung(request, timeout, started)
            said = f"must answer; the connection broke ({type(error).__name__})"
            return Exchange(request, None, "connection", said, took)

    def _connection(self, timeout: float) -> http.client.HTTPConnection:
        if self._tls is not None:
            made: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=timeout, context=self._tls
            )
        else:
            made = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        self._local.connection = made
        return made

    def _drop(self) -> None:
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()
        self._local.connection = None

    def _exchange(
        self, connection: http.client.HTTPConnection, request: Request, timeout: float, started: float
    ) -> Exchange:
        connection.timeout = timeout
        if connection.sock is None:
            connection.connect()  # which also sets TCP_NODELAY
        sock = connection.sock
        assert sock is not None
        left = max(0.01, timeout - (time.perf_counter() - started))
        sock.settimeout(left)
        with self._watch.until(sock, left):
            connection.putrequest(request.method, self._prefix + request.target, skip_accept_encoding=True)
            for name, value in request.headers:
                connection.putheader(name, value.encode("latin-1", "replace"))
            if request.body is not None or request.method in {"POST", "PUT", "PATCH"}:
                connection.putheader("content-length", str(len(request.body or b"")))
            connection.endheaders(request.body or None)
            answer = connection.getresponse()
            content = answer.read(MAX_BODY)
        headers: dict[str, str] = {}
        for name, value in answer.getheaders():
            key = name.lower()
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        if answer.status in {204, 304} and headers.get("content-length", "0") not in {"", "0"} and answer.status == 204:
            content = b"\x00" * min(int(headers["content-length"]), 16)  # announced where nothing may come
            self._drop()
        elif not answer.isclosed() or answer.will_close:
            self._drop()
        return Exchange(request, Response(answer.status, headers, content), seconds=time.perf_counter() - started)

    def close(self) -> None:
        """
        Close the connection of the calling thread, and stop watching.
        """
        self._drop()
        self._watch.close()


def _hung(request: Request, timeout: float, started: float) -> Exchange:
    said = f"must answer within {timeout:g} s"
    return Exchange(request, None, "hang", said, time.perf_counter() - started)


def _context(verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class _Watch:
    """
    Cuts connections whose exchange is over time: a socket's own timeout begins anew with each byte that drips in.
    """

    def __init__(self) -> None:
        self._ends: dict[int, tuple[float, socket.socket]] = {}
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def until(self, connection: socket.socket, seconds: float) -> Generator[None]:
        """
        Cut *connection* when the block takes longer.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="aegis verify watch", daemon=True)
            self._thread.start()
        key = threading.get_ident()
        self._ends[key] = (time.monotonic() + seconds, connection)
        try:
            yield
        finally:
            self._ends.pop(key, None)

    def _run(self) -> None:
        while not self._stopped.wait(_TICK):
            now = time.monotonic()
            for end, connection in list(self._ends.values()):
                if now > end:
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """
        Stop.
        """
        self._stopped.set()
