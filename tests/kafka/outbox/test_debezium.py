"""
Debezium's outbox event router in the relay's place, by Kafka Connect, from a real PostgreSQL to a real Kafka.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from brokers import Broker, KafkaConnect, why_no_connect
from commands import aegis_events
from outboxes import TopicCodec, read_committed
from publishing import registered

from aegis_sdk.events.outbox import OutboxError, OutboxRelay, PostgresOutbox, RelaySettings, connector, hand_over
from aegis_sdk.events.publisher import Record
from tests.ports import free_port
from tests.postgres_server import running, skip_without_postgres

asyncpg: Any = pytest.importorskip("asyncpg")
QUICK = RelaySettings(batch=50, poll_interval=0.05)


def skip_without_connect() -> str | None:
    """
    The reason to skip tests that need Kafka Connect with Debezium, or None if it can be had.
    """
    return skip_without_postgres() or why_no_connect()


@pytest.fixture(scope="module")
def logical() -> Iterator[str]:
    """
    A PostgreSQL whose log can be read, on a port: Debezium takes no socket of a file system.
    """
    if reason := skip_without_connect():
        pytest.skip(reason)
    port = free_port()
    with running(wal_level="logical", listen_addresses="127.0.0.1", port=port):
        yield f"postgresql://tests@127.0.0.1:{port}/postgres"


@pytest.fixture(scope="module")
def connect(apache_kafka: Broker, logical: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaConnect]:
    try:
        made = KafkaConnect(tmp_path_factory.mktemp("connect"), apache_kafka.bootstrap_servers)
    except RuntimeError as error:
        pytest.skip(f"Debezium cannot be had: {str(error)[-300:]}")
    made.start()
    yield made
    made.end()


@pytest.fixture
async def dsn(logical: str) -> str:
    """
    A database of the test's own, with an outbox.
    """
    name = f"test_{uuid4().hex[:12]}"
    connection = await asyncpg.connect(logical)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    made = logical.replace("/postgres", f"/{name}")
    connection = await asyncpg.connect(made)
    await PostgresOutbox().create_async(connection)
    await connection.close()
    return made


@pytest.fixture
def topic(apache_kafka: Broker) -> str:
    name = f"debezium.{uuid4().hex[:8]}"
    apache_kafka.create_topic(name, 3)
    return name


EVENTS = [registered(number) for number in range(600)]
CARRIED = {"headers": {"tenant": "이지스".encode() + b"\xff"}, "traceparent": "00-ab-cd-01"}


async def add(dsn: str, topic: str, numbers: Iterable[int], **more: Any) -> None:
    """
    Do what a service does, one transaction for each event.
    """
    connection = await asyncpg.connect(dsn)
    outbox = PostgresOutbox(TopicCodec(topic))
    for number in numbers:
        async with connection.transaction():
            await outbox.add_async(connection, EVENTS[number], **more)
    await connection.close()


class Keyless(TopicCodec):
    """
    Events that need no order.
    """

    def record(self, event: Any, /) -> Record:
        made = super().record(event)
        return Record(made.topic, made.value, None, made.headers, made.event_type, made.event_id)


async def stored(bootstrap_servers: str, topic: str, count: int, timeout: float = 60.0) -> list[Any]:
    """
    The records of a topic as committed readers see them, when there are *count* of them.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, group_id=None, isolation_level="read_committed", enable_auto_commit=False
    )
    await consumer.start()
    try:
        partitions = await consumer._client._wait_on_metadata(topic)
        places = [TopicPartition(topic, partition) for partition in sorted(partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        found: list[Any] = []
        async with asyncio.timeout(timeout):
            while len(found) < count:
                for records in (await consumer.getmany(timeout_ms=300)).values():
                    found += records
        return found
    finally:
        await consumer.stop()


def seen(records: list[Any]) -> list[Any]:
    return sorted((one.partition, one.key, one.value, tuple(one.headers)) for one in records)


def once_and_in_order(by_user: dict[str, list[int]], count: int) -> None:
    assert sorted(number for numbers in by_user.values() for number in numbers) == list(range(count))
    assert all(numbers == sorted(numbers) for numbers in by_user.values())


async def test_debezium_publishes_what_the_relay_would(
    apache_kafka: Broker, connect: KafkaConnect, dsn: str, topic: str
) -> None:
    """
    Partition, key, headers and bytes of every event are the relay's own, whatever bytes a header holds; changing over
    in the middle of the writing loses none, doubles none, and keeps the order of each key.
    """
    headers = ["traceparent", "tenant"]
    writing = asyncio.create_task(add(dsn, topic, range(200), **CARRIED))
    async with OutboxRelay.postgres(dsn, apache_kafka.bootstrap_servers, settings=QUICK) as relay:
        while relay.stats.relayed < 40:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        await hand_over(dsn, headers=headers, name=_name(topic))
        relayed = relay.stats.relayed
        made = connector(dsn, headers=headers, name=_name(topic))
        # Its heartbeats are to disturb nobody.
        made["config"]["heartbeat.interval.ms"] = "500"
        await asyncio.to_thread(connect.run, made)
        await writing
        await add(dsn, topic, range(200, 300), **CARRIED)  # however fast the first were, these come after the change
        records = await stored(apache_kafka.bootstrap_servers, topic, 300)
        assert relay.stats.relayed == relayed < 300
    once_and_in_order(await read_committed(apache_kafka.bootstrap_servers, topic), 300)
    # The same events by the relay alone.
    other = f"{topic}.relay"
    apache_kafka.create_topic(other, 3)
    connection = await asyncpg.connect(dsn)
    await connection.execute("UPDATE aegis_outbox_meta SET reader = 'relay'")
    await connection.execute("DELETE FROM aegis_outbox")
    await connection.close()
    await add(dsn, other, range(300), **CARRIED)
    async with OutboxRelay.postgres(dsn, apache_kafka.bootstrap_servers, settings=QUICK) as relay:
        assert await relay.drained(30)
    assert seen(await stored(apache_kafka.bootstrap_servers, other, 300)) == seen(records)


async def test_a_worker_that_is_killed_loses_and_doubles_nothing(
    apache_kafka: Broker, connect: KafkaConnect, dsn: str, topic: str
) -> None:
    """
    Kafka Connect is killed with -9 in the middle and started again: every event once, for readers of committed data.
    """
    relay = OutboxRelay.postgres(dsn, apache_kafka.bootstrap_servers, settings=QUICK)
    async with relay:
        await hand_over(dsn, name=_name(topic))
    made = connector(dsn, name=_name(topic))
    await asyncio.to_thread(connect.run, made)
    writing = asyncio.create_task(add(dsn, topic, range(600)))
    await stored(apache_kafka.bootstrap_servers, topic, 50)
    await asyncio.to_thread(connect.end, signal.SIGKILL)
    await writing
    await asyncio.to_thread(connect.start)
    await stored(apache_kafka.bootstrap_servers, topic, 600, timeout=100.0)
    once_and_in_order(await read_committed(apache_kafka.bootstrap_servers, topic), 600)
    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        await PostgresOutbox(Keyless(topic)).add_async(connection, registered(600))
    await connection.close()
    assert [one.key for one in await stored(apache_kafka.bootstrap_servers, topic, 601)].count(None) == 1


async def test_what_debezium_would_leave_out_is_refused(apache_kafka: Broker, dsn: str, topic: str) -> None:
    """
    A header that the connector was not told of is refused at the insert, with the command that tells it; rows that are
    Debezium's are deleted when they are old, and the relay publishes none of them.
    """
    async with OutboxRelay.postgres(dsn, apache_kafka.bootstrap_servers, settings=QUICK):
        said = await aegis_events("outbox", "hand-over", "--postgres", dsn, "--name", _name(topic))
        assert said.code == 0, said.err
    with pytest.raises(asyncpg.RaiseError, match="does not carry the header tenant") as caught:
        await add(dsn, topic, [1], headers={"tenant": "a"})
    assert "hand-over --header tenant" in caught.value.hint
    await add(dsn, topic, [2])
    gone = RelaySettings(retention=0.0, purge_interval=0.05, poll_interval=0.05)
    async with OutboxRelay.postgres(dsn, apache_kafka.bootstrap_servers, settings=gone) as relay:
        async with asyncio.timeout(20):
            while not relay.stats.purged:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert (relay.stats.relayed, relay.stats.purged) == (0, 1)


async def test_a_change_over_that_cannot_be_done_says_why(dsn: str, topic: str) -> None:
    """
    Events that nobody relays, and a transaction that does not end, are named; nothing hangs.
    """
    await add(dsn, topic, [1])
    with pytest.raises(OutboxError, match="1 events still wait for the relay"):
        await hand_over(dsn, name=_name(topic), timeout=0.3)
    connection = await asyncpg.connect(dsn)
    async with connection.transaction():
        await PostgresOutbox(TopicCodec(topic)).add_async(connection, EVENTS[2])
        with pytest.raises(OutboxError, match="adding events for more than"):
            await hand_over(dsn, name=_name(topic), patience=0.2)
    await connection.close()


async def test_the_configuration_is_printed_without_the_password() -> None:
    """
    What the command prints can be given to Kafka Connect as it is.
    """
    dsn = "postgresql://aegis:s3cret@db.example.com:6543/users"
    said = await aegis_events("outbox", "debezium-config", "--postgres", dsn, "--header", "tenant")
    assert said.code == 0
    assert "s3cret" not in said.out
    config = json.loads(said.out)["config"]
    assert (config["database.hostname"], config["database.port"]) == ("db.example.com", "6543")
    assert "header_tenant:header:tenant" in config["transforms.outbox.table.fields.additional.placement"]
    wrong = await aegis_events("outbox", "debezium-config", "--header", "a b")
    assert wrong.code != 0
    assert "'a b'" in wrong.err


def _name(topic: str) -> str:
    return topic.replace(".", "_")
