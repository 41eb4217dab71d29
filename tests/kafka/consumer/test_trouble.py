"""
A consumer in trouble with a real broker: batches that cannot be read, topics that go and come back, retention.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest
from brokers import ApacheKafka, Broker
from commands import aegis_events
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewPartitions
from publishing import number_of, registered, until

from aegis_sdk.events import ConsumerSettings, EventConsumer, UserRegistered
from aegis_sdk.events.codec._codec import encode


def send(broker: Broker, topic: str, partition: int, numbers: range, compression: str = "none") -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "compression.type": compression})
    for number in numbers:
        producer.produce(topic, encode(registered(number)), key=f"user-{number}", partition=partition)
    assert producer.flush(10) == 0


def consumer_of(broker: Broker, topic: str, **settings: object) -> tuple[EventConsumer, list[int]]:
    consumer = EventConsumer(
        broker.bootstrap_servers,
        group_id=f"group-{uuid4().hex[:8]}",
        topics=[topic],
        settings=ConsumerSettings(**{"probe_interval": 1.0, **settings}),  # type: ignore[arg-type]
    )
    handled: list[int] = []

    @consumer.on(UserRegistered)
    async def handle(event: UserRegistered) -> None:
        handled.append(number_of(event))

    return consumer, handled


@pytest.mark.parametrize("codec", ["lz4", "snappy", "zstd"])
async def test_a_missing_codec_is_named_and_stops_its_partition_alone(
    apache_kafka: Broker, codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A batch in a compression that is not installed is left where it is, with its extra named; what came before it and
    all other partitions are handled, on one connection; once the codec is there, reading goes on.
    """
    import aiokafka.codec

    with monkeypatch.context() as without:
        without.setattr(aiokafka.codec, "cramjam", None)
        topic = f"compressed.{uuid4().hex[:8]}"
        apache_kafka.create_topic(topic, 2)
        send(apache_kafka, topic, 0, range(3))
        send(apache_kafka, topic, 0, range(3, 400), codec)
        send(apache_kafka, topic, 1, range(1000, 1003))
        consumer, handled = consumer_of(apache_kafka, topic)
        await consumer.start()
        await until(lambda: len(handled) == 6 and not consumer.health())
        assert sorted(handled) == [0, 1, 2, 1000, 1001, 1002]
        reasons = "; ".join(consumer.health().reasons)
        assert f"{topic}[0] cannot be read on: it is compressed with {codec}" in reasons
        assert "aegis-integration[compression]" in reasons
        await until(lambda: consumer.health().lag == 397)
        assert consumer.stats.reconnects == 0
    await until(lambda: len(handled) == 403)
    await until(lambda: consumer.health().healthy)
    await consumer.aclose()


@pytest.mark.parametrize("command", ["tail", "replay-dlq"])
async def test_commands_name_a_missing_codec(apache_kafka: Broker, command: str, tmp_path: Path) -> None:
    """
    A command shows what comes before a batch that it cannot read, and says where that is and what brings the codec.
    """
    (tmp_path / "cramjam.py").write_text("raise ImportError\n", encoding="utf-8")
    topic = f"compressed.{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 1)
    send(apache_kafka, topic, 0, range(3))
    send(apache_kafka, topic, 0, range(3, 400), "zstd")
    more = {"tail": ("--from-beginning", "--until-end"), "replay-dlq": ("--to", "elsewhere", "--dry-run")}[command]
    env = {"AEGIS_KAFKA_BOOTSTRAP": apache_kafka.bootstrap_servers, "PYTHONPATH": str(tmp_path)}
    said = await aegis_events(command, "--topic", topic, *more, env=env)
    assert (said.code, len(said.lines)) == (3, 3), said.err
    assert f"{topic}[0]: it cannot be read at offset 3: it is compressed with zstd" in said.err
    assert "aegis-integration[compression]" in said.err


