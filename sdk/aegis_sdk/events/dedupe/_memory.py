"""
Which events were handled already: a small protocol, and a store in memory.

An event is the same when its ``eventId`` is. Kafka redelivers after a crash or a rebalance, and a producer may publish
twice; a store that outlives the process recognises both.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from typing import Protocol, runtime_checkable

__all__ = ["DedupeStore", "MemoryDedupe", "NoDedupe"]


@runtime_checkable
class DedupeStore(Protocol):
    """
    Remembers the ids of handled events.

    The consumer asks for a batch before it handles and adds ids after their handler has returned, and only then commits
    offsets. A crash between the handler's return and ``add`` therefore delivers that event once more. A handler that
    must not see this marks the id in its own database transaction (``SqliteDedupe.mark``, ``PostgresDedupe.mark``).
    """

    async def seen(self, event_ids: Sequence[str]) -> Collection[str]:
        """
        Return those of *event_ids* that were added before.
        """
        ...

    async def add(self, event_ids: Sequence[str]) -> None:
        """
        Remember *event_ids*; adding one twice is no error.
        """
        ...

    async def aclose(self) -> None:
        """
        Release what the store holds.
        """
        ...


class NoDedupe:
    """
    Remembers nothing: every delivery is handled.
    """

    async def seen(self, event_ids: Sequence[str]) -> Collection[str]:  # noqa: ARG002 — the protocol's
        return ()

    async def add(self, event_ids: Sequence[str]) -> None:
        pass

    async def aclose(self) -> None:
        pass


class MemoryDedupe:
    """
    Remembers ids in this process, the oldest forgotten first.

    It removes what is published or delivered twice while the process lives, and knows nothing after a restart.

    Args:
        max_ids: the most ids kept (about 100 bytes each); at least the newest half of them is remembered.
        ttl: seconds after which an id may be forgotten.
    """

    def __init__(
        self, max_ids: int = 200_000, ttl: float = 86_400.0, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if max_ids < 2 or ttl <= 0:
            raise ValueError("max_ids must be at least 2 and ttl positive")
        self._half = max_ids // 2
        self._ttl = ttl
        self._clock = clock
        # Two generations: forgetting is dropping the older one, which costs nothing per event.
        self._young: set[str] = set()
        self._old: set[str] = set()
        self._turned = clock()

    def __len__(self) -> int:
        return len(self._young | self._old)

    async def seen(self, event_ids: Sequence[str]) -> Collection[str]:
        self._forget(self._clock())
        young, old = self._young, self._old
        return [event_id for event_id in event_ids if event_id in young or event_id in old]

    async def add(self, event_ids: Sequence[str]) -> None:
        for start in range(0, len(event_ids), self._half):
            some = event_ids[start : start + self._half]
            if len(self._young) + len(some) > self._half:
                self._turn(self._clock())
            self._young.update(some)

    async def aclose(self) -> None:
        return None

    def _turn(self, now: float) -> None:
        self._old, self._young, self._turned = self._young, set(), now

    def _forget(self, now: float) -> None:
        if now - self._turned < self._ttl:
            return
        if now - self._turned >= 2 * self._ttl:
            self._young = set()
        self._turn(now)
