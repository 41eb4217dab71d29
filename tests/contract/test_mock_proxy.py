"""
The mock before a real provider, on real sockets: what passes, what is judged, and what never passes.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Self

import httpx
import pytest

from aegis_contracts import load
from aegis_mockserver import Fault, Site
from aegis_mockserver.adapters.proxy._proxy import Fallback, Proxy
from aegis_mockserver.adapters.socket._server import Server
from aegis_mockserver.core._scenarios import read_scenarios
from tests.streams import followed

ITEM = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
EXAMPLES = {
    "mock": {"value": {"id": 7, "name": "mock's"}},
    "magic": {"value": {"id": 42, "name": "magic"}, "x-mock-when": {"$request.path.id": "42"}},
}
JSON = {"application/json": {"schema": ITEM, "examples": EXAMPLES}}
OK = {"200": {"description": "ok", "content": JSON}, "503": {"description": "down"}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Items", "version": "1"},
    "paths": {
        "/items/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"operationId": "readItem", "responses": OK},
            "put": {
                "operationId": "writeItem",
                "requestBody": {"required": True, "content": {"application/json": {"schema": ITEM}}},
                "responses": OK,
            },
        },
        "/events": {
            "get": {
                "operationId": "follow",
                "responses": {"200": {"description": "ok", "content": {"text/event-stream": {"schema": {}}}}},
            }
        },
    },
}


class Real:
    """
    A provider that answers what a test says, and remembers the bytes that came.
    """

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.answers: Callable[[bytes], list[bytes | float | threading.Event]] = lambda _: [answer(b'{"id":1}')]
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/base"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            data = b""
            while b"\r\n\r\n" not in data:
                if not (chunk := connection.recv(65_536)):
                    return
                data += chunk
            head, _, body = data.partition(b"\r\n\r\n")
            length = next(
                (int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-length")), 0
            )
            while len(body) < length:
                body += connection.recv(65_536)
            self.received.append(head + b"\r\n\r\n" + body)
            for part in self.answers(data):
                if isinstance(part, threading.Event):
                    part.wait(30)
                elif isinstance(part, float):
                    time.sleep(part)
                else:
                    connection.sendall(part)

    def close(self) -> None:
        """
        Listen no more.
        """
        self._socket.close()


def answer(body: bytes, status: str = "200 OK", *lines: str, media_type: str = "application/json") -> bytes:
    """
    Write an answer.
    """
    head = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join([*head, *lines, "", ""]).encode("latin-1") + body


@pytest.fixture
def real() -> Iterator[Real]:
    provider = Real()
    yield provider
    provider.close()


class Proxied:
    """
    A mock before a provider, in a thread of its own.
    """

    def __init__(self, url: str, fallback: Fallback = "501", *, refuses: bool = False, **options: Any) -> None:
        self._refuses = refuses
        self.site = Site([load(DOCUMENT)], **options)
        self._ready = threading.Event()
        self._url, self._fallback = url, fallback
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)

    async def _run(self) -> None:
        server = Server(self.site)
        server.proxy = Proxy(self.site, self._url, fallback=self._fallback, refuses=self._refuses, timeout=30)
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        host, port = await server.start("127.0.0.1", 0)
        self.url, self.address = f"http://{host}:{port}", (host, port)
        self._ready.set()
        await self._stop.wait()
        await server.stop(0.5)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)


@pytest.fixture
def proxied(real: Real) -> Iterator[Proxied]:
    with Proxied(real.url) as running:
        yield running


def _raw(proxied: Proxied, data: bytes) -> bytes:
    with socket.create_connection(proxied.address, timeout=30) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
    return received


def test_no_client_gets_the_session_of_another(real: Real, proxied: Proxied) -> None:
    """
    A cookie that the provider sets for one client is never sent for the next, and each client's own passes.
    """
    real.answers = lambda _: [answer(b'{"id":1}', "200 OK", "Set-Cookie: session=anna; Path=/", "Set-Cookie: b=2")]
    first = httpx.get(f"{proxied.url}/items/1")
    assert first.headers.get_list("set-cookie") == ["session=anna; Path=/", "b=2"]
    httpx.get(f"{proxied.url}/items/1", headers={"X-Mock-World": "other"})
    httpx.get(f"{proxied.url}/items/1", headers={"Cookie": "mine=1"})
    assert [b"anna" in one for one in real.received] == [False] * 3
    assert b"cookie: mine=1" in real.received[2].lower()


def test_bodies_pass_as_they_are_coded(real: Real, proxied: Proxied) -> None:
    """
    A coded request stays coded and says so, a coded answer too; both are judged by what they mean.
    """
    coded = gzip.compress(b'{"id":"no number"}')
    real.answers = lambda _: [answer(coded, "200 OK", "Content-Encoding: gzip")]
    sent = gzip.compress(b'{"id":5}')
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json", "Accept-Encoding": "gzip, br"}
    reply = httpx.put(f"{proxied.url}/items/1", content=sent, headers=headers)
    assert reply.json() == {"id": "no number"}
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.headers["x-mock-response-violations"] == "1"
    assert "x-mock-violations" not in reply.headers
    head, _, body = real.received[0].partition(b"\r\n\r\n")
    assert body == sent
    assert b"content-encoding: gzip" in head.lower()
    assert b"accept-encoding: gzip, br" in head.lower()


def test_what_stands_for_not_sent_passes_as_it_is_and_is_named(real: Real, proxied: Proxied) -> None:
    """
    With ``absent`` a null that the contract does not allow is no violation of the client's; the provider gets it.
    """
    real.answers = lambda _: [answer(b'{"id":1}')]
    assert httpx.put(f"{proxied.url}/items/1", json={"id": 1, "name": None}).headers["x-mock-violations"] == "1"
    proxied.site.absent = ["null"]
    reply = httpx.put(f"{proxied.url}/items/1", json={"id": 1, "name": None})
    assert "x-mock-violations" not in reply.headers
    assert reply.headers["x-mock-note"] == "absent: /body/name: taken as not sent"
    assert real.received[-1].endswith(b'"name":null}')


def test_what_is_for_the_next_hop_only_stays_there(real: Real, proxied: Proxied) -> None:
    """
    Connection, what it names, and its kind are not passed on in either direction; Via says who passed it on.
    """
    real.answers = lambda _: [
        answer(b'{"id":1}', "200 OK", "Connection: X-Hop", "X-Hop: 1", "Keep-Alive: 5", "X-Kept: 1")
    ]
    lines = b"Host: mock\r\nConnection: close, X-Secret-Hop\r\nX-Secret-Hop: 1\r\nTE: trailers\r\nX-Passed: 1\r\n"
    received = _raw(proxied, b"GET /items/1 HTTP/1.1\r\n" + lines + b"\r\n").lower()
    head = real.received[0].lower()
    assert b"x-secret-hop" not in head
    assert b"\r\nte:" not in head
    assert b"x-passed: 1" in head
    assert b"via: 1.1 aegis-mock" in head
    assert f"host: 127.0.0.1:{real.port}".encode() in head
    assert head.startswith(b"get /base/items/1 http/1.1\r\n")
    assert b"x-hop" not in received
    assert b"keep-alive" not in received
    assert b"x-kept: 1" in received


@pytest.mark.parametrize("method", [b"OPTIONS", b"TRACE"])
def test_a_request_passes_as_many_intermediaries_as_it_says(real: Real, proxied: Proxied, method: bytes) -> None:
    """
    ``Max-Forwards`` is counted down, and at nought the mock answers in the provider's place (RFC 9110 §7.6.2).
    """
    line = method + b" /items/1 HTTP/1.1\r\nHost: mock\r\nConnection: close\r\nMax-Forwards: "
    _raw(proxied, line + b"3\r\n\r\n")
    assert b"\r\nmax-forwards: 2" in real.received[0].lower()
    before = len(real.received)
    assert _raw(proxied, line + b"0\r\n\r\n").startswith(b"HTTP/1.1 ")
    assert len(real.received) == before


@pytest.mark.parametrize(
    "target",
    [
        b"/../secret",
        b"/items/../../secret",
        b"/%2e%2e/secret",
        b"/items/%2E./%2e%2e/secret",
        b"/..%2fsecret",
        b"/..\\secret",
        b"/%252e%252e/secret",
        b"/.",
    ],
)
def test_no_path_leaves_the_base(real: Real, proxied: Proxied, target: bytes) -> None:
    """
    However a way upwards is written, the provider is not asked.
    """
    received = _raw(proxied, b"GET " + target + b" HTTP/1.1\r\nHost: mock\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 400 ")
    assert real.received == []


@pytest.mark.parametrize("line", [b"CONNECT @127.0.0.1:9", b"CONNECT 127.0.0.1:9", b"GET @127.0.0.1:9/", b"GET :9/"])
def test_no_target_leads_to_another_host(real: Real, proxied: Proxied, line: bytes) -> None:
    """
    A target that is an authority opens nothing.
    """
    received = _raw(proxied, line + b" HTTP/1.1\r\nHost: mock\r\n\r\n")
    assert received[9:12] in {b"400", b"501"}
    assert real.received == []


def test_an_address_as_target_is_asked_of_the_provider(real: Real, proxied: Proxied) -> None:
    """
    An absolute-form target means its path at the provider, whatever host it names.
    """
    _raw(proxied, b"GET http://elsewhere.test/items/1?q=a%20b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert real.received[0].startswith(b"GET /base/items/1?q=a%20b HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("method", "path", "status", "mark", "pointer"),
    [
        ("GET", "/items/1", "404 Not Found", "x-mock-response-violations", "/status"),
        ("GET", "/items/1", "302 Found", "x-mock-response-violations", "/status"),
        ("GET", "/nowhere", "200 OK", "x-mock-violations", "/path"),
        ("DELETE", "/items/1", "200 OK", "x-mock-violations", "/method"),
    ],
)
def test_drift_passes_and_is_marked(
    real: Real, proxied: Proxied, method: str, path: str, status: str, mark: str, pointer: str
) -> None:
    """
    What the contract does not know comes through as it is, is a violation, and the answer says so.
    """
    real.answers = lambda _: [answer(b'{"id":1}', status, "Location: /base/elsewhere")]
    reply = httpx.request(method, f"{proxied.url}{path}")
    assert reply.status_code == int(status[:3])
    assert reply.headers[mark] == "1"
    assert pointer in reply.headers["x-mock-violation"]
    exchange = next(proxied.site.worlds.default.journal.newest_first())
    assert [one.pointer for one in (*exchange.violations, *exchange.reply_violations)] == [pointer]


@pytest.mark.parametrize(
    ("fallback", "status", "answered", "why"),
    [
        ("501", "501 Not Implemented", 200, "501"),
        ("501", "404 Not Found", 404, None),
        ("501", "", 502, None),
        ("never", "501 Not Implemented", 501, None),
        ("never", "", 502, None),
        ("always", "501 Not Implemented", 200, "501"),
        ("always", "404 Not Found", 200, "404"),
        ("always", "", 200, "silent"),
    ],
)
def test_the_mock_answers_only_where_it_is_told_to(
    real: Real, fallback: Fallback, status: str, answered: int, why: str | None
) -> None:
    """
    By default the mock stands in for what the provider says it has not built, and for nothing else; whenever it does,
    the answer says so, and a violation stays one.
    """
    real.answers = lambda _: [answer(b"{}", status)] if status else []
    with Proxied(real.url, fallback) as proxied:
        reply = httpx.get(f"{proxied.url}/items/1")
        assert (reply.status_code, reply.headers.get("x-mock-fallback")) == (answered, why)
        if why == "404":
            assert reply.headers["x-mock-response-violations"] == "1"
            faulty = [one for one in proxied.site.worlds.default.journal if one.reply_violations]
            assert [one.reply.status for one in faulty] == [404]


def test_a_stream_comes_as_it_comes(real: Real, proxied: Proxied) -> None:
    """
    The first event is there long before the last, and the journal has all of them.
    """
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    first_came = threading.Event()
    real.answers = lambda _: [head, b"data: 1\n\n", first_came, b"data: 2\n\n"]
    with httpx.stream("GET", f"{proxied.url}/events", timeout=20) as reply:
        pieces = reply.iter_raw()
        assert next(pieces) == b"data: 1\n\n"
        first_came.set()
        assert b"".join(pieces) == b"data: 2\n\n"
    exchange = next(proxied.site.worlds.default.journal.newest_first())
    assert exchange.reply.body == b"data: 1\n\ndata: 2\n\n"


def test_a_slow_body_of_any_type_is_not_held_back(real: Real, proxied: Proxied) -> None:
    """
    JSON that comes in pieces with pauses is passed on in pieces, and judged at its end.
    """
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    begun = threading.Event()
    real.answers = lambda _: [head, b'5\r\n{"id"\r\n', begun, b'5\r\n:"x"}\r\n0\r\n\r\n']
    with httpx.stream("GET", f"{proxied.url}/items/1", timeout=20) as reply:
        begun.set()
        assert json.loads(b"".join(reply.iter_raw())) == {"id": "x"}
    exchange = next(proxied.site.worlds.default.journal.newest_first())
    assert [one.pointer for one in exchange.reply_violations] == ["/body/id"]


def test_an_answer_that_breaks_off_is_seen_to(real: Real, proxied: Proxied) -> None:
    """
    Half an answer never looks like a whole one.
    """
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    real.answers = lambda _: [head, b"5\r\nhello\r\n", 0.2]
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{proxied.url}/events")


def test_faults_and_preferences_hold_before_a_provider_too(real: Real, proxied: Proxied) -> None:
    """
    ``Prefer``, a magic value and a status fault are answered by the mock; a delay and a cut are done to the provider's
    answer.
    """
    assert httpx.get(f"{proxied.url}/items/1", headers={"Prefer": "code=200"}).json()["name"] == "mock's"
    assert httpx.get(f"{proxied.url}/items/42").json()["name"] == "magic"
    assert real.received == []
    faults = proxied.site.worlds.default.faults
    faults.add(Fault("readItem", status=503, retry_after=3, times=1))
    reply = httpx.get(f"{proxied.url}/items/1")
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "3")
    assert real.received == []
    faults.add(Fault("readItem", latency=0.3, times=1))
    started = time.monotonic()
    assert httpx.get(f"{proxied.url}/items/1").json() == {"id": 1}
    assert time.monotonic() - started > 0.25
    faults.add(Fault("readItem", truncate=0.5, times=1))
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{proxied.url}/items/1")
    faults.add(Fault("readItem", reset=True, times=1))
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{proxied.url}/items/1")
    assert httpx.get(f"{proxied.url}/items/1").json() == {"id": 1}
    assert len(real.received) == 3


EVENTS = [b"data: %d\n\n" % n for n in range(4)]
IN_PIECES: list[bytes | float] = [b"data: 0\n\nda", 0.02, b"ta: 1\n", 0.02, b"\ndata: 2\n\n", 0.02, b"data: 3\n\n"]


@pytest.mark.parametrize(
    ("fault", "came", "ended"),
    [
        ({"after_frames": 2}, b"".join(EVENTS[:2]), "broken"),
        ({"after_frames": 2, "then": "stall"}, b"".join(EVENTS[:2]), "silent"),
        ({"after_frames": 2, "then": "garbage"}, b"".join([*EVENTS[:2], b"data: {\n\n", EVENTS[3]]), "whole"),
        ({"after_frames": 9}, b"".join(EVENTS), "broken"),
        ({"bytes_per_second": 1_000}, b"".join(EVENTS), "whole"),
        ({"latency": 0.01}, b"".join(EVENTS), "whole"),
    ],
)
def test_a_providers_stream_goes_wrong_where_it_is_told_to(
    real: Real, proxied: Proxied, fault: dict[str, Any], came: bytes, ended: str
) -> None:
    """
    Faults of streams count a provider's frames as they come, wherever a packet ends, and are counted once.
    """
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    real.answers = lambda _: [head, *IN_PIECES]
    proxied.site.worlds.default.faults.add(Fault("follow", **fault))
    silent_after = len(came) if ended == "silent" else None
    assert followed(f"{proxied.url}/events", silent_after) == (came, ended)
    assert proxied.site.worlds.default.faults.active[0].calls == 1


@pytest.mark.parametrize(
    ("fault", "lines"),
    [({"after_frames": 1}, ["Content-Encoding: gzip"]), ({"truncate": 0.5}, [])],
    ids=["nobody can look into it", "nobody knows its length"],
)
def test_a_fault_that_a_stream_cannot_have_is_not_counted(
    real: Real, proxied: Proxied, fault: dict[str, Any], lines: list[str]
) -> None:
    """
    Frames of an encoded stream cannot be told, nor half of a length that nobody said: all passes, uncounted.
    """
    content = gzip.compress(b"".join(EVENTS)) if lines else b"".join(EVENTS)
    head = ["HTTP/1.1 200 OK", "Content-Type: text/event-stream", "Connection: close", *lines, "", ""]
    real.answers = lambda _: ["\r\n".join(head).encode(), content]
    proxied.site.worlds.default.faults.add(Fault("follow", **fault))
    assert followed(f"{proxied.url}/events") == (content, "whole")
    assert proxied.site.worlds.default.faults.active[0].calls == 0


def test_a_long_body_is_cut_where_it_is_told_to(real: Real, proxied: Proxied) -> None:
    """
    A body too long to be kept is passed on as it comes, and still ends at the share that was asked for.
    """
    body = json.dumps({"id": 1, "name": "x" * 2_000_000}).encode()
    real.answers = lambda _: [answer(body)]
    proxied.site.worlds.default.faults.add(Fault("readItem", truncate=0.75))
    came, ended = followed(f"{proxied.url}/items/1")
    assert (came, ended) == (body[: int(len(body) * 0.75)], "broken")


def test_a_frame_without_an_end_is_not_kept_for_ever(real: Real, proxied: Proxied) -> None:
    """
    What has no end after a mebibyte is sent on, though a fault of streams waits for whole frames.
    """
    endless = b"data: " + b"x" * 1_200_000
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    over = threading.Event()
    real.answers = lambda _: [head, endless, over]
    proxied.site.worlds.default.faults.add(Fault("follow", after_frames=5))
    came, ended = followed(f"{proxied.url}/events", silent_after=1_048_577)
    over.set()
    assert ended == "silent"
    assert len(came) > 1_048_576


def test_a_scenario_holds_before_a_provider_too(real: Real) -> None:
    """
    A running scenario answers its steps; what it calls real is the provider's.
    """
    steps = {"name": "s", "operation": "readItem", "active": True, "then": "end", "answers": [{"status": 503}, "real"]}
    operations = load(DOCUMENT).all_operations()
    scenarios = read_scenarios({"scenarios": [steps]}, "s", operations)
    with Proxied(real.url, scenarios=scenarios) as proxied:
        scenarios.prepare(proxied.site.worlds.default)
        assert [httpx.get(f"{proxied.url}/items/1").status_code for _ in range(3)] == [503, 200, 200]
    assert len(real.received) == 2


def test_pipelined_requests_are_answered_in_order(real: Real, proxied: Proxied) -> None:
    """
    Requests sent at once are answered one after the other, a refusal among them in its place.
    """
    real.answers = lambda data: [0.1, answer(json.dumps({"id": 1 if b"/1 " in data else 2}).encode())]
    data = b"GET /items/1 HTTP/1.1\r\nHost: x\r\n\r\nGET /items/2 HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n"
    received = _raw(proxied, data)
    assert received.index(b'{"id": 1}') < received.index(b'{"id": 2}') < received.index(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "pointer"),
    [
        ("PUT", "/items/1", {"name": "no id"}, 422, "/body/id"),
        ("GET", "/nowhere", None, 404, None),
        ("DELETE", "/items/1", None, 405, None),
    ],
)
def test_strict_refuses_what_breaks_the_contract(
    real: Real, method: str, path: str, body: Any, status: int, pointer: str | None
) -> None:
    """
    With --validate strict an invalid request does not reach the provider, nor an invalid answer the client; what is
    valid passes, and --validate report marks only.
    """
    with Proxied(real.url, refuses=True) as proxied:
        reply = httpx.request(method, f"{proxied.url}{path}", json=body)
        assert reply.status_code == status
        assert pointer is None or reply.json()["violations"][0]["pointer"] == pointer
        assert real.received == []
        assert httpx.get(f"{proxied.url}/items/1").json() == {"id": 1}
        real.answers = lambda _: [answer(b'{"id":"x"}')]
        wrong = httpx.get(f"{proxied.url}/items/1")
        assert (wrong.status_code, wrong.json()["violations"][0]["pointer"]) == (502, "/body/id")
        proxied.site.validate = "report"
        assert httpx.get(f"{proxied.url}/items/1").json() == {"id": "x"}


@pytest.mark.parametrize("url", ["ftp://x", "http://", "x", "http://x/?q=1", "http://[::1"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    """
    A provider's address is checked before anything is served.
    """
    with pytest.raises(ValueError, match="must "):
        Proxy(Site([load(DOCUMENT)]), url)
