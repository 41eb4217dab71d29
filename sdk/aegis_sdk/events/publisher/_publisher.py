"""
Publishes events on Kafka: the very bytes that were validated, in order per key, and nothing lost in silence.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Generic, Literal, Self, cast, overload

from typing_extensions import TypeVar

from aegis_sdk.errors import ConfigurationError, MissingExtraError
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._errors import KafkaAddressError
from aegis_sdk.events.kafka._library import has_compression, require_aiokafka
from aegis_sdk.events.publisher._errors import (
    BrokerUnavailableError,
    EventsNotPublishedError,
    PublisherClosedError,
    PublisherFullError,
    UndeliveredEventError,
)
from aegis_sdk.events.publisher._health import NOT_OPEN, health_of
from aegis_sdk.events.publisher._notifications import NotificationEvents
from aegis_sdk.events.publisher._record import (
    Codec,
    GivenHeaders,
    hold_to_its_types,
    record_maker,
    record_of,
)
from aegis_sdk.events.publisher._types import (
    ClosingReport,
    Published,
    PublisherHealth,
    PublisherMetrics,
    Record,
    RecordMaker,
)
from aegis_sdk.events.publisher.sending._causes import named
from aegis_sdk.events.publisher.sending._dispatch import Dispatcher
from aegis_sdk.events.publisher.sending._engines import EngineRoom
from aegis_sdk.events.publisher.sending._entrance import Entrance, refusal
from aegis_sdk.events.publisher.sending._room import Room

__all__ = ["EventPublisher"]

_E = TypeVar("_E", default=Any)


class EventPublisher(NotificationEvents, Generic[_E]):
    """
    Publishes events, and tells for each of them that the broker has it.

    ```python
    async with EventPublisher("kafka.example.com:9092") as events:
        await events.publish(UserRegistered.new(...))
    ```

    Awaiting `publish` returns when all in-sync replicas have the event. Many may be awaited at once: what waits for the
    same partition travels together. Events with the same key arrive in the order in which they were handed over.

    Args:
        bootstrap_servers: An address, a `KafkaConnection`, or nothing for what AEGIS_KAFKA_… says.
        codec: Validates and encodes: an `EventCodec` with limits of your own, or whatever makes a `Record` of an event.
        timeout: Seconds that an event may take, everything included. A call may say otherwise.
        connect_timeout: Seconds to reach a broker when the publisher is opened.
        start_without_kafka: Whether to open all the same when none was reached: a service starts, its health says so,
            events wait for their `timeout`, and the connection is made as soon as it can be. A refusal is still raised.
        close_timeout: Seconds to deliver what is left when it is closed.
        idempotence: Whether the broker removes what is sent twice; found out if not given (yes, but for the embedded
            cluster, which cannot and is known by its cluster id).
        compression: gzip, snappy, lz4 or zstd.
        linger: Seconds to wait for more before a batch is sent. Batches grow by themselves while the one before is on
            its way, so this only costs latency unless the broker is far away.
        max_events: How many events may wait; more have to wait for room.
        max_bytes: How many bytes may wait, likewise.
        max_event_bytes: The largest event that is taken.
        max_batch_bytes: The largest batch of a partition. The broker's `message.max.bytes` must allow it.
        request_timeout: Seconds that one request to a broker may take.
        metrics: Who is told about every event.
    """

    def __init__(
        self,
        bootstrap_servers: KafkaConnection | str | None = None,
        *,
        codec: Codec[_E] | None = None,
        timeout: float = 30.0,
        connect_timeout: float = 10.0,
        start_without_kafka: bool = False,
        close_timeout: float = 10.0,
        idempotence: bool | None = None,
        compression: Literal["gzip", "snappy", "lz4", "zstd"] | None = None,
        linger: float = 0.0,
        max_events: int = 10_000,
        max_bytes: int = 64 * 1024 * 1024,
        max_event_bytes: int = 1_000_000,
        max_batch_bytes: int = 128 * 1024,
        request_timeout: float = 10.0,
        metrics: PublisherMetrics | None = None,
    ) -> None:
        require_aiokafka("EventPublisher")
        if compression is not None and not has_compression(compression):
            raise MissingExtraError(f"compression={compression!r}", "compression")
        limits = (timeout, connect_timeout, request_timeout, max_events, max_bytes, max_event_bytes, max_batch_bytes)
        if not all(limit > 0 for limit in limits):
            raise ConfigurationError("the times and limits of an EventPublisher must be more than zero")
        self._connection = KafkaConnection.of(bootstrap_servers)
        self.records: RecordMaker[_E] = record_maker(codec)
        self._timeout = timeout
        self._connect_timeout = connect_timeout
        self._start_without_kafka = start_without_kafka
        self._close_timeout = close_timeout
        self._idempotence = idempotence
        self._linger = linger
        self._room_size = (max_events, max_bytes)
        self._max_event_bytes = max_event_bytes
        self._metrics = metrics
        self._options: dict[str, Any] = {
            "compression_type": compression,
            "max_batch_size": max_batch_bytes,
            "max_request_size": max_event_bytes,
            "request_timeout_ms": int(request_timeout * 1000),
        }
        self._opened: Entrance | None = None

    # -- opening and closing ------------------------------------------------------------------------------------------

    async def start(self) -> Self:
        """
        Connect. `async with` does it for you.

        Raises:
            BrokerUnavailableError: No broker answered in time.
            KafkaRefusalError: It refuses us, or its address is unknown; said at once, each reason as what it is.
        """
        if self._opened is not None:
            return self
        loop = asyncio.get_running_loop()
        since = loop.time()
        engines = EngineRoom(
            self._connection, idempotent=self._idempotence, options=self._options, attempt=self._connect_timeout
        )
        try:
            await engines.connect(self._connect_timeout)
        except (TimeoutError, KafkaAddressError) as error:
            if self._start_without_kafka:
                return self._open(engines)
            await engines.close()
            if isinstance(error, KafkaAddressError):
                raise
            why = named(engines.trouble) or "no answer"
            raise BrokerUnavailableError(
                detail=f"{why} from {self._connection.bootstrap_servers}", elapsed=loop.time() - since
            ) from None
        except BaseException:
            await engines.close()
            raise
        return self._open(engines)

    def _open(self, engines: EngineRoom) -> Self:
        room = Room(*self._room_size)
        waiting = Dispatcher(engines, room, linger=self._linger, metrics=self._metrics)
        self._opened = self._let_in(engines, room, waiting)
        return self

    def _let_in(self, engines: EngineRoom, room: Room, waiting: Dispatcher) -> Entrance:
        return Entrance(engines, room, waiting, max_event_bytes=self._max_event_bytes, metrics=self._metrics)

    async def aclose(self, timeout: float | None = None) -> ClosingReport:
        """
        Deliver what is left, and close. Takes no longer than `timeout` and a moment, whatever the broker does.

        Events that are still not acknowledged then are in the report; whoever awaits them gets the same error.

        Args:
            timeout: Seconds to deliver what is left; `close_timeout`, if not given.
        """
        opened, self._opened = self._opened, None
        if opened is None:
            return ClosingReport(published=0, undelivered=())
        opened.room.close()
        drained = asyncio.ensure_future(opened.room.empty())
        await asyncio.wait([drained], timeout=self._close_timeout if timeout is None else timeout)
        drained.cancel()
        undelivered = await opened.waiting.close(PublisherClosedError)
        await opened.engines.close()
        return ClosingReport(published=opened.waiting.published, undelivered=tuple(undelivered))

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        report = await self.aclose()
        if report.undelivered and error is None:
            raise EventsNotPublishedError(report.undelivered, report.undelivered)

    # -- publishing ---------------------------------------------------------------------------------------------------

    async def publish(
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

        Cancelling takes back an event that was not sent yet.

        Args:
            event: What happened.
            key: Instead of the event's aggregateId. Events with one key stay in order.
            headers: More headers than content-type, event-type, event-id and traceparent.
            traceparent: The W3C trace context; that of the span that runs now, if not given.
            timeout: Seconds that it may take, everything included.

        Raises:
            EventValidationError: The event breaks its schema; nothing was sent.
            UndeliveredEventError: It was not acknowledged; its class and `may_be_published` say more.
        """
        record = record_of(self.records, event, key=key, headers=headers, traceparent=traceparent)
        key = headers = None  # error trackers show what stands in a frame
        return await (await self._accepted(record, self._limit(timeout)))

    def publish_nowait(
        self,
        event: _E,
        *,
        key: str | bytes | None = None,
        headers: GivenHeaders | None = None,
        traceparent: str | None = None,
        timeout: float | None = None,
    ) -> asyncio.Future[Published]:
        """
        Hand an event over; the future says where it was published, or raises what `publish` would.

        Raises:
            EventValidationError: The event breaks its schema; nothing was sent.
            PublisherFullError: The publisher holds as much as it may.
        """
        record = record_of(self.records, event, key=key, headers=headers, traceparent=traceparent)
        return self.publish_record_nowait(record, timeout=timeout)

    @overload
    async def publish_many(
        self, events: Iterable[_E], *, timeout: float | None = None, raise_errors: Literal[True] = True
    ) -> list[Published]: ...
    @overload
    async def publish_many(
        self, events: Iterable[_E], *, timeout: float | None = None, raise_errors: Literal[False]
    ) -> list[Published | UndeliveredEventError]: ...
    async def publish_many(
        self, events: Iterable[_E], *, timeout: float | None = None, raise_errors: bool = True
    ) -> Sequence[Published | UndeliveredEventError]:
        """
        Publish several events in their order, with one result for each.

        All are validated before the first is sent.

        Args:
            events: What happened.
            timeout: Seconds that all of them together may take.
            raise_errors: False returns the errors among the results instead of raising.

        Raises:
            EventValidationError: An event breaks its schema; none was sent.
            EventsNotPublishedError: Some were not acknowledged; it has all results.
        """
        records = [record_of(self.records, event) for event in events]
        results = await self.publish_records(records, timeout=timeout)
        errors = [result for result in results if isinstance(result, UndeliveredEventError)]
        if errors and raise_errors:
            raise EventsNotPublishedError(results, errors)
        return results

    def _limit(self, timeout: float | None) -> float:
        if timeout is None:
            return self._timeout
        if math.isnan(timeout):  # never over
            raise ConfigurationError("timeout must be a number of seconds")
        return timeout

    async def publish_record(self, record: Record, *, timeout: float | None = None) -> Published:
        """
        Publish bytes that were validated before, such as an outbox's.
        """
        hold_to_its_types(record)
        return await (await self._accepted(record, self._limit(timeout)))

    def publish_record_nowait(self, record: Record, *, timeout: float | None = None) -> asyncio.Future[Published]:
        """
        Hand over bytes that were validated before.

        Raises:
            PublisherFullError: The publisher holds as much as it may.
        """
        hold_to_its_types(record)
        limit = self._limit(timeout)
        entrance = self._entrance(record)
        size = entrance.examine(record)
        if not entrance.room.take(size):
            raise refusal(PublisherFullError, record, self._metrics)
        return entrance.waiting.accept(record, size, limit)

    async def publish_records(
        self, records: Iterable[Record], *, timeout: float | None = None
    ) -> list[Published | UndeliveredEventError]:
        """
        Publish bytes that were validated before, in their order; one result for each, errors included.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._limit(timeout)
        results: list[asyncio.Future[Published] | UndeliveredEventError] = []
        for record in records:
            hold_to_its_types(record)
            try:
                results.append(await self._accepted(record, deadline - loop.time()))
            except UndeliveredEventError as error:
                results.append(error)
        futures = [result for result in results if isinstance(result, asyncio.Future)]
        if futures:
            await asyncio.wait(futures)
        return [_settled(result) if isinstance(result, asyncio.Future) else result for result in results]

    # -- health -------------------------------------------------------------------------------------------------------

    def health(self) -> PublisherHealth:
        """
        Whether events get through, judged by progress and by what brokers answered last; asks none.
        """
        opened = self._opened
        if opened is None:
            return NOT_OPEN
        return health_of(opened.engines, opened.room, opened.waiting)

    async def probe(self, timeout: float = 2.0) -> PublisherHealth:
        """
        Whether a broker answers now, and events get through. For a health check that may ask.
        """
        engines = self._opened.engines if self._opened is not None else None
        if engines is not None:
            await engines.ask(timeout)
        return self.health()

    async def _accepted(self, record: Record, limit: float) -> asyncio.Future[Published]:
        entrance = self._entrance(record)
        size = entrance.examine(record)
        if not entrance.room.take(size):
            limit = await entrance.wait(record, size, limit)
        return entrance.waiting.accept(record, size, limit)

    def _entrance(self, record: Record) -> Entrance:
        if self._opened is None:
            raise refusal(
                PublisherClosedError, record, self._metrics, "use it as `async with EventPublisher(…) as events`"
            )
        return self._opened


def _settled(future: asyncio.Future[Published]) -> Published | UndeliveredEventError:
    if future.cancelled():
        raise asyncio.CancelledError
    error = future.exception()
    return future.result() if error is None else cast("UndeliveredEventError", error)
