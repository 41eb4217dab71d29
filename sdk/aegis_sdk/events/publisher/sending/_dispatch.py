"""
From events that wait to batches that are acknowledged.

One task per partition takes what waits, sends it as one batch, and looks again when that is acknowledged: so a batch
grows by itself with the load, nothing lingers, nothing is flushed per event, and the records of a key keep their order
over every retry. One timer watches the deadlines of all events.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator

from aegis_sdk.events.kafka._partitioner import partition_for
from aegis_sdk.events.publisher._errors import (
    BrokerUnavailableError,
    PublishOutcomeUnknownError,
    PublishRefusedError,
    UndeliveredEventError,
)
from aegis_sdk.events.publisher._types import Published, PublisherMetrics, Record
from aegis_sdk.events.publisher.sending._causes import cause_of, late, named
from aegis_sdk.events.publisher.sending._engine import Engine
from aegis_sdk.events.publisher.sending._engines import EngineRoom
from aegis_sdk.events.publisher.sending._lane import Entry, Lane, Topic
from aegis_sdk.events.publisher.sending._room import Room

__all__ = ["Dispatcher"]

_log = logging.getLogger("aegis_sdk.events")

_PAUSE = 0.1
# Deadlines that lie close together are seen to at once.
_SWEEP_APART = 0.01


class Dispatcher:
    """
    The events of one publisher that are not acknowledged yet.
    """

    def __init__(self, engines: EngineRoom, room: Room, *, linger: float, metrics: PublisherMetrics | None) -> None:
        self.published = 0
        self.failed = 0
        self.progressed_at = 0.0
        self._room = room
        self._engines = engines
        self._linger = linger
        self._metrics = metrics
        self._loop = asyncio.get_running_loop()
        self._topics: dict[str, Topic] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = float("inf")

    def accept(self, record: Record, size: int, timeout: float) -> asyncio.Future[Published]:
        """
        Take an event that has been let into the room; the future says where it was published, or why not.
        """
        now = self._loop.time()
        deadline = now + timeout
        entry = Entry(record, size, now, deadline, self._loop.create_future())
        if self._room.events == 1:
            self.progressed_at = now
        if deadline < self._due:
            self._watch(deadline)
        topic = self._topics.get(record.topic)
        if topic is None:
            topic = self._topics[record.topic] = Topic(record.topic)
        if topic.lanes:
            self._lane(topic, record.key).add(entry)
        else:
            topic.waiting.append(entry)
            if topic.learning is None:
                topic.learning = self._loop.create_task(self._learn(topic))
        return entry.future

    @property
    def oldest(self) -> float | None:
        """
        When the event that has waited longest was accepted.
        """
        return min((entry.since for entry, _, _ in self._entries() if not entry.future.done()), default=None)

    @property
    def trouble(self) -> str:
        """
        What keeps events from getting on, if anything is known.
        """
        if said := named(self._engines.trouble):
            return said
        lanes = (lane for topic in self._topics.values() for lane in topic.lanes)
        return next((said for lane in lanes if (said := named(lane.trouble))), "")

    def purge(self) -> None:
        """
        Drop the events that nobody waits for any more.
        """
        for topic in self._topics.values():
            topic.waiting = self._kept(topic.waiting)
            for lane in topic.lanes:
                lane.queue = self._kept(lane.queue)

    async def close(self, error: type[UndeliveredEventError]) -> list[UndeliveredEventError]:
        """
        Fail all that is left, and end every task.
        """
        left: list[UndeliveredEventError] = []
        for entry, lane, handed_over in list(self._entries()):
            if not entry.future.done():
                maybe = handed_over or entry.maybe_sent
                kind = PublishOutcomeUnknownError if maybe else error
                left.append(self._fail(entry, kind, lane.trouble if lane else None, maybe=maybe))
        if self._timer is not None:
            self._timer.cancel()
        tasks = [task for task in self._tasks() if not task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        return left

    def _tasks(self) -> Iterator[asyncio.Task[None]]:
        for topic in self._topics.values():
            if topic.learning is not None:
                yield topic.learning
            yield from (lane.task for lane in topic.lanes if lane.task is not None)

    def _entries(self) -> Iterator[tuple[Entry, Lane | None, bool]]:
        for topic in self._topics.values():
            for entry in topic.waiting:
                yield entry, None, False
            for lane in topic.lanes:
                for entry in lane.on_its_way:
                    yield entry, lane, lane.handed_to is not None
                for entry in lane.queue:
                    yield entry, lane, False

    # -- partitions ---------------------------------------------------------------------------------------------------

    def _lane(self, topic: Topic, key: bytes | None) -> Lane:
        lanes = topic.lanes
        if key is None:
            return lanes[next(topic.turns) % len(lanes)]
        return lanes[partition_for(key, len(lanes))]

    async def _learn(self, topic: Topic) -> None:
        try:
            count = 0
            while not count:
                engine = await self._engines.engine()
                count = await engine.learn_partitions(topic.name, self._engines.doubt)
        except Exception as reason:  # noqa: BLE001 - every error becomes the error of the events that wait for it
            cause = cause_of(reason)
            waiting, topic.waiting = topic.waiting, deque()
            for entry in waiting:
                self._fail(entry, cause.error, reason)
                self._settle(entry)
        else:
            self._grow(topic, count)
            for entry in topic.waiting:
                self._lane(topic, entry.record.key).add(entry)
            topic.waiting.clear()
        finally:
            topic.learning = None

    def _grow(self, topic: Topic, count: int) -> None:
        for partition in range(len(topic.lanes), count):
            lane = Lane(topic, partition)
            lane.task = self._loop.create_task(self._pump(lane))
            topic.lanes.append(lane)

    # -- batches ------------------------------------------------------------------------------------------------------

    async def _pump(self, lane: Lane) -> None:
        while True:
            if not lane.queue:
                lane.wake = self._loop.create_future()
                await lane.wake
            # Those whose events have just been acknowledged run first: what they publish next travels along.
            await asyncio.sleep(self._linger)
            try:
                engine = self._engines.current or await self._engines.engine()
                if not await self._connected(engine, lane) or not await self._send(engine, lane):
                    await asyncio.sleep(_PAUSE)
            except Exception as reason:  # noqa: BLE001 - without its task a partition would be silent for ever
                _log.exception("a batch for %s [%d] could not be made", lane.topic.name, lane.partition)
                for entry in [*lane.on_its_way, *lane.queue]:
                    self._fail(entry, PublishRefusedError, reason)
                    self._settle(entry)
                lane.queue.clear()
                lane.on_its_way = []

    async def _connected(self, engine: Engine, lane: Lane) -> bool:
        try:
            if await engine.ready(lane.topic.name, lane.partition):
                return True
            lane.trouble = ConnectionError("its broker cannot be reached")
            self._engines.doubt()
        except Exception as reason:  # noqa: BLE001 - whatever it is, the events keep waiting until their deadlines
            lane.trouble = reason
        return False

    async def _send(self, engine: Engine, lane: Lane) -> bool:
        topic = lane.topic
        batch = engine.batch()
        if not lane.fill(batch, self._settle):
            return True
        engine.enter()
        try:
            acknowledgement = await engine.send(batch, topic.name, lane.partition)
            lane.handed_to = engine
            metadata = await acknowledgement
        except Exception as reason:  # noqa: BLE001 - cause_of() says what it means; none is swallowed
            self._failed(engine, lane, reason)
            return False
        else:
            engine.silent = False
            self._acknowledged(lane, metadata.offset)
            if (count := engine.partitions(topic.name)) > len(topic.lanes):
                self._grow(topic, count)
            return True
        finally:
            engine.leave()
            lane.on_its_way = []
            lane.handed_to = None

    def _acknowledged(self, lane: Lane, offset: int) -> None:
        name, partition, metrics = lane.topic.name, lane.partition, self._metrics
        now = self._loop.time()
        lane.trouble = None
        self.published += len(lane.on_its_way)
        self.progressed_at = now
        step = 1 if offset >= 0 else 0
        size = 0
        for entry in lane.on_its_way:
            if not entry.future.done():
                entry.future.set_result(Published(name, partition, offset, entry.record.event_id))
            offset += step
            size += entry.size
        if metrics is not None:
            for entry in lane.on_its_way:
                metrics.published(entry.record.event_type, now - entry.since)
        self._room.leave(size, len(lane.on_its_way))

    def _failed(self, engine: Engine, lane: Lane, reason: Exception) -> None:
        cause = cause_of(reason)
        lane.trouble = reason
        if not engine.usable or (engine.idempotent and lane.handed_to):
            # aiokafka has counted the batch into its sequence numbers; the broker has not, and would refuse all others.
            self._engines.retire(engine)
        if cause.retry or (cause.too_large and len(lane.on_its_way) > 1):
            if cause.too_large:
                lane.limit = len(lane.on_its_way) // 2
                _log.warning("the broker takes less than max_batch_bytes for %s; sending less at once", lane.topic.name)
            for entry in lane.on_its_way:
                entry.maybe_sent |= cause.ambiguous and lane.handed_to is not None
            lane.put_back()
            return
        for entry in lane.on_its_way:
            self._fail(entry, cause.error, reason)
            self._settle(entry)

    def _fail(
        self, entry: Entry, kind: type[UndeliveredEventError], reason: Exception | None, *, maybe: bool = False
    ) -> UndeliveredEventError:
        record = entry.record
        error = kind(
            topic=record.topic,
            event_type=record.event_type,
            event_id=record.event_id,
            elapsed=self._loop.time() - entry.since,
            detail=named(reason),
            may_be_published=maybe,
        )
        if not entry.future.done():
            entry.future.set_exception(error)
            self.failed += 1
            if self._metrics is not None:
                self._metrics.failed(record.event_type, error.kind)
        return error

    def _settle(self, entry: Entry) -> None:
        self._room.leave(entry.size)

    # -- deadlines ----------------------------------------------------------------------------------------------------

    def _watch(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = self._loop.call_at(due, self._sweep)

    def _sweep(self) -> None:
        now = self._loop.time()
        due = float("inf")
        expired = False
        engine = self._engines.current
        for entry, lane, handed_over in self._entries():
            if entry.future.done():
                continue
            if entry.deadline > now:
                due = min(due, entry.deadline)
                continue
            expired = True
            maybe = handed_over or entry.maybe_sent
            trouble = (lane.trouble if lane else None) or self._engines.trouble
            kind = late(maybe_sent=maybe, connected=engine is not None, trouble=trouble)
            if kind is BrokerUnavailableError and engine is not None:
                engine.silent = True
            self._fail(entry, kind, trouble, maybe=maybe)
        if expired:
            self.purge()
            self._give_up()
            self._engines.doubt()
        self._timer, self._due = None, float("inf")
        if due < float("inf"):
            self._watch(max(due, now + _SWEEP_APART))

    def _give_up(self) -> None:
        # A batch for which nobody waits any more would hold up its partition for as long as aiokafka goes on trying.
        for topic in self._topics.values():
            for lane in topic.lanes:
                engine = lane.handed_to
                if engine is not None and all(entry.future.done() for entry in lane.on_its_way):
                    _log.warning(
                        "giving up a batch for %s [%d] that no broker acknowledged", topic.name, lane.partition
                    )
                    self._engines.retire(engine)

    def _kept(self, entries: deque[Entry]) -> deque[Entry]:
        kept: deque[Entry] = deque()
        for entry in entries:
            if entry.future.done():
                self._settle(entry)
            else:
                kept.append(entry)
        return kept
