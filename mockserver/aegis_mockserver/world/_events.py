"""
Events that a world's operations caused, and where they go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from aegis_mockserver.world._budget import Budget, History

KEPT = 100_000
OVERHEAD = 500  # about what Python needs for an event beside its envelope


@dataclass(frozen=True, slots=True)
class Event:
    """
    One event as it goes to the broker.

    Args:
        name: event type.
        topic: where it is published.
        key: record key.
        value: the envelope, JSON in UTF-8: exactly these bytes are published.
        world: name of the world that caused it.
        cause: key of the operation that caused it.
        violations: rules of the event's schema that it breaks; then it is recorded, not published.
    """

    name: str
    topic: str
    key: str
    value: bytes
    world: str
    cause: str
    violations: tuple[str, ...] = ()

    def as_value(self) -> dict[str, Any]:
        """
        Return the event as JSON.
        """
        return {
            "eventType": self.name,
            "topic": self.topic,
            "key": self.key,
            "operation": self.cause,
            "violations": list(self.violations),
            "envelope": msgspec.json.decode(self.value),
        }


class EventSink(Protocol):
    """
    Where events go on: a Kafka publisher, a test's list. Never waits; what cannot go at once is kept in order.
    """

    def publish(self, event: Event) -> None:
        """
        Take *event* over; called in the order in which operations caused them.
        """
        ...

    async def aclose(self) -> None:
        """
        Return when everything that was taken over has left, or cannot leave.
        """
        ...


class Events(History):
    """
    The events of one world, oldest first; the oldest are forgotten when there are too many.
    """

    __slots__ = ("_events", "total")

    def __init__(self, budget: Budget | None = None) -> None:
        super().__init__(budget)
        self._events: deque[Event] = deque()
        self.total = 0

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def add(self, event: Event) -> None:
        """
        Record an event.
        """
        self.total += 1
        self._events.append(event)
        self._weigh(self._weight + len(event.value) + OVERHEAD)
        if len(self._events) > KEPT:
            self._forget()
        if self._budget.used > self._budget.limit:
            self._budget.relieve()

    def halve(self) -> None:
        """
        Forget the older half.
        """
        for _ in range((len(self._events) + 1) // 2):
            self._forget()

    def clear(self) -> None:
        """
        Forget all events.
        """
        self._events.clear()
        self._weigh(0)

    def _forget(self) -> None:
        self._weigh(self._weight - len(self._events.popleft().value) - OVERHEAD)

    def find(self, *, name: str = "", topic: str = "", key: str = "") -> list[Event]:
        """
        Find events by type, topic and key.
        """
        return [
            event
            for event in self._events
            if (not name or event.name == name)
            and (not topic or event.topic == topic)
            and (not key or event.key == key)
        ]
