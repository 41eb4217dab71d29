"""
Retries of any callable: how often, how long between, after what, and within which time.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from aegis_sdk.errors import ApiError, CircuitOpenError, ConfigurationError, EmailRefusedError, EmailUnavailableError
from aegis_sdk.resilience import CircuitBreaker, Retry, retry
from tests.unit.runtime.harness import ManualClock


class Flaky:
    """
    Fails with the given errors, one after the other, and then succeeds.
    """

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Callable[[Retry, Flaky], Any]:
    """
    Decorates what fails, in both kinds, and calls it.
    """

    async def call(settings: Retry, flaky: Flaky) -> str:
        if request.param == "sync":

            @settings
            def plain() -> str:
                return flaky()

            return plain()

        @settings
        async def awaited() -> str:
            return flaky()

        assert inspect.iscoroutinefunction(awaited)
        return await awaited()

    return call


async def test_the_specifications_retries(clock: ManualClock, run: Any) -> None:
    """
    Three retries after 1, 2 and 4 seconds, shortened by up to half; then the last error itself, with a note.
    """
    flaky = Flaky(*(ConnectionError(number) for number in range(9)))
    with pytest.raises(ConnectionError) as caught:
        await run(Retry(clock=clock), flaky)
    assert flaky.calls == 4
    assert caught.value.args == (3,)
    assert "4 attempts" in caught.value.__notes__[0]
    for slept, whole in zip(clock.slept, (1, 2, 4), strict=True):
        assert whole / 2 <= slept <= whole


async def test_it_stops_with_success(clock: ManualClock, run: Any) -> None:
    """
    The first attempt that succeeds is the last; waits without jitter grow by the factor up to the longest.
    """
    flaky = Flaky(*(TimeoutError() for _ in range(4)))
    settings = Retry(max_retries=9, base_delay=0.5, factor=3, max_delay=5, jitter=False, clock=clock)
    assert await run(settings, flaky) == "done"
    assert clock.slept == [0.5, 1.5, 4.5, 5]


async def test_many_retries(clock: ManualClock, run: Any) -> None:
    """
    However many retries are asked for, the wait stays the longest one.
    """
    flaky = Flaky(*(TimeoutError() for _ in range(2000)))
    assert await run(Retry(max_retries=3000, max_delay=60, jitter=False, clock=clock), flaky) == "done"
    assert max(clock.slept) == 60


def answered(status: int, retry_after: float | None = None) -> ApiError:
    return ApiError(status=status, retry_after=retry_after, operation="o", method="GET", path="/")


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (ConnectionError(), True),
        (TimeoutError(), True),
        (httpx.ConnectError("x"), True),
        (EmailUnavailableError("x"), True),
        (answered(503), True),
        (answered(429), True),
        (answered(408), True),
        (answered(501), False),
        (answered(400), False),
        (answered(409), False),
        (EmailRefusedError("x"), False),
        (CircuitOpenError(circuit="x"), False),
        (ValueError(), False),
        (asyncio.CancelledError(), False),
        (KeyboardInterrupt(), False),
    ],
)
async def test_what_is_tried_again(clock: ManualClock, run: Any, error: BaseException, again: bool) -> None:
    """
    Only what may fare better is tried again, unless ``on`` says what.
    """
    flaky = Flaky(error)
    if again:
        await run(Retry(clock=clock), flaky)
    else:
        with pytest.raises(type(error)):
            await run(Retry(clock=clock), flaky)
    assert flaky.calls == (2 if again else 1)


async def test_on_says_after_what(clock: ManualClock, run: Any) -> None:
    """
    ``on`` takes a type, several, or a function, and nothing else is tried again.
    """
    for on in (KeyError, (KeyError, OSError), lambda error: isinstance(error, KeyError)):
        assert await run(Retry(on=on, clock=clock), Flaky(KeyError())) == "done"
        with pytest.raises(ValueError, match="no"):
            await run(Retry(on=on, clock=clock), Flaky(ValueError("no")))


async def test_who_asks_to_wait_is_heard(clock: ManualClock, run: Any) -> None:
    """
    ``Retry-After`` lengthens the wait; where the deadline does not allow it the answer is raised at once.
    """
    assert await run(Retry(jitter=False, clock=clock), Flaky(answered(429, 7))) == "done"
    assert clock.slept == [7]
    flaky = Flaky(answered(429, 7))
    with pytest.raises(ApiError):
        await run(Retry(deadline=5, clock=clock), flaky)
    assert flaky.calls == 1


async def test_one_deadline(clock: ManualClock, run: Any) -> None:
    """
    All attempts and waits share one deadline: no attempt begins that would have to wait beyond it.
    """
    flaky = Flaky(*(ConnectionError() for _ in range(9)))
    with pytest.raises(ConnectionError) as caught:
        await run(Retry(max_retries=9, jitter=False, deadline=4, clock=clock), flaky)
    assert (flaky.calls, clock.slept) == (3, [1, 2])
    assert "deadline of 4 s" in caught.value.__notes__[0]


async def test_a_hanging_attempt_ends_with_the_deadline() -> None:
    """
    An attempt that hangs is cancelled when the deadline passes.
    """
    cancelled = False

    @retry(deadline=0.05)
    async def hang() -> None:
        nonlocal cancelled
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled = True
            raise

    with pytest.raises(TimeoutError, match=r"hang: the deadline of 0\.05 s passed, 1 attempt"):
        await hang()
    assert cancelled


async def test_each_way_of_writing_it(clock: ManualClock) -> None:
    """
    Bare, with options, and without a decorator; name and docstring stay.
    """

    @retry
    async def bare() -> str:
        """
        Say so.
        """
        return "bare"

    flaky = Flaky(ConnectionError())

    @retry(max_retries=1, base_delay=0.5, on=(ConnectionError,), clock=clock)
    async def options(number: int, *, more: str) -> str:
        return f"{flaky()} {number} {more}"

    assert await bare() == "bare"
    assert (bare.__name__, bare.__doc__) == ("bare", "\n        Say so.\n        ")
    assert await options(1, more="x") == "done 1 x"
    assert await retry(clock=clock).call(Flaky(ConnectionError())) == "done"
    assert retry(clock=clock).call_sync(Flaky(ConnectionError())) == "done"


async def test_around_a_breaker(clock: ManualClock) -> None:
    """
    Retries around a breaker stop as soon as it opens: nobody is asked whom the circuit spares.
    """
    breaker = CircuitBreaker(failure_threshold=2, clock=clock)
    flaky = Flaky(*(ConnectionError() for _ in range(9)))
    with pytest.raises(CircuitOpenError):
        await Retry(max_retries=9, clock=clock).call(breaker.call, flaky)
    assert flaky.calls == 2


def test_without_a_delay_no_number_of_retries_waits(clock: ManualClock) -> None:
    """
    With base_delay=0 two thousand attempts wait for nothing, as the first ones do.
    """
    flaky = Flaky(*(ConnectionError() for _ in range(2000)))
    assert Retry(max_retries=2000, base_delay=0, clock=clock).call_sync(flaky) == "done"
    assert flaky.calls == 2001
    assert clock.monotonic() == ManualClock().monotonic()


def test_what_cannot_work_is_refused() -> None:
    """
    Options without sense, generators, and an asynchronous function called without await are refused.
    """
    nan, inf = float("nan"), float("inf")
    for options in (
        *({"max_retries": value} for value in (-1, 2.5, nan, "3", True)),
        *({"base_delay": value} for value in (-1, nan, "1")),
        *({"factor": value} for value in (0.5, inf, "2")),
        *({"max_delay": value} for value in (-1, nan)),
        *({"deadline": value} for value in (0, nan, inf, "1")),
    ):
        with pytest.raises(ConfigurationError, match=next(iter(options))):
            retry(**options)
    with pytest.raises(TypeError, match="is a generator"):

        @retry
        def generator() -> Any:
            yield 1

    with pytest.raises(TypeError, match="must be awaited"):
        Retry().call_sync(lambda: asyncio.sleep(0))


def test_a_choice_of_nothing_is_refused() -> None:
    """
    ``on=()`` would never try again, which is not what somebody who decorates a function means.
    """
    with pytest.raises(ConfigurationError, match="on="):
        retry(on=())
