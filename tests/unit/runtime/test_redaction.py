"""
Secrets and personal data never show by accident: a canary is put everywhere, every way of failing is driven, and
everything that is told is searched for it.
"""

from __future__ import annotations

import gzip
import json
import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from aegis_runtime import Attempt, Circuit, Headers, Middleware, Page, Request, Response, Secret, TransportFailure
from aegis_sdk.errors import AegisError, CallError, ConfigurationError, Problem
from tests.unit.runtime.harness import Behaviour, Driver, Wire, answer, drips, ends, hangs, replies, resets, sends
from tests.unit.runtime.library import Book, Library, Shelf

CANARY = "kim-CANARY-7f3a"
HEAD = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-who: {CANARY}\r\n".encode()


def mentions(thing: Any) -> bytes:
    return json.dumps(thing).encode()


def problem(status: int, **more: Any) -> Behaviour:
    body = {"type": CANARY, "title": CANARY, "status": status, "detail": CANARY, "instance": CANARY, **more}
    return replies(status, mentions(body), "application/problem+json", [("x-who", CANARY)])


SECRETIVE = {
    "good": replies(200, mentions({"id": CANARY, "title": CANARY, "reader": CANARY, CANARY: CANARY})),
    "not-found": problem(404, code=CANARY),
    "conflict": problem(409, code="title_taken", **{CANARY: CANARY}),
    "server-error": problem(500, code=CANARY),
    "retried": problem(503, code=CANARY),
    "old-shape": replies(401, mentions({"code": -4, "msg": CANARY})),
    "html": replies(502, f"<p>{CANARY}</p>".encode(), f"text/{CANARY}"),
    "other-type": replies(200, CANARY.encode(), f"application/{CANARY}"),
    "not-json": replies(200, CANARY.encode()),
    "half-json": replies(200, f'{{"id": "{CANARY}", "title": "{CANARY}'.encode()),
    "wrong-type": replies(200, mentions({"id": [CANARY], "title": {CANARY: CANARY}, "genre": CANARY})),
    "wrong-in-map": replies(200, mentions({"id": "b1", "title": "t", "notes": {CANARY: CANARY}})),
    "empty": replies(200, b"", headers=[("x-who", CANARY)]),
    "redirect": replies(302, CANARY.encode(), "text/plain", [("location", f"http://{CANARY}@x/{CANARY}")]),
    "truncated": sends(HEAD + b"content-length: 900\r\n\r\n" + CANARY.encode()),
    "not-http": sends(f"{CANARY} {CANARY}\r\n\r\n".encode()),
    "bad-header": sends(HEAD + f"{CANARY} {CANARY}\r\n\r\n".encode()),
    "broken-gzip": replies(200, b"\x1f\x8b" + CANARY.encode(), headers=[("content-encoding", "gzip")]),
    "gzip-bomb": replies(200, gzip.compress(CANARY.encode() * 9999), headers=[("content-encoding", "gzip")]),
    "other-coding": replies(200, CANARY.encode(), headers=[("content-encoding", CANARY)]),
    "closed": ends,
    "reset": resets,
    "hang": hangs,
    "drip": drips(HEAD * 100),
}


class Loud(Middleware):
    """
    Middleware that tells what it sees.
    """

    def __init__(self) -> None:
        self.said: list[str] = []

    def before(self, attempt: Attempt) -> None:
        self.said.append(f"{attempt!r} {attempt} {attempt.request!r} {attempt.path} {attempt.outcome}")

    def after(self, attempt: Attempt) -> None:
        self.said.append(f"{attempt!r} {attempt.response!r} {attempt.failure!r} {attempt.outcome}")


def told(error: BaseException) -> str:
    """
    Everything that an error says of itself, and of what led to it.
    """
    said = [str(error), repr(error), repr(error.args), *traceback.format_exception(error)]
    said += [told(also) for also in (error.__cause__, error.__context__) if also is not None]
    return "\n".join(said)


@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
@pytest.mark.parametrize("behaviour", SECRETIVE.values(), ids=SECRETIVE.keys())
def test_no_way_of_failing_tells(
    wired: Driver, wire: Callable[..., Wire], caplog: pytest.LogCaptureFixture, behaviour: Behaviour, strict: bool
) -> None:
    """
    Whatever the provider does, neither logs nor errors nor reprs tell what was sent or received.
    """
    caplog.set_level(logging.DEBUG)
    loud = Loud()
    client = wired.client(
        wire(behaviour).url,
        Secret(CANARY),
        timeout=0.15,
        max_retries=1,
        strict=strict,
        headers={"X-Client": CANARY},
        middleware=[loud],
        circuit_breaker=Circuit("library@x"),
        max_response_bytes=9999,
    )
    said = [repr(client), str(client), repr(client._settings), repr(client._options), repr(client.circuit)]
    calls: list[Callable[[], Any]] = [
        lambda: client.books.get(CANARY, fields=[CANARY], reader=CANARY, headers={"X-Call": CANARY}),
        lambda: client.books.add(title=CANARY, secret_note=CANARY, idempotency_key=CANARY),
        lambda: client.books.lend(CANARY),
        lambda: client.books.with_raw_response.get(CANARY),
    ]
    for call in calls:
        try:
            result = wired.run(call())
        except AegisError as error:
            said.append(told(error))
        else:
            said += [repr(result), str(result)] if not isinstance(result, Book) else []
    lines = [record.getMessage() for record in caplog.records]
    assert any("getBook GET /books/{id}: " in line for line in lines)
    assert not [text for text in (*said, *lines, *loud.said, caplog.text) if CANARY in text]


