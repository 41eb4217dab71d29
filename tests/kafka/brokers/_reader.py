"""
What really stands on a topic, read by another client than the one under test.
"""

from __future__ import annotations

import time
from typing import NamedTuple
from uuid import uuid4

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition


class Stored(NamedTuple):
    """
    A record as a broker keeps it.
    """

    partition: int
    offset: int
    key: bytes | None
    value: bytes
    headers: dict[str, bytes]


def read_topic(bootstrap_servers: str, topic: str, *, timeout: float = 30.0) -> list[Stored]:
    """
    Read every record that a topic has now, partition by partition in order.
    """
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": f"reader-{uuid4().hex}",
            "enable.auto.commit": False,
            "log_level": 0,
            "fetch.wait.max.ms": 50,
        }
    )
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        ends = {p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=10) for p in partitions}
        missing = {p: high for p, (low, high) in ends.items() if high > low}
        consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in missing])
        found: list[Stored] = []
        deadline = time.monotonic() + timeout
        while missing:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{topic} was not read to its end")
            for message in consumer.consume(10_000, timeout=0.2):
                if message.error():
                    continue
                partition, offset = message.partition(), message.offset()
                headers = {name: value or b"" for name, value in message.headers() or []}
                found.append(Stored(partition, offset, message.key(), message.value() or b"", headers))
                if offset + 1 >= missing.get(partition, 0):
                    missing.pop(partition, None)
        return sorted(found, key=lambda record: (record.partition, record.offset))
    finally:
        consumer.close()
