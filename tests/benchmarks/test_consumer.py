"""
The consumer beside a loop of aiokafka + json + jsonschema, and beside aiokafka alone, in one run on one broker.

All read the same topic and commit per batch. Ours judges, makes typed, removes duplicates, keeps keys in order, calls
an asynchronous handler for each event and commits watermarks.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

import jsonschema
import pytest
from referencing import Registry
from referencing.jsonschema import DRAFT202012

sys.path.insert(0, str(Path(__file__).parents[1] / "kafka"))

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from brokers import ApacheKafka, Broker, ExternalKafka, why_no_apache_kafka

from aegis_contracts import bundled
from aegis_contracts.events import load_events
from aegis_sdk import events
from aegis_sdk.events.consumer._consumer import EventConsumer
from aegis_sdk.events.consumer.handling._settings import ConsumerSettings

GOAL = 20
MANY, FEW = 50_000, 3_000
USERS = 1_000
CATALOG = load_events(bundled() / "schemas")


def skip_without_a_broker() -> str | None:
    """
    The reason to skip: the embedded cluster forgets what it has no room for, so a real broker is needed.
    """
    import os

    return None if os.environ.get("AEGIS_KAFKA_BOOTSTRAP") else why_no_apache_kafka()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    import os

    if reason := skip_without_a_broker():
        pytest.skip(reason)
    if address := os.environ.get("AEGIS_KAFKA_BOOTSTRAP"):
        yield ExternalKafka(address)
        return
    kafka = ApacheKafka(tmp_path_factory.mktemp("kafka"))
    kafka.start()
    yield kafka
    kafka.stop()


@pytest.fixture(scope="module")
def topic(broker: Broker) -> str:
    """
    A topic with many events: the contracts' five types in turn, of many users.
    """
    name = f"benchmark.{uuid4().hex[:8]}"
    broker.create_topic(name, 3)
    asyncio.run(fill(broker, name, MANY))
    return name


async def fill(broker: Broker, topic: str, count: int) -> None:
    samples = [json.loads(CATALOG[name].examples[0].read()) for name in CATALOG.names]
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, linger_ms=20, max_batch_size=262_144)
    await producer.start()
    for number in range(count):
        user = f"user-{number % USERS}"
        value = samples[number % len(samples)] | {"eventId": str(uuid4()), "aggregateId": user}
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        await producer.send(topic, body, key=user.encode())
    await producer.flush()
    await producer.stop()


@cache
def oracle(name: str) -> Any:
    files = {path.name: json.loads(path.read_bytes()) for path in (bundled() / "schemas").glob("*.json")}
    registry: Any = Registry().with_resources([(d["$id"], DRAFT202012.create_resource(d)) for d in files.values()])
    return jsonschema.Draft202012Validator(files[Path(CATALOG[name].source).name], registry=registry)


async def by_hand(broker: Broker, topic: str, count: int, work: Any) -> float:
    """
    Events a second of the usual loop: fetch a batch, do *work* with each value, commit the batch.
    """
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=broker.bootstrap_servers,
        group_id=f"by-hand-{uuid4().hex[:8]}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    done, began = 0, 0.0
    while done < count:
        for records in (await consumer.getmany(timeout_ms=500, max_records=500)).values():
            began = began or perf_counter()
            for record in records:
                work(record.value)
            done += len(records)
        await consumer.commit()
    rate = done / (perf_counter() - began)
    await consumer.stop()
    return rate


def with_jsonschema(message: bytes) -> None:
    value = json.loads(message)
    oracle(value["eventType"]).validate(value)


def nothing(message: bytes) -> None:
    pass


async def ours(broker: Broker, topic: str, count: int) -> float:
    """
    Events a second of the consumer with a handler for every type.
    """
    consumer = EventConsumer(
        broker.bootstrap_servers,
        group_id=f"ours-{uuid4().hex[:8]}",
        topics=[topic],
        settings=ConsumerSettings(commit_interval=0.5),
    )
    finished = asyncio.Event()
    done, began = 0, 0.0

    @consumer.on(*(getattr(events, name) for name in CATALOG.names))
    async def handle(event: Any) -> None:
        nonlocal done, began
        began = began or perf_counter()
        done += 1
        if done == count:
            finished.set()

    async with consumer:
        await finished.wait()
        rate = count / (perf_counter() - began)
        assert consumer.stats.handled + consumer.health().in_flight >= count
        assert consumer.stats.commits > 0
    return rate


def test_the_goal(benchmark: Any, broker: Broker, topic: str) -> None:
    """
    The whole consumer handles at least twenty times as many events as the loop with json and jsonschema.
    """
    rates: dict[str, list[float]] = defaultdict(list)

    def rounds() -> None:
        rates["json + jsonschema"].append(asyncio.run(by_hand(broker, topic, FEW, with_jsonschema)))
        rates["aiokafka alone"].append(asyncio.run(by_hand(broker, topic, MANY, nothing)))
        rates["aiokafka + parse"].append(asyncio.run(by_hand(broker, topic, MANY, events.parse)))
        rates["ours"].append(asyncio.run(ours(broker, topic, MANY)))

    benchmark.pedantic(rounds, rounds=8, iterations=1)
    best = {name: max(found) for name, found in rates.items()}
    ratio = best["ours"] / best["json + jsonschema"]
    for name, rate in best.items():
        print(f"{name:>20}: {rate:>9,.0f} events/s")
        benchmark.extra_info[f"{name}, events/s"] = round(rate)
    benchmark.extra_info["× json + jsonschema"] = round(ratio, 1)
    benchmark.extra_info["goal × json + jsonschema"] = GOAL
    print(f"{'ratio':>20}: {ratio:>9.1f} (goal {GOAL})")
