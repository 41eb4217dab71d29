"""
Publishers that hand their records to nobody.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, Self, cast

from aegis_sdk.events import (
    BrokerUnavailableError,
    ClosingReport,
    EventPublisher,
    Published,
    PublisherHealth,
    Record,
    SyncEventPublisher,
    UndeliveredEventError,
)
from aegis_sdk.events.publisher.sending._entrance import Entrance, refusal
from aegis_sdk.events.publisher.sending._room import Room
from aegis_testing.books import EventBook, SeenEvent

_PARTITION = 0


class _Kept:
    """
    What stands in place of the dispatcher: it acknowledges each record at once.
    """

    def __init__(self, publisher: RecordingPublisher, room: Room) -> None:
        self._publisher = publisher
        self._room = room

    def accept(self, record: Record, size: int, timeout: float) -> asyncio.Future[Published]:  # noqa: ARG002 -- at once
        future: asyncio.Future[Published] = asyncio.get_running_loop().create_future()
        try:
            future.set_result(self._publisher.keep(record))
        except UndeliveredEventError as error:
            future.set_exception(error)
        self._room.leave(size)
        return future

    def purge(self) -> None:
        """
        Nothing waits.
        """


class RecordingPublisher(EventPublisher[Any]):
    """
    An ``EventPublisher`` without Kafka: events are validated, keyed, sized and refused as they would be, then kept.

    It opens by itself at the first event, on whichever loop that is.

    Attributes:
        records: makes the records, as in production.
        sent: every record that Kafka would have acknowledged.
        events: the same, to be found and verified.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__("kafka.invalid:9092", **options)
        self.sent: list[Record] = []
        self.events = EventBook(lambda: [_seen(record) for record in self.sent])
        self._failures: list[type[UndeliveredEventError]] = []
        self._offsets: Counter[str] = Counter()

    def fail(self, kind: type[UndeliveredEventError] = BrokerUnavailableError, *, times: int = 1) -> None:
        """
        Let the next events fail to arrive.
        """
        self._failures = [kind] * times

    def keep(self, record: Record) -> Published:
        """
        Keep a record, and say where it is.

        Raises:
            UndeliveredEventError: ``fail`` wants it.
        """
        if self._failures:
            raise refusal(self._failures.pop(), record, self._metrics, "as the test wants it")
        offset = self._offsets[record.topic]
        self._offsets[record.topic] += 1
        self.sent.append(record)
        return Published(record.topic, _PARTITION, offset, record.event_id)

    async def start(self) -> Self:
        """
        Open; there is nobody to connect to.
        """
        room = Room(*self._room_size)
        self._opened = self._let_in(cast("Any", None), room, cast("Any", _Kept(self, room)))
        return self

    async def aclose(self, timeout: float | None = None) -> ClosingReport:  # noqa: ARG002 -- nothing is waited for
        """
        Close.
        """
        self._opened = None
        return ClosingReport(published=len(self.sent), undelivered=())

    def health(self) -> PublisherHealth:
        """
        Whether the next event would arrive.
        """
        reasons = ("no broker answers (as the test wants it)",) if self._failures else ()
        return PublisherHealth(not reasons, reasons, 0, 0, 0.0, len(self.sent), 0)

    async def probe(self, timeout: float = 2.0) -> PublisherHealth:  # noqa: ARG002 -- nobody is asked
        """
        The same.
        """
        return self.health()

    def _entrance(self, record: Record) -> Entrance:
        opened = self._opened
        if opened is None or opened.loop is not asyncio.get_running_loop():
            room = Room(*self._room_size)
            self._opened = self._let_in(cast("Any", None), room, cast("Any", _Kept(self, room)))
        return super()._entrance(record)


class SyncRecordingPublisher(SyncEventPublisher[Any]):
    """
    A ``SyncEventPublisher`` without Kafka; it opens by itself at the first event.

    Attributes:
        sent: every record that Kafka would have acknowledged.
        events: the same, to be found and verified.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__("kafka.invalid:9092", **options)
        self._publisher = self._kept = RecordingPublisher(**options)
        self.sent = self._kept.sent
        self.events = self._kept.events

    def fail(self, kind: type[UndeliveredEventError] = BrokerUnavailableError, *, times: int = 1) -> None:
        """
        Let the next events fail to arrive.
        """
        self._kept.fail(kind, times=times)

    def _hand_over(self, work: Any) -> Any:
        if self._loop is None:
            self.start()
        return super()._hand_over(work)


def _seen(record: Record) -> SeenEvent:
    key = (record.key or b"").decode("utf-8", "replace")
    return SeenEvent(record.event_type, record.topic, key, record.value, tuple(record.headers))
