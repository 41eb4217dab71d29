"""
A circuit breaker for any callable: by ``call``, as a decorator, or around a block.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast, overload

from aegis_runtime import Circuit, Clock
from aegis_runtime._numbers import checked_count, checked_number
from aegis_runtime.resilience._clock import SYSTEM
from aegis_sdk.errors import CircuitOpenError
from aegis_sdk.resilience._outcome import Chosen, chosen, outcome

__all__ = ["CircuitBreaker"]

P = ParamSpec("P")
T = TypeVar("T")

_logger = logging.getLogger("aegis_sdk.resilience")


class CircuitBreaker(Circuit):
    """
    Leaves whoever fails alone for a while. It is the circuit that clients have, so that a client may share it:
    ``UserClient(circuit_breaker=breaker)``.

    ```python
    breaker = CircuitBreaker(failure_threshold=5, recovery_timeout=60)
    await breaker.call(fetch, "number")
    ```

    After *failure_threshold* failures in a row calls are refused at once with ``CircuitOpenError``; after
    *recovery_timeout* seconds one call may try, and decides. A call that is cancelled tells nothing, and gives its turn
    back. Threads and event loops may share one.

    Args:
        failure_threshold: how many failures in a row open it.
        recovery_timeout: seconds until a call may try again. The business registry has 3 and 30.
        name: what messages call it.
        on: the exceptions that are failures: types, or a function. Unless given, every ``Exception`` is one but an
            answer that only refuses (4xx), and what was never sent.
    """

    def __init__(
        self,
        failure_threshold: int = 5,
        recovery_timeout: float = 60.0,
        *,
        name: str = "circuit",
        on: Chosen | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        checked_count(f"CircuitBreaker {name}: failure_threshold", failure_threshold, 1)
        checked_number(f"CircuitBreaker {name}: recovery_timeout", recovery_timeout)
        super().__init__(name, failures=failure_threshold, recovery=recovery_timeout, clock=clock, logger=_logger)
        self._on = None if on is None else chosen(on)
        # A block may be entered by any number of tasks and threads at once, and within itself.
        self._entered: ContextVar[tuple[int, ...]] = ContextVar(f"circuit {name}", default=())

    @overload
    async def call(self, func: Callable[P, Awaitable[T]], /, *args: P.args, **kwargs: P.kwargs) -> T: ...
    @overload
    async def call(self, func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T: ...
    async def call(self, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """
        Call *func*, and await what it returns if that can be awaited.

        Raises:
            CircuitOpenError: the circuit is open, so *func* was not called.
        """
        with self._guard():
            said = func(*args, **kwargs)
            return await said if inspect.isawaitable(said) else said

    def call_sync(self, func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """
        Call *func*, from code without an event loop.

        Raises:
            CircuitOpenError: the circuit is open, so *func* was not called.
        """
        with self._guard():
            said = func(*args, **kwargs)
            if inspect.isawaitable(said):
                _drop(said)
                raise TypeError(f"{_name(func)} must be awaited: use `await {self.name}.call(…)`")
            return said

    def __call__(self, func: Callable[P, T]) -> Callable[P, T]:
        """
        Decorate a function, asynchronous or not.
        """
        if inspect.isgeneratorfunction(func) or inspect.isasyncgenfunction(func):
            raise TypeError(f"{_name(func)} is a generator; use `with` or `async with` the breaker inside it")
        if inspect.iscoroutinefunction(func):

            @functools.wraps(func)
            async def awaiting(*args: P.args, **kwargs: P.kwargs) -> Any:
                with self._guard():
                    return await func(*args, **kwargs)

            return cast("Callable[P, T]", awaiting)

        @functools.wraps(func)
        def calling(*args: P.args, **kwargs: P.kwargs) -> T:
            return self.call_sync(func, *args, **kwargs)

        return calling

    def __enter__(self) -> Self:
        self._entered.set((*self._entered.get(), self._ask()))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        *outer, ticket = self._entered.get()
        self._entered.set(tuple(outer))
        self._tell(ticket, error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    @contextmanager
    def _guard(self) -> Generator[None, None, None]:
        ticket = self._ask()
        try:
            yield
        except BaseException as error:
            self._tell(ticket, error)
            raise
        self._tell(ticket, None)

    def _ask(self) -> int:
        ticket = self.admit()
        if not ticket:
            raise CircuitOpenError(
                operation=self.name, circuit=self.name, failures=self.failures, retry_after=self.retry_after
            )
        return ticket

    def _tell(self, ticket: int, error: BaseException | None) -> None:
        said = "answered" if error is None else outcome(error)
        if error is not None and self._on is not None and said != "nothing":
            said = "failed" if self._on(error) else "answered"
        if said == "answered":
            self.succeeded(ticket)
        elif said == "failed":
            self.failed(ticket)
        else:
            self.abandoned(ticket)


def _drop(awaitable: object) -> None:
    if inspect.iscoroutine(awaitable):
        awaitable.close()


def _name(func: Callable[..., Any]) -> str:
    return getattr(func, "__qualname__", type(func).__name__)
