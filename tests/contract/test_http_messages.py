"""
HTTP/1.1 as RFC 9110 and RFC 9112 ask of a server: what is read, what is refused, and that each request has one answer.
"""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from aegis_contracts import load
from aegis_mockserver import Site
from aegis_mockserver.pytest_plugin import MockServer

ANY = {"text/plain": {"schema": {"type": "string"}}}
OK = {"200": {"description": "ok", "content": {"text/plain": {"schema": {"type": "string"}, "example": "yes"}}}}


def _operation(name: str, **more: Any) -> dict[str, Any]:
    return {"operationId": name, "responses": OK, **more}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.2.0",
    "info": {"title": "Messages", "version": "1"},
    "paths": {
        "/": {
            "get": _operation("read"),
            "post": _operation("write", requestBody={"content": ANY}),
            "additionalOperations": {"Tidy": _operation("tidy")},
        },
        "/name": {
            "post": _operation(
                "name",
                requestBody={
                    "required": True,
                    "content": {"application/json": {"schema": {"type": "object", "required": ["name"]}}},
                },
            )
        },
    },
}


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(Site([load(DOCUMENT)])) as running:
        yield running


def _connect(server: MockServer) -> socket.socket:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def _exchange(server: MockServer, *pieces: bytes) -> bytes:
    """
    Send the pieces, end the sending side, and return all that comes back.
    """
    received = b""
    with _connect(server) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.01 * (len(pieces) > 1))
        connection.shutdown(socket.SHUT_WR)
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def _statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 ([0-9]{3}) ", received)]


HOST = b"Host: mock.test\r\n"


def _get(target: bytes = b"/", headers: bytes = HOST, version: bytes = b"HTTP/1.1", method: bytes = b"GET") -> bytes:
    return b"%b %b %b\r\n%b\r\n" % (method, target, version, headers)


def _post(headers: bytes, body: bytes, version: bytes = b"HTTP/1.1") -> bytes:
    return b"POST / %b\r\n%bContent-Type: text/plain\r\n%b\r\n%b" % (version, HOST, headers, body)


def _chunked(body: bytes) -> bytes:
    return _post(b"Transfer-Encoding: chunked\r\n", body)


