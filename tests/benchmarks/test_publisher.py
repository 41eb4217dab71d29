"""
The publisher beside raw aiokafka, json + jsonschema, and the specification's flush for every event, in one run.

All publish the contracts' five event types with a key, 100 callers at once, each waiting for its acknowledgement. Raw
aiokafka gets bytes that were made before; ours gets typed events, validates and encodes them, adds headers, and watches
a deadline for each. The embedded cluster runs in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
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

from aiokafka import AIOKafkaProducer
from brokers import ApacheKafka, ExternalKafka, why_no_apache_kafka

from aegis_contracts import bundled
from aegis_contracts.events import load_events
from aegis_mockserver.kafka import KafkaProcess
from aegis_sdk.events import ContractEvents, EventPublisher, Record, encode, parse

GOAL = 0.8
AT_ONCE = 100
ROUNDS = 5
CATALOG = load_events(bundled() / "schemas")

# A publisher of event *number*; how many it publishes in a round; how many callers there are.
Publish = Callable[[int], Awaitable[object]]
Contender = tuple[Callable[[str, str], AbstractAsyncContextManager[Publish]], int, int]


class ToTopic(ContractEvents):
    """
    The contracts' events, to the topic of the benchmark.
    """

    def __init__(self, topic: str) -> None:
        super().__init__()
        self._topic = topic

    def record(self, event: Any, /) -> Record:
        made = super().record(event)
        return Record(self._topic, made.value, made.key, made.headers, made.event_type, made.event_id)


@pytest.fixture(scope="module", params=["embedded", "apache"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """
    Where a broker is, and a topic with three partitions on it.
    """
    topic = f"benchmark.{uuid4().hex[:8]}"
    if request.param == "embedded":
        with KafkaProcess(topics={topic: 3}) as cluster:
            yield cluster.bootstrap_servers, topic
        return
    if given := os.environ.get("AEGIS_KAFKA_BOOTSTRAP"):
        external = ExternalKafka(given)
        external.create_topic(topic, 3)
        yield given, topic
        return
    if reason := why_no_apache_kafka():
        pytest.skip(reason)
    kafka = ApacheKafka(tmp_path_factory.mktemp("kafka"))
    kafka.start()
    kafka.create_topic(topic, 3)
    yield kafka.bootstrap_servers, topic
    kafka.stop()


@cache
def samples() -> list[Any]:
    """
    Events of all types, of two hundred users.
    """
    values = [json.loads(CATALOG[name].examples[0].read()) for name in CATALOG.names]
    users = [str(uuid4()) for _ in range(200)]
    return [
        parse(json.dumps(values[n % len(values)] | {"eventId": str(uuid4()), "aggregateId": users[n % len(users)]}))
        for n in range(1_000)
    ]


@cache
def bodies() -> list[tuple[bytes, bytes]]:
    return [(event.aggregate_id.encode(), encode(event)) for event in samples()]


@cache
def values() -> list[Any]:
    return [json.loads(body) for _, body in bodies()]


@cache
def oracle(name: str) -> Any:
    files = {path.name: json.loads(path.read_bytes()) for path in (bundled() / "schemas").glob("*.json")}
    registry: Any = Registry().with_resources([(d["$id"], DRAFT202012.create_resource(d)) for d in files.values()])
    return jsonschema.Draft202012Validator(files[Path(CATALOG[name].source).name], registry=registry)


@asynccontextmanager
async def raw_producer(bootstrap: str) -> Any:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", linger_ms=0)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def raw(bootstrap: str, topic: str) -> Any:
    async with raw_producer(bootstrap) as producer:
        ready = bodies()

        def publish(number: int) -> Awaitable[object]:
            key, body = ready[number % len(ready)]
            return producer.send_and_wait(topic, body, key=key)

        yield publish


@asynccontextmanager
async def ours(bootstrap: str, topic: str) -> Any:
    async with EventPublisher(bootstrap, codec=ToTopic(topic)) as publisher:
        typed = samples()

        def publish(number: int) -> Awaitable[object]:
            return publisher.publish(typed[number % len(typed)])

        yield publish


@asynccontextmanager
async def with_jsonschema(bootstrap: str, topic: str) -> Any:
    async with raw_producer(bootstrap) as producer:
        plain = values()

        async def publish(number: int) -> object:
            value = plain[number % len(plain)]
            oracle(value["eventType"]).validate(value)
            body = json.dumps(value, ensure_ascii=False).encode()
            return await producer.send_and_wait(topic, body, key=value["aggregateId"].encode())

        yield publish


@asynccontextmanager
async def flush_per_event(bootstrap: str, topic: str) -> Any:
    async with raw_producer(bootstrap) as producer:
        plain = values()

        async def publish(number: int) -> object:
            value = plain[number % len(plain)]
            body = json.dumps(value).encode()
            sent = await producer.send(topic, body, key=value["aggregateId"].encode())
            await producer.flush()
            return await sent

        yield publish


CONTENDERS: dict[str, Contender] = {
    "raw aiokafka": (raw, 30_000, AT_ONCE),
    "ours": (ours, 30_000, AT_ONCE),
    "json + jsonschema": (with_jsonschema, 3_000, AT_ONCE),
    "flush per event, 100 at once": (flush_per_event, 10_000, AT_ONCE),
    "flush per event, one by one": (flush_per_event, 500, 1),
}


async def rate(contender: Contender, bootstrap: str, topic: str) -> float:
    """
    Events a second.
    """
    opening, count, at_once = contender
    async with opening(bootstrap, topic) as publish:
        await asyncio.gather(*(publish(number) for number in range(at_once)))
        numbers = iter(range(count))

        async def caller() -> None:
            for number in numbers:
                await publish(number)

        began = perf_counter()
        await asyncio.gather(*(caller() for _ in range(at_once)))
        return count / (perf_counter() - began)


def test_the_goal(benchmark: Any, address: tuple[str, str]) -> None:
    """
    Validated, typed events are published at no less than 0.8 of the speed of raw aiokafka with ready-made bytes.
    """
    rates: dict[str, list[float]] = {name: [] for name in CONTENDERS}

    def round_of_all() -> None:
        # The two that are compared closely alternate, so that both meet the same moods of the machine.
        for name in (*CONTENDERS, "raw aiokafka", "ours"):
            rates[name].append(asyncio.run(rate(CONTENDERS[name], *address)))

    benchmark.pedantic(round_of_all, rounds=ROUNDS, iterations=1)
    best = {name: max(found) for name, found in rates.items()}
    ratio = best["ours"] / best["raw aiokafka"]
    print()
    for name, found in best.items():
        print(f"{name:>30}: {found:>9,.0f} events/s")
    print(f"{'ours ÷ raw aiokafka':>30}: {ratio:>9.2f} (goal {GOAL})")
    benchmark.extra_info |= {name: round(found) for name, found in best.items()} | {"ours ÷ raw": round(ratio, 2)}
    assert ratio >= GOAL
