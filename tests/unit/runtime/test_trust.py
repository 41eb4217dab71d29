"""
Trust is a matter of how both sides are set up: said at once as what it is, not tried again, and no circuit counts it.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import errno
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
import uvloop

from aegis_runtime import AsyncHttpxAdapter, Circuit, RetryPolicy
from aegis_runtime.errors import CallError, CertificateError, ConnectionFailed
from tests.unit.runtime.harness import BOOK, Driver
from tests.unit.runtime.library import AsyncLibrary

Start = Callable[..., str]
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BOOK) + BOOK
TRANSPORTS = ["httpx", "fast", "given"]


class Secured:
    """
    Servers that speak TLS, or what they were told to say in place of it.
    """

    def __init__(self, folder: Path) -> None:
        self.ours, self.others = trustme.CA(), trustme.CA()
        self.trust = folder / "ca.pem"
        self.ours.cert_pem.write_to_path(self.trust)
        self.mine = folder / "mine.pem"
        self.others.issue_cert("me@library.test").private_key_and_cert_chain_pem.write_to_path(self.mine)
        self._listeners: list[socket.socket] = []

    def start(
        self,
        certificate: Any = None,
        version: Any = None,
        *,
        wants: bool = False,
        says: bytes | None = None,
        ended: threading.Event | None = None,
    ) -> str:
        """
        Start one; it has a good certificate unless told otherwise.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (certificate or self.ours.issue_cert("localhost")).configure_cert(context)
        if version is not None:
            context.maximum_version = version
        if wants:
            context.verify_mode = ssl.CERT_REQUIRED
            self.ours.configure_trust(context)

        def serve(plain: socket.socket) -> None:
            with suppress(OSError):
                if says is not None:
                    plain.recv(65536)
                    plain.sendall(says)
                    plain.close()
                    return
                with context.wrap_socket(plain, server_side=True) as connection:
                    if not connection.recv(65536) and ended is not None:
                        ended.set()
                    connection.sendall(ANSWER)

        return self.listen(serve)

    def listen(self, serve: Callable[[socket.socket], None]) -> str:
        """
        Start a server that does with its connections what *serve* does.
        """
        listener = socket.create_server(("127.0.0.1", 0))
        self._listeners.append(listener)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return f"https://localhost:{listener.getsockname()[1]}"

    def close(self) -> None:
        """
        Stop them all.
        """
        for listener in self._listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()


@pytest.fixture
def secured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Secured]:
    made = Secured(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.trust))
    yield made
    made.close()


def called(kind: str, transport: str, url: str, secured: Secured) -> tuple[CallError | None, Circuit]:
    """
    One call with retries: its error, and the circuit.
    """
    driver = Driver(kind, "httpx" if transport == "given" else transport)
    circuit = Circuit("c", failures=100)
    options: dict[str, Any] = {"circuit_breaker": circuit, "max_retries": 2, "retry": RetryPolicy(base=0.0)}
    if transport == "given":
        make = httpx.HTTPTransport if kind == "sync" else httpx.AsyncHTTPTransport
        options["transport"] = make(verify=ssl.create_default_context(cafile=secured.trust))
    client = driver.client(url, **options)
    try:
        driver.run(client.books.get("b1"))
    except CallError as error:
        return error, circuit
    finally:
        driver.close()
    return None, circuit


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize(
    ("fault", "said"),
    [("host", "another host"), ("expired", "has expired"), ("authority", "nobody who is trusted here signed it")],
)
def test_a_certificate_that_is_not_trusted_is_said_and_not_counted(
    secured: Secured, kind: str, transport: str, fault: str, said: str
) -> None:
    """
    Another host's, an expired or an unknown authority's certificate: which, one attempt, and no failure counted.
    """
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    certificates = {
        "host": lambda: secured.ours.issue_cert("elsewhere.test"),
        "expired": lambda: secured.ours.issue_cert("localhost", not_after=yesterday),
        "authority": lambda: secured.others.issue_cert("localhost"),
    }
    error, circuit = called(kind, transport, secured.start(certificates[fault]()), secured)
    assert isinstance(error, CertificateError)
    assert said in str(error)
    assert "SSL_CERT_FILE" in str(error)
    assert (error.attempts, circuit.failures) == (1, 0)
    assert error.__context__ is None


