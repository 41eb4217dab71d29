"""
The embedded cluster: it starts, serves, breaks on demand, and goes without a trace.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from brokers import read_topic
from confluent_kafka.admin import AdminClient

from aegis_mockserver.kafka import ApiKey, ClusterControl, EmbeddedKafka, EmbeddedKafkaError, ErrorCode, KafkaProcess

MakeCluster = Callable[..., ClusterControl]


@pytest.fixture(params=[EmbeddedKafka, KafkaProcess], ids=["in this process", "in its own"])
def make_cluster(request: pytest.FixtureRequest) -> Iterator[MakeCluster]:
    """
    Make clusters, in this process or in one of their own: they can do the same.
    """
    made: list[ClusterControl] = []

    def make(**settings: object) -> ClusterControl:
        made.append(request.param(**settings))
        return made[-1]

    yield make
    for cluster in made:
        cluster.close()


async def produce(cluster: ClusterControl, topic: str, value: bytes = b"v", **settings: object) -> int:
    producer = AIOKafkaProducer(
        bootstrap_servers=cluster.bootstrap_servers, **{"acks": "all", "request_timeout_ms": 2_000, **settings}
    )
    await producer.start()
    try:
        return (await asyncio.wait_for(producer.send_and_wait(topic, value, key=b"k"), 10)).offset
    finally:
        await producer.stop()


def topics(cluster: ClusterControl) -> dict[str, int]:
    found = AdminClient({"bootstrap.servers": cluster.bootstrap_servers, "log_level": 0}).list_topics(timeout=10)
    return {name: len(topic.partitions) for name, topic in found.topics.items()}


async def test_it_speaks_kafka(make_cluster: MakeCluster) -> None:
    """
    What one client produces, another consumes; topics have the partitions that were asked for.
    """
    with make_cluster(topics={"a": 2, "b": 5}) as cluster:
        assert await produce(cluster, "a", "값".encode()) == 0
        assert topics(cluster) == {"a": 2, "b": 5}
        assert [record.value.decode() for record in read_topic(cluster.bootstrap_servers, "a")] == ["값"]


async def test_a_consumer_of_a_group_goes_on_where_it_committed(make_cluster: MakeCluster) -> None:
    """
    One member of a group reads, commits, and reads on from there.
    """
    cluster = make_cluster(topics={"a": 1})
    for number in range(3):
        await produce(cluster, "a", b"%d" % number)
    for expected in (b"0", b"1"):
        consumer = AIOKafkaConsumer(
            "a",
            bootstrap_servers=cluster.bootstrap_servers,
            group_id="g",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_poll_records=1,
            session_timeout_ms=2_000,
            heartbeat_interval_ms=500,
        )
        await consumer.start()
        record = await asyncio.wait_for(consumer.getone(), 20)
        assert record.value == expected
        await consumer.commit()
        await consumer.stop()


async def test_a_broker_goes_down_and_comes_up_with_its_records(make_cluster: MakeCluster) -> None:
    """
    Down, nobody connects; up again, everything is as before.
    """
    cluster = make_cluster(brokers=1, topics={"a": 1})
    await produce(cluster, "a")
    with cluster.outage(), pytest.raises(KafkaConnectionError):
        await produce(cluster, "a")
    assert await produce(cluster, "a") == 1


async def test_one_broker_of_several_goes_down(make_cluster: MakeCluster) -> None:
    """
    Only the partitions that it leads are unreachable; leadership moves when it is told to.
    """
    cluster = make_cluster(brokers=2, topics={"a": 1})
    cluster.leader("a", 0, 1)
    cluster.down(1)
    with pytest.raises((asyncio.TimeoutError, KafkaConnectionError)):
        await asyncio.wait_for(produce(cluster, "a"), 1)
    cluster.leader("a", 0, 2)
    assert await produce(cluster, "a") == 0


async def test_answers_take_as_long_as_they_are_told_to(make_cluster: MakeCluster) -> None:
    """
    Latency is that of every answer, until it is taken away.
    """
    cluster = make_cluster(topics={"a": 1})
    cluster.latency(300)
    loop = asyncio.get_running_loop()
    since = loop.time()
    await produce(cluster, "a")
    assert loop.time() - since >= 0.6
    cluster.latency(0)
    await produce(cluster, "a")


async def test_the_next_requests_fail_as_ordered(make_cluster: MakeCluster) -> None:
    """
    Injected errors are met one by one; cleared ones are forgotten; other requests are not concerned.
    """
    cluster = make_cluster(topics={"a": 1})
    cluster.inject_errors(ApiKey.PRODUCE, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
    with pytest.raises(TopicAuthorizationFailedError):
        await produce(cluster, "a")
    assert await produce(cluster, "a") == 0
    cluster.inject_errors(ApiKey.PRODUCE, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
    cluster.clear_errors(ApiKey.PRODUCE)
    assert await produce(cluster, "a") == 1


async def test_records_can_be_forgotten(make_cluster: MakeCluster) -> None:
    """
    What retention would drop is gone for whoever reads from the beginning.
    """
    cluster = make_cluster(topics={"a": 1})
    for number in range(4):
        await produce(cluster, "a", b"%d" % number)
    cluster.forget("a", 0, 2)
    assert [record.value for record in read_topic(cluster.bootstrap_servers, "a")] == [b"2", b"3"]


def test_orders_that_cannot_be_carried_out_are_refused(make_cluster: MakeCluster) -> None:
    """
    A topic that exists, a broker that does not, a cluster that is closed: each says so.
    """
    cluster = make_cluster(topics={"a": 1})
    with pytest.raises(EmbeddedKafkaError, match=r"create topic a: .*already exists"):
        cluster.create_topic("a")
    with pytest.raises(EmbeddedKafkaError, match="broker 9"):
        cluster.down(9)
    with pytest.raises(EmbeddedKafkaError, match="does not know the order"):
        cluster.order("explode")
    cluster.close()
    cluster.close()
    with pytest.raises(EmbeddedKafkaError, match=r"closed|ended"):
        cluster.create_topic("b")


def test_a_cluster_needs_a_broker() -> None:
    """
    No brokers, no cluster.
    """
    with pytest.raises(ValueError, match="at least one broker"):
        EmbeddedKafka(brokers=0)


def test_several_clusters_live_at_once_and_leave_nothing() -> None:
    """
    Each has its own topics and addresses; when they are closed or forgotten, their threads and sockets are gone.
    """

    def things() -> tuple[int, int]:
        proc = Path("/proc/self")
        return (len(list((proc / "task").iterdir())), len(list((proc / "fd").iterdir()))) if proc.exists() else (0, 0)

    EmbeddedKafka().close()
    gc.collect()
    before = things()
    clusters = [EmbeddedKafka(topics={f"t{number}": 1}) for number in range(3)]
    assert len({cluster.bootstrap_servers for cluster in clusters}) == 3
    assert clusters[0].running
    for cluster in clusters[:2]:
        cluster.close()
    del clusters, cluster
    gc.collect()
    left = things()
    # What others left behind in this process may go meanwhile, too.
    assert left[0] <= before[0]
    assert left[1] <= before[1]


async def test_it_runs_and_is_steered_from_any_thread() -> None:
    """
    Made in one thread, used in this one, closed in a third.
    """
    made: list[EmbeddedKafka] = []
    maker = threading.Thread(target=lambda: made.append(EmbeddedKafka(topics={"a": 1})))
    maker.start()
    await asyncio.to_thread(maker.join)
    async with made[0] as cluster:
        assert await produce(cluster, "a") == 0
        await asyncio.gather(*(asyncio.to_thread(cluster.create_topic, f"b{number}", 1) for number in range(8)))
        assert len(await asyncio.to_thread(topics, cluster)) == 9
        await asyncio.to_thread(cluster.close)
    assert not cluster.running


def test_the_fixture_has_the_topics_of_the_contract(embedded_kafka: EmbeddedKafka) -> None:
    """
    Tests that ask for `embedded_kafka` find the contract's topics with three partitions each.
    """
    assert topics(embedded_kafka) == {
        "aegis.user.registered.v1": 3,
        "aegis.user.profile_updated.v1": 3,
        "aegis.user.deleted.v1": 3,
        "aegis.notification.requested.v1": 3,
    }


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "terminated"])
@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_the_command_prints_its_address_and_runs_until_it_is_stopped(how: signal.Signals) -> None:
    """
    `python -m aegis_mockserver.kafka` tells address and topics first, and ends with 0 when it is interrupted.
    """
    command = [
        sys.executable,
        "-m",
        "aegis_mockserver.kafka",
        "--json",
        "--brokers",
        "1",
        "--topic",
        "a:2",
        "--topic",
        "b",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["topics"] == {"a": 2, "b": 3}
        found = AdminClient({"bootstrap.servers": told["bootstrap_servers"]}).list_topics(timeout=10)
        assert set(found.topics) == {"a", "b"}
        process.send_signal(how)
        assert process.wait(timeout=10) == 0


def test_the_command_refuses_what_it_cannot_read() -> None:
    """
    A topic that is none is a usage error.
    """
    command = [sys.executable, "-m", "aegis_mockserver.kafka", "--topic", "a:many"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert done.returncode == 2
    assert "is not NAME or NAME:PARTITIONS" in done.stderr


def test_a_cluster_of_its_own_process_ends_with_its_owner() -> None:
    """
    Killed, the owner takes the cluster along: its address answers no more.
    """
    script = "from aegis_mockserver.kafka import KafkaProcess\nk = KafkaProcess()\nprint(k.pid, flush=True)\ninput()\n"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
    ) as owner:
        assert owner.stdout is not None
        cluster = int(owner.stdout.readline())
        owner.kill()
    gone = threading.Event()
    while not gone.wait(0.02):
        state = Path(f"/proc/{cluster}/stat")
        # A process that nobody reaps any more stays as a zombie where there is no init.
        if not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            gone.set()


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
