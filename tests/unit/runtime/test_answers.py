"""
What comes back, over a real socket: results, and everything that is none.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest

from aegis_runtime import RetryPolicy
from aegis_sdk.errors import (
    AuthenticationError,
    CallError,
    ConnectionFailed,
    ContractViolationError,
    NotFoundError,
    ResponseDecodeError,
    ResponseTooLargeError,
    ServerError,
    UnexpectedRedirectError,
    UserApiError,
)
from tests.unit.runtime.harness import BOOK, Behaviour, Driver, Wire, answer, ends, hangs, replies, resets, sends
from tests.unit.runtime.library import HEALTH

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"


def test_a_result_is_typed(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    A good answer is the contract's model.
    """
    server = wire(replies())
    book = wired.run(wired.client(server.url).books.get("b1"))
    assert (book.id, book.title, book.genre) == ("b1", "Azaleas", None)
    assert server.seen[0].target == "/books/b1"
    assert server.seen[0].header("authorization") == "Bearer t0ken"
    assert server.seen[0].header("accept") == "application/json, application/problem+json"


def test_a_body_arrives_as_it_was_given(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    A request body is JSON in UTF-8 with its length; what was not given is not in it, and None is null.
    """
    server = wire(replies(201))
    client = wired.client(server.url)
    wired.run(client.books.add(title="진달래꽃"))
    wired.run(client.books.add(title="x", secret_note=None))
    assert [seen.body for seen in server.seen] == ['{"title":"진달래꽃"}'.encode(), b'{"title":"x","secret_note":null}']
    assert server.seen[0].header("content-type") == "application/json"
    assert server.seen[0].header("content-length") == str(len(server.seen[0].body))


def test_a_post_without_body_says_so(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    A POST that has no body has length 0 (RFC 9110 §8.6), and 204 is None.
    """
    server = wire(sends(b"HTTP/1.1 204 No Content\r\n\r\n"))
    wired.run(wired.client(server.url).books.lend("b1"))
    assert server.seen[0].header("content-length") in ("0", None)


@pytest.mark.parametrize(
    ("behaviour", "kind", "words"),
    [
        pytest.param(replies(200, b""), ResponseDecodeError, "the body is empty", id="empty"),
        pytest.param(sends(HEAD + b"\r\n"), ResponseDecodeError, "the body is empty", id="empty-until-close"),
        pytest.param(replies(200, b"<p>", "text/html"), ResponseDecodeError, "text/html came", id="html"),
        pytest.param(replies(200, b"x", "application/x-odd"), ResponseDecodeError, "another media type", id="odd-type"),
        pytest.param(replies(200, b"not json"), ResponseDecodeError, "not JSON", id="not-json"),
        pytest.param(replies(200, BOOK[:-4]), ResponseDecodeError, "not JSON, or not all", id="half-json"),
        pytest.param(replies(200, b"\xff\xfe"), ResponseDecodeError, "not JSON", id="not-utf8"),
        pytest.param(replies(200, b'{"id": 7}'), ContractViolationError, "/title field required", id="violation"),
        pytest.param(replies(206, BOOK), ContractViolationError, "does not name this status", id="unnamed-status"),
        pytest.param(
            sends(HEAD + b"content-length: 900\r\n\r\n" + BOOK), ResponseDecodeError, "ended before", id="truncated"
        ),
        pytest.param(
            sends(HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nabc"), ResponseDecodeError, "ended", id="half-chunk"
        ),
        pytest.param(sends(b"SSH-2.0-dropbear\r\n\r\n"), CallError, "", id="not-http"),
        pytest.param(replies(301, b"", None, [("location", "/x")]), UnexpectedRedirectError, "301", id="redirect"),
        pytest.param(replies(308, b"", None, [("location", "/x")]), UnexpectedRedirectError, "redirect", id="308"),
        pytest.param(replies(304, b"", None), UnexpectedRedirectError, "304", id="not-modified"),
        pytest.param(replies(502, b"<h1>Bad gateway</h1>", "text/html"), ServerError, "502 Bad Gateway", id="502-html"),
        pytest.param(replies(500, b""), ServerError, "500 Internal Server Error", id="500-empty"),
        pytest.param(replies(401, b"nope", "text/plain"), AuthenticationError, "Check token", id="401-text"),
        pytest.param(ends, ConnectionFailed, "ended before an answer", id="closed"),
        pytest.param(resets, ConnectionFailed, "ended before an answer", id="reset"),
        pytest.param(
            replies(200, BOOK, headers=[("content-encoding", "br")]), ResponseDecodeError, "coding", id="unasked-coding"
        ),
        pytest.param(
            replies(200, gzip.compress(BOOK)[:-3], headers=[("content-encoding", "gzip")]),
            ResponseDecodeError,
            "ended before",
            id="half-gzip",
        ),
        pytest.param(
            replies(200, b"\x1f\x8bxxxxxxxxxxxx", headers=[("content-encoding", "gzip")]),
            ResponseDecodeError,
            "not the gzip",
            id="broken-gzip",
        ),
    ],
)
def test_what_is_no_result_is_a_clear_error(
    wired: Driver, wire: Callable[..., Wire], behaviour: Behaviour, kind: type[CallError], words: str
) -> None:
    """
    Each thing that can be wrong with an answer has its class, is of the API's family, and says what was wrong.
    """
    client = wired.client(wire(behaviour).url, max_retries=0)
    with pytest.raises(kind) as caught:
        wired.run(client.books.get("b1"))
    error = caught.value
    assert isinstance(error, UserApiError)
    assert words in str(error)
    assert str(error).startswith("getBook: ")
    assert "GET /books/{id}, 1 attempt in" in str(error)
    assert (error.operation, error.method, error.path, error.attempts) == ("getBook", "GET", "/books/{id}", 1)


@pytest.mark.parametrize("greeting", [b"220 mx ESMTP\r\n", b"SSH-2.0-x\r\n", b"+OK", b"J", b"H2"])
@pytest.mark.parametrize("keeps", [False, True])
def test_who_greets_and_waits_is_found_out_by_his_first_bytes(
    wired: Driver, wire: Callable[..., Wire], greeting: bytes, keeps: bool
) -> None:
    """
    A peer that speaks another protocol is told as such at once, though he waits for us: on a new connection, and on one
    that has answered before.
    """
    answered = [replies()] if keeps else []
    server = wire(*answered, lambda wire, peer: bool(peer.sendall(greeting)) or hangs(wire, peer))
    client = wired.client(server.url, max_retries=0, timeout=60)
    for _ in answered:
        wired.run(client.books.get("b1"))
    with pytest.raises(CallError, match="does not speak HTTP"):
        wired.run(client.books.get("b1"))


def test_nobody_listening_says_so(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    A refused connection is told as such.
    """
    server = wire(ends)
    server.close()
    with pytest.raises(ConnectionFailed, match="connection refused"):
        wired.run(wired.client(server.url, max_retries=0).books.get("b1"))


def test_an_unknown_host_says_so(driver: Driver) -> None:
    """
    A host name that does not resolve is told as such.
    """
    client = driver.client("http://nowhere.invalid", max_retries=0, timeout=20)
    with pytest.raises(ConnectionFailed, match="cannot be resolved"):
        driver.run(client.books.get("b1"))


@pytest.mark.parametrize("body", [b"not gzip", b"\x1f\x8bbroken", gzip.compress(b"x" * 99_999)])
@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_an_illegible_error_is_still_that_error(
    wired: Driver, wire: Callable[..., Wire], body: bytes, coding: str
) -> None:
    """
    An error whose body cannot be read is still the error that its status says, and tried again if that can help.
    """
    server = wire(replies(503, body, "text/html", [("content-encoding", coding)]), replies())
    assert wired.run(wired.client(server.url, retry=RetryPolicy(base=0.0)).books.get("b1")).id == "b1"
    server = wire(replies(404, body, "text/html", [("content-encoding", coding)]))
    with pytest.raises(NotFoundError):
        wired.run(wired.client(server.url, max_response_bytes=65_536).books.get("b1"))


def test_gzip_in_members_is_whole(driver: Driver) -> None:
    """
    A gzip of several members reads as one, up to the limit exactly.
    """
    parts = gzip.compress(BOOK[:9]) + gzip.compress(BOOK[9:])
    for limit, fits in ((len(BOOK), True), (len(BOOK) - 1, False)):
        client, _ = driver.scripted(answer(200, parts, headers={"Content-Encoding": "gzip"}), max_response_bytes=limit)
        if fits:
            assert driver.run(client.books.get("b1")).title == "Azaleas"
        else:
            with pytest.raises(ResponseTooLargeError):
                driver.run(client.books.get("b1"))


def test_gzip_is_undone(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    A gzipped answer reads like any other.
    """
    server = wire(replies(200, gzip.compress(BOOK), headers=[("Content-Encoding", "gzip")]))
    assert wired.run(wired.client(server.url).books.get("b1")).title == "Azaleas"
    assert server.seen[0].header("accept-encoding") == "gzip"


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(replies(200, b"x" * 70_000), id="length"),
        pytest.param(sends(HEAD + b"\r\n" + b"x" * 70_000), id="until-close"),
        pytest.param(
            replies(200, gzip.compress(b"x" * 900_000), headers=[("content-encoding", "gzip")]), id="gzip-bomb"
        ),
    ],
)
def test_answers_have_a_size_limit(wired: Driver, wire: Callable[..., Wire], behaviour: Behaviour) -> None:
    """
    An answer larger than the limit is not read to its end, and a small one cannot swell beyond it.
    """
    client = wired.client(wire(behaviour).url, max_response_bytes=65_536, max_retries=0)
    with pytest.raises(ResponseTooLargeError, match="more than 65536 bytes"):
        wired.run(client.books.get("b1"))


def test_the_limit_itself_fits(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    An answer of exactly the limit is read.
    """
    client = wired.client(wire(replies()).url, max_response_bytes=len(BOOK))
    assert wired.run(client.books.get("b1")).id == "b1"


def test_statuses_that_the_contract_calls_results_are(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    A 503 that the contract gives a result to is a result, and is not tried again.
    """
    server = wire(replies(503, b"unhealthy: kafka", "text/plain; charset=utf-8"))
    client = wired.client(server.url)
    assert wired.run(client.call(HEALTH)) == "unhealthy: kafka"
    assert len(server.seen) == 1


def test_a_missing_content_type_is_forgiven(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    Without a Content-Type, what the contract names first is tried; strict mode does not.
    """
    client = wired.client(wire(replies(200, BOOK, None)).url)
    assert wired.run(client.books.get("b1")).id == "b1"
    with pytest.raises(ResponseDecodeError, match="no media type"):
        wired.run(client.with_options(strict=True).books.get("b1"))


@pytest.mark.parametrize("times", [1, 4, 5])
def test_codings_one_over_another_are_undone_up_to_four(driver: Driver, times: int) -> None:
    """
    As many codings as anybody lays over each other are read, and no more: each may make the answer larger.
    """
    body = BOOK
    for _ in range(times):
        body = gzip.compress(body)
    said = answer(200, body, headers={"content-encoding": ", ".join(["gzip"] * times)})
    client, _ = driver.scripted(said, max_retries=0)
    if times <= 4:
        assert driver.run(client.books.get("b1")).title == "Azaleas"
    else:
        with pytest.raises(ResponseDecodeError, match="coding"):
            driver.run(client.books.get("b1"))
