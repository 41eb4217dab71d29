"""
Many calls at once, verdicts in order, memory for a few chunks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing

from aegis_sdk.batch._asking import Asker
from aegis_sdk.batch._chunks import Chunk, chunks
from aegis_sdk.batch._pace import Pace
from aegis_sdk.batch._rows import Row
from aegis_sdk.batch._settings import BatchSettings
from aegis_sdk.business_number import BusinessNumber
from aegis_sdk.clients._business import BusinessVerdict
from aegis_sdk.clients._registry import AsyncBusinessRegistryClient

__all__ = ["answered", "verify_all"]

AHEAD = 4
"""Chunks for each call at once that may wait for one before them."""


async def verify_all(
    rows: Iterable[Row | str | BusinessNumber],
    client: AsyncBusinessRegistryClient,
    settings: BatchSettings | None = None,
) -> AsyncIterator[BusinessVerdict]:
    """
    One verdict for each of *rows*, in their order, however many there are.

    Args:
        rows: numbers, or ``Row`` with start date and representative; read as they are needed.
        client: its circuit is the batch's. Its own retries are not used: the batch cuts up what fails.

    Raises:
        BatchStoppedError: the registry lets nobody go on.
    """
    settings = settings or BatchSettings()
    asker = Asker(client, settings, Pace(settings))
    whole = answered(chunks(rows, settings.chunk, settings.check_digit), asker, settings)
    async with aclosing(whole):  # type: ignore[type-var]  # it is a generator
        async for chunk in whole:
            for verdict in chunk.verdicts:
                assert verdict is not None
                yield verdict


async def answered(
    parts: Iterator[Chunk],
    asker: Asker,
    settings: BatchSettings,
    done: Callable[[Chunk], None] = lambda _: None,
) -> AsyncIterator[Chunk]:
    """
    Ask for chunks, several at once, and hand them on in order.

    Args:
        done: is told of each as soon as it is answered, in whatever order.
    """
    turns = asyncio.Semaphore(settings.concurrency)

    async def ask(chunk: Chunk) -> Chunk:
        if None in chunk.verdicts:
            async with turns:
                await asker.ask(chunk)
            done(chunk)
        return chunk

    waiting: deque[asyncio.Task[Chunk]] = deque()
    try:
        for chunk in parts:
            waiting.append(asyncio.create_task(ask(chunk)))
            failed = next((task for task in waiting if task.done() and task.exception()), None)
            if failed is not None:
                await failed
            if len(waiting) >= AHEAD * settings.concurrency:
                yield await waiting.popleft()
        while waiting:
            yield await waiting.popleft()
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
