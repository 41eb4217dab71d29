"""
Where to read on in a partition that has no usable position, and what a consumer remembers of earlier connections.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Literal

from aegis_sdk.events.consumer._client import Bounds, Committed, KafkaClient
from aegis_sdk.events.consumer.handling._lanes import AssignedPartition
from aegis_sdk.events.consumer.handling._stats import ConsumerStats
from aegis_sdk.events.kafka._record import TopicPartition

__all__ = ["Past", "place_again", "recognise"]

_log = logging.getLogger("aegis_sdk.events.consumer")


class Past:
    """
    What outlives one connection.

    Attributes:
        partitions: those of the last connection, for health between two of them.
        first: by topic, the partitions that it was first given with it; any other one of the topic was added later.
        was_read: by topic, whether the group had read it before that.
        stalled: where partitions were, whose events did not arrive, when a connection was replaced because of that.
        gone: topics that were deleted while this consumer read them: what comes under their names is new.
        failures: connections in a row that ended without progress.
        since: when the first of these began, or ``None``.
        trouble: what ended the last one.
        obstacle: why the last attempt to connect has failed, until one does not.
    """

    def __init__(self) -> None:
        self.partitions: Collection[AssignedPartition] = ()
        self.first: dict[str, frozenset[TopicPartition]] = {}
        self.was_read: dict[str, bool] = {}
        self.stalled: dict[TopicPartition, int | None] = {}
        self.gone: set[str] = set()
        self.failures = 0
        self.since: float | None = None
        self.trouble = ""
        self.obstacle = ""

    def ended(self, began: float, trouble: str, *, progressed: bool) -> None:
        """
        A connection that began at the monotonic time *began* has failed.
        """
        self.trouble = trouble
        if progressed:
            self.failures, self.since = 0, None
        else:
            self.failures += 1
            self.since = began if self.since is None else self.since


async def place_again(
    client: KafkaClient,
    partition: AssignedPartition,
    past: Past,
    stats: ConsumerStats,
    start_from: Literal["earliest", "latest"],
) -> bool:
    """
    Give a partition a position to read from, and say whether its log is another one than before.

    It is read on where this connection has come to, else where the group has. Nothing is passed over without a word:
    what was deleted before it was read is counted, and ``latest`` counts only where the group has never read the topic.
    """
    name = partition.name
    bounds = (await client.bounds([name])).get(name)
    if bounds is None:
        return False
    found = (await client.committed([name])).get(name)
    wanted = found.offset if found is not None and found.log in {"", partition.log or found.log} else None
    wanted = partition.tracker.next if partition.tracker.next is not None else wanted
    wanted = None if name.topic in past.gone else wanted
    if wanted is None:
        offset = bounds.start if start_from == "earliest" or await _was_read(client, name, past) else bounds.end
        client.seek(name, offset)
        return False
    client.seek(name, wanted if bounds.start <= wanted <= bounds.end else bounds.start)
    if wanted > bounds.end:
        _log.warning("%s ends at %d, before the offset %d that was read; it is read anew", name, bounds.end, wanted)
        return True
    _count(name, wanted, bounds, stats)
    return False


async def recognise(client: KafkaClient, partitions: Collection[AssignedPartition]) -> list[AssignedPartition]:
    """
    Find out which topics partitions are of; those are returned that are of another topic of that name than what was
    read of them here, or is committed. A partition that is given out begins where the group has come to in its topic.
    """
    logs = await client.logs({one.name.topic for one in partitions})
    unread = [one.name for one in partitions if one.log is None]
    committed: Mapping[TopicPartition, Committed] = await client.committed(unread) if unread else {}
    others: list[AssignedPartition] = []
    for one in partitions:
        before, one.log = one.log, logs.get(one.name.topic, one.log or "")
        if before is None:
            found, read = committed.get(one.name), one.tracker.next is not None
            before = found.log if found is not None else ""
            if found is None and not read and await client.position(one.name):
                before = "deleted"  # with its topic, after it was asked where to begin
            elif found is not None and (not one.log or before in {"", one.log}):
                one.committed = found.offset
                if not read:
                    client.seek(one.name, found.offset)
        if one.log and before not in {"", one.log}:
            others.append(one)
    return others


def _count(name: TopicPartition, wanted: int, bounds: Bounds, stats: ConsumerStats) -> None:
    skipped = bounds.start - wanted
    if skipped > 0:
        stats.offsets_lost += skipped
        _log.warning(
            "%s: %d offsets from %d on were deleted before they were read; reading goes on at %d",
            name,
            skipped,
            wanted,
            bounds.start,
        )


async def _was_read(client: KafkaClient, name: TopicPartition, past: Past) -> bool:
    """
    Whether the group has read the topic before: then a partition without a committed offset is a new one.
    """
    topic = name.topic
    if topic in past.gone or name not in past.first.get(topic, (name,)):
        return True
    if topic not in past.was_read:
        asked = [TopicPartition(topic, number) for number in client.partitions(topic)]
        past.was_read[topic] = bool(await client.committed(asked))
    return past.was_read[topic]
