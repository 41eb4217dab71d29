"""
A connection in memory behind the dispatcher's seam: what it is sent, and when it answers, is for the test to say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Self, cast

from aegis_sdk.events import Published, Record
from aegis_sdk.events.publisher._errors import PublisherClosedError
from aegis_sdk.events.publisher.sending._dispatch import Dispatcher
from aegis_sdk.events.publisher.sending._room import Room


class Batch(list[bytes]):
    """
    Takes so many records.
    """

    def append(self, *, timestamp: None, key: bytes | None, value: bytes, headers: list[Any]) -> object:  # type: ignore[override]
        assert isinstance(headers, list)
        super().append(value)
        return self


class Stored:
    """
    What a broker acknowledges.
    """

    def __init__(self, offset: int) -> None:
        self.offset = offset


class FakeEngine:
    """
    A producer: each batch takes *seconds*, and fails with the next of *failures*, if there is one.
    """

    def __init__(self, partitions: int = 1) -> None:
        self.idempotent = False
        self.usable = True
        self.silent = False
        self.connected = True
        self.seconds = 1.0
        self.failures: list[Exception] = []
        self.sent: list[tuple[int, list[bytes], float]] = []
        self.busy = 0
        self.known = partitions
        self.offset = 0

    async def learn_partitions(self, topic: str, unanswered: Callable[[], None]) -> int:
        while not self.connected:
            unanswered()
            await asyncio.sleep(1)
        if self.failures:
            raise self.failures.pop(0)
        return self.known

    def partitions(self, topic: str) -> int:
        return self.known

    async def ready(self, topic: str, partition: int) -> bool:
        return self.connected

    def batch(self) -> Batch:
        return Batch()

    def enter(self) -> None:
        self.busy += 1

    def leave(self) -> None:
        self.busy -= 1

    async def send(self, batch: Batch, topic: str, partition: int) -> asyncio.Future[Stored]:
        self.sent.append((partition, list(batch), asyncio.get_running_loop().time()))
        return asyncio.ensure_future(self._acknowledged(len(batch)))

    async def _acknowledged(self, count: int) -> Stored:
        await asyncio.sleep(self.seconds)
        if self.failures:
            raise self.failures.pop(0)
        first, self.offset = self.offset, self.offset + count
        return Stored(first)


class FakeEngines:
    """
    What keeps a publisher connected; it keeps count of what it is told.
    """

    def __init__(self, engine: FakeEngine | None = None) -> None:
        self.current: FakeEngine | None = engine or FakeEngine()
        self.trouble: Exception | None = None
        self.doubts = 0
        self.retired: list[FakeEngine] = []

    async def engine(self) -> FakeEngine:
        if self.current is None:  # none comes
            await asyncio.get_running_loop().create_future()
        assert self.current is not None
        return self.current

    def doubt(self) -> None:
        self.doubts += 1

    def retire(self, engine: FakeEngine) -> None:
        self.retired.append(engine)


class Sending:
    """
    A dispatcher over such a connection, in use while the block lasts.
    """

    def __init__(self, engine: FakeEngine | None = None, *, linger: float = 0.0, metrics: Any = None) -> None:
        self.engines = FakeEngines(engine)
        self.engine = cast("FakeEngine", self.engines.current)
        self.room = Room(1_000, 1_000_000)
        self.waiting = Dispatcher(cast("Any", self.engines), self.room, linger=linger, metrics=metrics)

    def send(self, value: bytes, *, timeout: float = 60.0, key: bytes | None = b"k") -> asyncio.Future[Published]:
        record = Record("t", value, key, (), "Happened", value.decode())
        assert self.room.take(len(value))
        return self.waiting.accept(record, len(value), timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.waiting.close(PublisherClosedError)
