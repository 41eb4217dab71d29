"""
Blame where it belongs: a caller's mistake is refused before anything is sent, typed, its value hidden, and counts
nowhere; the circuit counts what the provider did.
"""

from __future__ import annotations

import copy
import json
import pickle
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aegis_runtime import (
    OMIT,
    AsyncFastTransport,
    AsyncHttpxTransport,
    Check,
    Circuit,
    CircuitState,
    DeadlineHeader,
    FastTransport,
    Headers,
    HttpxTransport,
    JsonEncoder,
    Middleware,
    Response,
    ResponseSpec,
    RetryPolicy,
    Secret,
    TextDecoder,
    TransportFailure,
)
from aegis_runtime.call._blame import is_the_proxys
from aegis_runtime.content._violations import Violations
from aegis_runtime.errors import (
    CallError,
    CertificateError,
    ConfigurationError,
    ConnectionFailed,
    ContractViolationError,
    DeadlineExceeded,
    IntegrationError,
    InvalidRequestError,
    TransportTimeout,
)
from tests.unit.runtime.harness import PROBLEM, Driver, answer
from tests.unit.runtime.library import GET, LIST, PAGES, Library

CANARY = "s3cr3t-c4n4ry"
TOKENS = [f"{CANARY} ", f" {CANARY}", f"{CANARY}\n", f"a {CANARY}", f"{CANARY}\x00", f"{CANARY}é", f"\t{CANARY}"]
HEADERS: list[Any] = [
    {"X-A": f"{CANARY}\r\nX-B: 1"},
    {"X-A": f"{CANARY} "},
    {"X A": CANARY},
    {"": CANARY},
    {"X-A": 5},
    {"X-A": None},
    {5: CANARY},
    {"X-A": f"{CANARY}진"},
    {"X-A": CANARY.encode()},
    {"Content-Length": "3"},
    {"transfer-encoding": "chunked"},
    {"HOST": "elsewhere.test"},
    {"Connection": "close"},
    {"Upgrade": "h2c"},
    {"TE": "trailers"},
    {"Expect": "100-continue"},
]


