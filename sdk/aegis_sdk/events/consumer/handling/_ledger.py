"""
The consumer's books: how much is in flight, which ids are being handled, how far each partition is done.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import TypeVar

from aegis_runtime import RetryPolicy
from aegis_sdk.events.consumer.handling._lanes import InFlight
from aegis_sdk.events.consumer.handling._settings import ConsumerSettings
from aegis_sdk.events.consumer.handling._stats import ConsumerStats
from aegis_sdk.events.dedupe._memory import DedupeStore

__all__ = ["Ledger"]

_log = logging.getLogger("aegis_sdk.events.consumer")
_R = TypeVar("_R")
_STORE = RetryPolicy(base=0.1, maximum=5.0)


class Ledger:
    """
    Counts what comes in and what is done, and keeps the dedupe store in step with it.
    """

    def __init__(self, dedupe: DedupeStore, settings: ConsumerSettings, stats: ConsumerStats) -> None:
        self.stats = stats
        self.in_flight = 0
        self.in_flight_bytes = 0
        self.claims: dict[str, InFlight] = {}
        """
        Ids of events that are being handled at this moment, and which those are.
        """
        self.last_moved = time.monotonic()
        self.store_failing_since: float | None = None
        self.letters_failing_since: float | None = None
        self.letters_trouble = ""
        """
        Why the dead letters do not take an event.
        """
        self.commit_wanted = asyncio.Event()
        self._dedupe = dedupe
        self._settings = settings
        self._looking: list[set[str]] = []
        self._uncommitted = 0
        self._changed = asyncio.Event()

    @property
    def has_room(self) -> bool:
        """
        Whether more may be taken from Kafka.
        """
        settings = self._settings
        return self.in_flight < settings.max_in_flight and self.in_flight_bytes < settings.max_in_flight_bytes

    async def change(self, timeout: float | None = None) -> None:
        """
        Wait until something was done or given up, or for *timeout* seconds.
        """
        self._changed.clear()
        try:
            async with asyncio.timeout(timeout):
                await self._changed.wait()
        except TimeoutError:
            return

    def take(self, items: Sequence[InFlight]) -> None:
        """
        These came in.
        """
        self.in_flight += len(items)
        self.in_flight_bytes += sum([item.size for item in items])
        self.stats.received += len(items)

    async def known(self, event_ids: Sequence[str]) -> set[str]:
        """
        Those of *event_ids* that were handled before.
        """
        found: set[str] = set()
        # An id that is added while the store looks may be missing in its answer, so those are collected meanwhile.
        self._looking.append(found)
        try:
            found.update(await self._ask(lambda: self._dedupe.seen(event_ids)))
        finally:
            self._looking = [one for one in self._looking if one is not found]
        return found

    async def settle(self, items: Sequence[InFlight]) -> None:
        """
        Remember the ids of what was handled, and only then count all of *items* as done.
        """
        handled = [item.event_id for item in items if item.burial is None]
        if handled:
            await self._ask(lambda: self._dedupe.add(handled))
            self.stats.handled += len(handled)
        for found in self._looking:
            found.update(handled)
        for item in items:
            item.partition.unfinished -= 1
        self._unclaim(items)
        self.done(items)

    def done(self, items: Sequence[InFlight]) -> None:
        """
        Nothing more is to be done for these.
        """
        now = time.monotonic()
        for partition in {item.partition for item in items}:
            partition.done([item.offset for item in items if item.partition is partition], now)
        self.in_flight -= len(items)
        self.in_flight_bytes -= sum([item.size for item in items])
        self.last_moved = now
        self._uncommitted += len(items)
        if self._uncommitted >= self._settings.commit_every:
            self._uncommitted = 0
            self.commit_wanted.set()
        self._changed.set()

    def buried(self, trouble: str = "") -> None:
        """
        The dead letters have taken an event, or have not because of *trouble*.
        """
        self.letters_trouble = trouble
        self.letters_failing_since = (self.letters_failing_since or time.monotonic()) if trouble else None

    def release(self, items: Sequence[InFlight]) -> None:
        """
        These are given up here; their next owner is given them again.
        """
        self.in_flight -= len(items)
        self.in_flight_bytes -= sum([item.size for item in items])
        self._unclaim(items)
        self._changed.set()

    def _unclaim(self, items: Sequence[InFlight]) -> None:
        # Whatever has a handler was claimed when it was given one; the same event of a log made anew may have it since.
        claims = self.claims
        for item in items:
            if item.call is not None and claims.get(item.event_id) is item:
                del claims[item.event_id]

    async def _ask(self, question: Callable[[], Awaitable[_R]]) -> _R:
        """
        Ask the dedupe store until it answers: without it nothing may be handled and nothing committed.
        """
        retries = count()
        while True:
            try:
                async with asyncio.timeout(self._settings.request_timeout):
                    answer = await question()
            except Exception as error:  # noqa: BLE001 — a store may raise whatever its driver does
                self.store_failing_since = self.store_failing_since or time.monotonic()
                delay = _STORE.delay(next(retries))
                _log.error("the dedupe store failed with %s; again in %.1f s", type(error).__name__, delay)
                await asyncio.sleep(delay)
            else:
                self.store_failing_since = None
                return answer