async def test_a_corrupt_batch_on_disk_stops_its_partition_alone(tmp_path: Path) -> None:
    """
    A flipped bit in a segment is told with its place; other partitions go on.
    """
    broker = ApacheKafka(tmp_path)
    broker.start()
    try:
        broker.create_topic("rotten", 2)
        send(broker, "rotten", 0, range(3))
        send(broker, "rotten", 0, range(3, 6))
        send(broker, "rotten", 1, range(10, 13))
        broker.stop()
        segment = tmp_path / "records" / "rotten-0" / "00000000000000000000.log"
        content = bytearray(segment.read_bytes())
        content[-20] ^= 0x55
        segment.write_bytes(content)
        broker.start()
        consumer, handled = consumer_of(broker, "rotten")
        async with consumer:
            await until(lambda: len(handled) == 6 and not consumer.health())
            assert sorted(handled) == [0, 1, 2, 10, 11, 12]
            assert "rotten[0] cannot be read on: it is corrupt" in consumer.health().reasons[0]
            send(broker, "rotten", 1, range(13, 15))
            await until(lambda: len(handled) == 8)
            assert consumer.stats.reconnects == 0
    finally:
        broker.stop()


async def test_partitions_that_are_added_are_read_within_seconds(apache_kafka: Broker) -> None:
    """
    A new partition is noticed, and what it got before is read, also by a group that began with the latest event.
    """
    topic = f"growing.{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 1)
    consumer, handled = consumer_of(apache_kafka, topic, start_from="latest")
    async with consumer:
        await until(lambda: bool(consumer.health().assignment))
        await asyncio.sleep(1.5)  # so that the group has a place in the partition that there is
        admin = AdminClient({"bootstrap.servers": apache_kafka.bootstrap_servers, "log_level": 0})
        admin.create_partitions([NewPartitions(topic, 2)])[topic].result(10)
        send(apache_kafka, topic, 1, range(3))
        await until(lambda: handled == [0, 1, 2], 10.0)


@pytest.mark.parametrize("events", [2, 40])
async def test_a_topic_that_is_made_anew_is_read_within_seconds(apache_kafka: Broker, events: int) -> None:
    """
    Deleted and created again, a topic is another log: all of it is read, whether it is shorter than the former or not.
    """
    topic = f"recreated.{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 1)
    send(apache_kafka, topic, 0, range(20))
    consumer, handled = consumer_of(apache_kafka, topic)
    async with consumer:
        await until(lambda: len(handled) == 20)
        await until(lambda: consumer.stats.commits > 0)
        admin = AdminClient({"bootstrap.servers": apache_kafka.bootstrap_servers, "log_level": 0})
        admin.delete_topics([topic])[topic].result(10)
        await until(lambda: f"the topic {topic} was deleted" in consumer.health().reasons)
        apache_kafka.create_topic(topic, 1)
        send(apache_kafka, topic, 0, range(100, 100 + events))
        await until(lambda: len(handled) == 20 + events, 10.0)
        assert sorted(handled[20:]) == list(range(100, 100 + events))  # each key is in order, and each is of one event
        assert consumer.health()


async def test_what_retention_took_is_counted(apache_kafka: Broker, caplog: pytest.LogCaptureFixture) -> None:
    """
    A group that comes back after its place was deleted hears how much it has missed.
    """
    from confluent_kafka import TopicPartition

    topic = f"retained.{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 1)
    send(apache_kafka, topic, 0, range(5))
    first, handled = consumer_of(apache_kafka, topic)
    async with first:
        await until(lambda: len(handled) == 5)
    send(apache_kafka, topic, 0, range(5, 20))
    admin = AdminClient({"bootstrap.servers": apache_kafka.bootstrap_servers, "log_level": 0})
    admin.delete_records([TopicPartition(topic, 0, 12)])[TopicPartition(topic, 0)].result(10)
    again = EventConsumer(
        apache_kafka.bootstrap_servers,
        group_id=first._group_id,
        topics=[topic],
        settings=ConsumerSettings(start_from="latest"),
    )
    more: list[int] = []
    again.on(UserRegistered)(lambda event: more.append(number_of(event)))
    async with again:
        await until(lambda: len(more) == 8)
    assert again.stats.offsets_lost == 7
    assert "7 offsets from 5 on were deleted before they were read" in caplog.text
