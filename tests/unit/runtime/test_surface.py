"""
What callers hold in their hands: pages, raw answers, middleware, strict mode, logs.
"""

from __future__ import annotations

import json
import logging
from typing import Annotated, Any

import pytest
from pydantic import Field

from aegis_runtime import (
    OMIT,
    AsyncMiddleware,
    Attempt,
    DeadlineHeader,
    Headers,
    JsonDecoder,
    Middleware,
    Page,
    RawResponse,
    TransportFailure,
)
from aegis_runtime.content._violations import Violations
from aegis_runtime.errors import CallError, ConfigurationError
from aegis_runtime.models import ResponseModel, UnknownMember
from aegis_sdk.errors import ContractViolationError, NotFoundError
from tests.unit.runtime.harness import BOOK, PROBLEM, Driver, answer
from tests.unit.runtime.library import FORM, LIST, PAGES, AsyncLibrary, Audio, Book, Form, Genre, Library, Paper


def shelf(*ids: str, cursor: str | None = None) -> Any:
    return answer(200, json.dumps({"data": [{"id": i, "title": i} for i in ids], "next_cursor": cursor}).encode())


def says(**members: Any) -> Any:
    return answer(200, json.dumps({"id": "b1", "title": "t", **members}).encode())


def test_lists_go_on_by_themselves(driver: Driver) -> None:
    """
    Iterating a page yields the items of every page, fetched as they are needed.
    """
    client, script = driver.scripted(shelf("a", "b", cursor="2"), shelf(cursor="3"), shelf("c"))
    assert [book.id for book in driver.items(client.books.list())] == ["a", "b", "c"]
    urls = [request.url.removeprefix("http://library.test") for request in script.requests]
    assert urls == ["/books", "/books?cursor=2", "/books?cursor=3"]


def test_pages_can_be_turned_by_hand(driver: Driver) -> None:
    """
    A page knows its items, whether more follow, and how to get them.
    """
    client, script = driver.scripted(shelf("a", cursor="n/2"), shelf("b", cursor=""))
    page = driver.run(client.books.list(cursor="1"))
    assert ([book.id for book in page.data], page.has_more, page.cursor) == (["a"], True, "n/2")
    following = driver.run(page.next_page())
    assert ([book.id for book in following.data], following.has_more) == (["b"], False)
    assert driver.run(following.next_page()) is None
    assert script.requests[1].url.endswith("/books?cursor=n%2F2")
    assert "of 1, more follow" in repr(page)
    assert page.answer.next_cursor == "n/2"


def test_every_page_is_asked_for_with_what_the_list_was(driver: Driver) -> None:
    """
    Header lines and the timeout of a list are those of each of its pages.
    """
    client, script = driver.scripted(shelf("a", cursor="2"), shelf("b"))
    pages = client.page(LIST, PAGES, (OMIT,), headers={"X-A": "1"}, timeout=7)
    assert [book.id for book in driver.items(driver.run(pages) if driver.kind == "async" else pages)] == ["a", "b"]
    assert [(dict(request.headers).get("X-A"), request.timeout) for request in script.requests] == [("1", 7)] * 2


def test_a_list_that_never_ends_is_stopped(driver: Driver) -> None:
    """
    A provider that sends us back to the page that we came from breaks the contract.
    """
    client, script = driver.scripted(shelf("a", cursor="2"), shelf("b", cursor="2"))
    with pytest.raises(ContractViolationError, match="must not be the one that led here"):
        driver.items(client.books.list())
    assert len(script.requests) == 2


def test_an_asynchronous_list_waits_to_be_asked() -> None:
    """
    Nothing is sent until the pager is awaited or iterated.
    """
    driver = Driver("async")
    client, script = driver.scripted(shelf("a"))
    pager = client.books.list()
    assert script.requests == []
    assert driver.run(pager).data[0].id == "a"
    driver.close()


