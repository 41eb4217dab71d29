"""
What is in flight: events of one partition in lanes, one lane a key, so that a key's events are handled one after
another.
"""

from __future__ import annotations

import time
from asyncio import TimerHandle
from collections.abc import Iterable
from typing import Any

from aegis_sdk.events.consumer.handling._handlers import Call
from aegis_sdk.events.consumer.handling._offsets import OffsetTracker
from aegis_sdk.events.dead_letters._letter import DeadLetter
from aegis_sdk.events.kafka._record import FetchedRecord, TopicPartition

__all__ = ["AssignedPartition", "InFlight"]


class InFlight:
    """
    One event between its fetch and the moment when nothing more is to be done for it.

    What most events never need stands on the class, so that making one sets as little as possible.
    """

    refusal: Exception | None = None
    """
    Why it cannot be handled: it breaks its contract or nobody declared its type.
    """
    call: Call | None = None
    """
    The handler for it; it has one when its id is claimed.
    """
    next: InFlight | None = None
    """
    The next event of the same key.
    """
    finished = False
    """
    A handler or the dead letters have done with it.
    """
    failures = 0
    """
    Calls of its handler that failed, or of the dead letters once there is a burial.
    """
    since = 0.0
    """
    When the first of these calls began.
    """
    burial: DeadLetter | None = None
    """
    The dead letter that it has become.
    """

    def __init__(
        self, partition: AssignedPartition, record: FetchedRecord, offset: int, size: int, event: Any, event_id: str
    ) -> None:
        self.partition = partition
        self.record = record
        self.offset = offset
        self.size = size
        self.event = event
        self.event_id = event_id
        # Events without a key are in no order with any other, so none waits for another.
        self.lane: bytes | int = record.key if record.key is not None else offset


class AssignedPartition:
    """
    A partition from its assignment until it is revoked. After that it takes nothing and is never used again.
    """

    __slots__ = (
        "active",
        "committed",
        "end",
        "fetched_at",
        "gone",
        "held",
        "held_since",
        "log",
        "moved_at",
        "name",
        "parked",
        "position",
        "start",
        "started",
        "tails",
        "tracker",
        "tries",
        "unfinished",
        "unreadable",
    )

    def __init__(self, name: TopicPartition) -> None:
        now = time.monotonic()
        self.name = name
        self.active = True
        self.tracker = OffsetTracker()
        self.tails: dict[bytes | int, InFlight] = {}
        """
        The last event of every key; the others lead to it, each to the next one.
        """
        self.parked: dict[bytes | int, tuple[TimerHandle, InFlight]] = {}
        """
        Keys that wait for a retry, with the event that does.
        """
        self.unfinished = 0
        """
        Events that wait for a handler or have one.
        """
        self.started = -1
        """
        The highest offset that a handler was given.
        """
        self.committed: int | None = None
        self.position: int | None = None
        self.start: int | None = None
        self.end: int | None = None
        self.held = 0
        """
        Offsets behind its end that a transaction holds back which has not ended.
        """
        self.held_since: float | None = None
        """
        Since when the end has not moved because of that.
        """
        self.unreadable = ""
        """
        Why its next batch cannot be read, if it cannot.
        """
        self.tries = 0
        """
        How often that was tried.
        """
        self.log: str | None = None
        """
        The id of the topic that it is of; empty where it is whatever bears the name now, ``None`` until that is asked.
        """
        self.gone = False
        """
        Its topic was deleted: what comes under its name is another log.
        """
        self.fetched_at = now
        self.moved_at = now
        """
        When the watermark last moved, or began to have something to wait for.
        """

    def after(self, item: InFlight) -> InFlight | None:
        """
        Take the first event of its key away and return the next one.
        """
        follower = item.next
        if follower is None:
            del self.tails[item.lane]
        else:
            item.next = None
        return follower

    def done(self, offsets: Iterable[int], now: float) -> None:
        """
        Nothing more is to be done for the events at *offsets*.
        """
        before = self.tracker.watermark
        self.tracker.done_all(offsets)
        if self.tracker.watermark != before:
            self.moved_at = now

    def revoke(self) -> list[InFlight]:
        """
        Take nothing more; return what is given up at once.

        A key that waits for a retry is given up whole: the next owner tries again. Of the others, events before the
        last one begun are still wanted: finishing them moves the watermark, and so spares the next owner duplicates.
        """
        self.active = False
        dropped: list[InFlight] = []
        for timer, head in self.parked.values():
            timer.cancel()
            item: InFlight | None = head
            while item is not None:
                dropped.append(item)
                item = self.after(item)
        self.parked.clear()
        self.unfinished -= len(dropped)
        return dropped

    @property
    def lag(self) -> int:
        """
        How many offsets are not done yet, as far as Kafka has said.
        """
        known = (self.reached, self.position, self.committed, self.start)
        done = next((one for one in known if one is not None), 0)
        return max(0, self.end - done) + self.held if self.end is not None else 0

    @property
    def reached(self) -> int | None:
        """
        The offset before which everything is done.
        """
        # Once idle, the position counts: it has passed transaction markers, which are no events.
        watermark = self.tracker.watermark
        if not self.tracker.idle or self.position is None:
            return watermark
        return self.position if watermark is None else max(self.position, watermark)
