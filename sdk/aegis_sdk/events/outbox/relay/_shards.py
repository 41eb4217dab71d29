"""
The shards that one relay holds: their leases, and a runner for each.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection

from aegis_sdk.events.outbox._store import OutboxStore, told
from aegis_sdk.events.outbox.relay._runner import ShardRunner
from aegis_sdk.events.outbox.relay._settings import RelaySettings

__all__ = ["Shards"]

_log = logging.getLogger("aegis_sdk.events.outbox")


class Shards:
    """
    A relay's fair share of its outbox.

    Args:
        store: the outbox's database, which leases the shards.
        owner: what the relay is called there.
        settings: the relay's.
        make: makes the runner of a shard, from its number and the fence of its lease.
    """

    def __init__(
        self, store: OutboxStore, owner: str, settings: RelaySettings, make: Callable[[int, int], ShardRunner]
    ) -> None:
        self.runners: dict[int, tuple[ShardRunner, asyncio.Task[None]]] = {}
        self.leased_at = time.monotonic()
        self.trouble = ""
        """
        Why the database gives no leases, where it says so.
        """
        self._store = store
        self._owner = owner
        self._settings = settings
        self._make = make

    @property
    def idle(self) -> list[int]:
        """
        Those whose runners wait for something to do.
        """
        return [shard for shard, (runner, _) in self.runners.items() if not runner.wanted.is_set()]

    def want(self, shards: Collection[int]) -> None:
        """
        Tell the runners of *shards* that something waits for them.
        """
        for shard in shards:
            if shard in self.runners:
                self.runners[shard][0].wanted.set()

    async def hold(self, changed: Callable[[], None]) -> None:
        """
        Hold the fair share of shards until cancelled, and call *changed* after each look at it.
        """
        while True:
            try:
                async with asyncio.timeout(self._settings.lease):
                    leases = await self._store.lease(self._owner, self._settings.lease)
            except Exception as error:  # noqa: BLE001 — whatever the database says; the fence guards what runs meanwhile
                self.trouble = told(error)
                _log.warning("no leases from the database: %s", self.trouble)
            else:
                self.leased_at, self.trouble = time.monotonic(), ""
                await self._follow(dict(leases.held), leases.share)
                changed()
            await asyncio.sleep(self._settings.lease / 3)

    async def end(self, timeout: float) -> None:
        """
        End the batches that are on their way, within *timeout* seconds.
        """
        runners = list(self.runners.values())
        for runner, _ in runners:
            runner.stop()
        tasks = [task for _, task in runners]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=3.0)
        self.runners.clear()

    async def _follow(self, held: dict[int, int], share: int) -> None:
        ended = {shard: one for shard, one in self.runners.items() if one[1].done() or held.get(shard) != one[0].fence}
        surplus = sorted(shard for shard in held if shard not in ended)[share:]
        for shard in surplus:
            if shard in self.runners:
                ended[shard] = self.runners[shard]
        for shard, (runner, task) in ended.items():
            runner.stop()
            await asyncio.wait([task], timeout=self._settings.lease / 2)
            task.cancel()
            del self.runners[shard]
        if surplus:
            await self._store.release(self._owner, surplus)
        for shard, fence in held.items():
            if shard not in self.runners and shard not in surplus:
                runner = self._make(shard, fence)
                self.runners[shard] = (runner, asyncio.create_task(runner.run(), name=f"aegis-relay-{shard}"))
