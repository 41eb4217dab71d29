"""
Members of a group that get into each other's way, and transactions that hold a partition back.
"""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from brokers import Broker
from confluent_kafka import Consumer, Producer, TopicPartition
from publishing import number_of, registered, until

from aegis_sdk.events import ConsumerSettings, EventConsumeError, EventConsumer, UserRegistered
from aegis_sdk.events.codec._codec import encode


def consumer_of(broker: Broker, topic: str, group: str, **settings: Any) -> tuple[EventConsumer, list[int]]:
    consumer = EventConsumer(
        broker.bootstrap_servers,
        group_id=group,
        topics=[topic],
        settings=ConsumerSettings(**{"probe_interval": 0.5, "commit_interval": 0.2, **settings}),
    )
    handled: list[int] = []

    @consumer.on(UserRegistered)
    async def handle(event: UserRegistered) -> None:
        handled.append(number_of(event))

    return consumer, handled


def producer_of(broker: Broker, *, transactional: bool) -> Producer:
    name = {"transactional.id": uuid4().hex} if transactional else {}
    return Producer({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0, **name})


def send(producer: Producer, topic: str, numbers: range) -> None:
    for number in numbers:
        producer.produce(topic, encode(registered(number)), key=f"user-{number}", partition=0)
    assert producer.flush(20) == 0


def committed(broker: Broker, group: str, topic: str) -> int:
    reader = Consumer({"bootstrap.servers": broker.bootstrap_servers, "group.id": group, "log_level": 0})
    try:
        return int(reader.committed([TopicPartition(topic, 0)], timeout=10)[0].offset)
    finally:
        reader.close()


async def test_two_consumers_with_one_group_instance_id(apache_kafka: Broker) -> None:
    """
    Both would take the place from each other and handle every event twice, for ever: one of them ends and says so, the
    other one goes on alone.
    """
    topic, group = f"members.{uuid4().hex[:8]}", uuid4().hex
    apache_kafka.create_topic(topic, 1)
    # Heartbeats at short intervals: by them a member hears that its place is gone.
    static = {"group_instance_id": "instance-1", "session_timeout_ms": 6_000, "heartbeat_interval_ms": 500}
    members = [consumer_of(apache_kafka, topic, group, client_options=static) for _ in range(2)]
    running: list[asyncio.Task[None]] = []
    for consumer, _ in members:
        running.append(asyncio.create_task(consumer.run()))
        await until(lambda one=consumer: bool(one.health().assignment))
    done, alive = await asyncio.wait(running, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    [ended], [goes_on] = done, alive
    with pytest.raises(EventConsumeError, match="another consumer has the group_instance_id instance-1"):
        await ended
    survivor, handled = members[running.index(goes_on)]
    await asyncio.to_thread(send, producer_of(apache_kafka, transactional=False), topic, range(10))
    await until(lambda: len(handled) == 10)
    await until(lambda: survivor.health().healthy)
    assert not members[running.index(ended)][1]
    survivor.stop()
    await goes_on


async def test_a_transaction_that_stays_open_is_told(apache_kafka: Broker) -> None:
    """
    What stands behind it cannot be read by anybody: it counts as lag, and health names the place. Once the transaction
    ends, all is read.
    """
    topic = f"open.{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 1)
    hanging = producer_of(apache_kafka, transactional=True)
    await asyncio.to_thread(hanging.init_transactions, 20)
    hanging.begin_transaction()
    await asyncio.to_thread(send, hanging, topic, range(1))
    await asyncio.to_thread(send, producer_of(apache_kafka, transactional=False), topic, range(1, 4))
    consumer, handled = consumer_of(apache_kafka, topic, uuid4().hex, stall_after=2.0)
    async with consumer:
        await until(lambda: not consumer.health())
        said = consumer.health()
        assert f"{topic}[0] is held back at offset 0: a transaction of a producer has been open" in said.why
        assert (said.lag, handled, consumer.stats.reconnects) == (4, [], 0)
        await asyncio.to_thread(hanging.commit_transaction, 20)
        await until(lambda: sorted(handled) == [0, 1, 2, 3])
        await until(lambda: consumer.health().healthy and consumer.health().lag == 0)


async def test_what_was_rolled_back_is_no_lag(apache_kafka: Broker) -> None:
    """
    Records of an aborted transaction and the marks of its end, at the end of a partition, are passed and committed.
    """
    topic, group = f"aborted.{uuid4().hex[:8]}", uuid4().hex
    apache_kafka.create_topic(topic, 1)
    await asyncio.to_thread(send, producer_of(apache_kafka, transactional=False), topic, range(3))
    aborting = producer_of(apache_kafka, transactional=True)
    await asyncio.to_thread(aborting.init_transactions, 20)
    aborting.begin_transaction()
    await asyncio.to_thread(send, aborting, topic, range(10, 15))
    await asyncio.to_thread(aborting.abort_transaction, 20)
    consumer, handled = consumer_of(apache_kafka, topic, group)
    async with consumer:
        await until(lambda: len(handled) == 3)
        await until(lambda: bool(consumer.health().assignment) and consumer.health().lag == 0)
    assert sorted(handled) == [0, 1, 2]  # events of different keys are in no order
    assert await asyncio.to_thread(committed, apache_kafka, group, topic) == 9
