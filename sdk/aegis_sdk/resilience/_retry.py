"""
Trying again: with waits that grow, between half and whole of what they could be, within one deadline.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar, cast, overload

from aegis_runtime import Clock, RetryPolicy
from aegis_runtime._numbers import checked_count, checked_number, checked_seconds
from aegis_runtime.resilience._clock import SYSTEM
from aegis_sdk.resilience._outcome import Chosen, asked_to_wait, chosen, transient

__all__ = ["Retry", "retry"]

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

_log = logging.getLogger("aegis_sdk.resilience")


class Retry:
    """
    How a function is tried again. ``retry(…)`` makes one; it decorates, and it calls.

    Args:
        max_retries: how many attempts may follow the first.
        base_delay: seconds before the second attempt.
        factor: how much longer each further wait is.
        max_delay: the longest wait in seconds.
        jitter: waits are between half and the whole of what they could be; without it, the whole.
        on: the exceptions after which to try again: types, or a function. Unless given: failed connections, timeouts,
            and answers with 408, 425, 429 or 5xx.
        deadline: seconds for all attempts and waits together. An asynchronous attempt that runs into it is cancelled;
            no attempt begins that would have to wait beyond it.

    Attributes:
        policy: how long the waits are.
        again: says whether to try again after an exception.
    """

    def __init__(
        self,
        max_retries: int = 3,
        base_delay: float = 1.0,
        *,
        factor: float = 2.0,
        max_delay: float = 60.0,
        jitter: bool = True,
        on: Chosen | None = None,
        deadline: float | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        checked_count("retry: max_retries", max_retries)
        checked_number("retry: base_delay", base_delay)
        checked_number("retry: factor", factor, 1)
        checked_number("retry: max_delay", max_delay)
        checked_seconds("retry: deadline", deadline)
        self.max_retries = max_retries
        self.deadline = deadline
        chance = random.random if jitter else lambda: 1.0
        self.policy = RetryPolicy(base=base_delay, factor=factor, maximum=max_delay, random=chance)
        self.again = transient if on is None else chosen(on)
        self.clock = clock

    def __call__(self, func: F) -> F:
        """
        Decorate a function, asynchronous or not.
        """
        if inspect.isgeneratorfunction(func) or inspect.isasyncgenfunction(func):
            raise TypeError(f"{_name(func)} is a generator: what it has yielded cannot be taken back")
        if inspect.iscoroutinefunction(func):

            @functools.wraps(func)
            async def awaiting(*args: Any, **kwargs: Any) -> Any:
                return await self.call(func, *args, **kwargs)

            return cast("F", awaiting)

        @functools.wraps(func)
        def calling(*args: Any, **kwargs: Any) -> Any:
            return self.call_sync(func, *args, **kwargs)

        return cast("F", calling)

    @overload
    async def call(self, func: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T: ...
    @overload
    async def call(self, func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...
    async def call(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """
        Call *func* and await what it returns if that can be awaited, as often as it takes.

        Raises:
            TimeoutError: the deadline passed during an attempt.
        """
        tries = _Tries(self, func)
        while True:
            tries.number += 1
            # A timeout of the function's own is one more failure; only ours is the end.
            ours = asyncio.timeout(tries.left())
            try:
                async with ours:
                    said = func(*args, **kwargs)
                    return await said if inspect.isawaitable(said) else said
            except Exception as error:
                if ours.expired() and isinstance(error, TimeoutError):
                    raise tries.over() from error
                wait = tries.wait(error)
                if wait is None:
                    raise
            await self.clock.asleep(wait)

    def call_sync(self, func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Call *func* as often as it takes, from code without an event loop.
        """
        tries = _Tries(self, func)
        while True:
            tries.number += 1
            try:
                said = func(*args, **kwargs)
            except Exception as error:
                wait = tries.wait(error)
                if wait is None:
                    raise
            else:
                if inspect.isawaitable(said):
                    if inspect.iscoroutine(said):
                        said.close()
                    raise TypeError(f"{_name(func)} must be awaited: decorate an `async def`, or use `await ….call(…)`")
                return said
            self.clock.sleep(wait)


class _Tries:
    """
    The attempts of one call.
    """

    def __init__(self, settings: Retry, func: Callable[..., Any]) -> None:
        self._settings = settings
        self._name = _name(func)
        self._began = settings.clock.monotonic()
        self.number = 0

    def left(self) -> float | None:
        deadline = self._settings.deadline
        return None if deadline is None else max(0.0, deadline - self._elapsed())

    def wait(self, error: Exception) -> float | None:
        """
        Seconds to wait before the next attempt, or ``None`` when there is none.
        """
        settings = self._settings
        if not settings.again(error):
            return None
        if self.number > settings.max_retries:
            error.add_note(f"{self._name}: {self.number} attempts in {self._elapsed():.2f} s")
            return None
        wait = max(settings.policy.delay(self.number - 1), asked_to_wait(error))
        left = self.left()
        if left is not None and wait >= left:
            error.add_note(f"{self._name}: the deadline of {settings.deadline:g} s leaves no time for another attempt")
            return None
        _log.info("%s: %s, attempt %d follows in %.2f s", self._name, type(error).__name__, self.number + 1, wait)
        return wait

    def over(self) -> TimeoutError:
        said = "1 attempt" if self.number == 1 else f"{self.number} attempts"
        return TimeoutError(f"{self._name}: the deadline of {self._settings.deadline:g} s passed, {said}")

    def _elapsed(self) -> float:
        return self._settings.clock.monotonic() - self._began


@overload
def retry(func: F, /) -> F: ...
@overload
def retry(
    *,
    max_retries: int = 3,
    base_delay: float = 1.0,
    factor: float = 2.0,
    max_delay: float = 60.0,
    jitter: bool = True,
    on: Chosen | None = None,
    deadline: float | None = None,
    clock: Clock = SYSTEM,
) -> Retry: ...
def retry(func: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """
    Try a function again: ``@retry``, or ``@retry(max_retries=3, base_delay=1.0, on=(ConnectionError,))``.

    Only for what may be done twice. ``Retry`` describes the options, and calls without decorating.
    """
    return Retry(**options) if func is None else Retry(**options)(func)


def _name(func: Callable[..., Any]) -> str:
    return getattr(func, "__qualname__", type(func).__name__)
