"""
Fixtures of the Kafka tests: a test that asks for `kafka` runs against the embedded cluster and against Apache Kafka.

Apache Kafka is resolved with Maven and run on Java 17 when both are there; else AEGIS_KAFKA_BOOTSTRAP names a broker;
else the test is skipped with the reason. AEGIS_KAFKA_REQUIRED=1 turns that skip into a failure.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from brokers import ApacheKafka, Broker, EmbeddedBroker, ExternalKafka, GuardedKafka, why_no_apache_kafka

from aegis_mockserver.pytest_plugin_kafka import embedded_kafka

__all__ = ["embedded_kafka"]

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    reason = skip_full_size(config)
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.kafka)
            if reason and item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason=reason))


def skip_full_size(config: pytest.Config) -> str | None:
    """
    The reason to skip tests of full size, or None if they were asked for.
    """
    asked = "slow" in config.option.markexpr or os.environ.get("AEGIS_SLOW")
    return None if asked else "full size takes minutes: -m slow, or AEGIS_SLOW=1"


def skip_without_apache_kafka() -> str | None:
    """
    The reason to skip tests that need a real Kafka, or None if there is one.
    """
    if os.environ.get("AEGIS_KAFKA_BOOTSTRAP"):
        return None
    if reason := why_no_apache_kafka():
        return f"{reason}; nor does AEGIS_KAFKA_BOOTSTRAP name a broker"
    return None


def skip_broker_that_is_not_ours(broker: Broker) -> str | None:
    """
    The reason to skip tests that stop the broker, or None if it may be stopped.
    """
    return None if broker.can_stop else "AEGIS_KAFKA_BOOTSTRAP names a broker that is not ours to stop"


@pytest.fixture(scope="session")
def apache_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """
    A real Kafka for the whole session: started here, or named by AEGIS_KAFKA_BOOTSTRAP.
    """
    if reason := skip_without_apache_kafka():
        if os.environ.get("AEGIS_KAFKA_REQUIRED"):
            pytest.fail(reason)
        pytest.skip(reason)
    if address := os.environ.get("AEGIS_KAFKA_BOOTSTRAP"):
        yield ExternalKafka(address)
        return
    kafka = ApacheKafka(tmp_path_factory.mktemp("kafka"))
    kafka.start()
    yield kafka
    kafka.stop()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedKafka]:
    """
    A real Kafka whose clients must say who they are.
    """
    if reason := skip_without_apache_kafka():
        pytest.skip(reason)
    kafka = GuardedKafka(tmp_path_factory.mktemp("guarded"))
    kafka.start()
    kafka.create_topic("aegis.user.registered.v1", 1)
    yield kafka
    kafka.stop()


@pytest.fixture(params=["embedded", "apache"])
def kafka(request: pytest.FixtureRequest) -> Iterator[Broker]:
    """
    A broker that runs: the embedded cluster, then a real Kafka. A test may stop it; afterwards it runs again.
    """
    if request.param == "embedded":
        yield EmbeddedBroker(request.getfixturevalue("embedded_kafka"))
        return
    broker: Broker = request.getfixturevalue("apache_kafka")
    yield broker
    if broker.can_stop:
        broker.start()


@pytest.fixture
def stoppable_kafka(kafka: Broker) -> Broker:
    """
    A broker that the test may stop.
    """
    if reason := skip_broker_that_is_not_ours(kafka):
        pytest.skip(reason)
    return kafka


@pytest.fixture
def kafka_topic(kafka: Broker) -> Callable[..., str]:
    """
    Make topics that no other test uses: `kafka_topic(partitions=3)` creates one and returns its name.
    """

    def create(partitions: int = 3, prefix: str = "test") -> str:
        name = f"{prefix}.{uuid4().hex[:12]}"
        kafka.create_topic(name, partitions)
        return name

    return create