@pytest.mark.parametrize("reason", ["connect", "tls", "busy", "protocol"])
def test_failures_to_connect_do_not_tell(driver: Driver, caplog: pytest.LogCaptureFixture, reason: Any) -> None:
    """
    Nor do failures that happen before anything is sent.
    """
    caplog.set_level(logging.DEBUG)
    client, _ = driver.scripted(TransportFailure(reason), token=CANARY)
    with pytest.raises(CallError) as caught:
        driver.run(client.books.get(CANARY, reader=CANARY))
    assert CANARY not in told(caught.value) + caplog.text


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.books.get("b1", reader=f"{CANARY}\r\n"),
        lambda client: client.books.get("b1", headers={f"{CANARY} x": "1"}),
        lambda client: client.books.get("b1", headers={"X": f"{CANARY}\0"}),
        lambda client: client.books.get(f"{CANARY}\ud800"),
        lambda client: client.books.add(title=CANARY * 9),
        lambda client: client.books.add(title=f"{CANARY}\ud800"),
        lambda client: client.books.add(title="x", secret_note=[CANARY]),
        lambda client: client.books.add(title="x", idempotency_key=f"{CANARY}\n"),
        lambda client: client.call(_add(), (), {"title": "x", CANARY: CANARY}),
        lambda client: client.call(_add(), (), {"title": "x", "secret_note": Unwritable()}),
    ],
)
def test_refused_requests_do_not_tell(driver: Driver, call: Callable[[Any], Any]) -> None:
    """
    A request that breaks the contract is refused without quoting what broke it.
    """
    client, script = driver.scripted(answer())
    with pytest.raises(CallError) as caught:
        driver.run(call(client))
    assert CANARY not in told(caught.value)
    assert script.requests == []


class Unwritable:
    """
    Something that talks when looked at.
    """

    def __repr__(self) -> str:
        return CANARY


def _add() -> Any:
    from tests.unit.runtime.library import ADD

    return ADD


@pytest.mark.parametrize(
    "thing",
    [
        Secret(CANARY),
        Headers([("x-who", CANARY), (CANARY, "x")]),
        Request("GET", f"http://x/{CANARY}", [("a", CANARY)], CANARY.encode(), 1.0, 1.0, 1),
        Response(200, Headers([(CANARY, CANARY)]), CANARY.encode()),
        Problem(CANARY, CANARY, 400, CANARY, CANARY, CANARY, {CANARY: CANARY}),
        Book.model_validate({"id": "b1", "title": "t", "reader": CANARY, CANARY: CANARY}),
        Shelf.model_validate({"data": [{"id": "b1", "title": "t", "reader": CANARY}]}),
        Page(CANARY, [CANARY], CANARY, lambda cursor: None),  # type: ignore[arg-type, return-value]
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_reprs_do_not_tell(thing: object) -> None:
    """
    Looking at a value, alone or in a collection, shows neither secrets nor personal data.
    """
    assert CANARY not in f"{thing!r} {thing} {[thing]} {thing:}"


def test_a_secret_is_usable() -> None:
    """
    A secret gives its value when asked by name, and compares like it.
    """
    secret = Secret(CANARY)
    assert secret.reveal() == CANARY
    assert secret == Secret(secret)
    assert secret != CANARY
    assert len({secret, Secret(CANARY)}) == 1
    assert (bool(secret), bool(Secret(""))) == (True, False)


@pytest.mark.parametrize("token", [f"{CANARY}\n", f"{CANARY}진"])
def test_a_token_that_no_header_can_carry_is_refused(token: str) -> None:
    """
    A token with a line end, as files often have, is refused when the client is made.
    """
    with pytest.raises(ConfigurationError, match="printable text on one line") as caught:
        Library("http://x.test", token)
    assert CANARY not in told(caught.value)


def test_a_base_url_must_not_hold_a_credential() -> None:
    """
    A password in the base URL would be shown by every repr, so it is refused.
    """
    with pytest.raises(ConfigurationError, match="must not hold a credential") as caught:
        Library(f"http://user:{CANARY}@x.test")
    assert CANARY not in told(caught.value)
