"""
What the verifier reads from a socket: every form of HTTP/1.1, each answer to its own request, and nothing without end.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from aegis_verifier import SocketTransport
from aegis_verifier._values import Exchange, Request
from tests.unit.verifier.provider import contract


@dataclass(frozen=True)
class Pause:
    """
    Nothing comes for so long.
    """

    seconds: float


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def answering(*connections: list[bytes | Pause]) -> Generator[tuple[SocketTransport, list[bytes]]]:
    """
    A provider whose connections answer like this, one after the other; a number is a pause, no answer closes.
    """
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for parts in connections:
            try:
                opened, _ = listener.accept()
            except OSError:
                return
            with opened, suppress(OSError):  # who has heard enough closes
                for part in parts:
                    if isinstance(part, Pause):
                        time.sleep(part.seconds)
                        continue
                    if part.startswith(b"HTTP/") or not part:
                        asked = opened.recv(65_536)
                        heard.append(asked)
                    opened.sendall(part)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    transport = SocketTransport(f"http://127.0.0.1:{listener.getsockname()[1]}/base")
    try:
        yield transport, heard
    finally:
        transport.close()
        listener.close()
        thread.join(10)


def request(method: str = "GET", body: bytes | None = None) -> Request:
    return Request(contract().operations["getUser"], method, "/users/1?a=%20", (("accept", "*/*"),), body)


def sent(transport: SocketTransport, seconds: float = 30.0, **changes: object) -> Exchange:
    return transport.send(request(**changes), seconds)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wire", "content"),
    [
        (OK, b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\no\r\n1\r\nk\r\n0\r\nT: x\r\n\r\n", b"ok"),
        (b"HTTP/1.0 200 OK\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 200\r\ncontent-length:2\r\nconnection: close\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 200 OK\nContent-Length: 2, 2\n\nok", b"ok"),
    ],
)
def test_every_form_of_an_answer_is_read(wire: bytes, content: bytes) -> None:
    """
    Content by length, in chunks, up to the connection's end, and after interim responses is the same content.
    """
    with answering([wire]) as (transport, heard):
        exchange = sent(transport)
    assert exchange.response is not None, exchange.said
    assert (exchange.status, exchange.response.body) == (200, content)
    assert heard[0].startswith(b"GET /base/users/1?a=%20 HTTP/1.1\r\nhost: 127.0.0.1:")


def test_an_answer_that_comes_byte_by_byte_is_one() -> None:
    """
    Where an answer is cut into pieces on its way does not matter.
    """
    pieces: list[bytes | Pause] = [OK[:10], *(OK[index : index + 1] for index in range(10, len(OK)))]
    with answering(pieces) as (transport, _):
        assert sent(transport).status == 200


@pytest.mark.parametrize(
    ("wire", "said"),
    [
        (b"", "closed without one"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", "2 of 9 bytes"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "no status line"),
        (b"HTTP/1.1 200 OK\r\nbad name: 1\r\n\r\n", "a header line that is none"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok", "no length"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nok", "without a size"),
    ],
)
def test_what_is_no_answer_is_said(wire: bytes, said: str) -> None:
    """
    A connection that breaks and an answer that is no HTTP are told as what they are.
    """
    with answering([wire]) as (transport, _):
        exchange = sent(transport)
    assert exchange.trouble == "connection"
    assert said in exchange.said


def test_bytes_that_drip_do_not_begin_the_time_anew() -> None:
    """
    An answer that never comes to its end is a hang, however often a byte of it arrives.
    """
    drip: list[bytes | Pause] = [b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", *([Pause(0.05), b"x"] * 2_000)]
    with answering(drip) as (transport, _):
        exchange = sent(transport, 0.5)
    assert exchange.trouble == "hang"
    assert exchange.seconds < 40


def test_a_connection_is_kept_and_opened_anew_when_it_was_closed() -> None:
    """
    Requests share a connection; one that the provider has closed meanwhile is no fault.
    """
    with answering([OK, OK], [OK]) as (transport, heard):
        assert [sent(transport).status for _ in range(3)] == [200, 200, 200]
        assert len(heard) == 3


def test_nothing_that_was_not_asked_for_answers_the_next_request() -> None:
    """
    What follows an answer on its connection is dropped with it, and is never taken for the next answer.
    """
    other = b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"
    with answering([OK + other], [OK]) as (transport, _):
        assert [sent(transport).status for _ in range(2)] == [200, 200]


def test_content_of_204_is_shown() -> None:
    """
    204 with content is no empty answer, whether its length is announced or not.
    """
    for wire in (b"HTTP/1.1 204 No Content\r\n\r\n{}", b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n"):
        with answering([wire]) as (transport, _):
            exchange = sent(transport)
        assert exchange.response is not None
        assert exchange.response.body


def test_head_has_no_content() -> None:
    """
    A length in the answer to HEAD announces what GET would get, and is not waited for.
    """
    with answering([b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"]) as (transport, _):
        exchange = sent(transport, method="HEAD")
    assert exchange.response is not None
    assert exchange.response.body == b""


def test_who_refuses_a_large_body_early_is_heard() -> None:
    """
    An answer that comes before the whole body was sent counts, though the connection is closed then.
    """
    with answering([b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"]) as (transport, _):
        exchange = sent(transport, method="POST", body=b"x" * 8_000_000)
    assert exchange.status == 413


def test_nothing_in_a_request_begins_a_line_of_its_own() -> None:
    """
    A header value with line breaks stays one header.
    """
    with answering([OK]) as (transport, heard):
        made = Request(contract().operations["getUser"], "GET", "/a b", (("x-a", "1\r\nx-evil: 2"),))
        transport.send(made, 5.0)
    assert b"\r\nx-evil" not in heard[0]
    assert heard[0].startswith(b"GET /base/a%20b HTTP/1.1\r\n")
