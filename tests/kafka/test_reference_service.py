"""
The reference service (docs/examples/user_service) on brokers: it keeps its contract, and loses and doubles nothing.
"""

from __future__ import annotations

import asyncio
import json
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from brokers import Broker
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from aegis_sdk._generated.events import TOPICS
from tests import postgres_server
from tests.reference_service import COMMAND, KEY, MailServer, register_all, running

REGISTERED = "aegis.user.registered.v1"
MAILS_ON_THEIR_WAY = 8
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """
    The address of an empty database, of one kind and the other.
    """
    if request.param == "sqlite":
        yield f"sqlite:{tmp_path / 'service.db'}"
        return
    if reason := postgres_server.skip_without_postgres():
        pytest.skip(reason)
    with postgres_server.running() as dsn:
        yield dsn


def make_topics(kafka: Broker) -> None:
    """
    Create the contract's topics where they are missing.
    """
    for topic in TOPICS.values():
        try:
            kafka.create_topic(topic.name, topic.partitions)
        except Exception as error:
            if "already exist" not in str(error).lower().replace("_", " "):
                raise


def test_the_service_keeps_its_contract(kafka: Broker, database: str, tmp_path: Path) -> None:
    """
    ``aegis verify`` finds no violation and decides every claim, those on events, mails and SMS included.
    """
    make_topics(kafka)
    secrets = [f"USER_SERVICE_KEYS={KEY}", "USER_SERVICE_SECRET=only-for-these-tests-0123456789"]
    service = ["env", *secrets, f"USER_SERVICE_DATABASE={database}", sys.executable, *COMMAND.split(), "{port}"]
    command = [sys.executable, "-m", "aegis_shell", "verify", "--api", "user", "--kafka", kafka.bootstrap_servers]
    command += ["--patience", "20", "--timeout", "30", "--run", shlex.join(service).replace("'{port}'", "{port}")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken, 0 not decided" in done.stdout, done.stdout
    assert "13 of 13 operations succeeded" in done.stdout


@pytest.mark.parametrize("number", [100, pytest.param(1_000, marks=pytest.mark.slow)])
async def test_everything_leaves_once(kafka: Broker, number: int, tmp_path: Path) -> None:
    """
    *number* registrations at once: all succeed, with exactly one event and one mail each.
    """
    make_topics(kafka)
    with running(tmp_path, kafka.bootstrap_servers) as (service, mails):
        answered: list[int] = []
        await register_all(service.url, range(number), answered)
        assert Counter(answered) == {201: number}
        users = await asyncio.to_thread(service.users)
        assert len(users) == number
        await settled(kafka, users, mails)
        assert service.end() in (0, -signal.SIGTERM)  # uvicorn raises it again when it is done
    hold(kafka, users, mails, doubled=0)


@pytest.mark.parametrize("number", [100, pytest.param(1_000, marks=pytest.mark.slow)])
async def test_nothing_is_lost_by_a_kill(kafka: Broker, database: str, number: int, tmp_path: Path) -> None:
    """
    Killed in the middle of *number* registrations and started again: who was told 201 is there, and everybody who is
    there has one event and one mail, under one Message-ID; only what was on its way at that moment may come again, the
    same.
    """
    make_topics(kafka)
    with running(tmp_path, kafka.bootstrap_servers, database) as (service, mails):
        answered: list[int] = []
        load = asyncio.create_task(register_all(service.url, range(number), answered))
        # In the middle: some are registered, some mails have left, some are on their way.
        await asyncio.to_thread(mails.first.wait, 60)
        service.kill()
        await load
        assert set(answered) == {201}
        assert len(answered) < number
        await asyncio.to_thread(service.start)
        users = await asyncio.to_thread(service.users)
        assert len(answered) <= len(users) < number
        await settled(kafka, users, mails)
        rest: list[int] = []
        await register_all(service.url, range(number), rest)
        assert Counter(rest) == {201: number - len(users), 409: len(users)}
        users = await asyncio.to_thread(service.users)
        await settled(kafka, users, mails)
        assert service.end() in (0, -signal.SIGTERM)  # uvicorn raises it again when it is done
    hold(kafka, users, mails, doubled=MAILS_ON_THEIR_WAY)


async def settled(kafka: Broker, users: dict[str, str], mails: MailServer) -> None:
    """
    Wait until everybody has a mail and an event.
    """
    end = time.monotonic() + 90
    missing: set[str] = set()
    while time.monotonic() < end:
        missing = set(users.values()) - set(mails.recipients.values())
        if not missing and set(users) <= set(await asyncio.to_thread(events, kafka, users)):
            return
        await asyncio.sleep(0.3)
    raise TimeoutError(f"{len(missing)} of {len(users)} users have no mail, or events are missing")


def events(kafka: Broker, users: dict[str, str]) -> Counter[str]:
    """
    How many events each of these users has; other tests' users stand on the topic, too.
    """
    envelopes = [json.loads(value) for value in committed(kafka.bootstrap_servers)]
    mine = [one for one in envelopes if one["aggregateId"] in users]
    if kafka.kind == "embedded":
        # It knows no transactions, so consumers there tell events apart by their ids alone.
        mine = list({one["eventId"]: one for one in mine}.values())
    return Counter(one["aggregateId"] for one in mine)


def committed(bootstrap_servers: str) -> list[bytes]:
    """
    What readers of committed records find on the topic, to its end: the last record of a partition may be a mark of
    Kafka's own, which nobody is given.
    """
    settings = {"group.id": f"reader-{uuid4().hex}", "enable.auto.commit": False, "enable.partition.eof": True}
    consumer = Consumer({"bootstrap.servers": bootstrap_servers, "isolation.level": "read_committed", **settings})
    try:
        unread = set(consumer.list_topics(REGISTERED, timeout=10).topics[REGISTERED].partitions)
        consumer.assign([TopicPartition(REGISTERED, partition, OFFSET_BEGINNING) for partition in unread])
        found: list[bytes] = []
        end = time.monotonic() + 30
        while unread:
            assert time.monotonic() < end, "the topic was not read to its end"
            for message in consumer.consume(10_000, timeout=0.2):
                if not message.error():
                    found.append(message.value())
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    unread.discard(message.partition())
        return found
    finally:
        consumer.close()


def hold(kafka: Broker, users: dict[str, str], mails: MailServer, *, doubled: int) -> None:
    """
    Everybody has exactly one event and one mail.
    """
    assert events(kafka, users) == dict.fromkeys(users, 1)
    assert Counter(mails.recipients.values()) == dict.fromkeys(users.values(), 1)
    assert all(len(set(same)) == 1 for same in mails.taken.values())
    assert sum(len(same) - 1 for same in mails.taken.values()) <= doubled