@pytest.mark.parametrize("token", [*TOKENS, 5, b"bytes"])
def test_a_token_that_cannot_be_sent_is_refused_at_once(token: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A token with blanks or what no header can carry is a ConfigurationError of the constructor; the variable is named.
    """
    with pytest.raises(ConfigurationError, match="token") as caught:
        Library("https://library.test", token)
    assert CANARY not in str(caught.value)
    if isinstance(token, str) and "\x00" not in token:
        monkeypatch.setenv("LIBRARY_TOKEN", token)
        with pytest.raises(ConfigurationError, match="LIBRARY_TOKEN"):
            Library("https://library.test")


@pytest.mark.parametrize("headers", HEADERS)
def test_headers_that_cannot_be_sent_are_refused(driver: Driver, headers: Any) -> None:
    """
    Headers that break HTTP, frame the message or say where it goes are refused, wherever they are given.
    """
    circuit = Circuit("c", failures=1)
    client, script = driver.scripted(answer(), circuit_breaker=circuit)
    with pytest.raises(InvalidRequestError) as caught:
        driver.run(client.books.get("b1", headers=headers))
    with pytest.raises(ConfigurationError) as set_up:
        client.with_options(headers=headers)
    with pytest.raises(ConfigurationError):
        Library("https://library.test", headers=headers)
    assert CANARY not in str(caught.value) + str(set_up.value) + repr(caught.value)
    assert script.requests == []
    assert circuit.state is CircuitState.CLOSED


def test_headers_of_hooks_obey_too(driver: Driver) -> None:
    """
    What middleware adds to a request is held to the same rules.
    """

    class Adds(Middleware):
        def before(self, attempt: Any) -> None:
            attempt.request.headers.append(("Content-Length", "3"))

    client, script = driver.scripted(answer(), middleware=[DeadlineHeader(), Adds()])
    with pytest.raises(InvalidRequestError, match="Content-Length"):
        driver.run(client.books.get("b1"))
    assert script.requests == []


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), "3", True, 10**400, 1e308, -1e308])
def test_times_that_are_none_are_refused(driver: Driver, seconds: Any) -> None:
    """
    A timeout is a finite number; anything else is refused before anything is sent.
    """
    client, script = driver.scripted(answer())
    with pytest.raises(InvalidRequestError, match="timeout"):
        driver.run(client.books.get("b1", timeout=seconds))
    for name in ("timeout", "connect_timeout"):
        with pytest.raises(ConfigurationError, match=name):
            client.with_options(**{name: seconds})
        with pytest.raises(ConfigurationError, match=name):
            Library("https://library.test", **{name: seconds})
    assert script.requests == []


@pytest.mark.parametrize(
    "options",
    [
        {"max_retries": -1},
        {"max_retries": 1.5},
        {"max_retries": True},
        {"max_response_bytes": 0},
        {"circuit_breaker": True},
        {"retry": 3},
        {"middleware": [Middleware]},
        {"middleware": [5]},
        {"headers": [("X-A", "b")]},
        {"timeout": 0},
        {"transport": "slow"},
    ],
)
def test_options_that_cannot_work_are_refused(options: dict[str, Any]) -> None:
    """
    An option that could only fail later is refused when the client is made, as an error of ours.
    """
    with pytest.raises(ConfigurationError):
        Library("https://library.test", **options)


@pytest.mark.parametrize("make", [HttpxTransport, AsyncHttpxTransport, FastTransport, AsyncFastTransport])
@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), True, "5", 1e308, 10**400, None])
def test_numbers_of_transports_obey_the_same_rule(make: Any, wrong: Any) -> None:
    """
    How many connections and how long they are kept: refused at once where they are no usable number.
    """
    with pytest.raises(ConfigurationError, match="keepalive"):
        make(keepalive=wrong)
    if wrong != 10**400:
        with pytest.raises(ConfigurationError, match="max_connections"):
            make(max_connections=wrong)
    with pytest.raises(ConfigurationError, match="trust_env"):
        make(trust_env=wrong if wrong is not True else "no")


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf"), True, "5", 1e308, 10**400, None])
def test_numbers_of_circuits_and_retries_obey_the_same_rule(wrong: Any) -> None:
    """
    The same for circuits and back-off.
    """
    with pytest.raises(ConfigurationError, match="recovery"):
        Circuit("c", recovery=wrong)
    if wrong != 10**400:
        with pytest.raises(ConfigurationError, match="failures"):
            Circuit("c", failures=wrong)
    for name in ("base", "factor", "maximum"):
        with pytest.raises(ConfigurationError, match=name):
            RetryPolicy(**{name: wrong})


@pytest.mark.parametrize("key", ["", " ", "a\nb", "k" * 256, 5])
def test_an_idempotency_key_obeys_its_schema(driver: Driver, key: Any) -> None:
    """
    A key that the contract does not allow is refused, given as an argument or as a header, and nothing is sent.
    """
    client, script = driver.scripted(answer(503, PROBLEM, "application/problem+json"))
    with pytest.raises(InvalidRequestError):
        driver.run(client.books.add(title="t", idempotency_key=key))
    with pytest.raises(InvalidRequestError):
        driver.run(client.books.add(title="t", headers={"idempotency-key": key}))
    assert script.requests == []


@pytest.mark.parametrize("value", [None, object(), b"b1", lambda: "b1", OSError("x")])
def test_arguments_that_cannot_be_written_are_refused(driver: Driver, value: Any) -> None:
    """
    A value that no parameter can have is an InvalidRequestError, not text of whatever it is.
    """
    client, script = driver.scripted(answer())
    with pytest.raises(InvalidRequestError, match="/path/id"):
        driver.run(client.books.get(value))
    assert script.requests == []


def test_a_short_deadline_of_the_callers_does_not_count(driver: Driver) -> None:
    """
    A caller who gives less time than the operation's own learns nothing about the provider; one who gives it does.
    """
    circuit = Circuit("c", failures=1)
    client, script = driver.scripted(TransportFailure("timeout"), takes=60.0, circuit_breaker=circuit, max_retries=0)
    circuit._clock = script.clock
    with pytest.raises(DeadlineExceeded):
        driver.run(client.books.get("b1", timeout=1))
    assert (circuit.state, circuit.failures) == (CircuitState.CLOSED, 0)
    with pytest.raises(DeadlineExceeded):
        driver.run(client.books.get("b1"))
    assert circuit.state is CircuitState.OPEN


def test_a_short_time_to_connect_does_not_count_either(driver: Driver) -> None:
    """
    The same for the time to connect.
    """
    circuit = Circuit("c", failures=1)
    client, _ = driver.scripted(TransportFailure("connect_timeout"), circuit_breaker=circuit, max_retries=0)
    with pytest.raises(TransportTimeout):
        driver.run(client.with_options(connect_timeout=0.01).books.get("b1"))
    assert circuit.failures == 0
    with pytest.raises(TransportTimeout):
        driver.run(client.books.get("b1"))
    assert circuit.failures == 1


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("busy", TransportTimeout),
        ("certificate", CertificateError),
        ("tls", ConnectionFailed),
        ("proxy", ConnectionFailed),
        ("request", InvalidRequestError),
        ("transport", CallError),
    ],
)
def test_what_is_not_the_providers_doing_does_not_count(driver: Driver, reason: Any, kind: Any) -> None:
    """
    Full pools, proxies, requests that cannot be written and transports that fail by themselves open no circuit.
    """
    circuit = Circuit("c", failures=1)
    client, _ = driver.scripted(TransportFailure(reason), circuit_breaker=circuit, max_retries=0)
    with pytest.raises(kind):
        driver.run(client.books.get("b1"))
    assert circuit.failures == 0


def test_a_transport_may_raise_anything(driver: Driver) -> None:
    """
    Whatever a transport of the caller's raises leaves as an error of the API's family, without its text.
    """
    for raised in (ValueError(CANARY), OSError(CANARY), RuntimeError(CANARY)):
        client, _ = driver.scripted(raised)
        with pytest.raises(CallError, match=type(raised).__name__) as caught:
            driver.run(client.books.get("b1"))
        assert CANARY not in str(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


def test_errors_can_be_shown_and_pickled_whatever_became_of_them() -> None:
    """
    An error that was made without its constructor, as pickle and copy do, has a repr; every error survives a pickle.
    """
    for kind in (CallError, ContractViolationError, DeadlineExceeded, InvalidRequestError):
        assert kind.__name__ in repr(kind.__new__(kind))
    for error in (
        ConfigurationError("x"),
        DeadlineExceeded(operation="o", timeout=3),
        TransportFailure("busy", "d", status=1),
    ):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again), again.__dict__) == (type(error), str(error), error.__dict__)


def test_pages_that_go_round_end_with_an_error(driver: Driver) -> None:
    """
    A provider whose cursors go A → B → A is told of at the first repetition, and the list ends.
    """
    pages = [
        answer(body=b'{"data": [{"id": "1", "title": "t"}], "next_cursor": "%s"}' % cursor)
        for cursor in (b"A", b"B", b"A", b"B", b"A")
    ]
    client, script = driver.scripted(*pages)
    with pytest.raises(ContractViolationError, match="cursor"):
        driver.items(client.books.list())
    assert len(script.requests) == 3


def test_a_page_may_be_followed_twice(driver: Driver) -> None:
    """
    Following one page a second time is no repetition of the provider's.
    """
    bodies = [b'{"data": [], "next_cursor": "%s"}' % cursor for cursor in (b"A", b"B", b"B")]
    client, _ = driver.scripted(*[answer(body=body) for body in bodies])
    first = driver.run(client.books.list())
    assert driver.run(first.next_page()).cursor == "B"
    assert driver.run(first.next_page()).cursor == "B"


def test_a_page_travels(driver: Driver) -> None:
    """
    A page can be pickled and copied with its items and its cursor; going on from there is refused with what to do.
    """
    body = b'{"data": [{"id": "1", "title": "t"}], "next_cursor": "A"}'
    client, script = driver.scripted(answer(body=body))
    page = driver.run(client.books.list())
    for again in (pickle.loads(pickle.dumps(page)), copy.copy(page), copy.deepcopy(page)):
        assert type(again) is type(page)
        assert (again.data, again.cursor, again.answer, again.has_more) == (page.data, "A", page.answer, True)
        with pytest.raises(ConfigurationError, match="list again"):
            driver.run(again.next_page())
    assert len(script.requests) == 1


def test_backing_off_must_be_possible() -> None:
    """
    A RetryPolicy that would wait for ever, or back in time, is refused.
    """
    for wrong in ({"base": -1.0}, {"factor": float("nan")}, {"maximum": float("inf")}, {"base": float("inf")}):
        with pytest.raises(ConfigurationError):
            RetryPolicy(**wrong)
    assert RetryPolicy(random=lambda: 1.0).delay(10_000) == 60.0


def frames(error: BaseException) -> str:
    """
    The local variables of every frame that an error tracker would collect, as it would write them.
    """
    shown: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        trace = seen.__traceback__
        while trace is not None:
            if "/tests/" not in trace.tb_frame.f_code.co_filename:
                shown += [f"{name}={value!r}" for name, value in trace.tb_frame.f_locals.items()]
            trace = trace.tb_next
        seen = seen.__cause__ or seen.__context__
    return "\n".join(shown)


def test_frames_hold_no_token(driver: Driver) -> None:
    """
    Neither a failed call nor a refused set-up leaves a token in the local variables of a frame of ours.
    """
    client, _ = driver.scripted(TransportFailure("connect"), token=CANARY, max_retries=0)
    with pytest.raises(ConnectionFailed) as caught:
        driver.run(client.books.get("b1"))
    assert CANARY not in frames(caught.value)
    with pytest.raises(IntegrationError) as refused:
        Library("https://library.test", f"{CANARY}\n")
    assert CANARY not in frames(refused.value)
    with pytest.raises(IntegrationError) as refused:
        Library(f"https://me:{CANARY}@library.test", Secret("t"))
    assert not re.search(CANARY, frames(refused.value))


@pytest.mark.parametrize("way", ["made", "copied", "called", "listed", "followed"])
def test_frames_hold_nothing_that_was_given(driver: Driver, way: str) -> None:
    """
    Whichever way a client was handed a key, what is raised then leaves it in no frame of ours.
    """
    first = answer(200, b'{"data": [{"id": "b1", "title": "Azaleas"}], "next_cursor": "%s"}' % CANARY.encode())
    client, _ = driver.scripted(first, TransportFailure("connect"), max_retries=0)
    given = {"X-Key": f"{CANARY}\n"}
    ways: dict[str, Callable[[], Any]] = {
        "made": lambda: driver.client(headers=given),
        "copied": lambda: client.with_options(headers=given),
        "called": lambda: driver.run(client.call(GET, (CANARY,), headers=given)),
        "listed": lambda: driver.run(client.page(LIST, PAGES, (OMIT,), headers=given)),
        "followed": lambda: driver.run(driver.run(client.page(LIST, PAGES, (OMIT,))).next_page()),
    }
    with pytest.raises(IntegrationError) as refused:
        ways[way]()
    assert CANARY not in frames(refused.value)


def test_an_answer_itself_can_be_pickled(driver: Driver) -> None:
    """
    A raw response travels between processes with what it reads.
    """
    client, _ = driver.scripted(answer())
    raw = driver.run(client.books.with_raw_response.get("b1"))
    again = pickle.loads(pickle.dumps(raw))
    assert (again.parse(), again.status, again.body, dict(again.headers)) == (
        raw.parse(),
        raw.status,
        raw.body,
        dict(raw.headers),
    )


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("Integer", [5, 5.0, -1], [True, "5", 5.5, None, b"5"]),
        ("Number", [5, 0.5], [False, "0.5", None]),
        ("Boolean", [True, False], [1, 0, "true", "yes", None]),
    ],
)
def test_a_value_is_of_its_type(kind: str, right: list[Any], wrong: list[Any]) -> None:
    """
    A parameter or a member of a body is what JSON Schema calls a number or a boolean: no truth value passes for 1, no
    text for a number, and nothing else for true.
    """
    check, write = Check(f"aegis_runtime.models:{kind}"), JsonEncoder(f"aegis_runtime.models:{kind}")
    for value in right:
        assert check(value, "/query/limit") == value
        assert json.loads(write(value)) == value
    for value in wrong:
        with pytest.raises(Violations):
            check(value, "/query/limit")
        with pytest.raises(Violations):
            write(value)


@pytest.mark.parametrize(
    ("kind", "said", "proxys"),
    [
        ("text/html", {}, True),
        ("Text/HTML; charset=utf-8", {"5XX": "text/html"}, False),
        ("text/plain", {"5XX": "text/html"}, True),
        ("application/json", {}, False),
        ("application/problem+json", {"5XX": "text/html"}, False),
        ("", {}, True),
    ],
)
def test_what_the_contract_declares_is_the_providers(kind: str, said: dict[str, str], proxys: bool) -> None:
    """
    Behind a proxy that forwards, a 5xx is the provider's if the contract declares its media type, or if it is JSON.
    """
    errors = {status: ResponseSpec[object]({name: TextDecoder()}) for status, name in said.items()}
    answered = Response(502, Headers([("content-type", kind)] if kind else []), b"", forwarded=True)
    assert is_the_proxys(answered, replace(GET, errors=errors)) is proxys
    assert not is_the_proxys(replace(answered, forwarded=False), GET)
