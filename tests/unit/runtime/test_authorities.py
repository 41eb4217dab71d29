"""
Claims about the files that the environment names for TLS.
"""

from __future__ import annotations

import base64
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from aegis_runtime import OMIT, Circuit
from aegis_runtime.errors import CallError, CertificateError, ConfigurationError
from tests.unit.runtime.harness import BOOK, Driver
from tests.unit.runtime.library import GET
from tests.unit.runtime.test_trust import Secured, secured

__all__ = ["secured"]


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "SSL_CLIENT_CERT"])
@pytest.mark.parametrize("value", ["-----BEGIN CERTIFICATE-----\nMII=\n" * 200, "missing\n", " "])
def test_what_is_no_files_name_is_refused(
    wired: Driver, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A certificate where its file's name should be, or a name with a line end: refused by the variable's name.
    """
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name) as caught:
        wired.client("https://x.test")
    assert "MII" not in str(caught.value)


def test_a_key_log_must_be_writable(wired: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Python opens ``SSLKEYLOGFILE`` for every TLS context, so one that cannot be is refused by its name.
    """
    monkeypatch.setenv("SSLKEYLOGFILE", "/missing/folder/keys")
    with pytest.raises(ConfigurationError, match="SSLKEYLOGFILE"):
        wired.client("https://x.test")


def test_a_key_with_a_password_is_said(
    wired: Driver, secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The environment cannot give a key's password, and the error says what to do.
    """
    certificate = secured.ours.issue_cert("me@library.test")
    key = serialization.load_pem_private_key(certificate.private_key_pem.bytes(), None)
    locked = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"pass"),
    )
    (tmp_path / "key.pem").write_bytes(locked)
    (tmp_path / "cert.pem").write_bytes(certificate.cert_chain_pems[0].bytes())
    monkeypatch.setenv("SSL_CLIENT_CERT", str(tmp_path / "cert.pem"))
    monkeypatch.setenv("SSL_CLIENT_KEY", str(tmp_path / "key.pem"))
    with pytest.raises(ConfigurationError, match="SSL_CLIENT_KEY holds a key with a password"):
        wired.client("https://x.test")


@pytest.mark.parametrize("form", ["ca.pem", "ca.crt", "hash"])
def test_a_folder_is_every_certificate_in_it(
    wired: Driver, secured: Secured, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    ``SSL_CERT_DIR`` holds authorities by OpenSSL's hash names, or without such by any, beside what is none, on each
    transport; the files may go once the client is made.
    """
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / "readme.pem").write_text("no certificate")
    name = form
    if form == "hash":
        asked = ["openssl", "x509", "-hash", "-noout", "-in", str(secured.trust)]
        name = f"{subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()}.0"
    (folder / name).write_bytes(secured.trust.read_bytes())
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    client = wired.client(secured.start(), max_retries=0)
    if form != "hash":  # OpenSSL looks for those itself, when it needs one
        (folder / name).unlink()
    assert wired.run(client.books.get("b1")).id == "b1"


def test_a_renewed_file_is_read_again(
    wired: Driver, secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A client that is made after its authorities were renewed in place trusts the new ones.
    """
    renewed = tmp_path / "renewed.pem"
    renewed.write_bytes(secured.others.cert_pem.bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(renewed))
    url = secured.start()
    with pytest.raises(CertificateError):
        wired.run(wired.client(url, max_retries=0).books.get("b1"))
    renewed.write_bytes(secured.trust.read_bytes() + b"\n")
    assert wired.run(wired.client(url, max_retries=0).books.get("b1")).id == "b1"


@pytest.fixture
def proxy(secured: Secured) -> Iterator[str]:
    """
    A proxy under TLS, whose certificate is of the same authority, and that wants a password.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.ours.issue_cert("localhost").configure_cert(context)
    listener = socket.create_server(("127.0.0.1", 0))
    wanted = base64.b64encode(b"us er:p@ss").decode().lower()

    def pump(source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                to.sendall(data)

    def serve(plain: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(plain, server_side=True) as connection:
            head = connection.recv(65536).decode("latin-1")
            if f"basic {wanted}" not in head.lower():
                connection.sendall(b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n")
                return
            host, _, port = head.split()[1].rpartition(":")
            with socket.create_connection((host, int(port))) as onward:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                threading.Thread(target=pump, args=(connection, onward), daemon=True).start()
                pump(onward, connection)
                connection.shutdown(socket.SHUT_RDWR)  # the other thread still reads it, and keeps it open

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield f"https://us%20er:p%40ss@localhost:{listener.getsockname()[1]}"
    with suppress(OSError):
        listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_a_proxy_under_tls_is_trusted_as_a_provider_is(
    wired: Driver, secured: Secured, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    ``SSL_CERT_FILE`` says whom to trust, the proxy too; the password of its URL is sent to it.
    """
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    assert wired.run(wired.client(secured.start(), max_retries=0).books.get("b1")).id == "b1"


@pytest.mark.parametrize(("then", "timeout"), [("ends", 60.0), ("says nothing", 4.0)])  # for two handshakes
def test_who_fails_behind_a_proxy_is_the_provider(
    wired: Driver, secured: Secured, proxy: str, then: str, timeout: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Once the proxy has let us through it is the provider who speaks or does not: its circuit counts that.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.ours.issue_cert("localhost").configure_cert(context)

    def serve(plain: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(plain, server_side=True) as connection:
            connection.recv(65536)
            if then == "says nothing":
                connection.recv(65536)

    monkeypatch.setenv("HTTPS_PROXY", proxy)
    circuit = Circuit("c", failures=9)
    client = wired.client(secured.listen(serve), circuit_breaker=circuit, max_retries=0)
    with pytest.raises(CallError) as caught:
        wired.run(client.call(replace(GET, timeout=timeout), ("b1", OMIT, OMIT)))
    assert "proxy" not in str(caught.value)
    assert circuit.failures == 1


def test_an_upload_behind_a_proxy_under_tls_arrives(
    wired: Driver, secured: Secured, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    TLS within TLS carries a request of many records whole.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.ours.issue_cert("localhost").configure_cert(context)
    came = bytearray()

    def serve(plain: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(plain, server_side=True) as connection:
            while not came.endswith(b'"}'):
                came.extend(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n")
            connection.sendall(b"content-length: %d\r\n\r\n" % len(BOOK) + BOOK)
            connection.recv(65536)

    note = "".join(f"{number:07}" for number in range(20_000))
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    client = wired.client(secured.listen(serve), max_retries=0)
    assert wired.run(client.books.add(title="t", secret_note=note)).id == "b1"
    assert bytes(came).endswith(b'"' + note.encode() + b'"}')


def test_authorities_of_others_are_not_trusted(wired: Driver, secured: Secured) -> None:
    """
    Whom the named file does not hold is not trusted.
    """
    url = secured.start(trustme.CA().issue_cert("localhost"))
    with pytest.raises(CertificateError):
        wired.run(wired.client(url, max_retries=0).books.get("b1"))