@pytest.mark.parametrize("transport", ["httpx", "fast"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_client_certificate_that_is_refused_is_said_and_not_counted(
    secured: Secured, transport: str, version: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A certificate of ours that the provider does not take is a CertificateError, also where TLS 1.3 says so late.
    """
    monkeypatch.setenv("SSL_CLIENT_CERT", str(secured.mine))
    error, circuit = called("sync", transport, secured.start(version=version, wants=True), secured)
    assert isinstance(error, CertificateError)
    assert "SSL_CLIENT_CERT" in str(error)
    assert (error.attempts, circuit.failures) == (1, 0)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_late_refusal_is_heard_each_time(
    secured: Secured, loop: Callable[[], asyncio.AbstractEventLoop], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A server that refuses a certificate after the handshake and is gone before our request: the loop throws away what it
    said, and it is heard all the same, however the two race.
    """
    monkeypatch.setenv("SSL_CLIENT_CERT", str(secured.mine))
    url = secured.start(version=ssl.TLSVersion.TLSv1_3, wants=True)

    async def heard() -> list[str]:
        said: list[str] = []
        async with AsyncLibrary(url, circuit_breaker=False, max_retries=0) as client:
            while len(said) < 30:
                with pytest.raises(CallError) as caught:
                    await client.books.get("b1")
                said.append(type(caught.value).__name__)
        return said

    with asyncio.Runner(loop_factory=loop) as runner:
        assert set(runner.run(heard())) == {"CertificateError"}


@pytest.mark.parametrize("left", [True, False], ids=["descriptors", "no descriptor"])
def test_a_connection_under_tls_ends_when_it_is_closed(
    secured: Secured, left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Whoever listens for a late refusal holds no connection open, and goes without where no descriptor is left.
    """

    def none_left(*_: object) -> socket.socket:
        raise OSError(errno.EMFILE, "too many open files")

    if not left:
        monkeypatch.setattr(socket, "fromfd", none_left)
    ended = threading.Event()
    url = httpx.URL(secured.start(ended=ended))

    async def main() -> None:
        transport = httpx.AsyncHTTPTransport()
        AsyncHttpxAdapter(transport)
        plain = await transport._pool._network_backend.connect_tcp("localhost", url.port)  # type: ignore[union-attr]
        held = await plain.start_tls(ssl.create_default_context(cafile=secured.trust), "localhost")
        await held.aclose()
        assert await asyncio.to_thread(ended.wait, 20)

    asyncio.run(main())


@pytest.mark.parametrize("transport", ["httpx", "fast"])
@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("says", [b"\x15\x03\x03\x00\x02\x02\x46", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_what_cannot_be_agreed_on_is_not_counted(secured: Secured, kind: str, transport: str, says: bytes) -> None:
    """
    A version that the provider does not speak, and a port without TLS, are for whoever set the base URL.
    """
    error, circuit = called(kind, transport, secured.start(says=says), secured)
    assert isinstance(error, ConnectionFailed)
    assert "the TLS handshake failed" in str(error)
    assert (error.attempts, circuit.failures) == (1, 0)


@pytest.mark.parametrize("transport", ["httpx", "fast"])
@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("says", [b"\x15\x03\x03\x00\x02\x02\x50", b""])
def test_a_handshake_that_the_provider_breaks_off_is_its_own_trouble(
    secured: Secured, kind: str, transport: str, says: bytes
) -> None:
    """
    An internal error and a silent end count, and another attempt may fare better: nothing was sent.
    """
    error, circuit = called(kind, transport, secured.start(says=says), secured)
    assert isinstance(error, ConnectionFailed)
    assert not isinstance(error, CertificateError)
    assert (error.attempts, circuit.failures) == (3, 3)
