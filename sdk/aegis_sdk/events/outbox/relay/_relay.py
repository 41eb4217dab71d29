"""
The relay: it brings what stands in an outbox to Kafka, whatever is killed meanwhile.

**What is guaranteed.** For readers with ``isolation.level=read_committed`` (the ``EventConsumer`` reads so), every
event whose database transaction was committed is on its topic once, events with the same key in the order in which they
were added, and events of a transaction that was rolled back never. It holds when service, relay or broker are killed at
any moment, and when several relays run. It rests on four things:

1. A batch's events are written down in the database before they are sent, with a number that counts up in each shard.
2. A batch is one Kafka transaction, which also commits its number as an offset: events and number, or neither.
3. Each shard has one transactional id. Opening a producer with it fences off the former relay and ends its transaction,
and
   only then is the database asked what to send; a relay that was paused can neither publish nor confirm afterwards.
4. A batch in doubt (sent, and not confirmed in the database) is published again only if its number is not in Kafka.

An event that Kafka refuses for good (too large, no such topic, no right) is parked with the later ones of its key, and
the others go on; ``parked``, ``retry`` and ``drop`` are for whoever decides.

Readers of uncommitted data see what was rolled back, and so may see an event twice; consumers remove that by
``eventId``. The same holds if the proof is gone: if a batch was in doubt for longer than ``proof_lifetime`` *and* its
topic has already deleted it, or if the database was restored from an older copy. Nothing is ever lost instead.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._errors import KafkaRefusalError, KafkaTopicError
from aegis_sdk.events.outbox._rows import OutboxBacklog, ParkedEvent
from aegis_sdk.events.outbox._store import OutboxStore, RelayStoppedError, told
from aegis_sdk.events.outbox.relay._health import NAMED, RelayHealth, Seen, examine
from aegis_sdk.events.outbox.relay._kafka import KafkaShard, ShardPublisher
from aegis_sdk.events.outbox.relay._runner import RelayStats, ShardRunner
from aegis_sdk.events.outbox.relay._settings import RelaySettings
from aegis_sdk.events.outbox.relay._shards import Shards

__all__ = ["OutboxRelay"]

_log = logging.getLogger("aegis_sdk.events.outbox")
_LOOK = 10.0


class OutboxRelay:
    """
    Publishes what stands in an outbox. Run as many as you like: they share the shards.

    ```python
    relay = OutboxRelay.sqlite("service.db", "kafka:9092")
    await relay.run()
    ```

    Args:
        store: the outbox's database.
        connection: where Kafka is; ``AEGIS_KAFKA_BOOTSTRAP`` and its companions, if not given.
        settings: limits and deadlines.
        publisher: a seam; makes the publisher of a shard from its name.
    """

    def __init__(
        self,
        store: OutboxStore,
        connection: KafkaConnection | str | None = None,
        *,
        settings: RelaySettings | None = None,
        publisher: Callable[[str], ShardPublisher] | None = None,
    ) -> None:
        self.settings = settings if settings is not None else RelaySettings()
        self.stats = RelayStats()
        self._store = store
        self._make: Callable[[str], ShardPublisher]
        if publisher is not None:
            self._make = publisher
        else:
            where = KafkaConnection.of(connection)
            self._make = lambda name: KafkaShard(where, name, self.settings)
        self._owner = f"{os.uname().nodename if hasattr(os, 'uname') else 'relay'}-{os.getpid()}-{uuid4().hex[:8]}"
        self._name = ""
        self._shards = Shards(store, self._owner, self.settings, self._runner)
        self._tasks: list[asyncio.Task[None]] = []
        self._woken = asyncio.Event()
        self._stop_asked = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._refusal: KafkaRefusalError | None = None
        self._backlog: OutboxBacklog | None = None
        self._parked: tuple[ParkedEvent, ...] = ()
        self._looked_at = 0.0
        self._look = asyncio.Event()
        self._listens = False
        self._closed = False

    @classmethod
    def sqlite(cls, path: str | Path, connection: KafkaConnection | str | None = None, **more: Any) -> Self:
        """
        A relay for an outbox in a SQLite file.
        """
        from aegis_sdk.events.outbox._sqlite_store import SqliteOutboxStore

        return cls(SqliteOutboxStore(path), connection, **more)

    @classmethod
    def postgres(cls, dsn: str, connection: KafkaConnection | str | None = None, **more: Any) -> Self:
        """
        A relay for an outbox in PostgreSQL; needs the extra ``postgres``.
        """
        from aegis_sdk.events.outbox._postgres_store import PostgresOutboxStore

        return cls(PostgresOutboxStore(dsn), connection, **more)

    # Life

    async def start(self) -> None:
        """
        Connect to the database and begin; Kafka is connected to when something waits.

        Raises:
            OutboxError: there is no outbox in the database.
            RelayStoppedError: ``stop()`` was called meanwhile.
        """
        if self._tasks or self._closed:
            raise ConfigurationError("a relay is started once")
        self._loop = asyncio.get_running_loop()
        opening, stopping = asyncio.ensure_future(self._store.open()), asyncio.ensure_future(self._stop_asked.wait())
        try:
            await asyncio.wait([opening, stopping], return_when=asyncio.FIRST_COMPLETED)
            if not opening.done():
                raise RelayStoppedError("the relay was stopped before it had started")
            self._name = f"{self.settings.prefix}.{opening.result()}"
        finally:
            opening.cancel()
            stopping.cancel()
        self._tasks = [
            asyncio.create_task(self._listen(), name="aegis-relay-listen"),
            asyncio.create_task(self._shards.hold(self.wake), name="aegis-relay-leases"),
            asyncio.create_task(self._poll(), name="aegis-relay-poll"),
            asyncio.create_task(self._keep_house(), name="aegis-relay-house"),
        ]

    async def run(self) -> None:
        """
        Relay until ``stop()`` is called or this task is cancelled; then end the batches that are on their way.

        Raises:
            OutboxError: there is no outbox in the database; or Kafka has refused the relay from the beginning, and then
                it is the ``KafkaRefusalError`` that says why, too.
        """
        try:
            await self.start()
            await self.asked_to_stop()
        except RelayStoppedError:
            pass
        finally:
            await self.aclose()

    async def asked_to_stop(self) -> None:
        """
        Wait until ``stop()`` is called.

        Raises:
            OutboxError: Kafka has refused the relay from the beginning. What it refuses later, health tells, and the
                relay tries again.
        """
        await self._stop_asked.wait()
        self._raise_if_refused()

    def stop(self) -> None:
        """
        Ask ``run()`` to end; a signal handler or another thread may call this.
        """
        if self._loop is None or self._loop.is_closed():
            self._stop_asked.set()
        else:
            self._loop.call_soon_threadsafe(self._stop_asked.set)

    def wake(self) -> None:
        """
        Look for new events now and not at the next poll; for a service that relays its own outbox.
        """
        self._woken.set()

    async def drained(self, timeout: float | None = None) -> bool:
        """
        Wait until nothing waits in the outbox, in any shard; say whether it came to that within *timeout* seconds.

        Events that Kafka refused do not count: they wait for somebody, not for their turn.

        Raises:
            OutboxError: Kafka has refused the relay from the beginning.
        """
        try:
            async with asyncio.timeout(timeout):
                while (await self._store.backlog()).waiting:
                    self._raise_if_refused()
                    self.wake()
                    await asyncio.sleep(self.settings.poll_interval)
        except TimeoutError:
            return False
        return True

    async def aclose(self, timeout: float | None = None) -> None:
        """
        End the batches that are on their way, give the shards to others, disconnect.

        Args:
            timeout: seconds for the batches; ``publish_timeout``, if not given. What is not done then is in doubt, and
                the next relay settles it.
        """
        if self._closed:
            return
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await self._shards.end(self.settings.publish_timeout if timeout is None else timeout)
        # A relay that was stopped before it had started holds nothing.
        lasts = (self._give_back, self._store.aclose) if self._tasks else (self._store.aclose,)
        for last in lasts:
            try:
                async with asyncio.timeout(self.settings.request_timeout):
                    await last()
            except Exception as error:  # noqa: BLE001 — a lease that is not given back runs out
                _log.warning("the relay did not end cleanly: %s", told(error))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    # Looking

    async def backlog(self) -> OutboxBacklog:
        """
        Say how much waits in the outbox.
        """
        backlog = await self._store.backlog()
        self._parked = tuple(await self._store.parked(NAMED)) if backlog.parked else ()
        self._backlog, self._looked_at = backlog, time.monotonic()
        return backlog

    async def probe(self, timeout: float = 2.0) -> RelayHealth:
        """
        Say whether what waits moves on, after a look at the database. For a health check that may ask.
        """
        try:
            async with asyncio.timeout(timeout):
                await self.backlog()
        except Exception as error:  # noqa: BLE001 — whatever the database says
            said = self.health()
            why = f"the outbox could not be looked at ({told(error)})"
            return replace(said, healthy=False, reasons=(*said.reasons, why))
        return self.health()

    async def parked(self, limit: int = 100) -> Sequence[ParkedEvent]:
        """
        List the events that Kafka refused, the oldest first.
        """
        return await self._store.parked(limit)

    async def retry(self, event_ids: Collection[str] | None = None) -> int:
        """
        Let refused events wait for their turn again, once what stood against them is mended; say how many.

        Args:
            event_ids: these; all of them, if none are named.
        """
        count = await self._store.retry(event_ids)
        self._look.set()
        self.wake()
        return count

    async def drop(self, event_ids: Collection[str]) -> int:
        """
        Delete refused events, so that the later ones of their keys go on; say how many.
        """
        count = await self._store.drop(event_ids)
        self._look.set()
        self.wake()
        return count

    def health(self) -> RelayHealth:
        """
        Say whether what waits moves on, by what was seen last; asks nobody.
        """
        seen = Seen(self._backlog, self._parked, time.monotonic() - self._looked_at)
        runs = bool(self._tasks) and not self._closed
        return examine(self._shards, seen, runs=runs, was_started=bool(self._tasks), limit=self.settings.stall_after)

    # Inside

    async def _give_back(self) -> None:
        await self._store.release(self._owner)

    def _runner(self, shard: int, fence: int) -> ShardRunner:
        publisher = self._make(f"{self._name}.{shard}")
        return ShardRunner(
            shard, fence, self._store, publisher, self.settings, self.stats, self._look.set, self._refused_with
        )

    def _refused_with(self, reason: KafkaRefusalError) -> None:
        # A topic is its events' own trouble: they are parked.
        if not (self._stop_asked.is_set() or self.stats.batches or isinstance(reason, KafkaTopicError)):
            self._refusal = reason
            self._stop_asked.set()

    def _raise_if_refused(self) -> None:
        if self._refusal is not None and not self.stats.batches:
            raise self._refusal

    async def _poll(self) -> None:
        """
        Tell the runners when something waits for them.
        """
        while True:
            settings = self.settings
            hears = self._listens and bool(getattr(self._store, "hears", False))
            try:
                async with asyncio.timeout(settings.idle_interval if hears else settings.poll_interval):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            idle = self._shards.idle
            if not idle:
                continue
            try:
                self._shards.want(await self._store.waiting(idle))
            except Exception as error:  # noqa: BLE001 — the next poll asks again
                _log.warning("the outbox could not be read: %s", told(error))
                await asyncio.sleep(1.0)

    async def _listen(self) -> None:
        """
        Let the database wake the relay, where it can.
        """
        listen: Callable[[Callable[[], None]], Awaitable[bool]] | None = getattr(self._store, "listen", None)
        while listen is not None:
            if not getattr(self._store, "hears", False):
                try:
                    self._listens = await listen(self.wake)
                except Exception as error:  # noqa: BLE001 — polling goes on
                    _log.warning("the database does not tell of new events: %s", told(error))
                else:
                    if not self._listens:
                        _log.info("a pooler stands before the database, so it is asked for new events")
                        return
                    # What was committed before it listened.
                    self.wake()
            await asyncio.sleep(self.settings.idle_interval)

    async def _keep_house(self) -> None:
        """
        Delete what was relayed long ago, and look at the backlog.
        """
        purged_at = -math.inf
        while True:
            self._look.clear()
            try:
                await self.backlog()
                if time.monotonic() - purged_at >= self.settings.purge_interval:
                    while deleted := await self._store.purge(self.settings.retention, self.settings.keep):
                        self.stats.purged += deleted
                    purged_at = time.monotonic()
            except Exception as error:  # noqa: BLE001 — the next time will do
                _log.warning("the outbox could not be tidied up: %s", told(error))
            try:
                async with asyncio.timeout(min(self.settings.purge_interval, _LOOK)):
                    await self._look.wait()
            except TimeoutError:
                pass
