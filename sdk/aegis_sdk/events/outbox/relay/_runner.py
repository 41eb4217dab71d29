"""
The relay of one shard: take a batch, publish it, confirm it, and settle what is in doubt.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, fields
from typing import Any

from aegis_runtime import RetryPolicy
from aegis_sdk.events.kafka._errors import KafkaRefusalError
from aegis_sdk.events.outbox._rows import Batch
from aegis_sdk.events.outbox._store import LeaseLostError, OutboxStore, told
from aegis_sdk.events.outbox.relay._kafka import ShardPublisher
from aegis_sdk.events.outbox.relay._refusals import RowsRefusedError
from aegis_sdk.events.outbox.relay._settings import RelaySettings

__all__ = ["RelayStats", "ShardRunner"]

_log = logging.getLogger("aegis_sdk.events.outbox")
_RETRY = RetryPolicy(base=0.2, maximum=10.0)


@dataclass(slots=True)
class RelayStats:
    """
    Counts since the relay was made.

    Attributes:
        relayed: events that this relay knows to be on their topics.
        batches: transactions that it committed.
        doubts: batches that were in doubt, after a crash or a lost answer.
        spared: batches in doubt that were found published, and so not published again.
        failures: batches that did not succeed and were tried again.
        leases_lost: shards that went to another relay while this one worked on them.
        parked: events that Kafka refused, and that wait for somebody to decide.
        purged: relayed events deleted after their retention.
    """

    relayed: int = 0
    batches: int = 0
    doubts: int = 0
    spared: int = 0
    failures: int = 0
    leases_lost: int = 0
    parked: int = 0
    purged: int = 0

    def as_dict(self) -> dict[str, int]:
        """
        The counts by name.
        """
        return {one.name: getattr(self, one.name) for one in fields(self)}


class ShardRunner:
    """
    Relays one shard for as long as its lease is held.
    """

    def __init__(
        self,
        shard: int,
        fence: int,
        store: OutboxStore,
        publisher: ShardPublisher,
        settings: RelaySettings,
        stats: RelayStats,
        parked: Callable[[], None] = lambda: None,
        refused: Callable[[KafkaRefusalError], None] = lambda _: None,
    ) -> None:
        self.shard = shard
        self.fence = fence
        self.wanted = asyncio.Event()
        """
        Set when something waits in the shard.
        """
        self.failing_since: float | None = None
        self.last_error = ""
        self.refusal: KafkaRefusalError | None = None
        """
        Why Kafka refuses the relay, where waiting does not mend it.
        """
        self._store = store
        self._publisher = publisher
        self._settings = settings
        self._stats = stats
        self.parked = parked
        """
        Called when events were parked.
        """
        self._refused_with = refused
        self._seen_last = False
        self._stopping = asyncio.Event()
        self._most = settings.batch
        """
        At most so many events in the next batch: fewer while it is looked for the one that Kafka refuses.
        """
        self._known = -1
        """
        The last batch that this runner saw published.
        """

    def stop(self) -> None:
        """
        End after the batch that is on its way.
        """
        self._stopping.set()
        self.wanted.set()

    async def run(self) -> None:
        """
        Relay until stopped or until the lease is lost.
        """
        retries = 0
        try:
            while not self._stopping.is_set():
                await self.wanted.wait()
                try:
                    await self._relay()
                    retries = 0
                except LeaseLostError:
                    self._stats.leases_lost += 1
                    _log.warning("shard %d has gone to another relay", self.shard)
                    return
                except Exception as error:  # noqa: BLE001 — databases and brokers fail in their own ways; nothing is lost by waiting
                    self._stats.failures += 1
                    self.failing_since = self.failing_since or time.monotonic()
                    self._note(error)
                    wait = _RETRY.delay(retries)
                    retries += 1
                    _log.warning("shard %d: %s; again in %.1f s", self.shard, self.last_error, wait)
                    _log.debug("shard %d failed", self.shard, exc_info=True)
                    await self._close()
                    await self._unless_stopped(asyncio.sleep(wait))
            await self._confirm_last()
        finally:
            await self._close()

    def _note(self, error: Exception) -> None:
        self.last_error, self.refusal = told(error), None
        if isinstance(error, KafkaRefusalError):
            self.last_error = str(error)
            if error.fatal:
                self.refusal = error
                self._refused_with(error)

    async def _close(self) -> None:
        self._seen_last = False
        await self._publisher.close()

    async def _confirm_last(self) -> None:
        """
        Spare the next owner of the shard a batch in doubt.
        """
        if self._known < 0:
            return
        try:
            await self._store.advance(self.shard, self.fence, confirmed=self._known, rows=0, size=0)
        except Exception as error:  # noqa: BLE001 — the next owner finds out by the proof
            _log.info("shard %d: the last batch was not confirmed (%s)", self.shard, told(error))

    async def _relay(self) -> None:
        """
        Relay until nothing waits.
        """
        # The producer first, the database second: whoever opens a producer later has fenced this one off, and whoever
        # opened one earlier has ended what it had begun. So what the database says from here on is settled.
        if not self._publisher.is_open and not await self._unless_stopped(self._publisher.open()):
            return
        last = await self._last()
        while not self._stopping.is_set():
            self.wanted.clear()
            batch = await self._advance()
            if batch is None:
                self.failing_since = self.refusal = None
                return
            self.wanted.set()
            if last is not None and (last > batch.number or (last == batch.number and not batch.in_doubt)):
                _log.error(
                    "shard %d: Kafka has %d batches, the database %d: it was restored from a copy. Events that were"
                    " published since are published again",
                    self.shard,
                    last,
                    batch.number,
                )
                await self._store.skip_to(self.shard, self.fence, last)
                last, self._known = None, -1
                continue
            if batch.in_doubt and batch.number != self._known:
                self._stats.doubts += 1
                published = await self._publisher.was_published(batch)
                _log.info(
                    "shard %d: batch %d was in doubt and %s published",
                    self.shard,
                    batch.number,
                    "is" if published else "was not",
                )
                if published:
                    self._stats.spared += 1
                    self._published(batch)
                    continue
            if batch.number != self._known:
                try:
                    await self._publisher.publish(batch)
                except RowsRefusedError as refusal:
                    await self._refused(batch, refusal.rows)
                    last = None
                    continue
                self._stats.batches += 1
                self._most = min(2 * self._most, self._settings.batch)
                self._published(batch)
            last = None

    async def _last(self) -> int | None:
        if self._seen_last:
            return None
        last = await self._publisher.last_published()
        self._seen_last = True
        return last

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """
        Do what may be left half done; say whether it came to its end before this runner was told to stop.
        """
        doing, stopping = asyncio.ensure_future(work), asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([doing, stopping], return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                doing.result()
                return True
            return False
        finally:
            doing.cancel()
            stopping.cancel()

    async def _refused(self, batch: Batch, refused: Mapping[int, str]) -> None:
        """
        Park what Kafka refuses; or cut the batch smaller, until it can be said what that is.
        """
        if not refused and len(batch.rows) == 1:
            refused = {batch.rows[0].id: "refused"}
        await self._store.park(self.shard, self.fence, batch, refused)
        if not refused:
            self._most = max(1, len(batch.rows) // 2)
            return
        self._stats.parked += len(refused)
        for row in batch.rows:
            if reason := refused.get(row.id):
                _log.error(
                    "shard %d: Kafka refuses event %s for topic %s: %s. It is parked, with the later ones of its key;"
                    " see `aegis events outbox list`",
                    self.shard,
                    row.event_id,
                    row.topic,
                    reason,
                )
        self.parked()

    async def _advance(self) -> Batch | None:
        settings = self._settings
        return await self._store.advance(
            self.shard,
            self.fence,
            confirmed=self._known if self._known >= 0 else None,
            rows=min(self._most, settings.batch),
            size=settings.batch_bytes,
            keep_values=settings.keep_values,
        )

    def _published(self, batch: Batch) -> None:
        self._known = batch.number
        self._stats.relayed += len(batch.rows)
        self.failing_since = self.refusal = None
