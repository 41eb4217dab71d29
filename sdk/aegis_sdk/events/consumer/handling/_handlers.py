"""
The handlers of a consumer: which event type goes to which function, and how that function is called.
"""

from __future__ import annotations

import contextvars
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, overload

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.consumer.handling._django import for_loop, for_thread
from aegis_sdk.events.consumer.handling._threads import Threads
from aegis_sdk.events.kafka._record import FetchedRecord

__all__ = ["Call", "Delivery", "Handlers", "Registration", "Tombstone"]

_E = TypeVar("_E")
_R = TypeVar("_R")


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    How an event came: a handler with a second parameter receives it there.

    Attributes:
        attempt: 1 for the first call of the handler, 2 for its first retry, …
        timestamp: milliseconds since 1970, as the record carries it.
    """

    topic: str
    partition: int
    offset: int
    key: bytes | None = field(repr=False)
    timestamp: int
    headers: tuple[tuple[str, bytes], ...] = field(repr=False)
    attempt: int

    @classmethod
    def of(cls, record: FetchedRecord, attempt: int) -> Delivery:
        """
        Describe the delivery of *record*.
        """
        return cls(
            record.topic,
            record.partition,
            record.offset,
            record.key,
            record.timestamp,
            # Kafka has headers without a value, as Debezium makes them; they say as much as none.
            tuple(one for one in record.headers if one[1] is not None),  # pyright: ignore[reportUnnecessaryComparison]
            attempt,
        )

    def header(self, name: str) -> str | None:
        """
        The text of the last header of this name.
        """
        for key, value in reversed(self.headers):
            if key == name:
                return value.decode("utf-8", "replace")
        return None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """
    A record without a value, which says that nothing more is known of its key. Register a handler for it to get it:
    ``@consumer.on(Tombstone)``.
    """

    topic: str
    key: bytes | None = field(repr=False)
    event_id: str

    @classmethod
    def of(cls, record: FetchedRecord) -> Tombstone:
        """
        Describe a record without a value; where and since when it stands there is its id, for the place may be that of
        another log.
        """
        return cls(record.topic, record.key, f"{record.topic}/{record.partition}/{record.offset}@{record.timestamp}")


@dataclass(frozen=True, slots=True)
class Call:
    """
    One handler, ready to be awaited.
    """

    function: Callable[..., Awaitable[Any]]
    wants_delivery: bool
    stoppable: bool
    """
    Whether cancelling it stops it; a thread goes on.
    """


class Handlers:
    """
    Keeps one handler for each event type.

    Args:
        threads: how many plain functions may run at once.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool: Threads | None = None
        self.calls: dict[type[Any], Call] = {}

    def add(self, event_type: type[Any], function: Callable[..., Any], *, inline: bool) -> None:
        """
        Let *function* handle the events of *event_type*.
        """
        if event_type in self.calls:
            raise ConfigurationError(f"{event_type.__name__} has a handler already; let that one call both")
        _refuse_generator(function)
        wants = _wants_delivery(function)
        if _is_async(function):
            self.calls[event_type] = Call(for_loop(function), wants, stoppable=True)
        elif inline:
            self.calls[event_type] = Call(_inline(function), wants, stoppable=True)
        else:
            self.calls[event_type] = Call(self._threaded(function), wants, stoppable=False)

    def close(self) -> None:
        """
        Let go of the threads; those that run a handler end with it, or with the process.
        """
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def _threaded(self, function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
        function = for_thread(function)

        async def call(*args: Any) -> Any:
            if self._pool is None:
                self._pool = Threads(self._threads)
            context = contextvars.copy_context()
            result = await self._pool.run(lambda: context.run(_heard, function, args))
            return await result if inspect.isawaitable(result) else result

        return call


class Registration(Generic[_E]):
    """
    The decorator that ``consumer.on(…)`` gives.
    """

    __slots__ = ("_event_types", "_handlers", "_inline")

    def __init__(self, handlers: Handlers, event_types: tuple[type[Any], ...], *, inline: bool) -> None:
        self._handlers = handlers
        self._event_types = event_types
        self._inline = inline

    @overload
    def __call__(self, function: Callable[[_E], _R], /) -> Callable[[_E], _R]: ...
    @overload
    def __call__(self, function: Callable[[_E, Delivery], _R], /) -> Callable[[_E, Delivery], _R]: ...
    def __call__(self, function: Callable[..., _R], /) -> Callable[..., _R]:
        """
        Register *function* and return it as it is.
        """
        for event_type in self._event_types:
            self._handlers.add(event_type, function, inline=self._inline)
        return function


def _heard(function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    try:
        return function(*args)
    except StopIteration as error:
        # A future takes none, so whoever waits for the thread would wait for ever; a coroutine does the same with it.
        raise RuntimeError("the handler raised StopIteration") from error


def _inline(function: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    async def call(*args: Any) -> Any:
        result = function(*args)
        return await result if inspect.isawaitable(result) else result

    return call


def _is_async(function: Callable[..., Any]) -> bool:
    called = getattr(type(function), "__call__", None)  # noqa: B004 — an object whose __call__ is async is a handler too
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(called)


def _refuse_generator(function: Callable[..., Any]) -> None:
    """
    Calling a generator function runs none of it: its events would count as handled.
    """
    if not callable(function):
        raise ConfigurationError(f"a handler is a function, not {type(function).__name__}")
    called = getattr(type(function), "__call__", None)  # noqa: B004 — an object whose __call__ yields is none either
    if any(
        is_one(one)
        for one in (function, called)
        for is_one in (inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    ):
        raise ConfigurationError("a handler does not yield: calling it would run nothing of it")


def _wants_delivery(function: Callable[..., Any]) -> bool:
    """
    Say whether a handler takes the delivery beside the event.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return False
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    places = [place for place in signature.parameters.values() if place.kind in kinds]
    wants = sum(place.default is inspect.Parameter.empty for place in places) == 2
    try:
        signature.bind(*range(1 + wants))
    except TypeError:
        name = getattr(function, "__name__", type(function).__name__)
        raise ConfigurationError(
            f"{name}{signature} cannot be called: a handler takes the event and, if it wants it, the delivery"
        ) from None
    return wants
