"""
A publisher for services without an event loop: the same publisher, on a thread of its own.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Generic, Self

from typing_extensions import TypeVar

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.publisher._publisher import EventPublisher
from aegis_sdk.events.publisher._record import Codec, GivenHeaders, record_of
from aegis_sdk.events.publisher._trace import current_traceparent
from aegis_sdk.events.publisher._types import ClosingReport, Published, PublisherHealth

__all__ = ["SyncEventPublisher"]

_R = TypeVar("_R")
_E = TypeVar("_E", default=Any)


class SyncEventPublisher(Generic[_E]):
    """
    Publishes events from any thread, and returns when the broker has them.

    ```python
    with SyncEventPublisher("kafka.example.com:9092") as events:
        events.publish(UserRegistered.new(...))
    ```

    Threads may share one: what they publish for the same partition travels together. A process that was forked needs
    its own.

    Args:
        bootstrap_servers: An address, a `KafkaConnection`, or nothing for what AEGIS_KAFKA_… says.
        codec: Validates and encodes; by the contracts, if not given.
        options: As for `EventPublisher`.
    """

    def __init__(
        self,
        bootstrap_servers: KafkaConnection | str | None = None,
        *,
        codec: Codec[_E] | None = None,
        **options: Any,
    ) -> None:
        self._publisher: EventPublisher[_E] = EventPublisher(bootstrap_servers, codec=codec, **options)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._pid = 0
        self._changing = threading.Lock()

    def start(self) -> Self:
        """
        Connect. `with` does it for you.

        Raises:
            BrokerUnavailableError: No broker answered in time.
            KafkaRefusalError: It refuses us, or its address is unknown.
        """
        with self._changing:
            if self._loop is not None and self._pid == os.getpid():
                return self
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=_run, args=(loop,), name="aegis-publisher", daemon=True)
            thread.start()
            try:
                asyncio.run_coroutine_threadsafe(self._publisher.start(), loop).result()
            except BaseException:
                _end(loop, thread)
                raise
            self._loop, self._thread, self._pid = loop, thread, os.getpid()
        return self

    def close(self, timeout: float | None = None) -> ClosingReport:
        """
        Deliver what is left, and close; takes no longer than *timeout* and a moment.
        """
        with self._changing:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
            if loop is None or thread is None or self._pid != os.getpid():
                return ClosingReport(published=0, undelivered=())
            try:
                return asyncio.run_coroutine_threadsafe(self._publisher.aclose(timeout), loop).result()
            finally:
                _end(loop, thread)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def publish(
        self,
        event: _E,
        *,
        key: str | bytes | None = None,
        headers: GivenHeaders | None = None,
        traceparent: str | None = None,
        timeout: float | None = None,
    ) -> Published:
        """
        Publish an event; returns when the broker has it.

        Raises:
            EventValidationError: The event breaks its schema; nothing was sent.
            UndeliveredEventError: It was not acknowledged; its class and `may_be_published` say more.
        """
        return self.submit(event, key=key, headers=headers, traceparent=traceparent, timeout=timeout).result()

    def submit(
        self,
        event: _E,
        *,
        key: str | bytes | None = None,
        headers: GivenHeaders | None = None,
        traceparent: str | None = None,
        timeout: float | None = None,
    ) -> Future[Published]:
        """
        Hand an event over; the future says where it was published, or raises what `publish` would.

        Raises:
            EventValidationError: The event breaks its schema; nothing was sent.
        """
        # Made here, where the caller's span is; on the other thread there is none.
        trace = traceparent or current_traceparent()
        record = record_of(self._publisher.records, event, key=key, headers=headers, traceparent=trace)
        return self._hand_over(lambda: self._publisher.publish_record(record, timeout=timeout))

    def publish_many(self, events: Iterable[_E], *, timeout: float | None = None) -> list[Published]:
        """
        Publish several events in their order. All are validated before the first is sent.

        Raises:
            EventValidationError: An event breaks its schema; none was sent.
            EventsNotPublishedError: Some were not acknowledged; it has all results.
        """
        given = list(events)
        return self._hand_over(lambda: self._publisher.publish_many(given, timeout=timeout)).result()

    def health(self) -> PublisherHealth:
        """
        Whether events get through, judged by progress; asks no broker.
        """
        if self._loop is None or self._pid != os.getpid():
            return PublisherHealth(False, ("the publisher is not open",), 0, 0, 0.0, 0, 0)
        return self._hand_over(self._healthy).result()

    async def _healthy(self) -> PublisherHealth:
        return self._publisher.health()

    def _hand_over(self, work: Callable[[], Coroutine[Any, Any, _R]]) -> Future[_R]:
        loop = self._loop
        if loop is None:
            raise ConfigurationError("the publisher is not open: use it as `with SyncEventPublisher(…) as events`")
        if self._pid != os.getpid():
            raise ConfigurationError("this process was forked from the one that opened the publisher: open its own")
        if threading.current_thread() is self._thread:
            raise ConfigurationError("a callback of the publisher waits for the publisher itself")
        return asyncio.run_coroutine_threadsafe(work(), loop)


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    thread.join(5.0)
    if not thread.is_alive():
        loop.close()