def test_raw_answers_are_unread(driver: Driver) -> None:
    """
    The raw answer has status, headers, bytes, request id and attempts, and is read when asked.
    """
    odd = answer(200, b"not json", headers={"X-Served-By": "shelf 7"})
    client, script = driver.scripted(answer(503, PROBLEM, "application/problem+json"), odd, answer())
    raw = driver.run(client.books.with_raw_response.get("b1"))
    assert isinstance(raw, RawResponse)
    assert (raw.status, raw.body, raw.attempts, raw.elapsed) == (200, b"not json", 2, 1.0)
    assert raw.headers["x-served-by"] == "shelf 7"
    assert raw.request_id == dict(script.requests[0].headers)["X-Request-Id"]
    with pytest.raises(Exception, match="not JSON"):
        raw.parse()
    assert driver.run(client.books.with_raw_response.get("b1")).parse().title == "Azaleas"
    assert isinstance(driver.run(client.books.get("b1")), Book)


def test_raw_errors_are_raised(driver: Driver) -> None:
    """
    Raw access is about results: errors are raised as ever.
    """
    client, _ = driver.scripted(answer(404, PROBLEM, "application/problem+json"))
    with pytest.raises(NotFoundError):
        driver.run(client.books.with_raw_response.get("b1"))


def test_raw_pages(driver: Driver) -> None:
    """
    A raw list is read as a page, whose next page is no raw answer.
    """
    client, _ = driver.scripted(shelf("a", cursor="2"), shelf("b"))
    raw = driver.run(client.books.with_raw_response.list())
    assert (raw.status, b"next_cursor" in raw.body) == (200, True)
    page = raw.parse()
    assert [book.id for book in driver.items(page)] == ["a", "b"]
    assert isinstance(page, Page) is (driver.kind == "sync")


class Recorder(Middleware):
    """
    Writes down what it sees.
    """

    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self.log = name, log

    def before(self, attempt: Attempt) -> None:
        attempt.request.headers.append((f"X-{self.name}", str(attempt.number)))
        self.log.append(f"{self.name} before {attempt.number}")

    def after(self, attempt: Attempt) -> None:
        self.log.append(f"{self.name} after {attempt.number} {attempt.outcome} {attempt.elapsed}")


def test_middleware_sees_every_attempt(driver: Driver) -> None:
    """
    Hooks are called before and after every attempt, the first one outermost; what they add belongs to that attempt.
    """
    log: list[str] = []
    client, script = driver.scripted(
        TransportFailure("broken"), answer(), takes=0.5, middleware=[Recorder("A", log), Recorder("B", log)]
    )
    driver.run(client.books.get("b1"))
    assert log == [
        "A before 1",
        "B before 1",
        "B after 1 broken 0.5",
        "A after 1 broken 0.5",
        "A before 2",
        "B before 2",
        "B after 2 200 0.5",
        "A after 2 200 0.5",
    ]
    added = [[value for name, value in request.headers if name == "X-A"] for request in script.requests]
    assert added == [["1"], ["2"]]


def test_asynchronous_middleware_is_awaited() -> None:
    """
    An asynchronous client takes hooks of both kinds.
    """
    log: list[str] = []

    class Awaited(AsyncMiddleware):
        async def before(self, attempt: Attempt) -> None:
            log.append("awaited before")

        async def after(self, attempt: Attempt) -> None:
            log.append("awaited after")

    driver = Driver("async")
    client, _ = driver.scripted(answer(), middleware=[Awaited(), Recorder("A", log)])
    driver.run(client.books.get("b1"))
    assert log == ["awaited before", "A before 1", "A after 1 200 0.0", "awaited after"]
    driver.close()


def test_the_deadline_can_be_passed_on(driver: Driver) -> None:
    """
    A hook tells the provider how long its answer is of use.
    """
    client, script = driver.scripted(answer(), timeout=2.5, middleware=[DeadlineHeader()])
    driver.run(client.books.get("b1"))
    assert dict(script.requests[0].headers)["X-Request-Timeout"] == "2.500"


