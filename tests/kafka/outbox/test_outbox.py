"""
The outbox on brokers: what committed readers see, and what the proof in Kafka says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from brokers import Broker
from outboxes import TopicCodec, fill, read_committed
from publishing import registered

from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.outbox import OutboxError, OutboxRelay, PostgresOutbox, RelaySettings
from aegis_sdk.events.outbox._rows import Batch, OutboxRow, Writer
from aegis_sdk.events.outbox.relay._kafka import KafkaShard
from tests.postgres_server import running, skip_without_postgres


async def test_events_of_an_outbox_reach_their_topic(
    kafka: Broker, kafka_topic: Callable[..., str], tmp_path: Path
) -> None:
    """
    Once each, in order for each user, with the bytes and headers that were written.
    """
    topic = kafka_topic(3)
    fill(tmp_path / "service.db", topic, range(300))
    relay = OutboxRelay.sqlite(tmp_path / "service.db", kafka.bootstrap_servers, settings=RelaySettings(batch=50))
    async with relay:
        assert await relay.drained(30)
    seen = await read_committed(kafka.bootstrap_servers, topic)
    assert sorted(number for numbers in seen.values() for number in numbers) == list(range(300))
    assert all(numbers == sorted(numbers) for numbers in seen.values())


async def test_a_relay_survives_a_restart_of_the_broker(
    stoppable_kafka: Broker, kafka_topic: Callable[..., str], tmp_path: Path
) -> None:
    """
    While the broker is away nothing is lost; when it is back, the rest follows, once.
    """
    topic = kafka_topic(2)
    path = tmp_path / "service.db"
    fill(path, topic, range(100))
    quick = RelaySettings(batch=20, request_timeout=2.0, publish_timeout=4.0, lease=5.0)
    async with OutboxRelay.sqlite(path, stoppable_kafka.bootstrap_servers, settings=quick) as relay:
        assert await relay.drained(30)
        await asyncio.to_thread(stoppable_kafka.stop)
        fill(path, topic, range(100, 200))
        await asyncio.sleep(1.0)
        assert (await relay.backlog()).waiting == 100
        await asyncio.to_thread(stoppable_kafka.start)
        assert await relay.drained(40)
    if stoppable_kafka.kind != "embedded":
        seen = await read_committed(stoppable_kafka.bootstrap_servers, topic)
        assert sorted(number for numbers in seen.values() for number in numbers) == list(range(200))
        assert all(numbers == sorted(numbers) for numbers in seen.values())


def batch_of(topic: str, number: int, events: range, *, in_doubt: bool = True, age: float = 0.0) -> Batch:
    writer = Writer(TopicCodec(topic))
    rows: list[OutboxRow] = []
    for index in events:
        row = writer.row(registered(index))
        rows.append(OutboxRow(index, row.event_id, topic, row.key, row.value, (("event-id", row.event_id.encode()),)))
    return Batch(number, tuple(rows), in_doubt, age)


@pytest.fixture
def shard(apache_kafka: Broker) -> Callable[..., KafkaShard]:
    def make(name: str, **settings: Any) -> KafkaShard:
        quick = RelaySettings(settle=0.1, **settings)
        return KafkaShard(KafkaConnection(bootstrap_servers=apache_kafka.bootstrap_servers), name, quick)

    return make


@pytest.fixture
def topic(apache_kafka: Broker, request: pytest.FixtureRequest) -> str:
    from uuid import uuid4

    name = f"outbox.{uuid4().hex[:8]}"
    apache_kafka.create_topic(name, 2)
    return name


async def test_a_batch_in_doubt_is_known_by_its_proof(shard: Callable[..., KafkaShard], topic: str) -> None:
    """
    A published batch has a proof in Kafka; the next one, or another of the same number, has none.
    """
    first = shard(f"proof.{topic}")
    await first.open()
    assert await first.last_published() is None
    await first.publish(batch_of(topic, 1, range(5)))
    # A commit is answered before its markers are written; opening again waits for them.
    await first.close()
    await first.open()
    assert await first.last_published() == 1
    assert await first.was_published(batch_of(topic, 1, range(5)))
    assert not await first.was_published(batch_of(topic, 2, range(5, 9)))
    assert not await first.was_published(batch_of(topic, 1, range(4)))
    await first.close()


async def test_a_batch_whose_proof_is_gone_is_looked_for(
    shard: Callable[..., KafkaShard], topic: str, apache_kafka: Broker
) -> None:
    """
    After the proof's lifetime the events themselves are looked for on their topic, and rolled-back ones do not count.
    """
    name = f"search.{topic}"
    first = shard(name)
    await first.open()
    await first.publish(batch_of(topic, 1, range(3)))
    await first._producer.begin_transaction()
    row = batch_of(topic, 2, range(7, 8)).rows[0]
    await first._producer.send_and_wait(topic, row.value, key=row.key, headers=list(row.headers))
    await first.close()
    other = shard(f"other.{topic}", proof_lifetime=60.0)
    again = shard(name)
    await again.open()
    await again.close()
    assert await other.was_published(batch_of(topic, 1, range(3), age=120.0))
    assert not await other.was_published(batch_of(topic, 2, range(7, 8), age=120.0))


async def test_a_later_producer_fences_the_former_one(shard: Callable[..., KafkaShard], topic: str) -> None:
    """
    What a former relay had begun is rolled back, and it can publish nothing more.
    """
    old, new = shard(f"fence.{topic}"), shard(f"fence.{topic}")
    await old.open()
    await old._producer.begin_transaction()
    row = batch_of(topic, 1, range(1)).rows[0]
    await old._producer.send_and_wait(topic, row.value, key=row.key)
    await new.open()
    await new.publish(batch_of(topic, 1, range(1, 3)))
    with pytest.raises(Exception, match=r"(?i)fenced|epoch"):
        await old._producer.commit_transaction()
    await old.close()
    await new.close()
    with pytest.raises(Exception, match=r"(?i)none|begin|NoneType"):
        await old.publish(batch_of(topic, 9, range(9, 10)))


async def test_two_relays_share_an_outbox(apache_kafka: Broker, topic: str, tmp_path: Path) -> None:
    """
    Two relays at once publish every event once.
    """
    path = tmp_path / "service.db"
    fill(path, topic, range(1000), shards=4)
    quick = RelaySettings(batch=20, lease=3.0)
    one = OutboxRelay.sqlite(path, apache_kafka.bootstrap_servers, settings=quick)
    two = OutboxRelay.sqlite(path, apache_kafka.bootstrap_servers, settings=quick)
    async with one, two:
        assert await one.drained(40)
        assert one.stats.relayed + two.stats.relayed == 1000
    seen = await read_committed(apache_kafka.bootstrap_servers, topic)
    assert sorted(number for numbers in seen.values() for number in numbers) == list(range(1000))
    assert all(numbers == sorted(numbers) for numbers in seen.values())


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    if reason := skip_without_postgres():
        pytest.skip(reason)
    with running() as dsn:
        yield dsn


async def test_an_outbox_in_postgres_is_relayed_by_two(apache_kafka: Broker, topic: str, postgres: str) -> None:
    """
    From PostgreSQL as from SQLite: once, in order, two relays at a time, one of them gone in the middle.
    """
    asyncpg: Any = pytest.importorskip("asyncpg")
    outbox = PostgresOutbox(TopicCodec(topic))
    pool = await asyncpg.create_pool(postgres, min_size=1, max_size=2)
    async with pool.acquire() as connection:
        await outbox.create_async(connection)
        async with connection.transaction():
            await outbox.add_all_async(connection, [registered(number) for number in range(600)])
    quick = RelaySettings(batch=20, lease=2.0)
    one = OutboxRelay.postgres(postgres, apache_kafka.bootstrap_servers, settings=quick)
    two = OutboxRelay.postgres(postgres, apache_kafka.bootstrap_servers, settings=quick)
    async with one:
        async with two:
            await asyncio.sleep(0.5)
        async with pool.acquire() as connection, connection.transaction():
            await outbox.add_all_async(connection, [registered(number) for number in range(600, 700)])
        assert await one.drained(40)
    await pool.close()
    seen = await read_committed(apache_kafka.bootstrap_servers, topic)
    assert sorted(number for numbers in seen.values() for number in numbers) == list(range(700))
    assert all(numbers == sorted(numbers) for numbers in seen.values())


async def test_a_postgres_that_is_not_there_is_said_without_its_password() -> None:
    """
    The error names neither user nor password.
    """
    pytest.importorskip("asyncpg")
    relay = OutboxRelay.postgres("postgresql://kim:s3cret@127.0.0.1:1/users", "nowhere:9092")
    with pytest.raises(OutboxError, match="PostgreSQL does not answer") as caught:
        await relay.start()
    assert "s3cret" not in str(caught.value)
    await relay.aclose()
