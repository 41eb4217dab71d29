"""
The mock on a real socket: whatever comes gets an answer at once, never a 5xx, a hang or a crash.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from typing import Any, BinaryIO

import httpx
import pytest

from aegis_contracts import load
from aegis_mockserver import Site
from aegis_mockserver.pytest_plugin import MockServer

TEXT = {"type": "object", "required": ["이름"], "properties": {"이름": {"type": "string"}, "n": {"type": "number"}}}


def _document() -> dict[str, Any]:
    contents = {
        "application/json": {"schema": TEXT},
        "multipart/form-data": {"schema": TEXT},
        "application/x-www-form-urlencoded": {"schema": TEXT},
        "application/xml": {"schema": TEXT},
        "text/plain": {"schema": {"type": "string"}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Anything", "version": "1"},
        "paths": {
            "/things": {
                "post": {
                    "operationId": "postThing",
                    "parameters": [
                        {"name": "q", "in": "query", "schema": {"type": "integer"}},
                        {"name": "f", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
                    ],
                    "requestBody": {"required": True, "content": contents},
                    "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": TEXT}}}},
                },
                "get": {"operationId": "getThing", "responses": {"200": {"description": "ok"}}},
            }
        },
    }


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    with MockServer(Site([load(_document())])) as running:
        yield running


def _exchange(server: MockServer, data: bytes, *, close: bool = True) -> bytes:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(data)
        if close:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
        return received


def _post(body: bytes, content_type: str, target: str = "/things", extra: str = "") -> bytes:
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\n{extra}"
    return head.encode("utf-8", "surrogateescape") + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


JSON = "application/json"
MALFORMED = {
    "broken JSON": _post(b'{"a":', JSON),
    "no JSON at all": _post(b"\x00\xff\xfe", JSON),
    "UTF-16": _post('{"이름":"a"}'.encode("utf-16"), JSON),
    "lone surrogate": _post(rb'{"\ud800":1}', JSON),
    "NaN": _post('{"이름":"a","n":NaN}'.encode(), JSON),
    "nesting bomb": _post(b"[" * 200_000, JSON),
    "number beyond float": _post(('{"이름":1' + "0" * 5_000 + "}").encode(), JSON),
    "Korean property of the wrong type": _post('{"이름":1}'.encode(), JSON),
    "multipart without parts": _post(b"--x--\r\n", "multipart/form-data; boundary=x"),
    "multipart without boundary": _post(b"hello", "multipart/form-data"),
    "multipart with a lying boundary": _post(b"--y\r\n\r\n", "multipart/form-data; boundary=x"),
    "form that is no form": _post(b"\xff\xfe=%zz", "application/x-www-form-urlencoded"),
    "XML bomb": _post(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "application/xml"),
    "broken XML": _post(b"<a><b></a>", "application/xml"),
    "text in a charset that is none": _post(b"hi", "text/plain; charset=nonsense"),
    "unknown media type": _post(b"hi", "application/x-nonsense"),
    "absurd media type": _post(b"hi", ";;;=,,"),
    "query that is no UTF-8": _post('{"이름":"a"}'.encode(), JSON, "/things?q=%ff%fe"),
    "broken percent": _post('{"이름":"a"}'.encode(), JSON, "/things?q=%zz"),
    "deep object bomb": _post(b"{}", JSON, "/things?f" + "[a]" * 2_000 + "=1"),
    "unknown coding": _post(b"{}", JSON, extra="Content-Encoding: br\r\n"),
    "coding that lies": _post(b"{}", JSON, extra="Content-Encoding: gzip\r\n"),
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03hello\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "two lengths": b"POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    "length and chunks": b"POST /things HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "broken chunks": b"POST /things HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n",
    "length that is too long": b"POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{}",
    "negative length": b"POST /things HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "huge length": b"POST /things HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
    "long target": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "many headers": b"GET /things HTTP/1.1\r\n" + b"".join(b"h%d: 1\r\n" % n for n in range(500)) + b"\r\n",
    "long header": b"GET /things HTTP/1.1\r\nx: " + b"a" * 100_000 + b"\r\n\r\n",
    "header with a null": b"GET /things HTTP/1.1\r\nx: a\x00b\r\n\r\n",
    "dots in the path": b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "bytes in the path": b"GET /\xec\x9d\xb4\xff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "method that nobody has": b"BREW /things HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_gets_a_4xx_at_once(server: MockServer, name: str) -> None:
    """
    Malformed input of any kind gets a 4xx with a problem body, and the server lives on.
    """
    received = _exchange(server, MALFORMED[name])
    status = int(received.split(b" ", 2)[1])
    assert 400 <= status < 500, received[:300]
    body = json.loads(received.rpartition(b"\r\n\r\n")[2])
    assert body["status"] == status
    assert body["title"]
    assert httpx.get(f"{server.url}/things").status_code == 200


def test_pipelined_requests_are_answered_in_order(server: MockServer) -> None:
    """
    Requests sent without waiting are answered in their order (RFC 9112 §9.3.2).
    """
    data = b"GET /things HTTP/1.1\r\nHost: x\r\n\r\nGET /no HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    received = _exchange(server, data)
    assert [line.split(b" ")[1] for line in received.split(b"\r\n") if line.startswith(b"HTTP/1.1")] == [b"200", b"404"]


@pytest.mark.parametrize("size", [1, 2, 7, 64])
def test_any_slicing_gives_the_same_answer(server: MockServer, size: int) -> None:
    """
    How a request is cut into packets changes nothing.
    """
    data = _post('{"이름":"김서연"}'.encode(), JSON)
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(data), size):
            connection.sendall(data[start : start + size])
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 200 ")


def test_expect_continue_is_answered(server: MockServer) -> None:
    """
    A client that waits for 100 Continue gets it (RFC 9110 §10.1.1).
    """
    received = _exchange(server, _post('{"이름":"a"}'.encode(), JSON, extra="Expect: 100-continue\r\n"))
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 ")


def _fault(server: MockServer, **fault: Any) -> None:
    httpx.post(f"{server.url}/__mock__/faults", json={"operation": "getThing", "times": 1, **fault}).raise_for_status()


def test_reset_fault_ends_the_connection(server: MockServer) -> None:
    """
    A reset is a reset: the client sees no answer.
    """
    _fault(server, reset=True)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{server.url}/things")
    assert httpx.get(f"{server.url}/things").status_code == 200


def test_status_fault_comes_with_retry_after(server: MockServer) -> None:
    """
    A fault's status is answered with Retry-After, as often as it was told.
    """
    _fault(server, status=503, retry_after=7)
    reply = httpx.get(f"{server.url}/things")
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "7")
    assert httpx.get(f"{server.url}/things").status_code == 200


def _answers(server: MockServer, pieces: list[bytes], count: int = 0) -> list[tuple[bytes, bytes]]:
    """
    Send pieces on one connection, and return status line and body of so many answers; without a number each piece is
    a request, and the next is sent when it has been answered.
    """
    host, port = server.url.removeprefix("http://").split(":")
    found: list[tuple[bytes, bytes]] = []
    with socket.create_connection((host, int(port)), timeout=30) as connection, connection.makefile("rb") as reader:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            connection.sendall(piece)
            if not count:
                found.append(_one(reader))
        while len(found) < count:
            found.append(_one(reader))
    return found


def _one(reader: BinaryIO) -> tuple[bytes, bytes]:
    status, length = reader.readline(), 0
    while (line := reader.readline()) not in {b"\r\n", b""}:
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    return status, reader.read(length)


def _whole(method: str, target: str, body: bytes = b"", *lines: str) -> bytes:
    told = [f"Content-Length: {len(body)}"] if body else []
    head = "\r\n".join([f"{method} {target} HTTP/1.1", "Host: x", *lines, *told])
    return head.encode("latin-1") + b"\r\n\r\n" + body


REPEATED = {
    "GET": _whole("GET", "/things"),
    "HEAD": _whole("HEAD", "/things"),
    "a query": _whole("GET", "/things?a=%20b&c"),
    "POST": _whole("POST", "/things", '{"이름":"a"}'.encode(), "Content-Type: application/json"),
    "a broken body": _whole("POST", "/things", b'{"a', "Content-Type: application/json"),
    "a target with a fragment": _whole("GET", "/things#part"),
    "an absolute target": _whole("GET", "http://x/things"),
    "a method of nobody": _whole("PURGE", "/things"),
    "a target with bytes beyond ASCII": _whole("GET", "/things/\xe9"),
    "two hosts": _whole("GET", "/things", b"", "Host: y"),
    "chunks": _whole("POST", "/things", b"", "Content-Type: text/plain", "Transfer-Encoding: chunked")
    + b"3\r\nabc\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("data", REPEATED.values(), ids=REPEATED)
def test_a_head_that_came_before_means_the_same(server: MockServer, data: bytes) -> None:
    """
    A request whose headers came before is answered as it was the first time, however it is cut in pieces.
    """
    beside = _whole("GET", "/things", b"", f"X-Only-In: {data.hex()[:20]}")
    first = _answers(server, [data])
    assert _answers(server, [data]) == first
    assert _answers(server, [data[:1], *(data[at : at + 7] for at in range(1, len(data), 7))], 1) == first
    if first[0][0].startswith((b"HTTP/1.1 2", b"HTTP/1.1 404")) and not data.startswith(b"HEAD"):
        seen = _answers(server, [beside, data, beside, data])
        assert seen[1::2] == first * 2


def test_what_follows_a_head_that_came_before_is_read_as_ever(server: MockServer) -> None:
    """
    Known headers with less content than they announce wait for the rest; with more, the rest is the next request.
    """
    post = _whole("POST", "/things", '{"이름":"a"}'.encode(), "Content-Type: application/json")
    get = _whole("GET", "/things")
    known = _answers(server, [post, get])
    assert _answers(server, [post + get], 2) == known
    assert _answers(server, [post[:-4], post[-4:] + get], 2) == known
    assert _answers(server, [get + b"junk\x00 junk\r\n\r\n"], 2)[1][0].startswith(b"HTTP/1.1 400")


class Failing(Site):
    """
    A site that fails at every request, as a bug of ours would make it.
    """

    def respond(self, *request: Any, **more: Any) -> Any:
        raise RuntimeError("a bug of ours")


def test_a_fault_of_ours_is_not_blamed_on_the_client(caplog: pytest.LogCaptureFixture) -> None:
    """
    Where the mock itself fails at a request that came in pieces, the answer is 500 and the log says why: it was HTTP.
    """
    data = _post(b"{}", "application/json")
    with MockServer(Failing([load(_document())])) as failing:
        host, port = failing.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as connection:
            for piece in (data[:-1], data[-1:]):
                connection.sendall(piece)
                time.sleep(0.05)
            received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 500 ")
    assert b"internal_error" in received
    assert "a bug of ours" in caplog.text
