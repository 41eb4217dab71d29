"""
Where a call's rules meet their bounds, and which of several settings holds.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from aegis_runtime import (
    OMIT,
    AsyncFastTransport,
    AsyncHttpxTransport,
    Attempt,
    Circuit,
    DeadlineHeader,
    FastTransport,
    HttpxTransport,
    Middleware,
    ResponseSpec,
    TextDecoder,
    TransportFailure,
)
from aegis_runtime.errors import (
    ApiError,
    CallError,
    CircuitOpenError,
    ClientError,
    ConnectionFailed,
    DeadlineExceeded,
    InvalidRequestError,
    ResponseTooLargeError,
    ServerError,
    TransportTimeout,
)
from tests.unit.runtime.harness import BOOK, PROBLEM, Driver, Wire, answer, replies
from tests.unit.runtime.library import API, GET, HEALTH, LIST, PAGES, operation
from tests.unit.runtime.test_blame import frames


@pytest.mark.parametrize(("takes", "kind"), [(9.985, DeadlineExceeded), (9.97, TransportTimeout)])
@pytest.mark.parametrize("reason", ["timeout", "connect_timeout", "busy", "proxy"])
def test_a_timer_that_rings_early_met_the_deadline(driver: Driver, reason: Any, takes: float, kind: type) -> None:
    """
    What ends within a fiftieth of a second of the deadline used it up; what ends before has an error of its own.
    """
    client, script = driver.scripted(TransportFailure(reason), takes=takes, timeout=10.0, max_retries=0)
    with pytest.raises(CallError) as caught:
        driver.run(client.books.get("b1"))
    own = ConnectionFailed if reason == "proxy" and kind is TransportTimeout else kind
    assert type(caught.value).__name__ == own.__name__
    assert len(script.requests) == 1


@pytest.mark.parametrize(("recovery", "sent"), [(1.0, 2), (1.5, 1)])
@pytest.mark.parametrize("outcome", [TransportFailure("connect"), answer(503, b"", None)], ids=["failure", "503"])
def test_a_circuit_that_closes_before_the_next_attempt_is_no_hindrance(
    driver: Driver, outcome: Any, recovery: float, sent: int
) -> None:
    """
    The next attempt is the probe where the circuit lets one through by then; where it does not, nobody waits for it.
    """
    circuit = Circuit(failures=1, recovery=recovery)
    client, script = driver.scripted(outcome, answer(), circuit_breaker=circuit)
    circuit._clock = script.clock
    if sent == 2:
        assert driver.run(client.books.get("b1")).id == "b1"
    else:
        with pytest.raises((ConnectionFailed, ServerError)):
            driver.run(client.books.get("b1"))
    assert (len(script.requests), len(script.clock.slept)) == (sent, sent - 1)


@pytest.mark.parametrize(("timeout", "sent"), [(1.0, 1), (1.1, 2)])
def test_a_wait_needs_time_behind_it(driver: Driver, timeout: float, sent: int) -> None:
    """
    Nobody waits for an attempt that no time would be left for.
    """
    client, script = driver.scripted(TransportFailure("connect"), answer(), timeout=timeout)
    if sent == 2:
        assert driver.run(client.books.get("b1")).id == "b1"
    else:
        with pytest.raises(ConnectionFailed):
            driver.run(client.books.get("b1"))
    assert len(script.requests) == sent


@pytest.mark.parametrize(
    ("status", "kind", "failures"), [(499, ClientError, 0), (500, ServerError, 1), (600, ApiError, 1)]
)
def test_from_500_on_a_status_is_trouble(driver: Driver, status: int, kind: type[ApiError], failures: int) -> None:
    """
    A circuit counts what begins at 500, and what is no status of HTTP's is not tried again.
    """
    circuit = Circuit(failures=9)
    client, script = driver.scripted(answer(status, b"", None), circuit_breaker=circuit, max_retries=int(status == 600))
    with pytest.raises(kind):
        driver.run(client.books.get("b1"))
    assert (circuit.failures, len(script.requests)) == (failures, 1)


@pytest.mark.parametrize(
    ("named", "status", "taken"),
    [("503", 503, True), ("5XX", 503, True), ("4XX", 404, True), ("4XX", 503, False), ("default", 503, False)],
)
def test_a_status_is_a_result_where_the_contract_says_so(driver: Driver, named: str, status: int, taken: bool) -> None:
    """
    A status that the contract gives a result to, alone or with its class, is read, and no failure of the provider.
    """
    circuit = Circuit(failures=1)
    spec = replace(HEALTH, responses={named: ResponseSpec({"text/plain": TextDecoder()})})
    client, _ = driver.scripted(answer(status, b"said", "text/plain"), circuit_breaker=circuit, max_retries=0)
    if taken:
        assert driver.run(client.call(spec)) == "said"
    else:
        with pytest.raises(ApiError):
            driver.run(client.call(spec))
    assert circuit.failures == int(not taken)


@pytest.mark.parametrize(
    ("client_has", "operation_has", "expected"),
    [(None, None, (30.0, 5.0)), (None, (9.0, 2.0), (9.0, 2.0)), ((8.0, 3.0), (9.0, 2.0), (8.0, 3.0))],
)
def test_an_operation_has_times_of_its_own(
    driver: Driver, client_has: Any, operation_has: Any, expected: tuple[float, float]
) -> None:
    """
    The times that the contract gives an operation come before those of its API, and after the client's.
    """
    names = ("timeout", "connect_timeout")
    spec = replace(GET, **dict(zip(names, operation_has or (), strict=False)))
    client, script = driver.scripted(answer(), **dict(zip(names, client_has or (), strict=False)))
    driver.run(client.call(spec, ("b1", OMIT, OMIT)))
    (request,) = script.requests
    assert (request.timeout, request.connect_timeout) == expected


@pytest.mark.parametrize(
    ("reason", "given", "counted"),
    [
        ("timeout", {"timeout": 8.0}, False),
        ("timeout", {"timeout": 9.0}, True),
        ("connect_timeout", {"connect_timeout": 1.5}, False),
        ("connect_timeout", {"connect_timeout": 2.0}, True),
        ("connect_timeout", {"timeout": 1.5}, False),
        ("connect_timeout", {"timeout": 2.0}, True),
    ],
)
def test_a_provider_has_the_time_that_its_operation_has(
    driver: Driver, reason: Any, given: dict[str, float], counted: bool
) -> None:
    """
    Whether a caller gave too little time is measured by the operation's own times, where it has some.
    """
    circuit = Circuit(failures=9)
    spec = replace(GET, timeout=9.0, connect_timeout=2.0)
    client, _ = driver.scripted(TransportFailure(reason), circuit_breaker=circuit, max_retries=0, **given)
    with pytest.raises(TimeoutError):
        driver.run(client.call(spec, ("b1", OMIT, OMIT)))
    assert circuit.failures == int(counted)


def test_the_longest_address_is_sent(driver: Driver) -> None:
    """
    An address of 65,000 characters is sent, and one more is refused.
    """
    client, script = driver.scripted(answer())
    longest = "b" * (65_000 - len("http://library.test/books/"))
    assert driver.run(client.books.get(longest)).id == "b1"
    with pytest.raises(InvalidRequestError, match="at most 65000"):
        driver.run(client.books.get(longest + "b"))
    assert [len(request.url) for request in script.requests] == [65_000]


def test_a_header_for_the_deadline_may_have_another_name(driver: Driver) -> None:
    """
    The seconds that are left go in the header that the provider looks at.
    """
    client, script = driver.scripted(answer(), timeout=2.5, middleware=[DeadlineHeader("X-Left")])
    driver.run(client.books.get("b1"))
    assert dict(script.requests[0].headers)["X-Left"] == "2.500"


class _Stopped(BaseException):
    """
    What ends a call from outside.
    """


def test_hooks_see_how_an_attempt_ended_that_has_no_outcome(driver: Driver) -> None:
    """
    An attempt that was ended from outside is told to hooks as cancelled, with its time.
    """
    seen: list[tuple[str, float]] = []

    class Hook(Middleware):
        def after(self, attempt: Attempt) -> None:
            seen.append((attempt.outcome, attempt.elapsed))

    client, _ = driver.scripted(_Stopped(), takes=0.5, middleware=[Hook()])
    with pytest.raises(_Stopped):
        driver.run(client.books.get("b1"))
    assert seen == [("cancelled", 0.5)]


@pytest.mark.parametrize("further", [False, True], ids=["the first page", "a later page"])
def test_frames_of_a_list_hold_no_argument(driver: Driver, further: bool) -> None:
    """
    A list that fails, on its first page or on another, leaves neither its cursor nor its headers in a frame of ours.
    """
    page = answer(200, b'{"data": [], "next_cursor": "c4n4ry-2"}')
    outcomes = [page, TransportFailure("connect")] if further else [TransportFailure("connect")]
    client, _ = driver.scripted(*outcomes, max_retries=0)
    with pytest.raises(ConnectionFailed) as caught:
        driver.items(driver.run(client.page(LIST, PAGES, ("c4n4ry-1",), headers={"X-A": "c4n4ry-3"})))
    assert "c4n4ry" not in frames(caught.value)


@pytest.mark.parametrize("make", [HttpxTransport, AsyncHttpxTransport, FastTransport, AsyncFastTransport])
def test_every_transport_has_the_same_bounds(make: type[Any]) -> None:
    """
    A hundred connections, each kept for half a minute, the environment asked: whichever transport carries the calls.
    """
    defaults = {name: one.default for name, one in inspect.signature(make).parameters.items()}
    said = {"trust_env": True, "max_connections": 100, "keepalive": 30.0}
    assert {name: defaults[name] for name in said} == said


def test_closing_a_client_closes_the_transport_that_it_was_given(driver: Driver) -> None:
    """
    A transport of httpx's own is closed with its client.
    """
    closed: list[str] = []

    class Given(httpx.MockTransport):
        def close(self) -> None:
            closed.append("closed")

        async def aclose(self) -> None:
            closed.append("closed")

    client = driver.client(transport=Given(lambda request: httpx.Response(200)))
    driver.run(client.aclose() if driver.kind == "async" else client.close())
    assert closed == ["closed"]


def test_what_an_operation_does_not_say_is_the_apis(driver: Driver) -> None:
    """
    The statuses that are worth another attempt are the operation's own, else the API's, else the usual ones.
    """
    api = replace(API, retry=frozenset({404}))
    for spec, status, sent in (
        (operation(), 404, 1),
        (replace(operation(), api=api), 404, 2),
        (replace(operation(), api=api), 503, 1),
        (replace(operation(), api=api, retry=frozenset({503})), 503, 2),
    ):
        client, script = driver.scripted(answer(status, PROBLEM), answer(204, b"", None))
        with contextlib.suppress(ApiError):
            assert driver.run(client.call(spec)) is None
        assert len(script.requests) == sent


def test_an_answer_of_one_byte_more_than_the_limit_is_refused(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    Every transport counts to the byte.
    """
    client = wired.client(wire(replies()).url, max_response_bytes=len(BOOK) - 1, max_retries=0)
    with pytest.raises(ResponseTooLargeError):
        wired.run(client.books.get("b1"))


def test_who_wrote_a_hook_finds_it_in_the_traceback(driver: Driver) -> None:
    """
    What a hook raises leads to the hook, and from the caller to it.
    """

    class Faulty(Middleware):
        def before(self, attempt: Attempt) -> None:
            raise ZeroDivisionError

    client, _ = driver.scripted(answer(), middleware=[Faulty()])
    with pytest.raises(ZeroDivisionError) as caught:
        driver.run(client.books.get("b1"))
    assert caught.traceback[-1].name == "before"


def test_an_open_circuit_says_what_is_waited_for() -> None:
    """
    Seconds where some are left, else the probe that is on its way.
    """
    assert "Try again in 0.5 s" in str(CircuitOpenError(retry_after=0.5))
    assert "One probe is on its way" in str(CircuitOpenError(retry_after=0.0))
