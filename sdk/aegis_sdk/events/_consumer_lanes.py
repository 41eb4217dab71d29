"""
What is in flight: events of one partition in lanes, one lane a key, so that a key's events are handled one after
another.
"""

from __future__ import annotations

import time
from asyncio import TimerHandle
from collections import deque
from typing import Any

from aegis_sdk.events._consumer_client import Record, TopicPartition
from aegis_sdk.events._consumer_offsets import OffsetTracker

__all__ = ["AssignedPartition", "Entry", "InFlight", "Lane"]


class InFlight:
    """
    One event between its fetch and the moment when nothing more is to be done for it.
    """

    __slots__ = (
        "attempts",
        "burial",
        "claimed",
        "event",
        "event_id",
        "handled",
        "partition",
        "record",
        "refusal",
        "since",
        "size",
    )

    def __init__(
        self, partition: AssignedPartition, record: Record, event: Any, event_id: str, refusal: Exception | None
    ) -> None:
        self.partition = partition
        self.record = record
        self.event = event
        self.event_id = event_id
        self.refusal = refusal
        """
        Why it cannot be handled: it breaks its contract or nobody declared its type.
        """
        self.size = len(record.value or b"")
        self.attempts = 0
        self.since = 0.0
        self.handled = False
        self.claimed = False
        """
        Whether its id is kept from being handled a second time meanwhile.
        """
        self.burial: Any = None
        """
        The dead letter that is on its way, once there is one.
        """


Lane = deque[InFlight]
Entry = tuple["AssignedPartition", "bytes | None", Lane]


class AssignedPartition:
    """
    A partition from its assignment until it is revoked. After that it takes nothing and is never used again.
    """

    __slots__ = (
        "_mark",
        "active",
        "committed",
        "end",
        "fetched_at",
        "lanes",
        "moved_at",
        "name",
        "parked",
        "position",
        "started",
        "tracker",
        "unfinished",
    )

    def __init__(self, name: TopicPartition) -> None:
        now = time.monotonic()
        self.name = name
        self.active = True
        self.tracker = OffsetTracker()
        self.lanes: dict[bytes | None, Lane] = {}
        self.parked: dict[bytes | None, TimerHandle] = {}
        """
        Keys that wait for a retry.
        """
        self.unfinished = 0
        """
        Events in lanes or being handled.
        """
        self.started = -1
        """
        The highest offset that a handler was given.
        """
        self.committed: int | None = None
        self.position: int | None = None
        self.end: int | None = None
        self.fetched_at = now
        self.moved_at = now
        """
        When the watermark last moved, or began to have something to wait for.
        """
        self._mark: int | None = None

    def put(self, item: InFlight) -> Entry | None:
        """
        Put an event behind the others of its key; return the lane if it is new and so must be made ready.
        """
        self.unfinished += 1
        key = item.record.key
        lane = self.lanes.get(key)
        if lane is not None:
            lane.append(item)
            return None
        self.lanes[key] = lane = deque((item,))
        return self, key, lane

    def note(self, now: float) -> None:
        """
        See whether the watermark has moved.
        """
        mark = self.tracker.watermark
        if mark != self._mark:
            self._mark = mark
            self.moved_at = now

    def revoke(self) -> list[InFlight]:
        """
        Take nothing more, and give up what was not begun; return that.

        Events before the last one begun stay: finishing them moves the watermark, and so spares the next owner
        duplicates. A key that waits for a retry is given up whole: the next owner tries again.
        """
        self.active = False
        dropped: list[InFlight] = []
        for key, lane in list(self.lanes.items()):
            timer = self.parked.pop(key, None)
            if timer is not None:
                timer.cancel()
                dropped.extend(lane)
                lane.clear()
                del self.lanes[key]
                continue
            dropped.extend(item for item in lane if item.record.offset > self.started)
            kept = [item for item in lane if item.record.offset <= self.started]
            lane.clear()
            lane.extend(kept)
        self.unfinished -= len(dropped)
        return dropped

    @property
    def lag(self) -> int | None:
        """
        How many offsets are not done yet; ``None`` before Kafka has said where the partition ends.
        """
        if self.end is None:
            return None
        reached = self.reached
        return max(0, self.end - reached) if reached is not None else None

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
