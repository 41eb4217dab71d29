"""
One deadline holds for the whole call, whatever the server does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpcore
import pytest

from aegis_runtime import TransportFailure
from aegis_runtime.transports._deadlines import remaining
from aegis_sdk.errors import DeadlineExceeded, ServerError, TransportTimeout, UserApiError
from tests.unit.runtime.harness import BOOK, PROBLEM, Behaviour, Driver, Wire, answer, drips, hangs, replies

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"


def after_head(data: bytes) -> Behaviour:
    def behave(wire: Wire, connection: object) -> bool:
        connection.sendall(HEAD + b"\r\n")  # type: ignore[attr-defined]
        return drips(data)(wire, connection)  # type: ignore[arg-type]

    return behave


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(hangs, id="hang"),
        pytest.param(drips(HEAD + b"x-filler: " + b"x" * 5000), id="drip-head"),
        pytest.param(after_head(b"x" * 5000), id="drip-body"),
        pytest.param(drips(CHUNKED + b"1\r\nx\r\n" * 1000), id="drip-chunks"),
        pytest.param(drips(b"HTTP/1.1 102 Processing\r\n\r\n" * 1000), id="drip-informational"),
    ],
)
def test_no_server_can_stretch_the_deadline(wired: Driver, wire: Callable[..., Wire], behaviour: Behaviour) -> None:
    """
    A server that hangs or drips byte after byte cannot hold a call beyond its deadline.
    """
    client = wired.client(wire(behaviour).url)
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded) as caught:
        wired.run(client.books.get("b1", timeout=0.3))
    # Far below the minute and a half that the drip would take, far above what a machine that stumbles adds.
    assert time.monotonic() - began < 40
    assert isinstance(caught.value, UserApiError)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.timeout == 0.3


def out_of_time(driver: Driver, client: Any, server: Wire) -> DeadlineExceeded:
    """
    The error of a call whose time was over when a server that hangs had its request, however slow the machine is.
    """
    seconds = 0.2
    while True:
        with pytest.raises(DeadlineExceeded) as caught:
            driver.run(client.books.get("b1", timeout=seconds))
        if server.arrived.wait(5):  # it may be on its way
            return caught.value
        seconds *= 3


def test_a_client_is_usable_after_a_deadline(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    The connection of a call that ran out of time is not used again.
    """
    server = wire(hangs, replies())
    client = wired.client(server.url)
    out_of_time(wired, client, server)
    before = server.connections
    assert wired.run(client.books.get("b1")).title == "Azaleas"
    assert server.connections == before + 1


def test_the_deadline_covers_all_attempts(driver: Driver) -> None:
    """
    Attempts and waits together keep within the deadline: each attempt gets only what remains.
    """
    client, script = driver.scripted(answer(500, PROBLEM, "application/problem+json"), takes=4.0, timeout=12.0)
    with pytest.raises(ServerError) as caught:
        driver.run(client.books.get("b1"))
    assert [request.timeout for request in script.requests] == [12.0, 7.0, 1.0]
    assert script.clock.slept == [1.0, 2.0]
    assert caught.value.elapsed <= 12.0


def test_running_out_of_time_remembers_what_happened_before(driver: Driver) -> None:
    """
    The error says that time ran out, and its cause says what the attempts before had met.
    """
    client, _ = driver.scripted(
        answer(500, PROBLEM, "application/problem+json"), TransportFailure("timeout"), takes=6.0, timeout=10.0
    )
    with pytest.raises(DeadlineExceeded) as caught:
        driver.run(client.books.get("b1"))
    assert isinstance(caught.value.__cause__, ServerError)
    assert caught.value.attempts == 2


@pytest.mark.parametrize("timeout", [0, -1])
def test_no_time_means_no_request(driver: Driver, timeout: float) -> None:
    """
    A deadline that has passed already sends nothing.
    """
    client, script = driver.scripted(answer())
    with pytest.raises(DeadlineExceeded):
        driver.run(client.books.get("b1", timeout=timeout))
    assert script.requests == []


@pytest.mark.parametrize(
    ("client_timeout", "call_timeout", "expected"), [(None, None, 30.0), (8.0, None, 8.0), (8.0, 3.0, 3.0)]
)
def test_the_nearest_timeout_counts(
    driver: Driver, client_timeout: float | None, call_timeout: float | None, expected: float
) -> None:
    """
    A call's own timeout beats the client's, which beats the contract's.
    """
    client, script = driver.scripted(answer(), timeout=client_timeout)
    driver.run(client.books.get("b1", timeout=call_timeout))
    assert script.requests[0].timeout == expected


def test_connecting_has_a_timeout_of_its_own(driver: Driver) -> None:
    """
    Connecting may take 5 seconds, or what is left when that is less; after it another attempt follows.
    """
    client, script = driver.scripted(TransportFailure("connect_timeout"), takes=5.0, timeout=14.0)
    with pytest.raises(DeadlineExceeded):
        driver.run(client.books.get("b1"))
    assert [request.connect_timeout for request in script.requests] == [5.0, 5.0, 1.0]


def test_connect_timeouts_that_leave_time_say_so(driver: Driver) -> None:
    """
    When the attempts are used up before the deadline, the error is the timeout itself.
    """
    client, _ = driver.scripted(TransportFailure("connect_timeout", "connecting took too long"), takes=1.0)
    with pytest.raises(TransportTimeout, match="connecting took too long") as caught:
        driver.run(client.with_options(connect_timeout=1.0).books.get("b1"))
    assert not isinstance(caught.value, DeadlineExceeded)


def test_a_slow_but_steady_answer_within_the_deadline_is_fine(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    Dripping as such is no error.
    """
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(BOOK)
    client = wired.client(wire(drips(head + BOOK, pause=0.001)).url)
    assert wired.run(client.books.get("b1", timeout=10)).title == "Azaleas"


def test_a_provider_that_hangs_is_not_mistaken_for_a_full_pool(wired: Driver, wire: Callable[..., Wire]) -> None:
    """
    What took the time is told: a call that had its connection did not wait for one.
    """
    server = wire(hangs)
    assert "connections" not in str(out_of_time(wired, wired.client(server.url, max_retries=0), server))


def test_what_is_left_is_the_time_until_the_deadline() -> None:
    """
    A wait lasts as long as the call still has, or as long as it may by itself, and none begins when the time is over.
    """
    far = time.monotonic() + 1e6
    assert 9e5 < remaining(far, None) <= 1e6
    assert 9e5 < remaining(far, 2e6) <= 1e6
    assert remaining(far, 5.0) == 5.0
    for at in (0.0, time.monotonic()):
        with pytest.raises(httpcore.ReadTimeout):
            remaining(at, 5.0)
