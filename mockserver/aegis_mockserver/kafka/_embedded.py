"""
The embedded cluster in this process.
"""

from __future__ import annotations

import ctypes
import threading
import weakref
from collections.abc import Callable
from typing import ClassVar

from ._control import ClusterControl, Topics
from ._librdkafka import EmbeddedKafkaError, breathe, check, destroy_cluster, library, new_cluster


class EmbeddedKafka(ClusterControl):
    """
    A Kafka cluster without Docker and Java: it starts in a millisecond, on free ports of the loopback.

    It speaks the real protocol on real sockets, so that any client can talk to it. It is librdkafka's mock cluster and
    has its limits; where they matter, use Apache Kafka:

    - records live in memory, at most 5 MB a partition: the oldest go first, and a reader that lags skips them;
    - a consumer group works with one member; two members of a group do not share the partitions, and a member that
      follows another one waits for nearly a session timeout;
    - a batch that an idempotent producer sends twice is stored twice;
    - there is no admin API: topics are created here, or by asking for their metadata;
    - acknowledged records carry a made-up timestamp, ports cannot be chosen, leaders do not move when a broker is down.

    Several clusters may live at once. Faults are switched from any thread.

    ```python
    with EmbeddedKafka(topics={"aegis.user.registered.v1": 3}) as kafka:
        kafka.bootstrap_servers   # give it to a client
        kafka.latency(50)
        with kafka.outage():
            ...
    ```

    Args:
        brokers: How many brokers the cluster has. Three let a topic have the replication factor of the contracts.
        topics: Topics to create at once: names, or names with their numbers of partitions.
        rebalance_delay: How long a new consumer group waits for more members, in milliseconds.

    Raises:
        KafkaLibraryMissingError: confluent-kafka, which brings the library, is not installed.
        EmbeddedKafkaError: The cluster could not be made, or refused an order.
    """

    def __init__(self, *, brokers: int = 3, topics: Topics = (), rebalance_delay: int = 0) -> None:
        if brokers < 1:
            raise ValueError("an embedded Kafka needs at least one broker")
        self._lock = threading.Lock()
        self._brokers = brokers
        cluster, instance = new_cluster(brokers)
        self._cluster = cluster
        # Also runs when the object is forgotten and at the end of the interpreter: no thread or socket is left behind.
        self._finalizer = weakref.finalize(self, destroy_cluster, cluster, instance)
        self._bootstrap: str = library().rd_kafka_mock_cluster_bootstraps(cluster).decode()
        breathe()
        library().rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, rebalance_delay)
        self.create_topics(topics)

    @property
    def bootstrap_servers(self) -> str:
        return self._bootstrap

    @property
    def brokers(self) -> int:
        """
        How many brokers the cluster has; they are numbered from 1.
        """
        return self._brokers

    @property
    def running(self) -> bool:
        """
        Whether the cluster has not been closed.
        """
        return self._finalizer.alive

    def close(self) -> None:
        with self._lock:
            self._finalizer()

    def order(self, name: str, *arguments: str | int | list[int]) -> None:
        carry_out = self._orders.get(name)
        if carry_out is None:
            raise EmbeddedKafkaError(f"an embedded Kafka does not know the order {name!r}")
        # One order at a time, and none on a cluster that another thread is closing.
        with self._lock:
            if not self._finalizer.alive:
                raise EmbeddedKafkaError("the embedded Kafka is closed")
            breathe()
            carry_out(self, *arguments)

    def _create_topic(self, topic: str, partitions: int, replication_factor: int) -> None:
        if partitions < 1:
            raise EmbeddedKafkaError(f"topic {topic} needs at least one partition")
        replicas = min(replication_factor or self._brokers, self._brokers)
        code = library().rd_kafka_mock_topic_create(self._cluster, topic.encode(), partitions, replicas)
        check(code, f"create topic {topic}")

    def _down(self, broker: int) -> None:
        check(library().rd_kafka_mock_broker_set_down(self._cluster, broker), f"take broker {broker} down")

    def _up(self, broker: int) -> None:
        check(library().rd_kafka_mock_broker_set_up(self._cluster, broker), f"bring broker {broker} up")

    def _latency(self, broker: int, milliseconds: int) -> None:
        check(library().rd_kafka_mock_broker_set_rtt(self._cluster, broker, milliseconds), f"slow broker {broker} down")

    def _inject_errors(self, api: int, codes: list[int]) -> None:
        array = (ctypes.c_int * len(codes))(*codes)
        library().rd_kafka_mock_push_request_errors_array(self._cluster, api, len(codes), array)

    def _clear_errors(self, api: int) -> None:
        library().rd_kafka_mock_clear_request_errors(self._cluster, api)

    def _topic_error(self, topic: str, code: int) -> None:
        library().rd_kafka_mock_topic_set_error(self._cluster, topic.encode(), code)

    def _leader(self, topic: str, partition: int, broker: int) -> None:
        code = library().rd_kafka_mock_partition_set_leader(self._cluster, topic.encode(), partition, broker)
        check(code, f"make broker {broker} lead {topic} [{partition}]")

    def _forget(self, topic: str, partition: int, before_offset: int) -> None:
        lib = library()
        if not hasattr(lib, "rd_kafka_mock_partition_delete_records"):
            raise EmbeddedKafkaError("this librdkafka cannot forget records: install a newer confluent-kafka")
        code = lib.rd_kafka_mock_partition_delete_records(self._cluster, topic.encode(), partition, before_offset)
        check(code, f"forget records of {topic} [{partition}]")

    def _disable(self, api: int) -> None:
        check(library().rd_kafka_mock_set_apiversion(self._cluster, api, -1, -1), f"disable request type {api}")

    _orders: ClassVar[dict[str, Callable[..., None]]] = {
        "create_topic": _create_topic,
        "down": _down,
        "up": _up,
        "latency": _latency,
        "inject_errors": _inject_errors,
        "clear_errors": _clear_errors,
        "topic_error": _topic_error,
        "leader": _leader,
        "forget": _forget,
        "disable": _disable,
    }
