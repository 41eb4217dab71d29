"""
How much a relay takes at a time and how long it waits for anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["RelaySettings"]

# What the promise rests on: a batch is one transaction, whose number Kafka keeps, and its bytes are those of the rows.
_OURS = {
    "acks": "every event is acknowledged by all in-sync replicas",
    "enable_idempotence": "a batch is one transaction",
    "key_serializer": "rows are published as they are",
    "transactional_id": "each shard has its own; prefix says how they begin",
    "value_serializer": "rows are published as they are",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings:
    """
    Limits and deadlines of a relay; times are seconds.

    Args:
        batch: at most so many events in one transaction.
        batch_bytes: at most so many bytes in one transaction.
        lease: how long a relay that fell silent keeps its shards.
        poll_interval: how often the database is asked for new events.
        idle_interval: how often it is asked while it tells of new events by itself (PostgreSQL's ``NOTIFY``).
        publish_timeout: how long one batch may take, from the first event to the end of its transaction.
        request_timeout: how long one request to Kafka may take.
        retention: how long relayed events stay in the table.
        keep: at most so many relayed events stay there.
        keep_values: whether they keep key, value and headers; these are cleared otherwise, for they may hold secrets.
        purge_interval: how often those whose time is over are deleted.
        stall_after: with events waiting and none relayed for this long, health says so.
        proof_lifetime: how long Kafka surely keeps the proof of a batch: less than the brokers'
            ``offsets.retention.minutes``. A batch that was in doubt for longer is looked for on its topics.
        clock_skew: how far the clocks of relays and brokers may be apart.
        search_timeout: how long that may take.
        settle: how long to wait before a missing proof is believed.
        prefix: what the transactional ids and groups begin with; a relay needs the right to use both.
        client_options: further options of ``AIOKafkaProducer``.
    """

    batch: int = 500
    batch_bytes: int = 4 * 1024 * 1024
    lease: float = 15.0
    poll_interval: float = 0.2
    idle_interval: float = 2.0
    publish_timeout: float = 30.0
    request_timeout: float = 10.0
    retention: float = 86_400.0
    keep: int = 100_000
    keep_values: bool = False
    purge_interval: float = 60.0
    stall_after: float = 60.0
    proof_lifetime: float = 86_400.0
    search_timeout: float = 600.0
    clock_skew: float = 300.0
    settle: float = 1.0
    prefix: str = "aegis-outbox"
    client_options: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        if self.batch < 1 or self.batch_bytes < 1:
            raise ValueError("a batch has at least one event")
        if self.keep < 0 or not self.retention >= 0:
            raise ValueError("what is kept is at least nothing")
        waits = (self.poll_interval, self.idle_interval, self.purge_interval, self.search_timeout)
        times = (self.lease, self.publish_timeout, self.request_timeout, *waits)
        if not all(0 < time < math.inf for time in times) or not self.stall_after > 0:
            raise ValueError("intervals and timeouts are more than 0 seconds")
        for name in sorted(self.client_options.keys() & _OURS.keys()):
            raise ValueError(f"client_options cannot hold {name}: {_OURS[name]}")
