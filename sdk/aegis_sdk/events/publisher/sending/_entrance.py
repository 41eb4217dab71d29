"""
Where records come in: on the event loop of their publisher, none too large, and only while there is room.
"""

from __future__ import annotations

import asyncio

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.publisher._errors import (
    EventTooLargeError,
    PublisherClosedError,
    PublishTimeoutError,
    UndeliveredEventError,
)
from aegis_sdk.events.publisher._record import size_of
from aegis_sdk.events.publisher._types import PublisherMetrics, Record
from aegis_sdk.events.publisher.sending._causes import late, named
from aegis_sdk.events.publisher.sending._dispatch import Dispatcher
from aegis_sdk.events.publisher.sending._engines import EngineRoom
from aegis_sdk.events.publisher.sending._room import Room, RoomClosedError

__all__ = ["Entrance", "refusal"]


class Entrance:
    """
    A publisher while it is open.

    Args:
        engines: connect it.
        room: bounds what waits.
        waiting: sends it.
        max_event_bytes: the largest record that is let in.
        metrics: who is told of what is not.
    """

    def __init__(
        self,
        engines: EngineRoom,
        room: Room,
        waiting: Dispatcher,
        *,
        max_event_bytes: int,
        metrics: PublisherMetrics | None,
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.engines = engines
        self.room = room
        self.waiting = waiting
        self._max_event_bytes = max_event_bytes
        self._metrics = metrics

    def examine(self, record: Record) -> int:
        """
        The size of a record that may come in.

        Raises:
            ConfigurationError: whoever brings it runs on another event loop.
            EventTooLargeError: it is larger than what is taken.
        """
        if _running_loop() is not self.loop:
            raise ConfigurationError(
                "the publisher was opened on another event loop, so nothing was sent: open one on each loop, or use"
                " SyncEventPublisher from threads"
            )
        size, most = size_of(record), self._max_event_bytes
        if size > most:
            raise refusal(EventTooLargeError, record, self._metrics, f"{size} bytes, at most {most} are taken")
        return size

    async def wait(self, record: Record, size: int, timeout: float) -> float:
        """
        Wait for room, and take it; what is left of the time.

        Raises:
            UndeliveredEventError: there was none in time, or the publisher was closed.
        """
        loop = self.loop
        since = loop.time()
        # Those who were cancelled while they waited to be sent still take up room.
        self.waiting.purge()
        try:
            await self.room.wait(size, since + timeout)
        except RoomClosedError:
            raise refusal(PublisherClosedError, record, self._metrics, elapsed=loop.time() - since) from None
        except TimeoutError:
            trouble = self.engines.trouble
            kind = late(maybe_sent=False, connected=self.engines.current is not None, trouble=trouble)
            detail = "the publisher holds all it may" if kind is PublishTimeoutError else named(trouble)
            raise refusal(kind, record, self._metrics, detail, loop.time() - since) from None
        return since + timeout - loop.time()


def refusal(
    kind: type[UndeliveredEventError],
    record: Record,
    metrics: PublisherMetrics | None,
    detail: str = "",
    elapsed: float = 0.0,
) -> UndeliveredEventError:
    """
    The error of a record that is not let in; *metrics* are told.
    """
    error = kind(
        topic=record.topic, event_type=record.event_type, event_id=record.event_id, detail=detail, elapsed=elapsed
    )
    if metrics is not None:
        metrics.failed(record.event_type, error.kind)
    return error


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
