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
from aegis_sdk.events.publisher._errors import EventsNotPublishedError, UndeliveredEventError
from aegis_sdk.events.publisher._health import NOT_OPEN
from aegis_sdk.events.publisher._publisher import EventPublisher
from aegis_sdk.events.publisher._record import Codec, GivenHeaders, record_of
from aegis_sdk.events.publisher._types import ClosingReport, Published, PublisherHealth

__all__ = ["SyncEventPublisher"]

_R = TypeVar("_R")
_E = TypeVar("_E", default=Any)
_ANSWERING, _ENDING = 1.0, 5.0


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
        # The first is held while it opens or closes, the second for a moment: nothing is handed to a loop that ends.
        self._changing = threading.Lock()
        self._looking = threading.Lock()

    def start(self) -> Self:
        """
        Connect. `with` does it for you.

        Raises:
            BrokerUnavailableError: No broker answered in time.
            KafkaRefusalError: It refuses us, or its address is unknown.
        """
        self._refuse_a_fork()
        with self._changing:
            if self._loop is not None:
                return self
            loop = asyncio.new_event_loop()
            thread = threading.Thread(target=loop.run_forever, name="aegis-publisher", daemon=True)
            thread.start()
            try:
                asyncio.run_coroutine_threadsafe(self._publisher.start(), loop).result()
            except BaseException:
                _end(loop, thread)
                raise
            self._pid, self._thread, self._loop = os.getpid(), thread, loop
        return self

    def close(self, timeout: float | None = None) -> ClosingReport:
        """
        Deliver what is left, and close; takes no longer than *timeout* and a moment.
        """
        if self._is_forked():  # the other process has the connection, and will close it
            return ClosingReport(published=0, undelivered=())
        self._refuse_own_thread()
        with self._changing:
            with self._looking:
                loop, thread, self._loop = self._loop, self._thread, None
            if loop is None or thread is None:
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
        report = self.close()
        if report.undelivered and error is None:
            raise EventsNotPublishedError(report.undelivered, report.undelivered)

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
        record = record_of(self._publisher.records, event, key=key, headers=headers, traceparent=traceparent)
        return self._hand_over(lambda: self._publisher.publish_record(record, timeout=timeout))

    def publish_many(self, events: Iterable[_E], *, timeout: float | None = None) -> list[Published]:
        """
        Publish several events in their order. All are validated before the first is sent.

        Raises:
            EventValidationError: An event breaks its schema; none was sent.
            EventsNotPublishedError: Some were not acknowledged; it has all results.
        """
        records = [record_of(self._publisher.records, event) for event in events]
        results = self._hand_over(lambda: self._publisher.publish_records(records, timeout=timeout)).result()
        if errors := [result for result in results if isinstance(result, UndeliveredEventError)]:
            raise EventsNotPublishedError(results, errors)
        return [result for result in results if isinstance(result, Published)]

    def health(self) -> PublisherHealth:
        """
        Whether events get through, judged by progress and by what brokers answered last; asks none.
        """
        if self._loop is None or self._is_forked():
            return NOT_OPEN
        return self._hand_over(self._healthy).result()

    async def _healthy(self) -> PublisherHealth:
        return self._publisher.health()

    def _hand_over(self, work: Callable[[], Coroutine[Any, Any, _R]]) -> Future[_R]:
        self._refuse_a_fork()
        self._refuse_own_thread()
        with self._looking:
            if self._loop is None:
                raise ConfigurationError("the publisher is not open: use it as `with SyncEventPublisher(…) as events`")
            return asyncio.run_coroutine_threadsafe(work(), self._loop)

    def _is_forked(self) -> bool:
        return self._loop is not None and self._pid != os.getpid()

    def _refuse_a_fork(self) -> None:
        if self._is_forked():
            raise ConfigurationError("this process was forked from the one that opened the publisher: open its own")

    def _refuse_own_thread(self) -> None:
        if threading.current_thread() is self._thread:
            raise ConfigurationError("a callback of the publisher waits for the publisher itself")


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    """
    End the loop when everybody who waits for it has had an answer.
    """

    async def answered() -> None:
        if rest := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(rest, timeout=_ANSWERING)
        loop.stop()

    asyncio.run_coroutine_threadsafe(answered(), loop)
    thread.join(_ENDING)
    if not thread.is_alive():
        loop.close()