def test_what_the_contract_does_not_name_is_tolerated(driver: Driver) -> None:
    """
    Unknown fields are kept, and an unknown enum value is a value that says it is unknown.
    """
    client, _ = driver.scripted(says(genre="haiku", shelf_mark="A7"))
    book = driver.run(client.books.get("b1"))
    assert (book.genre, book.genre.is_known, Genre.POETRY.is_known) == ("haiku", False, True)
    assert book.model_extra == {"shelf_mark": "A7"}
    with pytest.raises(ValueError, match="frozen"):
        book.title = "x"


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"genre": "haiku"}, ("/genre", "enum")),
        ({"shelf_mark": "A7"}, ("/shelf_mark", "additionalProperties")),
        ({"010-1234-5678": "A7"}, ("/*", "additionalProperties")),
    ],
)
def test_strict_mode_reports_it(driver: Driver, members: dict[str, str], fault: tuple[str, str]) -> None:
    """
    In strict mode each of these is a violation; a name that looks like data is not shown.
    """
    client, _ = driver.scripted(says(**members))
    with pytest.raises(ContractViolationError) as caught:
        driver.run(client.with_options(strict=True).books.get("b1"))
    assert [(found.pointer, found.rule) for found in caught.value.violations] == [fault]


def test_strict_mode_accepts_what_is_named(driver: Driver) -> None:
    """
    Strict mode refuses nothing that the contract names, and maps have free keys.
    """
    client, _ = driver.scripted(says(genre="poetry", reader="kim", notes={"any": 1}), strict=True)
    assert driver.run(client.books.get("b1")).notes == {"any": 1}


def test_strict_mode_looks_at_errors_too(driver: Driver) -> None:
    """
    An error body that the contract types must fit it in strict mode.
    """
    odd = answer(404, b'{"detail": "no code"}', "application/problem+json")
    client, _ = driver.scripted(odd)
    with pytest.raises(NotFoundError):
        driver.run(client.books.get("b1"))
    with pytest.raises(ContractViolationError, match="/code field required"):
        driver.run(client.with_options(strict=True).books.get("b1"))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"kind": "paper", "pages": 90}, Paper),
        ({"kind": "audio", "seconds": 9, "voice": "x"}, Audio),
        ({"kind": "hologram", "watts": 3}, UnknownMember),
    ],
)
def test_unions_may_grow(driver: Driver, body: dict[str, Any], kind: type[Any]) -> None:
    """
    A union's known members are told apart; one that a later contract adds is kept as it is.
    """
    client, _ = driver.scripted(answer(200, json.dumps(body).encode()))
    found = driver.run(client.call(FORM))
    assert type(found) is kind
    if kind is UnknownMember:
        assert found.model_extra == body
        with pytest.raises(ContractViolationError, match="must be one of the kinds"):
            driver.run(client.with_options(strict=True).call(FORM))


def test_a_known_member_must_fit(driver: Driver) -> None:
    """
    A known kind that breaks its own schema is a violation, not an unknown kind.
    """
    client, _ = driver.scripted(answer(200, b'{"kind": "paper", "pages": "many"}'))
    with pytest.raises(ContractViolationError, match="/pages"):
        driver.run(client.call(FORM))


def test_attempts_and_retries_are_logged(driver: Driver, caplog: pytest.LogCaptureFixture) -> None:
    """
    Each attempt is a line at DEBUG and each retry one at INFO, with operation, template, outcome, time and request id.
    """
    caplog.set_level(logging.DEBUG, logger="library_sdk")
    client, script = driver.scripted(
        TransportFailure("connect"), answer(503, PROBLEM, "application/problem+json"), answer(200, BOOK), takes=0.25
    )
    driver.run(client.books.get("b1"))
    request_id = dict(script.requests[0].headers)["X-Request-Id"]
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("DEBUG", f"getBook GET /books/{{id}}: connect in 0.250 s, attempt 1, request {request_id}"),
        ("INFO", f"getBook: attempt 1 failed, next in 1.0 s, request {request_id}"),
        ("DEBUG", f"getBook GET /books/{{id}}: 503 in 0.250 s, attempt 2, request {request_id}"),
        ("INFO", f"getBook: attempt 2 failed, next in 2.0 s, request {request_id}"),
        ("DEBUG", f"getBook GET /books/{{id}}: 200 in 0.250 s, attempt 3, request {request_id}"),
    ]


