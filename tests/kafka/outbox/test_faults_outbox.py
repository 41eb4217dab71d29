"""
The outbox on a real Kafka when things break: what was committed is on the topic once, in order, and nothing else is.

With -m slow 50,000 events flow, else a few thousand.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from brokers import Broker
from children import Children
from outboxes import fill, read_committed

COUNTS = [2_000, pytest.param(50_000, marks=pytest.mark.slow)]


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    made = Children(tmp_path)
    yield made
    made.end_all()


@pytest.fixture
def topic(apache_kafka: Broker) -> str:
    name = f"faults.{uuid4().hex[:8]}"
    apache_kafka.create_topic(name, 3)
    return name


@pytest.fixture
def path(topic: str, tmp_path: Path) -> Path:
    made = tmp_path / "service.db"
    connection = sqlite3.connect(made)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE users (number INTEGER)")
    connection.commit()
    connection.close()
    fill(made, topic, [], shards=4)
    return made


class Database:
    """
    The service's database, looked at from outside.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, timeout=60.0)

    def written(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM users").fetchone()[0])

    def is_locked(self) -> bool:
        """
        Whether somebody holds the lock for writing.
        """
        asking = sqlite3.connect(self._path, timeout=0.05, isolation_level=None)
        try:
            asking.execute("BEGIN IMMEDIATE")
            asking.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
        finally:
            asking.close()
        return False

    def waiting(self) -> int:
        (count,) = self._connection.execute(
            "SELECT count(*) FROM aegis_outbox JOIN aegis_outbox_shard USING (shard)"
            " WHERE batch IS NULL OR batch > confirmed"
        ).fetchone()
        return int(count)


@pytest.mark.parametrize("count", COUNTS)
async def test_service_relays_and_broker_killed_at_random_moments(
    apache_kafka: Broker, topic: str, path: Path, children: Children, count: int
) -> None:
    """
    A service that commits and rolls back and two relays are killed with -9 again and again, the broker once between.
    """
    chance = random.Random(count)
    database = Database(path)
    pause = "0.15" if count <= 5_000 else "0.03"

    def writer() -> subprocess.Popen[bytes]:
        return children.start("writer", str(path), topic, str(chance.random()), pause, str(count))

    def relay() -> subprocess.Popen[bytes]:
        return children.start("relay", str(path), apache_kafka.bootstrap_servers)

    service, relays = writer(), [relay(), relay()]
    bounced = not apache_kafka.can_stop
    kills = 0
    deadline = time.monotonic() + 60 + count / 50
    while database.written() < count or database.waiting():
        assert time.monotonic() < deadline, (database.written(), database.waiting(), children.said("relay"))
        await asyncio.sleep(0.3 + chance.random() * 1.2)
        if database.written() < count:
            victim = chance.choice(["service", "relay", "relay"])
        else:
            victim = chance.choice(["relay", "nobody", "nobody"])
        if victim == "service" and service.poll() is None:
            children.kill(service)
        if victim == "relay":
            kills += 1
            one = chance.randrange(2)
            children.kill(relays[one])
            relays[one] = relay()
        if service.poll() is not None and database.written() < count:
            service = writer()
        if not bounced and database.written() > count // 2:
            bounced = True
            await asyncio.to_thread(apache_kafka.kill)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(apache_kafka.start)
    # One that was started a moment ago has not yet learnt to end cleanly.
    assert all(children.end(one) in (0, -signal.SIGTERM) for one in relays)
    seen = await read_committed(apache_kafka.bootstrap_servers, topic)
    assert sorted(number for numbers in seen.values() for number in numbers) == list(range(count))
    assert all(numbers == sorted(numbers) for numbers in seen.values())
    assert kills >= 2
    print(f"{count} events, {kills} relays killed, {database.written()} written")


async def test_a_relay_killed_again_and_again_in_the_middle_of_transactions(
    apache_kafka: Broker, topic: str, path: Path, children: Children
) -> None:
    """
    The relay dies within its first seconds every time, so that most batches are in doubt at some moment.
    """
    chance = random.Random(1)
    fill(path, topic, range(1_500))
    database = Database(path)
    deadline = time.monotonic() + 120
    while database.waiting():
        assert time.monotonic() < deadline, (database.waiting(), children.said("relay"))
        one = children.start("relay", str(path), apache_kafka.bootstrap_servers)
        before = database.waiting()
        while database.waiting() == before and one.poll() is None and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await asyncio.sleep(chance.random() * 0.1)
        children.kill(one)
    seen = await read_committed(apache_kafka.bootstrap_servers, topic)
    assert sorted(number for numbers in seen.values() for number in numbers) == list(range(1_500))
    assert all(numbers == sorted(numbers) for numbers in seen.values())


async def test_a_relay_that_was_suspended_is_fenced_off(
    apache_kafka: Broker, topic: str, path: Path, children: Children
) -> None:
    """
    A relay that stands still for longer than its lease, in the middle of its work, publishes nothing when it goes on.
    """
    chance = random.Random(2)
    database = Database(path)
    sleeper = children.start("relay", str(path), apache_kafka.bootstrap_servers)
    count = 0
    for _ in range(4):
        fill(path, topic, range(count, count + 400))
        count += 400
        await asyncio.sleep(0.5 + chance.random() * 0.5)
        sleeper.send_signal(signal.SIGSTOP)
        while database.is_locked():
            # Who stands still in the middle of a SQLite transaction stops the service too; that is not meant here.
            sleeper.send_signal(signal.SIGCONT)
            await asyncio.sleep(0.003)
            sleeper.send_signal(signal.SIGSTOP)
        other = children.start("relay", str(path), apache_kafka.bootstrap_servers)
        deadline = time.monotonic() + 30
        while database.waiting():
            assert time.monotonic() < deadline, (database.waiting(), children.said("relay"))
            await asyncio.sleep(0.05)
        sleeper.send_signal(signal.SIGCONT)
        await asyncio.sleep(1.0)
        assert children.end(other) in (0, -signal.SIGTERM)
    assert children.end(sleeper) == 0
    seen = await read_committed(apache_kafka.bootstrap_servers, topic)
    assert sorted(number for numbers in seen.values() for number in numbers) == list(range(count))
    assert all(numbers == sorted(numbers) for numbers in seen.values())
