"""
What a test may ask of a broker, whichever it is.
"""

from __future__ import annotations

import time
from typing import Literal, Protocol

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

Kind = Literal["embedded", "apache", "external"]


class Broker(Protocol):
    """
    A Kafka that runs, can be stopped and started, and keeps its records while it is stopped.
    """

    kind: Kind
    can_stop: bool

    @property
    def bootstrap_servers(self) -> str: ...

    def create_topic(self, name: str, partitions: int = 3) -> None: ...

    def stop(self) -> None: ...

    def start(self) -> None: ...

    def restart(self) -> None: ...

    def kill(self) -> None: ...


def wait_until_ready(bootstrap_servers: str, deadline: float) -> None:
    """
    Wait until the cluster answers a metadata request and names a broker.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0, "reconnect.backoff.max.ms": 100})
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no Kafka answers at {bootstrap_servers}")
        try:
            if admin.list_topics(timeout=min(left, 1.0)).brokers:
                return
        except KafkaException:
            continue


def create_topic(bootstrap_servers: str, name: str, partitions: int, config: dict[str, str] | None = None) -> None:
    """
    Create a topic with one replica and wait until it has its leaders.
    """
    admin = AdminClient({"bootstrap.servers": bootstrap_servers, "log_level": 0})
    created = admin.create_topics([NewTopic(name, partitions, 1, config=config or {})], operation_timeout=10)
    created[name].result(timeout=15)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = admin.list_topics(name, timeout=5).topics[name].partitions
        if len(found) == partitions and all(p.leader >= 0 for p in found.values()):
            return
    raise TimeoutError(f"topic {name} got no leaders")
