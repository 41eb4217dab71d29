"""
Whether a consumer makes progress: the only sign of health that a broker restart cannot fake.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aegis_sdk._part_health import PartHealth
from aegis_sdk.events.consumer._places import Past
from aegis_sdk.events.consumer._session import Session
from aegis_sdk.events.consumer._supervisor import Supervisor
from aegis_sdk.events.consumer.handling._engine import Engine
from aegis_sdk.events.consumer.handling._lanes import AssignedPartition

__all__ = ["ConsumerHealth", "ConsumerState", "PartitionHealth", "examine"]

_IN_A_ROW = 3
ConsumerState = Literal["new", "starting", "running", "reconnecting", "stopping", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class PartitionHealth:
    """
    How one assigned partition is doing.

    Attributes:
        done: the offset before which everything is done; ``None`` before anything was taken.
        committed: the offset last committed by this member.
        end: where the partition ended when Kafka was last asked.
        lag: offsets between *done* and *end*, as far as Kafka has said, and those behind it that an open transaction
            holds back.
        unfinished: events in lanes or with a handler.
        stuck_for: seconds since *done* last moved while events were unfinished, else 0.
        unreadable: why its next batch cannot be read, if it cannot.
    """

    topic: str
    partition: int
    done: int | None
    committed: int | None
    end: int | None
    lag: int
    unfinished: int
    stuck_for: float
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class ConsumerHealth(PartHealth):
    """
    What a health check shows.

    Attributes:
        healthy: whether the consumer runs and whatever waits for it moves.
        reasons: why not, for people; free of values.
        lag: offsets not done over all assigned partitions; between two connections, of the last one.
        since_progress: seconds since an event was last finished.
        in_flight, in_flight_bytes: events taken from Kafka and not finished.
        waits_for_room: whether fetching pauses because as much is in flight as may be.
    """

    healthy: bool
    state: ConsumerState
    reasons: tuple[str, ...]
    assignment: tuple[PartitionHealth, ...]
    lag: int
    since_progress: float
    in_flight: int
    in_flight_bytes: int
    waits_for_room: bool


def examine(state: ConsumerState, since: float, life: Supervisor | None) -> ConsumerHealth:
    """
    Look at a consumer that has been in *state* since the monotonic time *since*; *life* is there once it was started.
    """
    now = time.monotonic()
    engine, session, past = (life.engine, life.session, life.past) if life else (None, None, Past())
    held = (session.partitions.values() if session else ()) or past.partitions
    partitions = [_partition(one, now) for one in held]
    reasons = tuple(_reasons(state, now - since, engine, session, partitions, past, now))
    return ConsumerHealth(
        healthy=not reasons,
        state=state,
        reasons=reasons,
        assignment=tuple(sorted(partitions, key=lambda one: (one.topic, one.partition))),
        lag=sum(one.lag for one in partitions),
        since_progress=now - engine.ledger.last_moved if engine else 0.0,
        in_flight=engine.ledger.in_flight if engine else 0,
        in_flight_bytes=engine.ledger.in_flight_bytes if engine else 0,
        waits_for_room=session.waits_for_room if session else False,
    )


def _partition(one: AssignedPartition, now: float) -> PartitionHealth:
    return PartitionHealth(
        one.name.topic,
        one.name.partition,
        one.reached,
        one.committed,
        one.end,
        one.lag,
        one.unfinished,
        0.0 if one.tracker.idle or not one.active else now - one.moved_at,
        one.unreadable,
    )


def _reasons(
    state: ConsumerState,
    age: float,
    engine: Engine | None,
    session: Session | None,
    partitions: list[PartitionHealth],
    past: Past,
    now: float,
) -> Iterator[str]:
    if state not in ("running", "starting", "reconnecting"):
        yield f"the consumer is {state}"
    if engine is None:
        return
    limit = engine.settings.stall_after
    why = f": {past.obstacle}" if past.obstacle else ""
    if state == "starting" and engine.settings.start_without_kafka:
        yield f"not connected to Kafka yet{why}"
    elif state in ("starting", "reconnecting") and age > limit:
        yield f"{state} for {age:.0f} s{why}"
    fruitless = past.since is not None and engine.ledger.last_moved < past.since
    if fruitless and past.since is not None and (past.failures >= _IN_A_ROW or now - past.since > limit):
        yield f"{past.failures} connections in a row made no progress: {past.trouble}"
    for one in partitions:
        if one.unreadable:
            yield f"{one.topic}[{one.partition}] cannot be read on: {one.unreadable}"
    if engine.ledger.store_failing_since is not None and now - engine.ledger.store_failing_since > limit:
        yield f"the dedupe store has failed for {now - engine.ledger.store_failing_since:.0f} s"
    since = engine.ledger.letters_failing_since if engine.ledger.in_flight else None
    if since is not None and (failing := now - since) > limit:
        yield f"the dead letters have taken no event for {failing:.0f} s: {engine.ledger.letters_trouble}"
    if session is None:
        return
    yield from (f"the topic {topic} was deleted" for topic in session.missing)
    for since, what in (
        (session.unreachable_since, "no broker has answered"),
        (session.commits_fail_since, "no offsets were committed"),
        (session.unassigned_since, "the group has given out no partitions"),
    ):
        if since is not None and now - since > limit:
            yield f"{what} for {now - since:.0f} s"
    for one in partitions:
        if one.stuck_for > limit:
            yield f"{one.topic}[{one.partition}] has not got past offset {one.done} for {one.stuck_for:.0f} s"
    for held in session.partitions.values():
        waited = now - max(held.fetched_at, held.moved_at)
        if held.held_since is not None:
            if (open_for := now - held.held_since) > limit:
                yield (
                    f"{held.name} is held back at offset {held.end}: a transaction of a producer has been open for"
                    f" {open_for:.0f} s"
                )
        elif held.tracker.idle and held.lag > 0 and waited > limit and not held.unreadable:
            yield f"{held.name} has events waiting and none arrive for {waited:.0f} s"
