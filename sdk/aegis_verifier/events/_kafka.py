"""
Reading all topics of a Kafka from now on, beside the run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from aegis_verifier.events._record import Record

_CONNECT = 10.0
_POLL = 0.1
_LOOK = 1.0


class KafkaError(Exception):
    """
    No Kafka answers at the address.
    """


class Records:
    """
    The records of all topics since it was made; topics that come later are read from their beginning.

    Args:
        bootstrap: ``HOST:PORT``, several with commas.

    Raises:
        KafkaError: no broker answers there.
    """

    def __init__(self, bootstrap: str) -> None:
        from confluent_kafka import Consumer, KafkaException

        self.bootstrap = bootstrap
        configuration = {
            "bootstrap.servers": bootstrap,
            "group.id": f"aegis-verify-{uuid4().hex}",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "log_level": 0,
            "logger": _quiet(),
        }
        self._consumer: Any = Consumer(configuration)
        self._assigned: set[tuple[str, int]] = set()
        self._records: list[Record] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        try:
            self._assign(first=True)
        except KafkaException:
            self._consumer.close()
            raise KafkaError(f"no Kafka broker answers at {bootstrap}") from None
        self._thread = threading.Thread(target=self._read, name="aegis verify kafka", daemon=True)
        self._thread.start()

    def _assign(self, *, first: bool) -> None:
        from confluent_kafka import TopicPartition

        topics = self._consumer.list_topics(timeout=_CONNECT).topics
        found: list[Any] = []
        for name, topic in topics.items():
            for partition in topic.partitions if not name.startswith("__") else ():
                if (name, partition) in self._assigned:
                    continue
                self._assigned.add((name, partition))
                start = 0
                if first:
                    _, start = self._consumer.get_watermark_offsets(TopicPartition(name, partition), timeout=_CONNECT)
                found.append(TopicPartition(name, partition, start))
        if found:
            self._consumer.incremental_assign(found)

    def _read(self) -> None:
        from confluent_kafka import KafkaException

        looked = time.monotonic()
        while not self._stopped.is_set():
            for message in self._consumer.consume(500, _POLL):
                if message.error() is None:
                    headers = tuple((name, value or b"") for name, value in message.headers() or ())
                    record = Record(message.topic(), message.key(), message.value() or b"", headers)
                    with self._lock:
                        self._records.append(record)
            if time.monotonic() - looked > _LOOK:
                looked = time.monotonic()
                try:
                    self._assign(first=False)
                except KafkaException:
                    continue  # a broker that is away for a moment is asked again
        self._consumer.close()

    def all(self) -> list[Record]:
        """
        Return what has been read so far.
        """
        with self._lock:
            return list(self._records)

    def publish(self, topic: str, headers: Mapping[str, str], value: bytes) -> str:
        """
        Write a record; returns what went wrong, or nothing.
        """
        from confluent_kafka import KafkaException, Producer

        troubles: list[str] = []

        def delivered(error: Any, _: Any) -> None:
            if error is not None:
                troubles.append(str(error.str()))

        producer: Any = Producer({"bootstrap.servers": self.bootstrap, "log_level": 0, "logger": _quiet()})
        try:
            written = [(name, text.encode()) for name, text in headers.items()]
            producer.produce(topic, value, headers=written, on_delivery=delivered)
            if producer.flush(_CONNECT):
                return f"the broker did not take it within {_CONNECT:g} s"
        except (KafkaException, BufferError) as error:
            return str(error)
        return troubles[0] if troubles else ""

    def close(self) -> None:
        """
        Stop reading.
        """
        self._stopped.set()
        self._thread.join(5.0)


def _quiet() -> Any:
    import logging

    logger = logging.getLogger("aegis_verifier.kafka")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