class Room(ResponseModel):
    """
    Books within books.
    """

    inner: Annotated[list[list[Book]] | None, Field(alias="the-books")] = None
    pair: tuple[Book, Genre] | None = None
    free: dict[str, Genre] | None = None
    form: Form | None = None


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"the-books": [[], [{"id": "1", "title": "a", "x": 1}]]}, [("/the-books/1/0/x", "additionalProperties")]),
        ({"the-books": [[{"id": "1", "title": "a", "genre": "odd"}]]}, [("/the-books/0/0/genre", "enum")]),
        ({"pair": [{"id": "1", "title": "a"}, "odd"]}, [("/pair/1", "enum")]),
        ({"free": {"kim": "odd", "lee": "poetry"}}, [("/free/*", "enum")]),
        ({"form": {"kind": "braille"}}, [("/form", "discriminator")]),
        ({"form": {"kind": "paper", "pages": 1, "x_y-z": 1}}, [("/form/x_y-z", "additionalProperties")]),
        ({"b": 1, "form": {"kind": "tape"}}, [("/b", "additionalProperties"), ("/form", "discriminator")]),
        ({"form": {"kind": "audio", "seconds": 1}, "free": {"x": "prose"}, "pair": None}, []),
        ({"a" * 40: 1, "b" * 41: 1, "9a": 1}, [(f"/{name}", "additionalProperties") for name in ("a" * 40, "*", "*")]),
    ],
)
def test_strict_mode_says_where(body: dict[str, Any], found: list[tuple[str, str]]) -> None:
    """
    What the contract does not name is told by its place in the answer, however deep, and all of it.
    """
    decode = JsonDecoder[Any](lambda: Room)
    assert decode(json.dumps(body).encode(), False)
    if not found:
        assert decode(json.dumps(body).encode(), True)
        return
    with pytest.raises(Violations) as told:
        decode(json.dumps(body).encode(), True)
    assert [(each.pointer, each.rule) for each in told.value.violations] == found


@pytest.mark.parametrize(
    ("given", "status"), [({}, 0), ({"status": 200}, 200)], ids=["before the answer", "within the answer"]
)
@pytest.mark.parametrize("reason", ["protocol", "truncated", "too_large"])
def test_a_transport_says_whether_an_answer_had_begun(
    driver: Driver, reason: Any, given: dict[str, int], status: int
) -> None:
    """
    A transport of somebody's own need not know a status: then the error names none.
    """
    client, _ = driver.scripted(TransportFailure(reason, **given), max_retries=0)
    with pytest.raises(CallError) as caught:
        driver.run(client.books.get("b1"))
    assert getattr(caught.value, "status", 0) == status
    assert ("200" in str(caught.value)) is (hasattr(caught.value, "status") and status == 200 and reason != "too_large")


def test_hooks_are_objects_that_their_client_can_call() -> None:
    """
    A class in place of an object, a hook without its methods, and one to be awaited where nothing is, are refused.
    """

    class Awaited(AsyncMiddleware):
        async def before(self, attempt: Attempt) -> None: ...

        async def after(self, attempt: Attempt) -> None: ...

    hooks: list[Any] = [Recorder, object(), Awaited()]
    for hook in hooks:
        with pytest.raises(ConfigurationError, match="iddleware"):
            Library("http://library.test", middleware=[hook])
    AsyncLibrary("http://library.test", middleware=[Awaited()])


@pytest.mark.parametrize("hooked", [False, True])
def test_what_a_transport_raises_is_named_and_not_quoted(driver: Driver, hooked: bool) -> None:
    """
    A transport of somebody's own may raise anything: the error says its kind, never its text, with hooks or without.
    """
    hooks = [Recorder("A", [])] if hooked else []
    client, _ = driver.scripted(ZeroDivisionError("canary"), max_retries=0, middleware=hooks)
    with pytest.raises(CallError, match="the transport raised ZeroDivisionError") as caught:
        driver.run(client.books.get("b1"))
    assert "canary" not in f"{caught.value!r}"
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_every_line_of_a_header_can_be_read() -> None:
    """
    A header that came several times is joined when asked for by name, and each of its lines is there, too.
    """
    for lines in ([("Via", "a"), ("X", "y"), ("via", "b")], [(b"Via", b"a"), (b"X", b"y"), (b"via", b"b")]):
        headers = Headers(lines)  # type: ignore[arg-type]
        assert (headers["VIA"], headers.lines("vIa"), headers.lines("none")) == ("a, b", ["a", "b"], [])
        assert (len(headers), "via" in headers, 7 in headers) == (2, True, False)
