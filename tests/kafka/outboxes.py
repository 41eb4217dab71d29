"""
Help for the outbox tests: events to a topic of the test's own, and what committed readers see of it.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from publishing import number_of, registered

from aegis_sdk.events.codec._codec import parse
from aegis_sdk.events.outbox import SqliteOutbox
from aegis_sdk.events.publisher._record import ContractEvents
from aegis_sdk.events.publisher._types import Record


class TopicCodec:
    """
    The contracts' events, to a topic of the test's own.
    """

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._events = ContractEvents()

    def record(self, event: Any, /) -> Record:
        made = self._events.record(event)
        return Record(self._topic, made.value, made.key, made.headers, made.event_type, made.event_id)


def fill(path: Path, topic: str, numbers: Iterable[int], *, shards: int = 2) -> None:
    """
    Do what a service does: add events to the outbox in its database, in one transaction.
    """
    connection = sqlite3.connect(path, timeout=30.0)
    outbox = SqliteOutbox(TopicCodec(topic))
    with connection:
        outbox.create(connection, shards=shards)
        outbox.add_all(connection, [registered(number) for number in numbers])
    connection.close()


async def read_committed(bootstrap_servers: str, topic: str) -> dict[str, list[int]]:
    """
    Every event on the topic that committed readers see: the numbers of each user, in order.
    """
    seen: dict[str, list[int]] = defaultdict(list)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, group_id=None, isolation_level="read_committed", enable_auto_commit=False
    )
    await consumer.start()
    try:
        partitions = await consumer._client._wait_on_metadata(topic)
        places = [TopicPartition(topic, partition) for partition in sorted(partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=300)).values():
                for record in records:
                    event = parse(record.value)
                    seen[event.aggregate_id].append(number_of(event))
    finally:
        await consumer.stop()
    return seen
