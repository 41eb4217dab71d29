"""
A Kafka with transactions, in memory, that fails at every place where the real one can.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aegis_sdk._generated.events import UserDeleted
from aegis_sdk.events.outbox._rows import Batch


class FencedError(Exception):
    pass


@dataclass
class FakeTransactions:
    """
    What committed readers see: a log for each topic, and the number of the last batch of each shard.
    """

    logs: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    proofs: dict[str, tuple[int, str]] = field(default_factory=dict)
    epochs: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    trouble: Callable[[str], Any] = lambda place: None
    """
    Called at every step; may raise, or return something to wait for.
    """

    def publisher(self, name: str) -> FakePublisher:
        return FakePublisher(self, name)

    def everything(self) -> list[tuple[str, str]]:
        return [entry for log in self.logs.values() for entry in log]


class FakePublisher:
    def __init__(self, kafka: FakeTransactions, name: str) -> None:
        self.kafka = kafka
        self.name = name
        self.epoch: int | None = None

    @property
    def is_open(self) -> bool:
        return self.epoch is not None

    async def _step(self, place: str) -> None:
        await asyncio.sleep(0)
        waits = self.kafka.trouble(place)
        if waits is not None:
            await waits

    async def open(self) -> None:
        await self._step("open")
        self.kafka.epochs[self.name] += 1
        self.epoch = self.kafka.epochs[self.name]

    async def publish(self, batch: Batch) -> None:
        await self._step("begin")
        await self._step("sent")
        if self.epoch != self.kafka.epochs[self.name]:
            raise FencedError
        for row in batch.rows:
            self.kafka.logs[row.topic].append(((row.key or b"").decode(), row.event_id))
        self.kafka.proofs[self.name] = (batch.number, batch.rows[-1].event_id)
        await self._step("committed")

    async def was_published(self, batch: Batch) -> bool:
        await self._step("proof")
        return self.kafka.proofs.get(self.name) == (batch.number, batch.rows[-1].event_id)

    async def last_published(self) -> int | None:
        proof = self.kafka.proofs.get(self.name)
        return proof[0] if proof else None

    async def close(self) -> None:
        self.epoch = None


def deleted(number: int, users: int = 5) -> UserDeleted:
    """
    Event *number*, of one of so many users.
    """
    return UserDeleted.new(
        event_id=f"00000000-0000-4000-8000-{number:012d}",
        user_id=f"user-{number % users}",
        deletion_reason="user_request",
    )


def numbers_by_key(entries: list[tuple[str, str]]) -> dict[str, list[int]]:
    """
    The numbers of events in the order in which readers see them, for each key.
    """
    found: dict[str, list[int]] = defaultdict(list)
    for key, event_id in entries:
        found[key].append(int(event_id[-12:]))
    return found


async def until(condition: Callable[[], bool], timeout: float = 30.0) -> None:
    """
    Wait until *condition* holds; there is no event to wait for on the other side of a seam.
    """
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