REFUSED = {
    # RFC 9112 §3.2
    "no Host": (_get(headers=b""), {400}),
    "two Hosts": (_get(headers=HOST + b"Host: other.test\r\n"), {400}),
    "the same Host twice": (_get(headers=HOST + HOST), {400}),
    "two Hosts in one": (_get(headers=b"Host: a.test, b.test\r\n"), {400}),
    "an empty Host": (_get(headers=b"Host: \r\n"), {400}),
    "a Host with a user": (_get(headers=b"Host: me@mock.test\r\n"), {400}),
    "a Host with a path": (_get(headers=b"Host: mock.test/path\r\n"), {400}),
    "a Host with an address": (_get(headers=b"Host: http://mock.test\r\n"), {400}),
    "a Host with a bad port": (_get(headers=b"Host: mock.test:80a\r\n"), {400}),
    "a Host with a blank": (_get(headers=b"Host: mock test\r\n"), {400}),
    "GET *": (_get(b"*"), {400}),
    "a target without slash": (_get(b"name"), {400}),
    "a fragment in the target": (_get(b"/name#part"), {400}),
    "an address with a user": (_get(b"http://me@mock.test/"), {400}),
    "an address of another scheme": (_get(b"ftp://mock.test/"), {400}),
    "CONNECT": (_get(b"mock.test:443", method=b"CONNECT"), {501}),
    "CONNECT of a path": (_get(b"/", method=b"CONNECT"), {400, 501}),
    "a blank in the target": (_get(b"/na me"), {400}),
    "bytes in the target that are no text": (b"GET /\x00a HTTP/1.1\r\n" + HOST + b"\r\n", {400}),
    # RFC 9112 §2.2, §2.3, §3
    "another major version": (_get(version=b"HTTP/2.0"), {400, 505}),
    "a version of the future": (_get(version=b"HTTP/9.9"), {505}),
    "no version": (b"GET /\r\n\r\n", {400}),
    "a version in small letters": (_get(version=b"http/1.1"), {400}),
    "a version with zeros": (_get(version=b"HTTP/01.01"), {400}),
    "a version without minor": (_get(version=b"HTTP/1"), {400}),
    "a bare line feed": (b"GET / HTTP/1.1\nHost: a\n\n", {400}),
    "a bare carriage return": (b"GET / HTTP/1.1\rHost: a\r\n\r\n", {400}),
    "blanks before the headers": (b"GET / HTTP/1.1\r\n " + HOST + b"\r\n", {400}),
    # RFC 9112 §5
    "a folded header": (_get(headers=HOST + b"X: a\r\n b\r\n"), {400}),
    "a blank before the colon": (_get(headers=HOST + b"X : a\r\n"), {400}),
    "a header without a name": (_get(headers=HOST + b": a\r\n"), {400}),
    "a header without a colon": (_get(headers=HOST + b"X\r\n"), {400}),
    "a header name with brackets": (_get(headers=HOST + b"X[0]: a\r\n"), {400}),
    "a null in a header": (_get(headers=HOST + b"X: a\0b\r\n"), {400}),
    "a control character in a header": (_get(headers=HOST + b"X: a\x07b\r\n"), {400}),
    "a carriage return in a header": (_get(headers=HOST + b"X: a\rb\r\n"), {400}),
    "too many headers": (_get(headers=HOST + b"".join(b"H%d: 1\r\n" % n for n in range(10_000))), {431}),
    "a header that is too long": (_get(headers=HOST + b"X: " + b"a" * 200_000 + b"\r\n"), {431}),
    "a header name that is too long": (_get(headers=HOST + b"a" * 200_000 + b": 1\r\n"), {431}),
    "a target that is too long": (_get(b"/" + b"a" * 100_000), {414}),
    "a method that is too long": (_get(method=b"A" * 100_000), {400}),
    # RFC 9112 §6, §7
    "a length that is no number": (_post(b"Content-Length: abc\r\n", b""), {400}),
    "a length with a sign": (_post(b"Content-Length: +5\r\n", b"hello"), {400}),
    "a negative length": (_post(b"Content-Length: -1\r\n", b""), {400}),
    "a length in hexadecimal": (_post(b"Content-Length: 0x5\r\n", b"hello"), {400}),
    "a length with a blank inside": (_post(b"Content-Length: 1 0\r\n", b"hello12345"), {400}),
    "an empty length": (_post(b"Content-Length: \r\n", b""), {400}),
    "two lengths": (_post(b"Content-Length: 5\r\nContent-Length: 6\r\n", b"hello!"), {400}),
    "two lengths in one": (_post(b"Content-Length: 5, 6\r\n", b"hello!"), {400}),
    "a length beyond every number": (_post(b"Content-Length: 99999999999999999999\r\n", b""), {400}),
    "a length that is too long": (_post(b"Content-Length: 999999999\r\n", b""), {413}),
    "length and chunks": (_post(b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\nX"), {400}),
    "chunks and length": (_post(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", b"0\r\n\r\n"), {400}),
    "chunks that are not last": (_post(b"Transfer-Encoding: chunked, gzip\r\n", b"0\r\n\r\n"), {400}),
    "a coding under the chunks": (
        _post(b"Transfer-Encoding: gzip, chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        {501},
    ),
    "an unknown transfer coding": (_post(b"Transfer-Encoding: gzip\r\n", b""), {400, 501}),
    "almost chunked": (_post(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n"), {400, 501}),
    "chunks in HTTP/1.0": (_post(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"HTTP/1.0"), {400}),
    "a chunk size that is none": (_chunked(b"zz\r\nhello\r\n0\r\n\r\n"), {400}),
    "a chunk size with a prefix": (_chunked(b"0x5\r\nhello\r\n0\r\n\r\n"), {400}),
    "a chunk size with a sign": (_chunked(b"+5\r\nhello\r\n0\r\n\r\n"), {400}),
    "a chunk size with a blank before": (_chunked(b" 5\r\nhello\r\n0\r\n\r\n"), {400}),
    "a chunk size beyond every number": (_chunked(b"FFFFFFFFFFFFFFFF0\r\nhello\r\n0\r\n\r\n"), {400}),
    "a chunk that is longer than it says": (_chunked(b"3\r\nhello\r\n0\r\n\r\n"), {400}),
    "chunks without an end": (_chunked(b"5\r\nhello\r\n"), {400}),
    "less than was promised": (_post(b"Content-Length: 10\r\n", b"hello"), {400}),
    "trailers without end": (_chunked(b"0\r\n" + b"X: a\r\n" * 200_000 + b"\r\n"), {431}),
    "a trailer without end": (_chunked(b"0\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n"), {431}),
    "a chunk extension without end": (_chunked(b"1;" + b"a" * 2_000_000 + b"\r\na\r\n0\r\n\r\n"), {400, 431}),
    # RFC 9110 §10.1.1, §15
    "an unknown expectation": (_post(b"Expect: tea\r\nContent-Length: 1\r\n", b"a"), {417}),
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", {400}),
    "blanks only": (b"   \r\n\r\n", {400}),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
}

ENDS_EARLY = {"less than was promised", "chunks without an end"}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_message_is_refused_and_nothing_after_it_is_answered(server: MockServer, name: str) -> None:
    """
    A message that RFC 9110 or RFC 9112 forbids gets one refusal and the connection ends: what follows is no request.
    """
    message, allowed = REFUSED[name]
    received = _exchange(server, message if name in ENDS_EARLY else message + _get())
    assert len(_statuses(received)) == 1, received
    assert _statuses(received)[0] in allowed
    assert b"\r\nconnection: close\r\n" in received
    assert httpx.get(server.url).status_code == 200


READ = {
    "a plain GET": (_get(), 200),
    "an address as target": (_get(b"http://mock.test/"), 200),
    "an address of another host": (_get(b"http://other.test/"), 200),
    "an address without a path": (_get(b"http://mock.test"), 200),
    "an address with https": (_get(b"HTTPS://mock.test/"), 200),
    "OPTIONS *": (_get(b"*", method=b"OPTIONS"), 204),
    "HTTP/1.0 without Host": (_get(headers=b"", version=b"HTTP/1.0"), 200),
    "a Host in brackets": (_get(headers=b"Host: [::1]:4010\r\n"), 200),
    "a Host with a port": (_get(headers=b"Host: mock.test:4010\r\n"), 200),
    "empty lines before": (b"\r\n\r\n" + _get(), 200),
    "a body of known length": (_post(b"Content-Length: 5\r\n", b"hello"), 200),
    "a body in chunks": (_chunked(b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), 200),
    "an empty body in chunks": (_chunked(b"0\r\n\r\n"), 200),
    "a chunk extension": (_chunked(b"5;ext=value\r\nhello\r\n0\r\n\r\n"), 200),
    "a trailer": (_chunked(b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"), 200),
    "POST without a body": (_post(b"", b""), 200),
    "a long target": (_get(b"/?q=" + b"a" * 8_000), 200),
    "a lower-case method": (_get(method=b"get"), 405),
    "a method that nobody has": (_get(method=b"BREW"), 405),
    "an offer of WebSocket": (_get(headers=HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n"), 200),
    "an offer in HTTP/1.0": (
        _get(headers=HOST + b"Connection: Upgrade\r\nUpgrade: websocket\r\n", version=b"HTTP/1.0"),
        200,
    ),
    "a Range of a POST": (_post(b"Content-Length: 5\r\nRange: bytes=0-1\r\n", b"hello"), 200),
    "a broken Range": (_get(headers=HOST + b"Range: bytes=x-y\r\n"), 200),
}


@pytest.mark.parametrize("name", READ)
def test_what_a_server_must_read_is_answered_once(server: MockServer, name: str) -> None:
    """
    Each form of message that a server must understand gets exactly one answer, and the next request its own.
    """
    message, status = READ[name]
    received = _exchange(server, message)
    assert _statuses(received) == [status], received
    if b"HTTP/1.0" not in message:
        assert _statuses(_exchange(server, message + _get())) == [status, 200]


H2C = (
    b"POST /name HTTP/1.1\r\n" + HOST + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\nContent-Type: application/json\r\n"
)
OFFERS = {
    "known length": H2C + b'Content-Length: 12\r\n\r\n{"name":"a"}',
    "chunks": H2C + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"nam\r\n7\r\ne":"a"}\r\n0\r\n\r\n',
    "expectation": H2C + b'Expect: 100-continue\r\nContent-Length: 12\r\n\r\n{"name":"a"}',
}


@pytest.mark.parametrize("name", OFFERS)
@pytest.mark.parametrize("size", [1, 40, 10_000])
def test_an_offer_of_http_2_is_ignored_and_the_body_kept(server: MockServer, name: str, size: int) -> None:
    """
    ``Upgrade: h2c``, as Java's client sends it, is ignored (RFC 9110 §7.8): one answer, to the whole request, however
    it is cut into packets; the next request on the connection has its own.
    """
    data = OFFERS[name] + _get()
    received = _exchange(server, *(data[start : start + size] for start in range(0, len(data), size)))
    assert [status for status in _statuses(received) if status != 100] == [200, 200], received
    assert _statuses(received).count(100) == ("100-continue" in data.decode())


def test_a_trailer_is_no_header(server: MockServer) -> None:
    """
    A field that comes after the body cannot pass for a credential or a preference (RFC 9110 §6.5.1).
    """
    received = _exchange(server, _chunked(b"0\r\nPrefer: code=404\r\nX-Mock-World: other\r\n\r\n"))
    assert _statuses(received) == [200]
    assert "other" not in server.site.worlds


def test_the_client_is_told_to_go_on_once_and_only_if_its_body_is_wanted(server: MockServer) -> None:
    """
    100 Continue comes before the body is there, never to HTTP/1.0, and never for a body that is refused.
    """
    with _connect(server) as connection:
        connection.sendall(_post(b"Expect: 100-continue\r\nContent-Length: 5\r\n", b""))
        assert connection.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        assert connection.recv(1_000).startswith(b"HTTP/1.1 200 ")
    old = _exchange(server, _post(b"Expect: 100-continue\r\nContent-Length: 5\r\n", b"hello", b"HTTP/1.0"))
    assert _statuses(old) == [200]
    large = _exchange(server, _post(b"Expect: 100-continue\r\nContent-Length: 999999999\r\n", b""))
    assert _statuses(large) == [413]


def test_the_connection_lasts_as_long_as_it_was_agreed(server: MockServer) -> None:
    """
    ``close`` ends it, HTTP/1.0 ends it unless ``keep-alive`` was asked for, and then the answer says so.
    """
    closed = _exchange(server, _get(headers=HOST + b"Connection: x, close\r\n") + _get())
    assert _statuses(closed) == [200]
    assert b"\r\nconnection: close\r\n" in closed
    assert _statuses(_exchange(server, _get(version=b"HTTP/1.0") + _get())) == [200]
    kept = _exchange(server, _get(headers=HOST + b"Connection: keep-alive\r\n", version=b"HTTP/1.0") + _get())
    assert _statuses(kept) == [200, 200]
    assert b"\r\nconnection: keep-alive\r\n" in kept


@pytest.mark.parametrize("fault", [None, {"operation": "read", "latency": 0.001, "times": 40}])
def test_a_flood_of_requests_is_answered_in_order_while_others_are_served(
    server: MockServer, fault: dict[str, Any] | None
) -> None:
    """
    Twenty thousand requests sent at once are all answered, in order, and keep nobody else from being served.
    """
    count = 20_000
    if fault is not None:
        httpx.post(f"{server.url}/__mock__/faults", json=fault).raise_for_status()
    flood = b"".join(_get(b"/" if n % 10 else b"/none") for n in range(count))
    with _connect(server) as connection, httpx.Client(base_url=server.url) as other:
        connection.setblocking(False)
        sent, received = 0, bytearray()
        began = time.monotonic()
        while received.count(b"HTTP/1.1 ") < count and time.monotonic() - began < 100:
            with contextlib.suppress(BlockingIOError):
                sent += connection.send(flood[sent : sent + 262_144])
            assert other.get("/name").status_code == 405
            with contextlib.suppress(BlockingIOError):
                while chunk := connection.recv(1 << 20):
                    received += chunk
    found = _statuses(bytes(received))
    assert found == [200 if n % 10 else 404 for n in range(count)]


def test_a_method_is_told_apart_by_case_and_a_server_has_no_path(server: MockServer) -> None:
    """
    A method of ``additionalOperations`` is sent as it is written (RFC 9110 §9.1); OPTIONS of an address without a path
    asks for the server as a whole (RFC 9112 §3.2.4).
    """
    asked = [
        _get(method=b"Tidy"),
        _get(method=b"TIDY"),
        _get(method=b"get"),
        _get(b"http://mock.test", method=b"OPTIONS"),
    ]
    assert [_statuses(_exchange(server, one)) for one in asked[:2]] == [[200], [405]]
    assert _statuses(_exchange(server, asked[2]))[0] in {400, 405, 501}
    assert _statuses(_exchange(server, asked[3])) == _statuses(_exchange(server, _get(b"*", method=b"OPTIONS")))
