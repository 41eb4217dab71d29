"""
What a consumer has done so far, counted.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

__all__ = ["ConsumerStats"]


@dataclass(slots=True)
class ConsumerStats:
    """
    Counts since the consumer was made.

    Attributes:
        received: records taken from Kafka, duplicates and broken ones included.
        handled: events whose handler returned.
        duplicates: events that were handled before, or are being handled, and so were left out.
        skipped: events without a handler, and unknown event types where the policy skips them.
        failures: calls of a handler that raised or ran too long.
        retries: calls that were put off because of such a failure, or because the handler asked for it.
        dead_lettered: events in the dead letters.
        commits, commits_refused: commits that Kafka took, and those that it refused because the group had moved on.
        rebalances: how often partitions were revoked.
        abandoned: events whose handler did not end within the drain deadline.
        reconnects: connections that were replaced.
        offsets_lost: offsets that were deleted before they were read, by retention or by hand.
        unreadable: batches that could not be read: corrupt, or compressed in a way that nothing here understands.
    """

    received: int = 0
    handled: int = 0
    duplicates: int = 0
    skipped: int = 0
    failures: int = 0
    retries: int = 0
    dead_lettered: int = 0
    commits: int = 0
    commits_refused: int = 0
    rebalances: int = 0
    abandoned: int = 0
    reconnects: int = 0
    offsets_lost: int = 0
    unreadable: int = 0

    def as_dict(self) -> dict[str, int]:
        """
        The counts by name.
        """
        return {one.name: getattr(self, one.name) for one in fields(self)}
