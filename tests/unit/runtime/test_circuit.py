"""
The circuit breaker: closed, open, half-open, and one probe at a time.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

import pytest

from aegis_runtime import Circuit, CircuitState, TransportFailure
from aegis_runtime.resilience._circuit import shared_circuit
from aegis_sdk.errors import ApiError, CircuitOpenError, ConnectionFailed, ServerError, UserApiError
from tests.unit.runtime.harness import PROBLEM, Driver, ManualClock, Script, Wire, answer, hangs
from tests.unit.runtime.library import AsyncLibrary, Library


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def circuit(clock: ManualClock) -> Circuit:
    return Circuit("library@test", failures=3, recovery=30.0, clock=clock)


def fail(circuit: Circuit, times: int = 1) -> None:
    for _ in range(times):
        circuit.failed(circuit.admit())


def test_it_opens_after_failures_in_a_row(circuit: Circuit) -> None:
    """
    Only failures in a row count: a success between them begins the count anew.
    """
    fail(circuit, 2)
    circuit.succeeded(circuit.admit())
    assert circuit.failures == 0
    fail(circuit, 2)
    assert circuit.state is CircuitState.CLOSED
    fail(circuit)
    assert (circuit.state, circuit.failures) == (CircuitState.OPEN, 3)
    assert circuit.admit() == 0


def test_it_says_until_when_it_is_open(circuit: Circuit, clock: ManualClock) -> None:
    """
    State, failures and the time of the next probe can be read.
    """
    assert (circuit.opens_until, circuit.retry_after) == (None, 0.0)
    fail(circuit, 3)
    clock.now += 10
    assert (circuit.opens_until, circuit.retry_after) == (1030.0, 20.0)
    assert repr(circuit) == "<Circuit library@test open, 3 failures in a row>"


def test_one_probe_at_a_time(circuit: Circuit, clock: ManualClock) -> None:
    """
    After the recovery time one call may try; the others are refused until it has an outcome.
    """
    fail(circuit, 3)
    clock.now += 30
    assert circuit.state is CircuitState.HALF_OPEN
    probe = circuit.admit()
    assert probe
    assert [circuit.admit() for _ in range(5)] == [0] * 5
    assert circuit.state is CircuitState.HALF_OPEN
    circuit.succeeded(probe)
    assert (circuit.state, circuit.failures, bool(circuit.admit())) == (CircuitState.CLOSED, 0, True)


def test_a_failed_probe_opens_it_again(circuit: Circuit, clock: ManualClock) -> None:
    """
    A probe that fails opens the circuit for the whole recovery time again.
    """
    fail(circuit, 3)
    clock.now += 31
    circuit.failed(circuit.admit())
    assert (circuit.state, circuit.retry_after) == (CircuitState.OPEN, 30.0)


def test_an_abandoned_probe_gives_its_turn_back(circuit: Circuit, clock: ManualClock) -> None:
    """
    A cancelled probe tells nothing about the provider, so the next call probes.
    """
    fail(circuit, 3)
    clock.now += 30
    circuit.abandoned(circuit.admit())
    assert circuit.admit()


def test_latecomers_say_nothing_about_the_present(circuit: Circuit, clock: ManualClock) -> None:
    """
    Calls that set out before the circuit opened change nothing when they end, whichever way.
    """
    early = [circuit.admit() for _ in range(4)]
    fail(circuit, 3)
    circuit.succeeded(early[0])
    circuit.failed(early[1])
    assert (circuit.state, circuit.failures, circuit.retry_after) == (CircuitState.OPEN, 3, 30.0)
    clock.now += 30
    probe = circuit.admit()
    circuit.failed(early[2])
    circuit.abandoned(early[2])
    assert circuit.admit() == 0
    circuit.succeeded(probe)
    circuit.failed(early[3])
    assert (circuit.state, circuit.failures) == (CircuitState.CLOSED, 0)


def test_threads_agree_on_one_probe(circuit: Circuit, clock: ManualClock) -> None:
    """
    However many threads ask at once, exactly one of them probes.
    """
    fail(circuit, 3)
    for _ in range(50):
        clock.now += 30
        gate = threading.Barrier(8)
        tickets: list[int] = []

        def ask(gate: threading.Barrier = gate, tickets: list[int] = tickets) -> None:
            gate.wait()
            tickets.append(circuit.admit())

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        probes = [ticket for ticket in tickets if ticket]
        assert len(probes) == 1
        circuit.failed(probes[0])


def test_reset_closes_it(circuit: Circuit) -> None:
    """
    Somebody who knows better may close it by hand.
    """
    fail(circuit, 3)
    circuit.reset()
    assert (circuit.state, circuit.failures) == (CircuitState.CLOSED, 0)


@pytest.mark.parametrize(("failures", "recovery"), [(0, 1.0), (1, -1.0)])
def test_impossible_figures_are_refused(failures: int, recovery: float) -> None:
    """
    A circuit needs at least one failure and no negative time.
    """
    with pytest.raises(ValueError, match=r"a circuit's (failures|recovery) must be"):
        Circuit(failures=failures, recovery=recovery)


def test_calls_open_it_and_then_fail_at_once(driver: Driver) -> None:
    """
    While it is open, calls fail at once without sending, and say when to try again.
    """
    circuit = Circuit("library@test", failures=5, recovery=60.0, clock=ManualClock())
    client, script = driver.scripted(TransportFailure("connect"), circuit_breaker=circuit, max_retries=0)
    circuit._clock = script.clock
    for _ in range(5):
        with pytest.raises(ConnectionFailed):
            driver.run(client.books.get("b1"))
    assert client.circuit.state is CircuitState.OPEN
    script.clock.now += 10
    with pytest.raises(CircuitOpenError) as caught:
        driver.run(client.books.get("b1"))
    assert isinstance(caught.value, UserApiError)
    assert (caught.value.retry_after, caught.value.failures, caught.value.attempts) == (50.0, 5, 0)
    assert len(script.requests) == 5
    assert "the circuit library@test is open after 5 failures in a row" in str(caught.value)
    assert "Try again in 50.0 s" in str(caught.value)


def test_the_provider_recovers(driver: Driver) -> None:
    """
    The first call after the recovery time is the probe; when it succeeds, all is as before.
    """
    circuit = Circuit(failures=1, recovery=60.0)
    client, script = driver.scripted(TransportFailure("connect"), answer(), circuit_breaker=circuit, max_retries=0)
    circuit._clock = script.clock
    with pytest.raises(ConnectionFailed):
        driver.run(client.books.get("b1"))
    script.clock.now += 60
    assert driver.run(client.books.get("b1")).id == "b1"
    assert circuit.state is CircuitState.CLOSED


def test_retries_end_when_the_circuit_opens(driver: Driver) -> None:
    """
    A call whose own failures open the circuit raises what the provider said, without waiting for a refusal.
    """
    circuit = Circuit(failures=2, recovery=60.0)
    client, script = driver.scripted(answer(503, PROBLEM, "application/problem+json"), circuit_breaker=circuit)
    circuit._clock = script.clock
    with pytest.raises(ServerError):
        driver.run(client.books.get("b1"))
    assert len(script.requests) == 2
    assert script.clock.slept == [1.0]


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 429])
def test_refusals_are_the_provider_at_work(driver: Driver, status: int) -> None:
    """
    4xx, 429 too, are no failures of the provider, and end a row of failures.
    """
    circuit = Circuit(failures=2)
    client, _ = driver.scripted(
        answer(500, PROBLEM, "application/problem+json"),
        answer(status, PROBLEM, "application/problem+json"),
        circuit_breaker=circuit,
        max_retries=0,
    )
    for failures in (1, 0, 0, 0):
        with pytest.raises(ApiError):
            driver.run(client.books.get("b1"))
        assert circuit.failures == failures


def test_a_saturated_client_says_nothing_about_the_provider(driver: Driver) -> None:
    """
    Waiting in vain for a free connection is our trouble, not the provider's.
    """
    circuit = Circuit(failures=1)
    client, _ = driver.scripted(TransportFailure("busy"), circuit_breaker=circuit, max_retries=0)
    with pytest.raises(TimeoutError):
        driver.run(client.books.get("b1"))
    assert circuit.state is CircuitState.CLOSED


async def test_a_cancelled_probe_gives_its_turn_back(wire: Callable[..., Wire]) -> None:
    """
    Cancelling a task that is the probe lets the next call probe.
    """
    circuit = Circuit(failures=1, recovery=0.0)
    fail(circuit)
    server = wire(hangs)
    async with AsyncLibrary(server.url, circuit_breaker=circuit) as client:
        task = asyncio.create_task(client.books.get("b1"))
        await asyncio.to_thread(server.arrived.wait)
        assert circuit.admit() == 0
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert circuit.admit()


async def test_tasks_agree_on_one_probe(wire: Callable[..., Wire]) -> None:
    """
    Of many tasks that call at once, one reaches the provider, and the others fail at once.
    """
    clock = ManualClock()
    circuit = Circuit(failures=1, recovery=30.0, clock=clock)
    fail(circuit)
    clock.now += 30
    script = Script([answer()], clock)
    release = asyncio.Event()

    class Slow:
        async def send(self, request: object, /) -> object:
            await release.wait()
            return script.next(request)  # type: ignore[arg-type]

        async def aclose(self) -> None: ...

    async with AsyncLibrary("http://x.test", circuit_breaker=circuit, transport=Slow(), clock=clock) as client:  # type: ignore[arg-type]
        tasks = [asyncio.create_task(client.books.get("b1")) for _ in range(10)]
        finished = asyncio.as_completed(tasks, timeout=30)
        for _ in range(9):
            with pytest.raises(CircuitOpenError):
                await next(finished)
        release.set()
        assert (await next(finished)).id == "b1"
    assert len(script.requests) == 1


def test_clients_of_one_host_share_a_circuit() -> None:
    """
    All clients of an API at one host share a circuit with the contract's figures; another host has its own.
    """
    first = Library("http://shared.test/api")
    second = AsyncLibrary("http://shared.test:80")
    other = Library("http://other.test")
    assert first.circuit is second.circuit is first.with_options(timeout=1).circuit
    assert first.circuit is not other.circuit
    assert (first.circuit.threshold, first.circuit.recovery) == (5, 60.0)
    assert shared_circuit("another api", "shared.test:80", 3, 30.0) is not first.circuit


def test_it_can_be_switched_off(driver: Driver) -> None:
    """
    ``circuit_breaker=False`` is a circuit of its own that never opens.
    """
    client, _ = driver.scripted(TransportFailure("connect"), circuit_breaker=False, max_retries=0)
    for _ in range(20):
        with pytest.raises(ConnectionFailed):
            driver.run(client.books.get("b1"))
    assert client.circuit.state is CircuitState.CLOSED


def test_opening_and_closing_is_logged(circuit: Circuit, clock: ManualClock, caplog: pytest.LogCaptureFixture) -> None:
    """
    Operators are told when a provider is left alone, and when it is back; nothing else.
    """
    caplog.set_level(logging.DEBUG, logger="aegis_runtime")
    circuit.succeeded(circuit.admit())
    fail(circuit, 4)
    clock.now += 30
    circuit.succeeded(circuit.admit())
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "circuit library@test: open for 30 s after 3 failures in a row"),
        ("INFO", "circuit library@test: closed"),
    ]


class _Stopped(BaseException):
    """
    What ends a call from outside, as Ctrl-C does.
    """


def test_a_probe_that_is_stopped_gives_its_turn_back(driver: Driver) -> None:
    """
    A probe that is ended from outside, as by Ctrl-C, tells nothing about the provider: the next call may probe.
    """
    clock = ManualClock()
    circuit = Circuit(failures=1, recovery=30.0, clock=clock)
    fail(circuit)
    clock.now += 30
    client, script = driver.scripted(_Stopped(), answer(), circuit_breaker=circuit)
    with pytest.raises(_Stopped):
        driver.run(client.books.get("b1"))
    assert circuit.state is CircuitState.HALF_OPEN
    assert driver.run(client.books.get("b1")).title == "Azaleas"
    assert len(script.requests) == 2
    assert circuit.state is CircuitState.CLOSED


def test_a_probe_that_died_is_not_waited_for_for_ever() -> None:
    """
    Whoever held the probe's ticket and is gone is given a minute, or the circuit's recovery where that is longer.
    """
    for recovery, patience in ((0.0, 60.0), (5.0, 60.0), (90.0, 90.0)):
        clock = ManualClock()
        circuit = Circuit(failures=1, recovery=recovery, clock=clock)
        fail(circuit)
        clock.now += recovery
        assert circuit.admit()
        clock.now += patience - 1
        assert circuit.admit() == 0
        assert circuit.state is CircuitState.HALF_OPEN
        clock.now += 1
        assert circuit.admit()


def test_a_failure_of_an_abandoned_probe_counts_no_more(circuit: Circuit, clock: ManualClock) -> None:
    """
    Only the probe's own end gives its turn back: another attempt that ends without telling anything does not.
    """
    before = circuit.admit()
    fail(circuit, 3)
    clock.now += circuit.recovery
    assert circuit.retry_after == 0
    clock.now += 1
    assert circuit.retry_after == 0
    probe = circuit.admit()
    circuit.abandoned(before)
    assert circuit.admit() == 0
    circuit.failed(probe)
    circuit.abandoned(probe)
    assert circuit.state is CircuitState.OPEN
    assert circuit.retry_after == circuit.recovery


def test_a_call_of_before_says_nothing_of_a_circuit_that_was_reset(circuit: Circuit) -> None:
    """
    What began before the circuit opened is no failure of the provider that it was closed for.
    """
    before = circuit.admit()
    for _ in range(3):
        circuit.failed(before)
    circuit.reset()
    circuit.failed(before)
    assert (circuit.state, circuit.failures) == (CircuitState.CLOSED, 0)


def test_calls_beside_each_other_count_after_one_has_succeeded(circuit: Circuit) -> None:
    """
    A success begins the count anew, and what fails beside it and after it counts from there.
    """
    one, two = circuit.admit(), circuit.admit()
    circuit.failed(one)
    circuit.succeeded(one)
    circuit.failed(two)
    assert circuit.failures == 1
