"""
The events that wait for one partition, in the order in which they will be sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Any

import msgspec

from aegis_sdk.events.publisher._types import Published, Record
from aegis_sdk.events.publisher.sending._engine import Engine

__all__ = ["Entry", "Lane", "Topic"]


class Entry(msgspec.Struct):
    """
    An event that waits to be acknowledged. One is made for each event, so it is a struct that is made fast.

    Attributes:
        maybe_sent: Whether an earlier attempt ended without saying if the record was stored.
    """

    record: Record
    size: int
    since: float
    deadline: float
    future: asyncio.Future[Published]
    maybe_sent: bool = False


class Lane:
    """
    One partition: the events that wait, and the batch that is on its way.
    """

    __slots__ = (
        "handed_to",
        "limit",
        "on_its_way",
        "partition",
        "queue",
        "task",
        "topic",
        "trouble",
        "wake",
    )

    def __init__(self, topic: Topic, partition: int) -> None:
        self.topic = topic
        self.partition = partition
        self.queue: deque[Entry] = deque()
        self.on_its_way: list[Entry] = []
        # The engine that has the batch: from then on nobody can tell if it was sent.
        self.handed_to: Engine | None = None
        # How many events a batch may have; less after the broker has called one too large.
        self.limit = 0
        self.wake: asyncio.Future[None] | None = None
        self.task: asyncio.Task[None] | None = None
        # The last thing that kept this lane from getting on.
        self.trouble: Exception | None = None

    def add(self, entry: Entry) -> None:
        """
        Put an event at the end.
        """
        self.queue.append(entry)
        wake = self.wake
        if wake is not None and not wake.done():
            wake.set_result(None)

    def fill(self, batch: Any, drop: Callable[[Entry], None]) -> bool:
        """
        Put events on their way until the batch is full, and drop those that nobody waits for any more.
        """
        queue, limit, taken = self.queue, self.limit, self.on_its_way
        append = batch.append
        while queue and (not limit or len(taken) < limit):
            entry = queue[0]
            if entry.future.done():
                drop(queue.popleft())
                continue
            record = entry.record
            headers = record.headers
            if type(headers) is not list:
                headers = list(headers)
            if append(timestamp=None, key=record.key, value=record.value, headers=headers) is None:
                break
            taken.append(queue.popleft())
        return bool(taken)

    def put_back(self) -> None:
        """
        Return the events of the batch to the front, in their order.
        """
        self.queue.extendleft(reversed(self.on_its_way))


class Topic:
    """
    A topic: its lanes, and the events that came before its partitions were known.
    """

    __slots__ = ("lanes", "learning", "name", "turns", "waiting")

    def __init__(self, name: str) -> None:
        self.name = name
        self.lanes: list[Lane] = []
        self.waiting: deque[Entry] = deque()
        self.learning: asyncio.Task[None] | None = None
        # An event without a key goes to the next lane.
        self.turns = count()
