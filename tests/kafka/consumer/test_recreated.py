"""
Topics that are deleted and made anew while their group gives its partitions out again.
"""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from brokers import Broker
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from publishing import number_of, registered, until

from aegis_sdk.events import ConsumerSettings, EventConsumer, UserRegistered
from aegis_sdk.events.codec._codec import encode


def send(broker: Broker, topic: str, numbers: range) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
    for number in numbers:
        producer.produce(topic, encode(registered(number)), key=f"user-{number}", partition=number % 3)
    assert producer.flush(20) == 0


def make_anew(broker: Broker, topic: str) -> None:
    admin = AdminClient({"bootstrap.servers": broker.bootstrap_servers, "log_level": 0})
    admin.delete_topics([topic])[topic].result(10)
    broker.create_topic(topic, 3)


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.slow)])
async def test_no_event_is_lost_between_two_logs_and_two_owners(apache_kafka: Broker, rounds: int) -> None:
    """
    A member joins, a topic is made anew and a member leaves, all at once and again and again: every event of the new
    log and of the topic beside it is handled, and in the end all are healthy and nothing is left over.
    """
    changing, steady = (f"{name}.{uuid4().hex[:8]}" for name in ("changing", "steady"))
    for topic in (changing, steady):
        apache_kafka.create_topic(topic, 3)
    group, handled = uuid4().hex, set[int]()

    def member() -> EventConsumer:
        settings = ConsumerSettings(probe_interval=1.0, drain_timeout=5.0, commit_interval=0.2)
        consumer = EventConsumer(
            apache_kafka.bootstrap_servers, group_id=group, topics=[changing, steady], settings=settings
        )

        @consumer.on(UserRegistered)
        async def handle(event: UserRegistered) -> None:
            await asyncio.sleep(0.02)
            handled.add(number_of(event))

        return consumer

    members = [member(), member()]
    await asyncio.gather(*(one.start() for one in members))
    for turn in range(rounds):
        first = turn * 1_000
        await asyncio.to_thread(send, apache_kafka, changing, range(first, first + 60))
        await asyncio.to_thread(send, apache_kafka, steady, range(first + 100, first + 160))
        joining = member()
        join = asyncio.create_task(joining.start())
        await asyncio.to_thread(make_anew, apache_kafka, changing)
        await asyncio.to_thread(send, apache_kafka, changing, range(first + 200, first + 200 + (5 if turn % 2 else 90)))
        await join
        await members.pop(0).aclose()
        members.append(joining)
        wanted = {*range(first + 100, first + 160), *range(first + 200, first + 200 + (5 if turn % 2 else 90))}
        try:
            await until(lambda wanted=wanted: wanted <= handled)
        except TimeoutError:
            pytest.fail(f"turn {turn}: never handled: {sorted(wanted - handled)}")
    await until(lambda: all(one.health().healthy and one.health().lag == 0 for one in members))
    assert all(one.stats.reconnects == 0 for one in members)
    await asyncio.gather(*(one.aclose() for one in members))
