"""
Records as other writers make them: headers without a value, headers that fill a record; and readers who leave.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaProducer
from brokers import Broker
from commands import aegis_events, start
from publishing import publish, registered, until

from aegis_sdk._generated.events import UserRegistered
from aegis_sdk.events.codec._codec import encode
from aegis_sdk.events.consumer._consumer import EventConsumer
from aegis_sdk.events.consumer.handling._settings import ConsumerSettings


async def send(kafka: Broker, topic: str, *records: tuple[bytes, list[tuple[str, Any]]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers, max_request_size=2**24)
    await producer.start()
    try:
        for value, headers in records:
            await producer.send_and_wait(topic, value, key=b"user-1", headers=headers)
    finally:
        await producer.stop()


async def handled(kafka: Broker, topic: str, *, letters: int) -> list[UserRegistered]:
    """
    The events of a topic, once one is handled and so many others are dead letters.
    """
    settings = ConsumerSettings(commit_interval=0.1, drain_timeout=5.0)
    consumer = EventConsumer(
        kafka.bootstrap_servers, group_id=f"odd-{uuid4().hex[:8]}", topics=[topic], settings=settings
    )
    found: list[UserRegistered] = []
    consumer.on(UserRegistered)(found.append)
    async with consumer:
        await until(lambda: bool(found) and consumer.stats.dead_lettered == letters, 60)
    return found


async def test_headers_that_fill_a_record_hold_no_partition(kafka: Broker, kafka_topic: Callable[..., str]) -> None:
    """
    A broken record whose headers leave no room for the reasons becomes a dead letter without them.
    """
    topic = kafka_topic(1)
    await send(kafka, topic, (b"broken", [("note", b"x" * 1_048_300)]), (encode(registered(1)), []))
    assert len(await handled(kafka, topic, letters=1)) == 1


async def test_headers_without_a_value_harm_nobody(apache_kafka: Broker) -> None:
    """
    Kafka has headers without a value, as Debezium writes them: consumer, replay and tail take them for none.
    """
    topic = f"odd.{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 1)
    without = [("event-type", None), ("traceparent", None), ("aegis-dlq-reason", None)]
    await send(apache_kafka, topic, (b"broken", without), (encode(registered(1)), without))
    assert len(await handled(apache_kafka, topic, letters=1)) == 1
    where = ("--bootstrap", apache_kafka.bootstrap_servers, "--topic")
    listed = await aegis_events("replay-dlq", *where, f"{topic}.dlq", "--dry-run")
    assert (listed.code, [line["eventType"] for line in listed.lines]) == (0, [None])
    shown = await aegis_events("tail", *where, topic, "--from-beginning", "--until-end")
    assert (shown.code, len(shown.lines)) == (1, 2)


async def test_a_reader_of_a_pipe_may_leave(apache_kafka: Broker) -> None:
    """
    ``aegis events tail … | head`` ends without a complaint: Kafka is not to blame.
    """
    topic = f"odd.{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 1)
    await publish(apache_kafka.bootstrap_servers, topic, range(3_000))
    where = ("--bootstrap", apache_kafka.bootstrap_servers, "--topic", topic)
    tail = await start("tail", *where, "--from-beginning", "--until-end")
    assert tail.stdout is not None
    assert tail.stderr is not None
    assert (await tail.stdout.readline()).startswith(b"{")
    transport: Any = tail._transport  # type: ignore[attr-defined] # asyncio closes a pipe by nothing else
    transport.get_pipe_transport(1).close()
    said = await tail.stderr.read()
    assert (await asyncio.wait_for(tail.wait(), 60), b"Kafka answers" in said) == (os.EX_OK, False)
