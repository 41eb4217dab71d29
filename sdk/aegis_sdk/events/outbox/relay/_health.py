"""
Whether a relay moves on what waits in its outbox.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from aegis_sdk._part_health import PartHealth
from aegis_sdk.events.outbox._rows import OutboxBacklog, ParkedEvent
from aegis_sdk.events.outbox.relay._shards import Shards

__all__ = ["NAMED", "RelayHealth", "Seen", "examine"]

NAMED = 4
"""
How many parked events are looked at; one fewer is named when there are as many.
"""


@dataclass(frozen=True, slots=True)
class RelayHealth(PartHealth):
    """
    What a health check shows of a relay.

    Attributes:
        healthy: whether what waits moves on.
        reasons: why not, for people; free of values.
        shards: the shards that this relay holds.
        backlog: what waits in all shards, as last seen, its age as of now; ``None`` before it was looked at.
        parked: the first events that Kafka refused, as last seen.
    """

    healthy: bool
    reasons: tuple[str, ...]
    shards: tuple[int, ...]
    backlog: OutboxBacklog | None
    parked: tuple[ParkedEvent, ...] = ()


class Seen(NamedTuple):
    """
    The last look at the database, *ago* seconds before now.
    """

    backlog: OutboxBacklog | None
    parked: tuple[ParkedEvent, ...]
    ago: float


def examine(shards: Shards, seen: Seen, *, runs: bool, was_started: bool, limit: float) -> RelayHealth:
    """
    Look at a relay; what has stood still for *limit* seconds is a reason.
    """
    backlog = seen.backlog
    if backlog is not None and backlog.waiting:
        backlog = replace(backlog, oldest=backlog.oldest + seen.ago)
    reasons = tuple(_reasons(shards, seen, runs, was_started, limit))
    return RelayHealth(not reasons, reasons, tuple(sorted(shards.runners)), backlog, seen.parked)


def _reasons(shards: Shards, seen: Seen, runs: bool, was_started: bool, limit: float) -> Iterator[str]:
    now = time.monotonic()
    if not runs:
        yield "the relay does not run"
    if was_started and now - shards.leased_at > limit:
        why = f" ({shards.trouble})" if shards.trouble else ""
        yield f"the database has given no lease for {now - shards.leased_at:.0f} s{why}"
    yield from dict.fromkeys(str(runner.refusal) for runner, _ in shards.runners.values() if runner.refusal is not None)
    for shard, (runner, _) in sorted(shards.runners.items()):
        if runner.refusal is None and runner.failing_since is not None and now - runner.failing_since > limit:
            yield f"shard {shard} has failed for {now - runner.failing_since:.0f} s ({runner.last_error})"
    if seen.backlog is not None and seen.backlog.parked:
        yield f"{seen.backlog.parked} events are parked: {_named(seen.parked)}"


def _named(parked: Sequence[ParkedEvent]) -> str:
    said = [f"{one.event_type} {one.event_id} for {one.topic} ({one.reason})" for one in parked]
    return ", ".join(said) if len(said) < NAMED else ", ".join([*said[:-1], "…"])
