"""
How much a consumer takes on at once and how long it waits for anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["ConsumerSettings"]

# With these aiokafka would commit what is not handled, pass over what is not read, or hand over what is no bytes.
_OURS = {
    "auto_offset_reset": "start_from says where a group begins",
    "enable_auto_commit": "offsets are committed when their events are handled",
    "group_id": "it is the consumer's own group_id",
    "key_deserializer": "codec=… reads the events",
    "value_deserializer": "codec=… reads the events",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerSettings:
    """
    Limits and deadlines of a consumer; times are seconds.

    Args:
        concurrency: handlers that run at once, over all partitions; events of one key never do.
        max_in_flight: events taken from Kafka and not finished; above it nothing more is taken.
        max_in_flight_bytes: the same in bytes of the records' values.
        max_window: events of one partition between the first unfinished one and the last one taken.
        batch: events taken from Kafka at a time; a hundred stay in the processor's cache all the way.
        commit_interval: the longest time between two commits while there is something to commit.
        commit_every: finished events after which a commit does not wait for its interval.
        handler_timeout: how long an asynchronous handler may run; ``None`` sets no limit. Handlers in threads cannot be
            stopped and have none.
        drain_timeout: how long handlers that run may go on when partitions are revoked or the consumer stops.
        request_timeout: how long one request to Kafka, the dead letters or the dedupe store may take.
        start_timeout: how long the first connection may take before ``start`` raises.
        start_without_kafka: whether ``start`` goes on at once and connects in the background: a service starts, and
            health says that there is no Kafka yet. A refusal then shows in health and in ``stopped``.
        stall_after: with events waiting and none finished for this long, a partition is stuck and health says so; a
            connection that yields nothing for this long is replaced.
        probe_interval: how often Kafka is asked where the partitions end.
        start_from: where a group begins that has never read the topic; a partition that is added later is read whole.
        client_options: further options of ``AIOKafkaConsumer`` (security, client_id, group_instance_id, …).
    """

    concurrency: int = 32
    max_in_flight: int = 10_000
    max_in_flight_bytes: int = 64 * 1024 * 1024
    max_window: int = 50_000
    batch: int = 100
    commit_interval: float = 1.0
    commit_every: int = 5_000
    handler_timeout: float | None = 60.0
    drain_timeout: float = 15.0
    request_timeout: float = 10.0
    start_timeout: float = 30.0
    start_without_kafka: bool = False
    stall_after: float = 60.0
    probe_interval: float = 5.0
    start_from: Literal["earliest", "latest"] = "earliest"
    client_options: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        counts = (self.concurrency, self.max_in_flight, self.max_in_flight_bytes, self.max_window, self.batch)
        if min(*counts, self.commit_every) < 1 or any(one % 1 for one in counts):
            raise ValueError("concurrency, limits and batch are at least 1")
        times = (self.commit_interval, self.request_timeout, self.start_timeout, self.probe_interval)
        limit = 1.0 if self.handler_timeout is None else self.handler_timeout
        if not all(0 < time < math.inf for time in (*times, limit)) or not self.stall_after > 0:
            raise ValueError("intervals and timeouts are more than 0 seconds")
        if not 0 <= self.drain_timeout < math.inf:
            raise ValueError("drain_timeout is at least 0 seconds")
        if self.start_from not in ("earliest", "latest"):
            raise ValueError("start_from is earliest or latest")
        for name in sorted(self.client_options.keys() & _OURS.keys()):
            raise ValueError(f"client_options cannot hold {name}: {_OURS[name]}")

    def kafka_options(self) -> dict[str, Any]:
        """
        The options for aiokafka's consumer; what the service passes itself wins.
        """
        rebalance = self.drain_timeout + self.request_timeout + 5.0
        return {
            # Where to begin is decided here, so that nothing is passed over without a word.
            "auto_offset_reset": "none",
            # New partitions and topics that were made anew are seen by this.
            "metadata_max_age_ms": 3_000,
            # Events of a transaction that was rolled back were never published.
            "isolation_level": "read_committed",
            "session_timeout_ms": 10_000,
            "heartbeat_interval_ms": 3_000,
            # The group waits so long for members that drain; one that needs longer is thrown out.
            "rebalance_timeout_ms": int(rebalance * 1000),
            # Joining is one request that is answered when the whole group is there, so no request may time out before
            # that.
            "request_timeout_ms": int((rebalance + 10.0) * 1000),
            "fetch_max_bytes": min(self.max_in_flight_bytes, 16 * 1024 * 1024),
            **self.client_options,
        }
