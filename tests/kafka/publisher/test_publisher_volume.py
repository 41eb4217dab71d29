"""
The publisher over very many events.
"""

from __future__ import annotations

import asyncio
import os

import pytest
from brokers import Broker
from memory import resident_megabytes, skip_without_proc
from outboxes import TopicCodec
from publishing import registered

from aegis_sdk.events import EventPublisher


@pytest.mark.parametrize("count", [30_000, pytest.param(1_000_000, marks=pytest.mark.slow)])
async def test_memory_stays_flat(apache_kafka: Broker, count: int) -> None:
    """
    Typed, validated, published, acknowledged, forgotten: what is resident after a tenth is resident at the end.
    """
    if reason := skip_without_proc():
        pytest.skip(reason)
    topic = f"volume.{count}.{os.getpid()}"
    apache_kafka.create_topic(topic, 3)
    early: list[float] = []
    numbers = iter(range(count))

    async def caller() -> None:
        for number in numbers:
            await events.publish(registered(number, users=10_000))
            if number == count // 10:
                early.append(resident_megabytes())

    async with EventPublisher(apache_kafka.bootstrap_servers, codec=TopicCodec(topic)) as events:
        await asyncio.gather(*(caller() for _ in range(100)))
        assert events.health().published == count
    assert resident_megabytes() - early[0] < 8
