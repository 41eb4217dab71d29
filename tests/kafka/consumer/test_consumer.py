"""
The consumer on brokers: what it handles, commits and shares.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from brokers import Broker
from publishing import number_of, publish, registered, until

from aegis_sdk._generated.events import UserRegistered
from aegis_sdk.events.codec._codec import encode
from aegis_sdk.events.consumer._consumer import EventConsumer
from aegis_sdk.events.consumer._errors import EventConsumeError
from aegis_sdk.events.consumer.handling._settings import ConsumerSettings


def consumer_for(kafka: Broker, topic: str, group: str, **more: Any) -> EventConsumer:
    settings = ConsumerSettings(
        commit_interval=0.1,
        probe_interval=0.3,
        drain_timeout=5.0,
        client_options={"session_timeout_ms": 6000, "heartbeat_interval_ms": 500, **more.pop("client_options", {})},
        **more.pop("settings", {}),
    )
    return EventConsumer(kafka.bootstrap_servers, group_id=group, topics=[topic], settings=settings, **more)


async def committed(kafka: Broker, topic: str, group: str, partitions: int) -> int:
    """
    The sum of the group's committed offsets, as the broker has them.
    """
    client = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap_servers, group_id=group, enable_auto_commit=False)
    await client.start()
    try:
        names = [TopicPartition(topic, p) for p in range(partitions)]
        client.assign(names)
        return sum([await client.committed(name) or 0 for name in names])
    finally:
        await client.stop()


async def test_events_are_handled_in_order_of_their_key_and_committed(
    kafka: Broker, kafka_topic: Callable[..., str]
) -> None:
    """
    Published events reach their typed handler, each once, in order for each user; a later member gets none again.
    """
    topic, group = kafka_topic(3), f"group-{uuid4().hex[:8]}"
    await publish(kafka.bootstrap_servers, topic, range(500))
    order: dict[str, list[int]] = defaultdict(list)
    first = consumer_for(kafka, topic, group)

    @first.on(UserRegistered)
    async def handle(event: UserRegistered) -> None:
        order[event.aggregate_id].append(number_of(event))

    async with first:
        await until(lambda: first.stats.handled == 500)
        await until(lambda: first.health().lag == 0)
    assert sorted(number for numbers in order.values() for number in numbers) == list(range(500))
    assert all(numbers == sorted(numbers) for numbers in order.values())
    assert await committed(kafka, topic, group, 3) == 500

    again = consumer_for(kafka, topic, group)
    again.on(UserRegistered)(handle)
    await publish(kafka.bootstrap_servers, topic, [500])
    async with again:
        await until(lambda: again.stats.handled == 1)
    assert again.stats.received == 1


async def test_two_members_share_the_partitions_and_hand_them_over(apache_kafka: Broker) -> None:
    """
    A second member takes over part of the partitions while events flow, and gives them back when it leaves.
    """
    topic, group = f"share.{uuid4().hex[:8]}", f"group-{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 4)
    handled: dict[int, list[str]] = defaultdict(list)
    order: dict[str, list[int]] = defaultdict(list)

    def member(name: str) -> EventConsumer:
        made = consumer_for(apache_kafka, topic, group)

        @made.on(UserRegistered)
        async def handle(event: UserRegistered) -> None:
            await asyncio.sleep(0.001)
            handled[number_of(event)].append(name)
            order[event.aggregate_id].append(number_of(event))

        return made

    one, two = member("one"), member("two")
    async with one:
        publishing = asyncio.create_task(publish(apache_kafka.bootstrap_servers, topic, range(2000)))
        await until(lambda: len(handled) > 200)
        async with two:
            await until(lambda: len(two.health().assignment) == 2 and len(one.health().assignment) == 2)
            await publishing
            publishing = asyncio.create_task(publish(apache_kafka.bootstrap_servers, topic, range(2000, 4000)))
            await until(lambda: two.stats.handled > 100)
        await publishing
        await until(lambda: len(one.health().assignment) == 4)
        await until(lambda: len(handled) == 4000)
    assert {name for names in handled.values() for name in names} == {"one", "two"}
    # Both members left cleanly, so nothing was handled twice and no key lost its order.
    assert [number for number, names in handled.items() if len(names) > 1] == []
    assert all(numbers == sorted(numbers) for numbers in order.values())


async def test_what_was_rolled_back_is_never_handled(apache_kafka: Broker) -> None:
    """
    Events of an aborted transaction are not delivered, and the markers of transactions leave no lag behind.
    """
    topic, group = f"rolled-back.{uuid4().hex[:8]}", f"group-{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 1)
    producer = AIOKafkaProducer(bootstrap_servers=apache_kafka.bootstrap_servers, transactional_id=topic)
    await producer.start()
    for number, commits in enumerate([True, False, True, False]):
        await producer.begin_transaction()
        await producer.send_and_wait(topic, encode(registered(number)))
        await (producer.commit_transaction() if commits else producer.abort_transaction())
    await producer.stop()
    consumer = consumer_for(apache_kafka, topic, group)
    handled: list[int] = []

    @consumer.on(UserRegistered)
    async def handle(event: UserRegistered) -> None:
        handled.append(number_of(event))

    async with consumer:
        await until(lambda: len(handled) == 2 and consumer.health().lag == 0)
    assert sorted(handled) == [0, 2]  # of two keys, so in no order
    assert await committed(apache_kafka, topic, group, 1) == 8


async def test_an_event_that_breaks_its_contract_reaches_the_dead_letter_topic(
    kafka: Broker, kafka_topic: Callable[..., str]
) -> None:
    """
    Key and bytes are kept, the headers name the place and rule, and the good event behind it is handled.
    """
    topic, group = kafka_topic(1), f"group-{uuid4().hex[:8]}"
    kafka.create_topic(f"{topic}.dlq", 1)
    broken = encode(registered(1)).replace(b"124-81-00998", b"s3cr3t-12345")
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    await producer.start()
    await producer.send_and_wait(topic, broken, key=b"user-1", headers=[("traceparent", b"00-abc")])
    await producer.send_and_wait(topic, encode(registered(2)), key=b"user-1")
    await producer.stop()
    consumer = consumer_for(kafka, topic, group)
    handled: list[int] = []

    @consumer.on(UserRegistered)
    async def handle(event: UserRegistered) -> None:
        handled.append(number_of(event))

    async with consumer:
        await until(lambda: handled == [2])
    reader = AIOKafkaConsumer(
        f"{topic}.dlq", bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest", group_id=None
    )
    await reader.start()
    letter = await asyncio.wait_for(reader.getone(), 10)
    await reader.stop()
    headers = dict(letter.headers)
    assert (letter.key, letter.value, headers["traceparent"]) == (b"user-1", broken, b"00-abc")
    assert headers["aegis-dlq-violations"] == b'[{"pointer":"/data/businessRegistrationNumber","rule":"pattern"}]'
    assert headers["aegis-dlq-topic"] == topic.encode()
    assert not any(b"s3cr3t" in value for value in headers.values())


async def test_a_dead_letter_topic_that_is_missing_is_created(apache_kafka: Broker) -> None:
    """
    A first dead letter finds its topic, as wide as the source, although nobody has created it.
    """
    topic, group = f"letters.{uuid4().hex[:8]}", f"group-{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 2)
    producer = AIOKafkaProducer(bootstrap_servers=apache_kafka.bootstrap_servers)
    await producer.start()
    await producer.send_and_wait(topic, b"no event", key=b"user-1")
    consumer = consumer_for(apache_kafka, topic, group)
    consumer.on(UserRegistered)(lambda event: None)
    async with consumer:
        await until(lambda: consumer.stats.dead_lettered == 1)
    assert len(await producer.partitions_for(f"{topic}.dlq")) == 2
    await producer.stop()


async def test_odd_records_do_not_stop_a_partition(apache_kafka: Broker) -> None:
    """
    A record with neither key nor value, and one that is too large once it carries its reasons, become dead letters too.
    """
    topic, group = f"odd.{uuid4().hex[:8]}", f"group-{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 1)
    apache_kafka.create_topic(f"{topic}.dlq", 1)
    producer = AIOKafkaProducer(bootstrap_servers=apache_kafka.bootstrap_servers, max_request_size=2_000_000)
    await producer.start()
    await producer.send_and_wait(topic, b"x" * 1_048_400, key=b"big")
    batch = producer.create_batch()
    batch.append(key=None, value=None, timestamp=None)
    await (await producer.send_batch(batch, topic, partition=0))
    await producer.send_and_wait(topic, encode(registered(1)))
    await producer.stop()
    consumer = consumer_for(apache_kafka, topic, group)
    handled: list[int] = []

    @consumer.on(UserRegistered)
    async def handle(event: UserRegistered) -> None:
        handled.append(number_of(event))

    async with consumer:
        await until(lambda: consumer.stats.dead_lettered == 2 and handled == [1])
        await until(lambda: consumer.health().lag == 0)
    reader = AIOKafkaConsumer(
        f"{topic}.dlq", bootstrap_servers=apache_kafka.bootstrap_servers, auto_offset_reset="earliest", group_id=None
    )
    await reader.start()
    letters = [await asyncio.wait_for(reader.getone(), 10) for _ in range(2)]
    await reader.stop()
    by_key = {letter.key: (letter.value, dict(letter.headers)) for letter in letters}
    assert by_key[None][0] == b""
    assert (by_key[b"big"][0], by_key[b"big"][1]["aegis-dlq-value"]) == (b"", b"left out, 1048400 bytes")
    assert by_key[b"big"][1]["aegis-dlq-offset"] == b"0"


async def test_a_topic_that_does_not_exist_is_named(apache_kafka: Broker) -> None:
    """
    A consumer of a misspelt topic says so when its start times out.
    """
    consumer = consumer_for(apache_kafka, "nowhere.at.all", "group", settings={"start_timeout": 2.0})
    consumer.on(UserRegistered)(lambda event: None)
    with pytest.raises(EventConsumeError, match=r"there is no topic nowhere\.at\.all"):
        await consumer.start()


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_closing_ends_although_the_broker_is_gone(
    stoppable_kafka: Broker, kafka_topic: Callable[..., str], how: str
) -> None:
    """
    aclose() keeps its deadline when the broker does not answer any more, and leaves no task behind (aiokafka 1101).
    """
    topic = kafka_topic(1)
    await publish(stoppable_kafka.bootstrap_servers, topic, range(10))
    consumer = consumer_for(stoppable_kafka, topic, f"group-{uuid4().hex[:8]}")
    consumer.on(UserRegistered)(lambda event: None)
    await consumer.start()
    await until(lambda: consumer.stats.handled == 10)
    getattr(stoppable_kafka, how)()
    async with asyncio.timeout(40):
        await consumer.aclose(4.0)
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    if left:
        await asyncio.wait(left, timeout=30)
    assert [task for task in left if not task.done()] == []
