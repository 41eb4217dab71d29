"""
One connection of a consumer: it fetches, commits and watches until it is stopped or of no more use.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection
from contextlib import suppress

from aegis_runtime import RetryPolicy
from aegis_sdk.events.consumer._client import ClientFailedError, CommitRefusedError, Committed, Connect
from aegis_sdk.events.consumer._places import Past, place_again, recognise
from aegis_sdk.events.consumer.handling._engine import Engine
from aegis_sdk.events.consumer.handling._lanes import AssignedPartition
from aegis_sdk.events.kafka._aiokafka import TopicsGoneError, Unreadable
from aegis_sdk.events.kafka._record import TopicPartition
from aegis_sdk.events.kafka._unreadable import why_unreadable

__all__ = ["Session"]

_log = logging.getLogger("aegis_sdk.events.consumer")
_POLL = 0.5
_GIVING_UP = 0.3
_LOOK = 0.1
_UNREADABLE = RetryPolicy(base=1.0, maximum=60.0)


class Session:
    """
    Brings records from Kafka to the engine and commits what the engine has done.
    """

    def __init__(self, engine: Engine, connect: Connect, past: Past) -> None:
        now = time.monotonic()
        self._engine = engine
        self._past = past
        self._settings = engine.settings
        self._client = connect(self._on_revoked, self._on_assigned)
        self._committing = asyncio.Lock()
        self._look_now = asyncio.Event()
        self._timers: dict[TopicPartition, asyncio.TimerHandle] = {}
        self._blocked_at = now
        self._looked_at = now
        self.partitions: dict[TopicPartition, AssignedPartition] = {}
        self.waits_for_room = False
        self.unassigned_since: float | None = now
        self.unreachable_since: float | None = None
        self.commits_fail_since: float | None = None

    @property
    def missing(self) -> list[str]:
        """
        Topics that were deleted while they were read, and are not there again.
        """
        return sorted(topic for topic in self._past.gone if not self._client.partitions(topic))

    async def start(self, timeout: float) -> None:
        """
        Connect and join the group.

        Raises:
            ClientFailedError: it did not come to that within *timeout* seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                await self._client.start()
        except TimeoutError:
            obstacle = self._client.obstacle()
            await self._client.close(_GIVING_UP)
            raise ClientFailedError(obstacle) from None
        except BaseException:
            await self._client.close(_GIVING_UP)
            raise

    async def run(self) -> None:
        """
        Work until cancelled.

        Raises:
            ClientFailedError: this connection is of no more use.
        """
        tasks = [asyncio.create_task(work) for work in (self._fetch(), self._commit_regularly(), self._probe())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=1.0)

    async def stop(self, timeout: float) -> None:
        """
        Let finish what was begun, commit, leave the group and close, all within about *timeout* seconds.
        """
        now = asyncio.get_running_loop().time
        deadline = now() + timeout
        reserve = min(2.0, timeout / 4)
        partitions = list(self.partitions.values())
        try:
            if not await self._engine.drain(partitions, timeout - 2 * reserve):
                _log.warning("handlers did not end within the drain deadline; their events will be delivered again")
            async with asyncio.timeout(max(reserve, deadline - now() - reserve)):
                await self._commit(partitions)
        except TimeoutError:
            _log.warning("the last offsets were not committed in time; their events will be delivered again")
        except ClientFailedError as error:
            # Whoever stops has a reason already, or wants to hear of none.
            _log.warning("the last offsets were not committed (%s); their events will be delivered again", error)
        finally:
            for timer in self._timers.values():
                timer.cancel()
            self._past.partitions = list(partitions) or self._past.partitions
            self.partitions.clear()
            await self._client.close(max(reserve, deadline - now()))

    async def _fetch(self) -> None:
        engine, settings = self._engine, self._settings
        while True:
            if not engine.ledger.has_room:
                await self._wait_for_room()
                continue
            everything = self.partitions
            wanted = [name for name, one in everything.items() if one.tracker.window < settings.max_window]
            if everything and not wanted:
                await self._wait_for_room()
                continue
            found = await self._client.fetch(
                wanted if len(wanted) < len(everything) else (), timeout=_POLL, limit=settings.batch
            )
            for name, records in found.records.items():
                after = everything[name].tracker.next if name in everything else None
                if after is not None and records[0].offset < after:
                    self._begin_anew(TopicPartition(*name))
            # No wait between fetch and accept: the position has passed these records, so they must count as taken.
            if found.records:
                records_of = found.records
                await engine.accept([(self._readable(TopicPartition(*name)), records_of[name]) for name in records_of])
                # A batch at a time runs through all stages while it is in the cache.
                await asyncio.sleep(0)
            if found.unreadable or found.astray:
                for one in found.unreadable:
                    self._put_off(one)
                await self._place(found.astray)
            self._look_for_topics()

    async def _wait_for_room(self) -> None:
        # Not asking is the pause: what aiokafka has fetched ahead stays where it is, and it fetches no more than that.
        self.waits_for_room = True
        try:
            await self._engine.ledger.change(_POLL)
        finally:
            self.waits_for_room = False
            self._blocked_at = time.monotonic()

    def _readable(self, name: TopicPartition) -> AssignedPartition:
        partition = self._partition(name)
        if partition.unreadable:
            _log.warning("%s can be read again", name)
            partition.unreadable, partition.tries = "", 0
        return partition

    def _put_off(self, batch: Unreadable) -> None:
        """
        Leave a partition alone whose next batch cannot be read, and try again later; the others go on.
        """
        name = TopicPartition(batch.topic, batch.partition)
        partition = self._partition(name)
        delay = _UNREADABLE.delay(partition.tries)
        partition.tries += 1
        partition.unreadable = why_unreadable(batch.error)
        self._engine.stats.unreadable += 1
        _log.error(
            "%s cannot be read at offset %d: %s; again in %.0f s", name, batch.offset, partition.unreadable, delay
        )
        self._client.pause(name)
        if (former := self._timers.pop(name, None)) is not None:
            former.cancel()
        self._timers[name] = asyncio.get_running_loop().call_later(delay, self._client.resume, name)

    async def _place(self, astray: Collection[TopicPartition]) -> None:
        engine = self._engine
        for name in astray:
            partition = self._partition(name)
            async with asyncio.timeout(self._settings.request_timeout):
                if await place_again(self._client, partition, self._past, engine.stats, self._settings.start_from):
                    self._begin_anew(name)

    def _begin_anew(self, name: TopicPartition) -> None:
        """
        What was read of a partition belongs to a log that is no more.
        """
        former = self.partitions.pop(name)
        self._engine.ledger.release(former.revoke())
        former.started = -1  # nothing more of it is begun
        self._partition(name).log = ""
        self._look_now.set()
        _log.warning("%s was made anew; it is read from its beginning", name)

    def _look_for_topics(self) -> None:
        """
        Notice that topics were deleted: nothing may be committed for what comes under their names.
        """
        now = time.monotonic()
        if now - self._looked_at < _LOOK:
            return
        self._looked_at = now
        for name, partition in list(self.partitions.items()):
            if partition.gone and self._is_there(name):
                self._client.seek(name, 0)
                self._begin_anew(name)
        self._note_what_is_gone(self.partitions.values())

    def _note_what_is_gone(self, partitions: Collection[AssignedPartition], told: Collection[str] = ()) -> None:
        for partition in partitions:
            name = partition.name
            if not partition.gone and (name.topic in told or not self._is_there(name)):
                _log.warning("the topic %s was deleted", name.topic)
                partition.gone = True
                self._past.gone.add(name.topic)

    def _is_there(self, name: TopicPartition) -> bool:
        return name.partition in self._client.partitions(name.topic)

    def _partition(self, name: TopicPartition) -> AssignedPartition:
        # Records of a new assignment may come before aiokafka tells of the assignment.
        if name not in self.partitions:
            self.partitions[name] = AssignedPartition(name)
        return self.partitions[name]

    async def _on_assigned(self, names: frozenset[TopicPartition]) -> None:
        given = [self._partition(name) for name in names]
        self.unassigned_since = None
        with suppress(TimeoutError, ClientFailedError):  # it is asked again at the next look
            async with asyncio.timeout(self._settings.request_timeout):
                await self._recognise(given)
        if again := [one for one in names if one.topic in self._past.gone and not self._partition(one).log]:
            await self._place(again)
        for topic in {name.topic for name in names}:
            self._past.first.setdefault(topic, names)
        self._look_now.set()

    async def _recognise(self, partitions: Collection[AssignedPartition]) -> None:
        """
        Read anew, from its beginning, what bears the name of a log that was read before, and is another one.
        """
        for one in await recognise(self._client, partitions):
            if self.partitions.get(one.name) is one:
                self._past.gone.add(one.name.topic)
                self._client.seek(one.name, 0)
                self._begin_anew(one.name)
                self.partitions[one.name].log = one.log

    async def _on_revoked(self, names: frozenset[TopicPartition]) -> None:
        self.unassigned_since = time.monotonic()
        # A deleted topic is taken from its members, too, and perhaps before it was looked for.
        self._note_what_is_gone(self.partitions.values())
        partitions = [self.partitions.pop(name) for name in names if name in self.partitions]
        if not partitions:
            return
        self._engine.stats.rebalances += 1
        if not await self._engine.drain(partitions, self._settings.drain_timeout):
            _log.warning("handlers did not end before their partitions were given away")
        await self._commit(partitions)
        self.unassigned_since = time.monotonic()

    async def _commit_regularly(self) -> None:
        wanted = self._engine.ledger.commit_wanted
        while True:
            try:
                async with asyncio.timeout(self._settings.commit_interval):
                    await wanted.wait()
            except TimeoutError:
                pass
            wanted.clear()
            await self._commit(list(self.partitions.values()))

    async def _commit(self, partitions: Collection[AssignedPartition]) -> None:
        """
        Commit how far *partitions* are done. What does not succeed is committed the next time, or delivered again.
        """
        stats = self._engine.stats
        try:
            async with asyncio.timeout(self._settings.request_timeout), self._committing:
                while offsets := await self._offsets(partitions):
                    try:
                        await self._client.commit(
                            {one.name: Committed(to, one.log or "") for one, to in offsets.items()}
                        )
                        break
                    except TopicsGoneError as error:
                        # Those are never committed again; the others of this commit are, or have been.
                        self._note_what_is_gone(partitions, error.topics)
                if not offsets:
                    self.commits_fail_since = None
                    return
        except CommitRefusedError:
            stats.commits_refused += 1
            self.commits_fail_since = self.commits_fail_since or time.monotonic()
            _log.info("offsets were not committed, the group is being rebalanced")
        except (TimeoutError, ClientFailedError) as error:
            self.commits_fail_since = self.commits_fail_since or time.monotonic()
            _log.warning("offsets were not committed (%s); trying again", type(error).__name__)
            if isinstance(error, ClientFailedError) and error.fatal:
                raise
        else:
            stats.commits += 1
            self.commits_fail_since = None
            for one, offset in offsets.items():
                one.committed = offset
                self._past.gone.discard(one.name.topic)

    async def _offsets(self, partitions: Collection[AssignedPartition]) -> dict[AssignedPartition, int]:
        offsets: dict[AssignedPartition, int] = {}
        for one in partitions:
            if one.gone or one.log is None or not self._is_there(one.name):
                continue  # whose log it is must be known first
            if one.active and one.tracker.idle:
                one.position = await self._client.position(one.name)
            offset = one.reached
            if offset is not None and (one.committed is None or offset > one.committed):
                offsets[one] = offset
        return offsets

    async def _probe(self) -> None:
        settings = self._settings
        while True:
            try:
                async with asyncio.timeout(settings.probe_interval):
                    await self._look_now.wait()
            except TimeoutError:
                pass
            self._look_now.clear()
            try:
                async with asyncio.timeout(settings.request_timeout):
                    await self._look()
            except (TimeoutError, ClientFailedError) as error:
                if isinstance(error, ClientFailedError) and error.fatal:
                    raise
                self.unreachable_since = self.unreachable_since or time.monotonic()
            else:
                self.unreachable_since = None
            if reason := self._stalled():
                raise ClientFailedError(reason)

    async def _look(self) -> None:
        partitions = list(self.partitions.values())
        if not partitions:
            return
        await self._recognise(partitions)
        partitions = list(self.partitions.values())
        found = await self._client.bounds([one.name for one in partitions])
        for one in partitions:
            bounds = found.get(one.name)
            if bounds is None or not one.active or self.partitions.get(one.name) is not one:
                continue
            if one.end is not None and bounds.end < one.end and (one.reached or 0) > bounds.end:
                self._client.seek(one.name, bounds.start)
                self._begin_anew(one.name)
                continue
            moved = one.end != bounds.end
            one.start, one.end, one.held = bounds
            if not one.held:
                one.held_since = None
            elif moved or one.held_since is None:
                one.held_since = time.monotonic()
            one.position = await self._client.position(one.name)

    def _stalled(self) -> str | None:
        """
        Why this connection should be replaced, if it should.
        """
        settings, now = self._settings, time.monotonic()
        limit = settings.stall_after
        if self.unreachable_since is not None and now - self.unreachable_since > limit:
            return "no broker answers"
        if self.commits_fail_since is not None and now - self.commits_fail_since > limit:
            return "the group's coordinator takes no commits"
        joining = settings.drain_timeout + settings.request_timeout + limit
        if self.unassigned_since is not None and now - self.unassigned_since > joining:
            return "the group does not give out its partitions"
        for one in self.partitions.values():
            waiting = one.end is not None and one.position is not None and one.end > one.position
            asked = one.tracker.window < settings.max_window and not one.unreadable
            if waiting and asked and now - max(one.fetched_at, self._blocked_at) > limit:
                if self._past.stalled.get(one.name) != one.position:
                    self._past.stalled[one.name] = one.position
                    return f"events wait in {one.name} and none arrive"
                # Another connection has not helped: it is the partition, and the others go on.
                one.unreadable = f"the broker gives nothing out from offset {one.position} on, where events wait"
                self._engine.stats.unreadable += 1
                _log.error("%s cannot be read: %s", one.name, one.unreadable)
        return None
