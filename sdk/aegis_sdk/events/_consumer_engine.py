"""
The consumer's middle: it takes fetched records, hands events to their handlers and says how far each partition is done.

It knows no Kafka. Records come from the session, which also reads how far to commit; dead letters and handled ids go
through small seams of their own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from functools import partial
from typing import Any, Literal, Protocol, TypeVar

from aegis_sdk.events._consumer_client import Record
from aegis_sdk.events._consumer_handlers import Handlers
from aegis_sdk.events._consumer_lanes import AssignedPartition, InFlight
from aegis_sdk.events._consumer_settings import ConsumerSettings
from aegis_sdk.events._consumer_stats import ConsumerStats
from aegis_sdk.events._consumer_worker import Worker
from aegis_sdk.events._dedupe import DedupeStore
from aegis_sdk.events._dlq import DeadLetter
from aegis_sdk.events._retry import HandlerRetry

__all__ = ["DeadLetterSender", "Engine", "Reader"]

_log = logging.getLogger("aegis_sdk.events.consumer")
_R = TypeVar("_R")


class DeadLetterSender(Protocol):
    """
    Where dead letters go. Returning means that Kafka has acknowledged it.
    """

    async def send(self, letter: DeadLetter) -> None: ...


class Reader(Protocol):
    """
    How bytes become events.
    """

    def parse(self, data: bytes, /) -> Any:
        """
        Return a typed event with an ``event_id``, or raise ``EventValidationError``.
        """
        ...

    def is_unknown(self, error: Exception, /) -> bool:
        """
        Say whether a refusal means that nobody declared the event type.
        """
        ...


class Engine:
    """
    Handles events: at most *concurrency* at once, those of one key one after another.
    """

    def __init__(
        self,
        *,
        reader: Reader,
        handlers: Handlers,
        dedupe: DedupeStore,
        dead_letters: DeadLetterSender,
        retry: HandlerRetry,
        unknown: Literal["skip", "dlq"],
        group_id: str,
        settings: ConsumerSettings,
    ) -> None:
        self.handlers = handlers
        self.retry = retry
        self.dead_letters = dead_letters
        self.group_id = group_id
        self.settings = settings
        self.is_unknown = reader.is_unknown
        self.stats = ConsumerStats()
        self.in_flight = 0
        self.in_flight_bytes = 0
        self.ready: deque[InFlight] = deque()
        """
        Events that may be handled now: each is the first of its key.
        """
        self.store_failing_since: float | None = None
        self.last_moved = time.monotonic()
        self.commit_wanted = asyncio.Event()
        self._parse = reader.parse
        self._dedupe = dedupe
        self._skips_unknown = unknown == "skip"
        self._claims: set[str] = set()
        self._looking: list[set[str]] = []
        self._finished: list[InFlight] = []
        self._uncommitted = 0
        self._idle: list[asyncio.Future[None]] = []
        self._settling: asyncio.Future[None] | None = None
        self._changed = asyncio.Event()
        self._workers: list[Worker] = []
        self.tasks: list[asyncio.Task[None]] = []
        """
        What does not end by itself while all is well.
        """

    def start(self) -> None:
        """
        Begin to work.
        """
        self._workers = [Worker(self) for _ in range(self.settings.concurrency)]
        for worker in self._workers:
            worker.task = asyncio.create_task(worker.run(), name="aegis-consumer-worker")
        self.tasks = [
            *(worker.task for worker in self._workers if worker.task is not None),
            asyncio.create_task(self._settle(), name="aegis-consumer-settle"),
            asyncio.create_task(self._watch(), name="aegis-consumer-watch"),
        ]

    async def close(self) -> None:
        """
        Stop at once; what still runs is cancelled. Drain first.
        """
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            # A handler may swallow its cancellation; it must not hold the consumer up.
            await asyncio.wait(self.tasks, timeout=1.0)
        self.tasks, self._workers = [], []

    # Intake

    @property
    def has_room(self) -> bool:
        """
        Whether more may be taken from Kafka.
        """
        settings = self.settings
        return self.in_flight < settings.max_in_flight and self.in_flight_bytes < settings.max_in_flight_bytes

    async def change(self, timeout: float | None = None) -> None:
        """
        Wait until something was finished, or for *timeout* seconds.
        """
        self._changed.clear()
        try:
            async with asyncio.timeout(timeout):
                await self._changed.wait()
        except TimeoutError:
            return

    async def accept(self, batches: Iterable[tuple[AssignedPartition, Sequence[Record]]]) -> None:
        """
        Take fetched records in. Their offsets count as taken before anything is waited for.
        """
        items = self._read(batches)
        ids = [item.event_id for item in items if item.refusal is None]
        seen: set[str] = set()
        # An id that is added while the store looks may be missing in its answer, so those are collected meanwhile.
        self._looking.append(seen)
        try:
            if ids:
                seen.update(await self._ask(partial(self._dedupe.seen, ids)))
        except asyncio.CancelledError:
            for item in items:
                self._release(item)
            raise
        finally:
            self._looking = [one for one in self._looking if one is not seen]
        claims, calls, ready = self._claims, self.handlers.calls, self.ready
        left_out: list[InFlight] = []
        for item in items:
            if not item.partition.active:
                self._release(item)
                continue
            if item.refusal is None:
                event_id = item.event_id
                # An id in the claims is being handled at this moment: this is a duplicate of it.
                if event_id in seen or event_id in claims:
                    left_out.append(item)
                    self.stats.duplicates += 1
                    continue
                item.call = calls.get(item.event.__class__)
                if item.call is None:
                    left_out.append(item)
                    self.stats.skipped += 1
                    continue
                claims.add(event_id)
                item.claimed = True
            elif self._skips_unknown and self.is_unknown(item.refusal):
                left_out.append(item)
                self.stats.skipped += 1
                continue
            if item.partition.put(item):
                ready.append(item)
        if left_out:
            self._done(left_out)
        self.wake()

    def _read(self, batches: Iterable[tuple[AssignedPartition, Sequence[Record]]]) -> list[InFlight]:
        parse = self._parse
        items: list[InFlight] = []
        size = 0
        now = time.monotonic()
        for partition, records in batches:
            partition.fetched_at = now
            if partition.tracker.idle:
                partition.moved_at = now
            partition.tracker.take([record.offset for record in records])
            for record in records:
                try:
                    event = parse(record.value or b"")
                    item = InFlight(partition, record, event, event.event_id, None)
                except Exception as error:  # noqa: BLE001 — a record that breaks even the reader must not stop the partition
                    item = InFlight(partition, record, None, "", error)
                items.append(item)
                size += item.size
        self.in_flight += len(items)
        self.in_flight_bytes += size
        self.stats.received += len(items)
        return items

    # Workers

    async def something_ready(self) -> None:
        """
        Wait for an event that may be handled.
        """
        waiter = asyncio.get_running_loop().create_future()
        self._idle.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._idle:
                self._idle.remove(waiter)

    def wake(self) -> None:
        """
        Wake as many workers as there are events ready.
        """
        for _ in range(min(len(self.ready), len(self._idle))):
            waiter = self._idle.pop()
            if not waiter.done():
                waiter.set_result(None)

    def finish(self, item: InFlight) -> None:
        """
        A worker is through with the event: handled, or buried.
        """
        self._finished.append(item)
        waiter = self._settling
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def drop(self, item: InFlight) -> None:
        """
        Give up an event that its next owner will be given again.
        """
        item.partition.unfinished -= 1
        self._release(item)
        self._changed.set()

    async def _watch(self) -> None:
        """
        Stop handlers that run too long.
        """
        limit = self.settings.handler_timeout
        if limit is None:
            await asyncio.get_running_loop().create_future()
            return
        while True:
            await asyncio.sleep(min(0.5, limit / 4))
            late = time.monotonic() - limit
            for worker in self._workers:
                if worker.call is not None and worker.call.stoppable and worker.started < late:
                    worker.stop("timeout")

    async def _settle(self) -> None:
        """
        Remember what was handled, and only then count its offsets as done.
        """
        while True:
            if not self._finished:
                self._settling = asyncio.get_running_loop().create_future()
                await self._settling
            batch, self._finished = self._finished, []
            handled = [item.event_id for item in batch if item.handled]
            if handled:
                await self._ask(partial(self._dedupe.add, handled))
                self.stats.handled += len(handled)
            for item in batch:
                item.partition.unfinished -= 1
            for seen in self._looking:
                seen.update(handled)
            self._claims.difference_update([item.event_id for item in batch if item.claimed])
            self._done(batch)

    def _done(self, items: Sequence[InFlight]) -> None:
        """
        Nothing more is to be done for these events.
        """
        by_partition: dict[AssignedPartition, list[int]] = {}
        size = 0
        for item in items:
            by_partition.setdefault(item.partition, []).append(item.offset)
            size += item.size
        now = time.monotonic()
        for partition, offsets in by_partition.items():
            partition.done(offsets, now)
        self.in_flight -= len(items)
        self.in_flight_bytes -= size
        self.last_moved = now
        self._uncommitted += len(items)
        if self._uncommitted >= self.settings.commit_every:
            self._uncommitted = 0
            self.commit_wanted.set()
        self._changed.set()

    async def drain(self, partitions: Collection[AssignedPartition], timeout: float) -> bool:
        """
        Take nothing more of *partitions* and let finish what was begun; say whether all of it did within *timeout*
        seconds.
        """
        for partition in partitions:
            for item in partition.revoke():
                self._release(item)
        deadline = time.monotonic() + timeout
        while any(partition.unfinished for partition in partitions):
            left = deadline - time.monotonic()
            if left <= 0:
                break
            await self.change(left)
        for partition in partitions:
            # What was not begun by now is not: behind an event that is given up, its key's later ones must not be
            # handled.
            partition.started = -1
        late = [w for w in self._workers if w.item is not None and w.item.partition in partitions]
        for worker in late:
            worker.stop("abandon")
        if late:
            await self.change(0.2)
        return not late

    # Ends

    def _release(self, item: InFlight) -> None:
        self.in_flight -= 1
        self.in_flight_bytes -= item.size
        if item.claimed:
            self._claims.discard(item.event_id)

    async def _ask(self, question: Callable[[], Awaitable[_R]]) -> _R:
        """
        Ask the dedupe store until it answers: without it nothing may be handled and nothing committed.
        """
        delay = 0.1
        while True:
            try:
                async with asyncio.timeout(self.settings.request_timeout):
                    answer = await question()
            except Exception as error:  # noqa: BLE001 — a store may raise whatever its driver does
                self.store_failing_since = self.store_failing_since or time.monotonic()
                _log.error("the dedupe store failed with %s; again in %.1f s", type(error).__name__, delay)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)
            else:
                self.store_failing_since = None
                return answer
