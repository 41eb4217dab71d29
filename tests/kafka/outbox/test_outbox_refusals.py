"""
What a real broker refuses of an outbox: it is parked with its key, and the rest is published.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

import pytest
from brokers import Broker
from commands import aegis_events
from outboxes import TopicCodec, fill, read_committed
from publishing import registered

from aegis_sdk.events.outbox import OutboxRelay, ParkedEvent, RelaySettings, SqliteOutbox

QUICK = RelaySettings(batch=100, settle=0.3, poll_interval=0.05)


@pytest.fixture
def topic(apache_kafka: Broker) -> str:
    name = f"refusals.{uuid4().hex[:8]}"
    # Small enough that a batch of ordinary events is too large for it as well.
    apache_kafka.create_topic(name, 2, {"max.message.bytes": "3000"})
    return name


def add(path: Path, topic: str, numbers: Iterable[int], headers: dict[str, str] | None = None) -> None:
    connection = sqlite3.connect(path, timeout=30.0)
    outbox = SqliteOutbox(TopicCodec(topic))
    with connection:
        for number in numbers:
            outbox.add(connection, registered(number), headers=headers)
    connection.close()


async def test_an_event_that_is_too_large_is_found_among_many(apache_kafka: Broker, topic: str, tmp_path: Path) -> None:
    """
    A topic that takes less than the relay's batches: all are published but the one that is too large by itself, and
    those behind it.
    """
    path = tmp_path / "service.db"
    fill(path, topic, range(60))
    add(path, topic, [60], headers={"note": "x" * 4000})
    add(path, topic, range(61, 120))
    async with OutboxRelay.sqlite(path, apache_kafka.bootstrap_servers, settings=QUICK) as relay:
        assert await relay.drained(50)
        (one,) = await relay.parked()
        assert (one.reason, one.event_id) == ("too large", registered(60).event_id)
        parked = (await relay.backlog()).parked
    seen = await read_committed(apache_kafka.bootstrap_servers, topic)
    user = registered(60).aggregate_id
    mine = [number for number in range(120) if registered(number).aggregate_id == user]
    assert parked == sum(number >= 60 for number in mine)
    published = sorted(number for numbers in seen.values() for number in numbers)
    assert published == [number for number in range(120) if number not in mine or number < 60]
    assert all(numbers == sorted(numbers) for numbers in seen.values())


async def test_a_topic_that_is_missing_stops_nobody_else(apache_kafka: Broker, topic: str, tmp_path: Path) -> None:
    """
    Its events are parked and named at once; the command lists them, and retries them when the topic is there.
    """
    path, missing = tmp_path / "service.db", f"missing.{uuid4().hex[:8]}"
    fill(path, missing, range(5))
    fill(path, topic, range(100, 103))
    where = ["--sqlite", str(path)]
    said = await aegis_events(
        "relay", *where, "--bootstrap", apache_kafka.bootstrap_servers, "--once", "--timeout", "40", "--format", "json"
    )
    assert said.code == 1, said.err
    told = json.loads(said.out)
    assert (told["waiting"], told["left_parked"]) == (0, 8 - told["relayed"])
    said = await aegis_events("outbox", "list", *where, "--format", "json")
    assert said.code == 1
    listed = json.loads(said.out)
    assert {one["topic"] for one in listed["refused"]} == {missing}
    assert {one["reason"] for one in listed["refused"]} == {"unknown topic"}
    assert listed["refused"][0]["event_id"] in (await aegis_events("outbox", "list", *where)).out
    apache_kafka.create_topic(missing, 1)
    assert (await aegis_events("outbox", "retry", *where)).code == 2
    assert (await aegis_events("outbox", "retry", *where, "nobody")).code == 1
    dropped = listed["refused"].pop()["event_id"]
    assert (await aegis_events("outbox", "drop", *where, dropped)).code == 0
    assert (await aegis_events("outbox", "retry", *where, "--all")).code == 0
    async with OutboxRelay.sqlite(path, apache_kafka.bootstrap_servers, settings=QUICK) as relay:
        assert await relay.drained(30)
        assert (await relay.backlog()).parked == 0
        assert relay.health(), relay.health().why
    seen = await read_committed(apache_kafka.bootstrap_servers, missing)
    assert sum(map(len, seen.values())) == 4


async def test_a_topic_deleted_meanwhile_parks_its_events(apache_kafka: Broker, topic: str, tmp_path: Path) -> None:
    """
    A relay that has published to a topic notices that it is gone.
    """
    path, short = tmp_path / "service.db", f"short.{uuid4().hex[:8]}"
    apache_kafka.create_topic(short, 1)
    fill(path, short, range(3))
    quick = RelaySettings(settle=0.3, poll_interval=0.05, publish_timeout=8.0, request_timeout=4.0)
    async with OutboxRelay.sqlite(path, apache_kafka.bootstrap_servers, settings=quick) as relay:
        assert await relay.drained(30)
        await _delete(apache_kafka.bootstrap_servers, short)
        fill(path, short, range(3, 6))
        fill(path, topic, range(100, 110))
        parked: list[ParkedEvent] = []
        async with asyncio.timeout(50):
            while not parked or (await relay.backlog()).waiting:
                parked = list(await relay.parked())
                await asyncio.sleep(0.1)
    assert {one.reason for one in parked} == {"unknown topic"}
    assert sum(map(len, (await read_committed(apache_kafka.bootstrap_servers, topic)).values())) >= 7


async def _delete(bootstrap_servers: str, topic: str) -> None:
    from aiokafka.admin import AIOKafkaAdminClient

    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    await admin.delete_topics([topic])
    await admin.close()


async def test_sigterm_ends_a_start_without_kafka(tmp_path: Path) -> None:
    """
    A relay that has not reached Kafka yet ends at once when it is told to.
    """
    import signal
    import time

    from commands import start

    fill(tmp_path / "service.db", "nowhere", range(5))
    process = await start("relay", "--sqlite", str(tmp_path / "service.db"), "--bootstrap", "127.0.0.1:1")
    connection = sqlite3.connect(tmp_path / "service.db")
    async with asyncio.timeout(30):
        while not connection.execute("SELECT count(*) FROM aegis_outbox_relay").fetchone()[0]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(5):
        out, err = await process.communicate()
    print(f"{time.monotonic() - began:.2f} s")
    assert (process.returncode, out.decode()) == (0, "0 events relayed in 0 transactions, 5 waiting\n"), err
