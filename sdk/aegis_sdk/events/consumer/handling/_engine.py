"""
The consumer's middle: it takes fetched records, hands events to their handlers and says how far each partition is done.

It knows no Kafka. Records come from the session, which also reads how far to commit; dead letters and handled ids go
through small seams of their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, Protocol

from aegis_sdk.events.consumer.handling._failures import HandlerFailure, OnFailure
from aegis_sdk.events.consumer.handling._handlers import Delivery, Handlers
from aegis_sdk.events.consumer.handling._intake import Fetched, Intake, Reader
from aegis_sdk.events.consumer.handling._lanes import AssignedPartition, InFlight
from aegis_sdk.events.consumer.handling._ledger import Ledger
from aegis_sdk.events.consumer.handling._retry import Again, GiveUp
from aegis_sdk.events.consumer.handling._settings import ConsumerSettings
from aegis_sdk.events.consumer.handling._stats import ConsumerStats
from aegis_sdk.events.consumer.handling._trace import tracing_of
from aegis_sdk.events.consumer.handling._turns import Turns
from aegis_sdk.events.consumer.handling._worker import Worker
from aegis_sdk.events.dead_letters._letter import DeadLetter
from aegis_sdk.events.dedupe._memory import DedupeStore

__all__ = ["DeadLetterSender", "Decides", "Engine"]

_log = logging.getLogger("aegis_sdk.events.consumer")
# As long as a heartbeat's interval: from there on the group may notice.
_BLOCKED = 3.0


def _never(_: Exception) -> bool:
    return False


def _nothing(_: object) -> Mapping[type[Any], Exception]:
    return {}


class DeadLetterSender(Protocol):
    """
    Where dead letters go. Returning means that Kafka has acknowledged it.
    """

    async def send(self, letter: DeadLetter) -> None: ...


class Decides(Protocol):
    """
    Says what follows when a handler has failed.
    """

    def decide(self, error: BaseException, attempts: int, elapsed: float) -> Again | GiveUp: ...


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
        retry: Decides,
        unknown: Literal["skip", "dlq"],
        group_id: str,
        settings: ConsumerSettings,
        tombstones: Literal["skip", "refuse"],
        on_failure: OnFailure | None,
        stats: ConsumerStats,
    ) -> None:
        self.retry = retry
        self.dead_letters = dead_letters
        self.group_id = group_id
        self.settings = settings
        self.is_unknown = reader.is_unknown
        self.is_later: Callable[[Exception], bool] = getattr(reader, "is_later", _never)
        self.tracing = tracing_of(group_id)
        self._on_failure = on_failure
        self.ledger = Ledger(dedupe, settings, stats)
        self.ready: deque[InFlight] = deque()
        """
        Events that may be handled now: each is the first of its key.
        """
        self.finished: list[InFlight] = []
        """
        Events that were handled or buried, and are not settled yet.
        """
        self.settling: asyncio.Future[None] | None = None
        """
        What the settling of finished events waits for, while there are none.
        """
        self.tasks: list[asyncio.Task[None]] = []
        """
        What does not end by itself while all is well.
        """
        self.turns = Turns()
        """
        How the workers share the event loop with everybody else.
        """
        beyond: Callable[[Collection[type[Any]]], Mapping[type[Any], Exception]] = getattr(reader, "beyond", _nothing)
        later = beyond(handlers.calls)
        self._intake = Intake(reader, handlers, self.ledger, self.ready, unknown, tombstones, group_id, later)
        self._idle: list[asyncio.Future[None]] = []
        self._waking = False
        self._workers: list[Worker] = []

    @property
    def stats(self) -> ConsumerStats:
        """
        What was done so far.
        """
        return self.ledger.stats

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

    async def accept(self, fetched: Fetched) -> None:
        """
        Take fetched records in.
        """
        await self._intake.accept(fetched)
        self.wake()

    async def drain(self, partitions: Collection[AssignedPartition], timeout: float) -> bool:
        """
        Take nothing more of *partitions* and let finish what was begun; say whether all of it did within *timeout*
        seconds.
        """
        for partition in partitions:
            self.ledger.release(partition.revoke())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while any(partition.unfinished for partition in partitions):
                    await self.ledger.change()
        for partition in partitions:
            # Nothing more is begun: behind an event that is given up, its key's later ones must not be handled.
            partition.started = -1
        late = [w for w in self._workers if w.item is not None and w.item.partition in partitions]
        for worker in late:
            worker.stop("abandon")
        if late:
            await self.ledger.change(0.2)
        return not late

    def tell(self, item: InFlight, error: BaseException, decision: Again | GiveUp, place: str) -> None:
        """
        Tell whoever wants to know that a handler has failed.
        """
        if self._on_failure is None:
            return
        delivery = Delivery.of(item.record, item.failures)
        try:
            self._on_failure(HandlerFailure(error, item.event, delivery, decision, place.removeprefix(" at ")))
        except Exception as failed:  # noqa: BLE001 — whoever listens must not stop a partition
            _log.error("on_failure raised %s", type(failed).__name__)

    # For the workers

    async def something_ready(self) -> None:
        """
        Wait for an event that may be handled.
        """
        waiter = asyncio.get_running_loop().create_future()
        self._idle.append(waiter)
        await waiter
        self._waking = False
        if len(self.ready) > 1:
            self.wake()

    def wake(self) -> None:
        """
        Wake one worker, which wakes the next if it leaves anything for it: so those stay asleep who would find nothing.
        """
        while self.ready and self._idle and not self._waking:
            waiter = self._idle.pop()
            if not waiter.done():
                waiter.set_result(None)
                self._waking = True

    def wake_settling(self) -> None:
        """
        Something was finished.
        """
        waiter, self.settling = self.settling, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def drop(self, item: InFlight) -> None:
        """
        Give up an event that its next owner will be given again.
        """
        item.partition.unfinished -= 1
        self.ledger.release([item])

    # In the background

    async def _settle(self) -> None:
        while True:
            if not self.finished:
                self.settling = asyncio.get_running_loop().create_future()
                await self.settling
            batch = self.finished.copy()
            self.finished.clear()
            await self.ledger.settle(batch)

    async def _watch(self) -> None:
        """
        Stop handlers that run too long, and tell of those that let nobody else run.
        """
        limit = math.inf if self.settings.handler_timeout is None else self.settings.handler_timeout
        pause = min(0.5, limit / 4)
        while True:
            before = time.monotonic()
            await asyncio.sleep(pause)
            blocked = time.monotonic() - before - pause
            if blocked > _BLOCKED:
                _log.warning(
                    "the event loop stood still for %.1f s: no heartbeat left meanwhile, and the group may have given"
                    " the partitions away; a handler that waits without await belongs in a plain function",
                    blocked,
                )
            late = time.monotonic() - limit
            for worker in self._workers:
                if worker.call is not None and worker.call.stoppable and worker.started < late:
                    worker.stop("timeout")
