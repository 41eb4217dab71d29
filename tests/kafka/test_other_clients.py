"""
Services of other teams, with Java's own client and C's: what they write we read, and what we write they read.
"""

from __future__ import annotations

import asyncio
import base64
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from brokers import Broker
from brokers._maven import java, resolve_clients, why_no_java_client
from confluent_kafka import Consumer, Producer
from publishing import number_of, registered, until

from aegis_sdk.events import EventConsumer, EventPublisher, Record, UserRegistered
from aegis_sdk.events.codec._codec import encode
from aegis_sdk.events.publisher import CloudEvents, ConfluentFraming, ContractEvents

CODECS = ["gzip", "snappy", "lz4", "zstd"]
FRAMES: dict[str, Any] = {
    "structured": CloudEvents("/services/policy"),
    "binary": CloudEvents("/services/policy"),
    "base64": CloudEvents("/services/policy"),
    "confluent": ConfluentFraming({"UserRegistered.v1": 7}),
}
EVENTS = [registered(number) for number in range(5)]


class OnTopic:
    """
    A codec's events, on a topic of the test's own.
    """

    def __init__(self, topic: str, codec: Any) -> None:
        self._topic = topic
        self._codec = codec

    def record(self, event: Any, /) -> Record:
        made = self._codec.record(event)
        return Record(self._topic, made.value, made.key, made.headers, made.event_type, made.event_id)


def java_client(*arguments: str) -> str:
    """
    Run the Java client to its end; what it printed.
    """
    if reason := why_no_java_client():
        pytest.skip(reason)
    source = Path(__file__).parent / "processes" / "OtherClient.java"
    command = [str(java()), "-Xmx128m", "-cp", f"{resolve_clients()}/*", str(source), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def topics(broker: Broker, names: list[str]) -> dict[str, str]:
    """
    A new topic of one partition for each name.
    """
    made = {name: f"others.{name}.{uuid4().hex[:8]}" for name in names}
    for topic in made.values():
        broker.create_topic(topic, 1)
    return made


async def read_by_us(broker: Broker, topic: str, codec: Any) -> list[int]:
    consumer = EventConsumer(broker.bootstrap_servers, group_id=f"g-{uuid4().hex[:8]}", topics=[topic], codec=codec)
    handled: list[int] = []

    @consumer.on(UserRegistered)
    async def handle(event: UserRegistered) -> None:
        handled.append(number_of(event))

    async with consumer:
        await until(lambda: len(handled) + consumer.stats.dead_lettered >= len(EVENTS))
    return sorted(handled)  # events of different keys are in no order


def read_by_c(broker: Broker, topic: str) -> list[bytes]:
    consumer = Consumer(
        {"bootstrap.servers": broker.bootstrap_servers, "group.id": topic, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    found: list[bytes] = []
    for _ in range(60):
        message = consumer.poll(0.5)
        if message is not None and message.error() is None:
            found.append(message.value())
        if len(found) == len(EVENTS):
            break
    consumer.close()
    return found


async def test_what_java_writes_is_read(apache_kafka: Broker, tmp_path: Path) -> None:
    """
    Events by Java's client in every compression, by CloudEvents' SDK in every form, and in Confluent's frame.
    """
    (tmp_path / "events").write_bytes(b"".join(encode(event) + b"\n" for event in EVENTS))
    made = topics(apache_kafka, [*CODECS, *FRAMES])
    ways = [f"{how}={topic}" for how, topic in made.items()]
    await asyncio.to_thread(java_client, "write", apache_kafka.bootstrap_servers, str(tmp_path / "events"), *ways)
    for how, topic in made.items():
        assert (how, await read_by_us(apache_kafka, topic, FRAMES.get(how))) == (how, [0, 1, 2, 3, 4])


async def test_what_we_write_is_read_by_java(apache_kafka: Broker) -> None:
    """
    Java's client gets the very bytes, whatever the compression; CloudEvents' SDK finds its attributes and our bytes.
    """
    made = topics(apache_kafka, [*CODECS, "structured", "binary"])
    for how, topic in made.items():
        codec: Any = CloudEvents("/services/user", mode=how) if how in FRAMES else ContractEvents()  # type: ignore[arg-type]
        compression: Any = how if how in CODECS else None
        publisher = EventPublisher(apache_kafka.bootstrap_servers, codec=OnTopic(topic, codec), compression=compression)
        async with publisher:
            await publisher.publish_many(EVENTS)
    ways = [f"{'cloudevents' if how in FRAMES else 'plain'}={topic}" for how, topic in made.items()]
    lines = (await asyncio.to_thread(java_client, "read", apache_kafka.bootstrap_servers, *ways)).splitlines()
    for how, topic in made.items():
        mine = [line.split("\t") for line in lines if line.startswith(f"{topic}\t")]
        assert (how, [base64.b64decode(value) for *_, value in mine]) == (how, [encode(event) for event in EVENTS])
        assert [key for _, key, *_ in mine] == [event.aggregate_id for event in EVENTS]
        if how in FRAMES:
            first = EVENTS[0]
            assert mine[0][2] == f"{first.event_id} UserRegistered.v1 /services/user {first.aggregate_id}"


@pytest.mark.parametrize("codec", CODECS)
async def test_c_and_we_read_each_other(apache_kafka: Broker, codec: Any) -> None:
    """
    librdkafka reads our compressed batches, and we read its.
    """
    made = topics(apache_kafka, ["ours", "theirs"])
    ours = OnTopic(made["ours"], ContractEvents())
    async with EventPublisher(apache_kafka.bootstrap_servers, codec=ours, compression=codec) as publisher:
        await publisher.publish_many(EVENTS)
    assert await asyncio.to_thread(read_by_c, apache_kafka, made["ours"]) == [encode(event) for event in EVENTS]
    producer = Producer({"bootstrap.servers": apache_kafka.bootstrap_servers, "compression.type": codec})
    for event in EVENTS:
        producer.produce(made["theirs"], encode(event), key=event.aggregate_id)
    assert producer.flush(10) == 0
    assert await read_by_us(apache_kafka, made["theirs"], None) == [0, 1, 2, 3, 4]
