"""
The relay of one shard: take a batch, publish it, confirm it, and settle what is in doubt.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, fields

from aegis_runtime import RetryPolicy
from aegis_sdk.events.outbox._kafka import ShardPublisher
from aegis_sdk.events.outbox._rows import Batch
from aegis_sdk.events.outbox._settings import RelaySettings
from aegis_sdk.events.outbox._store import LeaseLostError, OutboxStore

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
        purged: relayed events deleted after their retention.
    """

    relayed: int = 0
    batches: int = 0
    doubts: int = 0
    spared: int = 0
    failures: int = 0
    leases_lost: int = 0
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
    ) -> None:
        self.shard = shard
        self.fence = fence
        self.wanted = asyncio.Event()
        """
        Set when something waits in the shard.
        """
        self.failing_since: float | None = None
        self.last_error = ""
        self._store = store
        self._publisher = publisher
        self._settings = settings
        self._stats = stats
        self._stopping = False
        self._known = -1
        """
        The last batch that this runner saw published.
        """

    def stop(self) -> None:
        """
        End after the batch that is on its way.
        """
        self._stopping = True
        self.wanted.set()

    async def run(self) -> None:
        """
        Relay until stopped or until the lease is lost.
        """
        retries = 0
        try:
            while not self._stopping:
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
                    self.last_error = type(error).__name__
                    wait = _RETRY.delay(retries)
                    retries += 1
                    _log.warning("shard %d: %s; again in %.1f s", self.shard, self.last_error, wait)
                    _log.debug("shard %d failed", self.shard, exc_info=True)
                    await self._publisher.close()
                    await asyncio.sleep(wait)
            await self._confirm_last()
        finally:
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
            _log.info("shard %d: the last batch was not confirmed (%s)", self.shard, type(error).__name__)

    async def _relay(self) -> None:
        """
        Relay until nothing waits.
        """
        # The producer first, the database second: whoever opens a producer later has fenced this one off, and whoever
        # opened one earlier has ended what it had begun. So what the database says from here on is settled.
        last = await self._open()
        while not self._stopping:
            self.wanted.clear()
            batch = await self._advance()
            if batch is None:
                self.failing_since = None
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
                await self._publisher.publish(batch)
                self._stats.batches += 1
                self._published(batch)
            last = None

    async def _open(self) -> int | None:
        if self._publisher.is_open:
            return None
        await self._publisher.open()
        return await self._publisher.last_published()

    async def _advance(self) -> Batch | None:
        settings = self._settings
        return await self._store.advance(
            self.shard,
            self.fence,
            confirmed=self._known if self._known >= 0 else None,
            rows=settings.batch,
            size=settings.batch_bytes,
        )

    def _published(self, batch: Batch) -> None:
        self._known = batch.number
        self._stats.relayed += len(batch.rows)
        self.failing_since = None
