"""
The consumer over very many events: what it holds does not grow.
"""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from brokers import Broker
from memory import resident_megabytes, skip_without_proc
from publishing import publish

from aegis_sdk.events import ConsumerSettings, EventConsumer, MemoryDedupe, UserRegistered


@pytest.mark.parametrize("count", [30_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
async def test_memory_stays_flat(apache_kafka: Broker, count: int) -> None:
    """
    Fetched, judged, handled, remembered, committed, forgotten: what is resident after a fifth is resident at the end.
    """
    if reason := skip_without_proc():
        pytest.skip(reason)
    topic = f"consumed.{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 3)
    consumer = EventConsumer(
        apache_kafka.bootstrap_servers,
        group_id=f"group-{topic}",
        topics=[topic],
        # Full after a tenth, so that it is its bound that is measured and not its filling.
        dedupe=MemoryDedupe(max_ids=count // 10),
        settings=ConsumerSettings(commit_interval=0.5),
    )
    handled = 0
    resident: list[float] = []

    @consumer.on(UserRegistered)
    async def handle(event: UserRegistered) -> None:
        nonlocal handled
        handled += 1
        if handled % (count // 20) == 0:
            resident.append(resident_megabytes())

    portion = max(10_000, count // 20)
    async with consumer:
        for begin in range(0, count, portion):
            # In portions, so that the producer's own memory is the same at every look.
            await publish(apache_kafka.bootstrap_servers, topic, range(begin, begin + portion), users=10_000)
        async with asyncio.timeout(60 + count / 1000):
            while handled < count:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    print(f"{count} events: {[round(one) for one in resident]} MB")
    assert resident[-1] - resident[len(resident) // 5] < 16
