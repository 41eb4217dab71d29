"""
An answer may come while its request is still being sent. Who refuses an upload may neither read the rest nor close;
who answers while reading waits for somebody who listens.
"""

from __future__ import annotations

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

from aegis_sdk.errors import ApiError, ConnectionFailed, ResponseDecodeError
from tests.unit.runtime.harness import BOOK, Driver

UPLOAD = "x" * 24_000_000
"""More than systems keep for somebody who does not read."""
LONG = b'{"id": "b1", "title": "' + b"y" * 12_000_000 + b'"}'
KINDS = [f"{kind}-{name}" for kind in ("sync", "async") for name in ("httpx", "given", "fast")]
Says = Callable[[Any, threading.Event], None]


def answered(status: int, body: bytes = BOOK, *more: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", "content-type: application/json", *more, "", ""]
    return "\r\n".join(lines).encode() + body


def deaf(data: bytes) -> Says:
    """
    Say *data* and neither read on nor close.
    """

    def says(connection: Any, over: threading.Event) -> None:
        connection.sendall(data)
        over.wait()

    return says


def half_closed(connection: Any, over: threading.Event) -> None:
    """
    Say that nothing will be said, and neither read on nor close.
    """
    connection.shutdown(socket.SHUT_WR)
    over.wait()


def drain(connection: Any) -> None:
    left = len(UPLOAD)
    while left > 0 and (read := connection.recv(1 << 20)):
        left -= len(read)


def reads_after(data: bytes, then: bytes) -> Says:
    """
    Say *data* at once, and *then* when everything was read.
    """

    def says(connection: Any, over: threading.Event) -> None:
        connection.sendall(data)
        drain(connection)
        connection.sendall(then)
        over.wait()

    return says


class Early:
    """
    Servers that say something as soon as they know what is asked.
    """

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.trust = folder / "ca.pem"
        authority.cert_pem.write_to_path(self.trust)
        self.over = threading.Event()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self._context)
        self._listeners: list[socket.socket] = []

    def start(self, says: Says, *, secured: bool) -> str:
        """
        Start one.
        """
        listener = socket.create_server(("127.0.0.1", 0))
        self._listeners.append(listener)

        def serve(plain: socket.socket) -> None:
            with suppress(OSError), plain:
                connection = self._context.wrap_socket(plain, server_side=True) if secured else plain
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(1)
                says(connection, self.over)
                connection.close()

        def accept() -> None:
            with suppress(OSError):
                while True:
                    plain, _ = listener.accept()
                    threading.Thread(target=serve, args=(plain,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return f"http{'s' if secured else ''}://localhost:{listener.getsockname()[1]}"

    def close(self) -> None:
        """
        Stop them all.
        """
        self.over.set()
        for listener in self._listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()


@pytest.fixture
def early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Early]:
    made = Early(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.trust))
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def uploading(request: pytest.FixtureRequest, early: Early) -> Iterator[Callable[..., Any]]:
    """
    Uploads to a place over each transport; none takes the call's whole time.
    """
    kind, _, name = str(request.param).partition("-")
    driver = Driver(kind, "httpx" if name == "given" else name)

    def upload(url: str, **more: Any) -> Any:
        if name == "given":
            make = httpx.HTTPTransport if kind == "sync" else httpx.AsyncHTTPTransport
            more["transport"] = make(verify=ssl.create_default_context(cafile=early.trust))
        client = driver.client(url, timeout=20, max_retries=0, **more)
        return driver.run(client.books.add(title="t", secret_note=UPLOAD))

    upload.fast = name == "fast"  # type: ignore[attr-defined]
    yield upload
    driver.close()


SECURED = pytest.mark.parametrize("secured", [False, True], ids=["plain", "tls"])


@SECURED
@pytest.mark.parametrize("status", [401, 413, 503])
def test_a_refusal_is_heard_while_sending(
    uploading: Callable[..., Any], early: Early, status: int, secured: bool
) -> None:
    """
    An upload that is refused by somebody who neither reads on nor closes is an error with that status, at once.
    """
    url = early.start(deaf(answered(status)), secured=secured)
    with pytest.raises(ApiError) as caught:
        uploading(url)
    assert (caught.value.status, caught.value.attempts) == (status, 1)
    assert caught.value.elapsed < 15


@SECURED
def test_a_result_is_heard_while_sending(uploading: Callable[..., Any], early: Early, secured: bool) -> None:
    """
    A complete answer is a result, whether or not all of the request was wanted.
    """
    assert uploading(early.start(deaf(answered(201)), secured=secured)).id == "b1"


@SECURED
def test_what_comes_before_an_answer_is_none(uploading: Callable[..., Any], early: Early, secured: bool) -> None:
    """
    Interim answers stop no upload.
    """
    interim = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
    assert uploading(early.start(reads_after(interim, answered(201)), secured=secured)).id == "b1"


@SECURED
def test_who_answers_while_reading_is_listened_to(uploading: Callable[..., Any], early: Early, secured: bool) -> None:
    """
    A long answer that begins before the request ended is read while the rest is sent.
    """
    whole = answered(201, LONG)
    said = uploading(early.start(reads_after(whole[:-9], whole[-9:]), secured=secured))
    assert len(said.title) == 12_000_000


@SECURED
def test_who_will_say_nothing_is_not_waited_for(uploading: Callable[..., Any], early: Early, secured: bool) -> None:
    """
    Somebody who has closed his side and does not read will never answer.
    """
    with pytest.raises(ConnectionFailed) as caught:
        uploading(early.start(half_closed, secured=secured))
    assert caught.value.elapsed < 15


def test_nonsense_is_heard_while_sending(uploading: Callable[..., Any], early: Early) -> None:
    """
    What answers no HTTP is told as such, at once.
    """
    with pytest.raises(ResponseDecodeError) as caught:
        uploading(early.start(deaf(b"220 mail.example.com ESMTP\r\n\r\n" * 9), secured=False))
    assert caught.value.elapsed < 15
