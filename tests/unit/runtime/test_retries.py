"""
Which outcomes are tried again, how often, after how long, and with what.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from email.utils import formatdate

import pytest

from aegis_runtime import Clock, Response, RetryPolicy, TransportFailure
from aegis_sdk.errors import (
    ApiError,
    CallError,
    ConflictError,
    ConnectionFailed,
    ServerError,
    ServiceUnavailableError,
    UserApiError,
)
from tests.unit.runtime.harness import PROBLEM, Driver, answer
from tests.unit.runtime.library import HEALTH

GOOD = answer()
CREATED = answer(201)


def trouble(status: int, **headers: str) -> Response:
    return answer(status, PROBLEM, "application/problem+json", {n.replace("_", "-"): v for n, v in headers.items()})


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_transient_statuses_are_tried_again(driver: Driver, status: int) -> None:
    """
    A status that another attempt can mend is tried again, and the caller sees only the result.
    """
    client, script = driver.scripted(trouble(status), trouble(status), GOOD)
    assert driver.run(client.books.get("b1")).id == "b1"
    assert len(script.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 411, 413, 415, 422, 451, 501, 505])
def test_other_statuses_are_not(driver: Driver, status: int) -> None:
    """
    What another attempt cannot mend is raised after the first.
    """
    client, script = driver.scripted(trouble(status), GOOD)
    with pytest.raises(ApiError) as caught:
        driver.run(client.books.get("b1"))
    assert (caught.value.status, caught.value.attempts, len(script.requests)) == (status, 1, 1)


@pytest.mark.parametrize("reason", ["connect", "connect_timeout", "timeout", "broken", "truncated"])
def test_lost_answers_are_tried_again(driver: Driver, reason: str) -> None:
    """
    A call that can be repeated survives a lost connection or a timeout.
    """
    client, script = driver.scripted(TransportFailure(reason), GOOD)  # type: ignore[arg-type]
    assert driver.run(client.books.get("b1")).id == "b1"
    assert len(script.requests) == 2


@pytest.mark.parametrize("reason", ["tls", "protocol", "too_large"])
def test_hopeless_failures_are_not(driver: Driver, reason: str) -> None:
    """
    A certificate that is not trusted stays so.
    """
    client, script = driver.scripted(TransportFailure(reason), GOOD)  # type: ignore[arg-type]
    with pytest.raises(UserApiError):
        driver.run(client.books.get("b1"))
    assert len(script.requests) == 1


def test_delays_double_and_end_at_the_maximum() -> None:
    """
    Delays are 1, 2, 4, … seconds, at most 60, of which at least half is waited.
    """
    longest = RetryPolicy(random=lambda: 1.0)
    shortest = RetryPolicy(random=lambda: 0.0)
    assert [longest.delay(n) for n in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [shortest.delay(n) for n in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert 0.5 <= RetryPolicy().delay(0) <= 1.0


def test_three_retries_and_no_more(driver: Driver) -> None:
    """
    By default a call is tried four times, 1, 2 and 4 seconds apart, and the last error is raised.
    """
    client, script = driver.scripted(trouble(503))
    with pytest.raises(ServiceUnavailableError) as caught:
        driver.run(client.books.get("b1"))
    assert script.clock.slept == [1, 2, 4]
    assert (len(script.requests), caught.value.attempts, caught.value.elapsed) == (4, 4, 7)


@pytest.mark.parametrize("retries", [0, 1, 2])
def test_the_caller_says_how_many_retries(driver: Driver, retries: int) -> None:
    """
    ``max_retries`` counts the attempts after the first.
    """
    client, script = driver.scripted(trouble(500))
    with pytest.raises(ServerError):
        driver.run(client.with_options(max_retries=retries).books.get("b1"))
    assert len(script.requests) == retries + 1


@pytest.mark.parametrize("outcome", [trouble(503), TransportFailure("broken"), TransportFailure("timeout")])
def test_what_cannot_be_repeated_is_sent_once(driver: Driver, outcome: Response | TransportFailure) -> None:
    """
    A POST without an idempotency key is sent once, when it may have arrived: lending twice is not lending once.
    """
    client, script = driver.scripted(outcome, answer(204, b"", None))
    with pytest.raises(CallError):
        driver.run(client.books.lend("b1"))
    assert len(script.requests) == 1


@pytest.mark.parametrize("reason", ["connect", "connect_timeout"])
def test_what_was_never_sent_may_be_sent_again(driver: Driver, reason: str) -> None:
    """
    Even a POST is tried again when no connection came about, since nothing was sent.
    """
    client, script = driver.scripted(TransportFailure(reason), answer(204, b"", None))  # type: ignore[arg-type]
    driver.run(client.books.lend("b1"))
    assert len(script.requests) == 2


def test_the_idempotency_key_is_sent_and_stays(driver: Driver) -> None:
    """
    Every attempt of a call carries the same key; another call has another.
    """
    client, script = driver.scripted(trouble(500), TransportFailure("broken"), CREATED)
    driver.run(client.books.add(title="Azaleas"))
    driver.run(client.books.add(title="Azaleas"))
    keys = [dict(request.headers)["Idempotency-Key"] for request in script.requests]
    assert len(keys) == 4
    assert keys[0] == keys[1] == keys[2] != keys[3]


def test_the_callers_idempotency_key_wins(driver: Driver) -> None:
    """
    A key of the caller's makes a call safe to repeat over process restarts.
    """
    client, script = driver.scripted(trouble(500), CREATED)
    driver.run(client.books.add(title="Azaleas", idempotency_key="order-7"))
    assert [dict(request.headers)["Idempotency-Key"] for request in script.requests] == ["order-7", "order-7"]


@pytest.mark.parametrize(
    ("value", "waited"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        (formatdate(1009, usegmt=True), 9.0),
        (formatdate(900, usegmt=True), 1.0),
        ("0", 1.0),
        ("soon", 1.0),
        ("-5", 1.0),
        ("٧", 1.0),
        ("", 1.0),
    ],
)
def test_retry_after_is_honoured(driver: Driver, value: str, waited: float) -> None:
    """
    ``Retry-After`` in seconds or as a date is waited for when it is longer than our own delay; nonsense is ignored.
    """
    client, script = driver.scripted(trouble(429, retry_after=value), GOOD)
    driver.run(client.books.get("b1"))
    assert script.clock.slept == [pytest.approx(waited)]


def test_a_wait_that_does_not_fit_is_not_waited(driver: Driver) -> None:
    """
    When the provider asks for more time than the deadline leaves, the error comes at once and says both.
    """
    client, script = driver.scripted(trouble(503, retry_after="120"), takes=2.0)
    with pytest.raises(ServiceUnavailableError) as caught:
        driver.run(client.books.get("b1"))
    assert (caught.value.retry_after, caught.value.remaining) == (120.0, 28.0)
    assert script.clock.slept == []
    assert "asks to wait 120.0 s, and the deadline left 28.0 s" in str(caught.value)


def test_connection_errors_say_how_often_it_was_tried(driver: Driver) -> None:
    """
    The error of the last attempt counts them all.
    """
    client, _ = driver.scripted(TransportFailure("connect", "connection refused"))
    with pytest.raises(ConnectionFailed, match="connection refused") as caught:
        driver.run(client.books.get("b1"))
    assert caught.value.attempts == 4
    assert isinstance(caught.value, ConnectionError)


def test_the_contract_may_say_that_a_problem_passes(driver: Driver) -> None:
    """
    A problem code that the contract declares worth another attempt is retried, whatever its status; others are not.
    """
    busy = answer(409, b'{"code": "shelf_busy"}', "application/problem+json")
    client, script = driver.scripted(busy, answer(201))
    assert driver.run(client.books.add(title="t")).id == "b1"
    assert len(script.requests) == 2
    taken = answer(409, b'{"code": "title_taken"}', "application/problem+json")
    client, script = driver.scripted(taken, answer(201))
    with pytest.raises(ConflictError):
        driver.run(client.books.add(title="t"))
    assert len(script.requests) == 1


def test_the_contract_may_name_the_statuses(driver: Driver) -> None:
    """
    An operation's own statuses take the place of the usual ones.
    """
    operation = replace(HEALTH, retry=frozenset({404}), responses={"200": HEALTH.responses["200"]})
    for status, sent in ((404, 2), (503, 1)):
        client, script = driver.scripted(answer(status, b"", None), answer(200, b"ok", "text/plain"))
        with contextlib.suppress(ApiError):
            assert driver.run(client.call(operation)) == "ok"
        assert len(script.requests) == sent


def test_a_date_without_a_zone_is_one_in_utc(driver: Driver) -> None:
    """
    ``Retry-After: … -0000`` says no zone (RFC 5322 §3.3): it is waited for as UTC.
    """
    client, script = driver.scripted(trouble(429, retry_after=formatdate(1009)), GOOD)
    driver.run(client.books.get("b1"))
    assert script.clock.slept == [pytest.approx(9.0)]


@pytest.mark.parametrize(("skew", "date"), [(-3600, True), (3600, True), (0, False)])
def test_a_date_to_wait_for_is_of_the_clock_that_names_it(driver: Driver, skew: int, date: bool) -> None:
    """
    ``Retry-After`` as a date is read against the answer's own ``Date``, however far its clock is from ours (RFC 9110
    10.2.3, 6.6.1); one that cannot be read stands for none.
    """
    client, script = driver.scripted(GOOD)
    theirs = script.clock.wall() + skew
    said = formatdate(theirs, usegmt=True) if date else "yesterday"
    client, script = driver.scripted(trouble(429, retry_after=formatdate(theirs + 7, usegmt=True), date=said), GOOD)
    driver.run(client.books.get("b1"))
    assert script.clock.slept == [pytest.approx(7.0)]


@pytest.mark.parametrize("name", ["retry-after", "retry-after-ms"])
@pytest.mark.parametrize(
    ("said", "seconds"), [("0000000000017", 17), ("1234567890123", 1e9), ("9" * 400, 1e9), ("99999999", 99_999_999)]
)
def test_a_wait_of_many_digits_is_read_whole(driver: Driver, name: str, said: str, seconds: float) -> None:
    """
    A number of seconds is read to its last digit; what is longer than anybody waits is a bound and not infinite.
    """
    client, _ = driver.scripted(answer(429, b"", None, {name: said}), max_retries=0)
    with pytest.raises(ApiError) as caught:
        driver.run(client.books.get("b1"))
    assert caught.value.retry_after == min(float(said) / (1000 if name.endswith("ms") else 1), seconds)


@pytest.mark.parametrize(("said", "waits"), [("1500", 1.5), ("0.5", 0.0005), (" 250 ", 0.25)])
def test_a_finer_wait_is_read(driver: Driver, said: str, waits: float) -> None:
    """
    ``retry-after-ms`` says in milliseconds what ``Retry-After`` says in seconds, and comes first.
    """
    headers = {"retry-after-ms": said, "retry-after": "9"}
    client, _ = driver.scripted(answer(429, b"", None, headers), max_retries=0)
    with pytest.raises(ApiError) as caught:
        driver.run(client.books.get("b1"))
    assert caught.value.retry_after == waits


def test_the_systems_clock_waits() -> None:
    """
    Between two attempts the time that was named goes by, in both kinds of client.
    """
    began = time.monotonic()
    Clock().sleep(0.01)
    assert time.monotonic() - began >= 0.01

    async def endless() -> None:
        async with asyncio.timeout(0.01):
            await Clock().asleep(3600)

    with pytest.raises(TimeoutError):
        asyncio.run(endless())
