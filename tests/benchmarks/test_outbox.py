"""
The outbox: what adding an event costs a transaction, and how fast a relay empties it into a real Kafka.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "kafka"))

from brokers import ApacheKafka, Broker, ExternalKafka, why_no_apache_kafka
from outboxes import TopicCodec, fill
from publishing import registered

from aegis_sdk.events.outbox import OutboxRelay, SqliteOutbox

EVENTS = 20_000


def skip_without_a_broker() -> str | None:
    """
    The reason to skip: the embedded cluster has no transactions.
    """
    return None if os.environ.get("AEGIS_KAFKA_BOOTSTRAP") else why_no_apache_kafka()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    if reason := skip_without_a_broker():
        pytest.skip(reason)
    if address := os.environ.get("AEGIS_KAFKA_BOOTSTRAP"):
        yield ExternalKafka(address)
        return
    kafka = ApacheKafka(tmp_path_factory.mktemp("kafka"))
    kafka.start()
    yield kafka
    kafka.stop()


def test_adding_an_event(benchmark: Any, tmp_path: Path) -> None:
    """
    Validate, encode and insert one event in a transaction that is open anyway.
    """
    connection = sqlite3.connect(tmp_path / "service.db")
    outbox = SqliteOutbox(TopicCodec("anything"))
    outbox.create(connection)
    numbers = iter(range(10_000_000))
    benchmark(lambda: outbox.add(connection, registered(next(numbers))))
    connection.close()


def test_emptying_an_outbox(benchmark: Any, broker: Broker, tmp_path: Path) -> None:
    """
    A relay publishes twenty thousand events in Kafka transactions.
    """
    rates: list[float] = []

    def once() -> None:
        topic, path = f"relayed.{uuid4().hex[:8]}", tmp_path / f"{uuid4().hex}.db"
        broker.create_topic(topic, 3)
        fill(path, topic, range(EVENTS), shards=4)
        rates.append(asyncio.run(relayed(broker, path)))

    benchmark.pedantic(once, rounds=1 if benchmark.disabled else 3, iterations=1)
    benchmark.extra_info["events/s, best"] = round(max(rates))
    print(f"\nrelay: {max(rates):,.0f} events/s")


async def relayed(broker: Broker, path: Path) -> float:
    began = perf_counter()
    async with OutboxRelay.sqlite(path, broker.bootstrap_servers) as relay:
        assert await relay.drained(120)
    return EVENTS / (perf_counter() - began)
