"""
The consumer on a real Kafka when things break: every event at least once, its effect once, in order for its key.

With -m slow 50,000 events flow, else a few thousand.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from brokers import Broker
from children import Children
from processes.member import database
from publishing import number_of, publish

from aegis_sdk._generated.events import UserRegistered
from aegis_sdk.events.consumer._consumer import EventConsumer
from aegis_sdk.events.consumer.handling._settings import ConsumerSettings

COUNTS = [3_000, pytest.param(50_000, marks=pytest.mark.slow)]
PARTITIONS = 6


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    made = Children(tmp_path)
    yield made
    made.end_all()


@pytest.fixture
def topic(apache_kafka: Broker) -> str:
    name = f"faults.{uuid4().hex[:8]}"
    apache_kafka.create_topic(name, PARTITIONS)
    return name


class Effects:
    """
    What the processes of a group have done, as their database has it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database: sqlite3.Connection = database(str(path))

    def count(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM effects").fetchone()[0])

    def delivered(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM deliveries").fetchone()[0])

    def members(self) -> set[str]:
        return {row[0] for row in self._database.execute("SELECT DISTINCT member FROM effects")}

    def by_user(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for user, number in self._database.execute("SELECT user, number FROM effects ORDER BY place"):
            found[user].append(number)
        return found


def each_once_in_order(by_user: dict[str, list[int]], count: int) -> None:
    """
    Nothing lost, no effect twice, every user's events in their order.
    """
    assert sorted(number for numbers in by_user.values() for number in numbers) == list(range(count))
    assert all(numbers == sorted(numbers) for numbers in by_user.values())


async def until(condition: Callable[[], bool], timeout: float, said: Callable[[], object] = lambda: "") -> None:
    try:
        async with asyncio.timeout(timeout):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"did not come to that within {timeout} s: {said()}")


@pytest.mark.parametrize("count", COUNTS)
async def test_members_killed_at_random_moments_lose_nothing(
    apache_kafka: Broker, topic: str, children: Children, tmp_path: Path, count: int
) -> None:
    """
    Three processes share the partitions; one after another is killed with -9 and replaced while events flow.
    """
    chance = random.Random(count)
    effects = Effects(tmp_path / "effects.db")
    group = f"group-{uuid4().hex[:8]}"
    started = 0

    def start() -> subprocess.Popen[bytes]:
        nonlocal started
        started += 1
        return children.start(
            "member", apache_kafka.bootstrap_servers, topic, group, str(effects.path), f"member-{started}"
        )

    members = [start() for _ in range(3)]
    publishing = asyncio.create_task(flow(apache_kafka, topic, count))
    await until(lambda: effects.count() > 0, 30, lambda: children.said("member"))
    kills = 4 if count <= 5_000 else 12
    for kill in range(kills):
        await until(lambda at=kill: effects.count() >= count * at / (kills + 2), 90, lambda: children.said("member"))
        await asyncio.sleep(chance.random() * 0.5)
        victim = chance.randrange(3)
        children.kill(members[victim])
        members[victim] = start()
    await publishing
    await until(lambda: effects.count() >= count, 120, lambda: children.said("member"))
    # One that was started a moment ago has not yet learnt to end cleanly.
    assert all(children.end(member) in (0, -signal.SIGTERM) for member in members)
    each_once_in_order(effects.by_user(), count)
    assert len(effects.members()) >= 3
    assert effects.delivered() >= count
    print(f"{count} events, {kills} members killed, {effects.delivered() - count} delivered again")


async def test_a_member_that_was_suspended_does_nothing_twice(
    apache_kafka: Broker, topic: str, children: Children, tmp_path: Path
) -> None:
    """
    A process that stands still for longer than its session loses its partitions; when it goes on, effects stay single.
    """
    effects = Effects(tmp_path / "effects.db")
    group = f"group-{uuid4().hex[:8]}"
    members = [
        children.start("member", apache_kafka.bootstrap_servers, topic, group, str(effects.path), f"member-{number}")
        for number in range(2)
    ]
    publishing = asyncio.create_task(flow(apache_kafka, topic, 3_000))
    for at in (300, 1_200):
        await until(lambda at=at: effects.count() >= at, 60, lambda: children.said("member"))
        members[0].send_signal(signal.SIGSTOP)
        await asyncio.sleep(4.0)
        members[0].send_signal(signal.SIGCONT)
    await publishing
    await until(lambda: effects.count() >= 3_000, 60, lambda: children.said("member"))
    assert [children.end(member) for member in members] == [0, 0]
    each_once_in_order(effects.by_user(), 3_000)


async def flow(kafka: Broker, topic: str, count: int) -> None:
    """
    Publish events in portions, so that they flow for a while.
    """
    portion = max(100, count // 40)
    for begin in range(0, count, portion):
        await publish(kafka.bootstrap_servers, topic, range(begin, min(count, begin + portion)), idempotent=True)
        await asyncio.sleep(0.1)


async def test_three_processes_share_the_partitions(
    apache_kafka: Broker, topic: str, children: Children, tmp_path: Path
) -> None:
    """
    Each member of a group of three gets its part of the events; when they leave, everything is committed.
    """
    effects = Effects(tmp_path / "effects.db")
    group = f"group-{uuid4().hex[:8]}"
    members = [
        children.start("member", apache_kafka.bootstrap_servers, topic, group, str(effects.path), f"member-{number}")
        for number in range(3)
    ]
    published = 0
    async with asyncio.timeout(60):
        while len(effects.members()) < 3:
            await publish(apache_kafka.bootstrap_servers, topic, range(published, published + 200), users=500)
            published += 200
            await asyncio.sleep(0.3)
    await until(lambda: effects.count() == published, 60, lambda: children.said("member"))
    assert [children.end(member) for member in members] == [0, 0, 0]
    each_once_in_order(effects.by_user(), published)
    assert effects.delivered() == published


class InProcess:
    """
    Consumers in this process that share what they saw.
    """

    def __init__(self, kafka: Broker, topic: str) -> None:
        self._kafka = kafka
        self._topic = topic
        self._group = f"group-{uuid4().hex[:8]}"
        self.deliveries: list[int] = []
        self.by_user: dict[str, list[int]] = defaultdict(list)
        self.seen: set[int] = set()

    def member(self) -> EventConsumer:
        consumer = EventConsumer(
            self._kafka.bootstrap_servers,
            group_id=self._group,
            topics=[self._topic],
            settings=ConsumerSettings(
                commit_interval=0.2,
                drain_timeout=4.0,
                request_timeout=5.0,
                stall_after=10.0,
                probe_interval=1.0,
                client_options={"session_timeout_ms": 6000, "heartbeat_interval_ms": 500},
            ),
        )
        consumer.on(UserRegistered)(self.handle)
        return consumer

    async def handle(self, event: UserRegistered) -> None:
        await asyncio.sleep(0)
        number = number_of(event)
        self.deliveries.append(number)
        if number not in self.seen:
            self.seen.add(number)
            self.by_user[event.aggregate_id].append(number)


@pytest.mark.parametrize("how", ["restart", "kill"])
@pytest.mark.parametrize("count", COUNTS)
async def test_a_broker_that_restarts_is_survived(apache_kafka: Broker, topic: str, count: int, how: str) -> None:
    """
    The broker is stopped or killed and started again while events flow; the consumer goes on by itself.
    """
    if not apache_kafka.can_stop:
        pytest.skip("AEGIS_KAFKA_BOOTSTRAP names a broker that is not ours to stop")
    group = InProcess(apache_kafka, topic)
    consumer = group.member()
    async with consumer:
        publishing = asyncio.create_task(
            publish(apache_kafka.bootstrap_servers, topic, range(count), idempotent=True, pace=count)
        )
        for at in (0.2, 0.6):
            await until(lambda at=at: len(group.seen) > count * at, 60, consumer.health)
            await asyncio.to_thread(apache_kafka.kill if how == "kill" else apache_kafka.stop)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(apache_kafka.start)
        await asyncio.wait_for(publishing, 90)
        await until(lambda: len(group.seen) == count, 90, consumer.health)
        await until(lambda: consumer.health().lag == 0 and consumer.health().healthy, 30, consumer.health)
    each_once_in_order(group.by_user, count)


@pytest.mark.parametrize("count", COUNTS)
async def test_members_that_come_and_go_lose_nothing(apache_kafka: Broker, topic: str, count: int) -> None:
    """
    Two consumers join and leave while events flow: each event is handled, and nearly none twice.
    """
    group = InProcess(apache_kafka, topic)
    steady = group.member()
    async with steady:
        publishing = asyncio.create_task(flow(apache_kafka, topic, count))
        for _ in range(3):
            one, two = group.member(), group.member()
            await asyncio.gather(one.start(), two.start())
            await until(lambda one=one: len(one.health().assignment) > 0, 30, one.health)
            await asyncio.sleep(0.3)
            await asyncio.gather(one.aclose(), two.aclose())
        await publishing
        await until(lambda: len(group.seen) == count, 60, steady.health)
    each_once_in_order(group.by_user, count)
    assert len(group.deliveries) - count <= count * 0.02
