"""
What a consumer's health says, and from when on: each reason by itself, long before and long after its time.
"""

from __future__ import annotations

import re
import time
from types import SimpleNamespace
from typing import Any, cast

import pytest

from aegis_sdk.events import ConsumerSettings
from aegis_sdk.events.consumer._health import ConsumerHealth, examine
from aegis_sdk.events.consumer._places import Past
from aegis_sdk.events.consumer.handling._lanes import AssignedPartition
from aegis_sdk.events.kafka._record import TopicPartition

LIMIT = 600.0
AGES = pytest.mark.parametrize(("age", "late"), [(300.0, False), (900.0, True)])


def looked_at(state: Any = "running", *, age: float = 0.0, past: Past | None = None, **more: Any) -> ConsumerHealth:
    """
    Look at a consumer of one partition that ends at 10, of which the test says what differs.
    """
    now = time.monotonic()
    one = AssignedPartition(TopicPartition("t", 0))
    one.end = 10
    for name in ("position", "held", "held_since", "fetched_at", "moved_at", "unreadable", "active"):
        if name in more:
            setattr(one, name, more[name])
    if "taken" in more:
        one.tracker.take(more["taken"])
    ledger = SimpleNamespace(
        last_moved=more.get("last_moved", now - 5),
        store_failing_since=more.get("store_failing_since"),
        letters_failing_since=more.get("letters_failing_since"),
        letters_trouble="no topic",
        in_flight=more.get("in_flight", 0),
        in_flight_bytes=7,
    )
    session = SimpleNamespace(
        partitions={one.name: one},
        waits_for_room=True,
        missing=more.get("missing", []),
        unreachable_since=more.get("unreachable_since"),
        commits_fail_since=more.get("commits_fail_since"),
        unassigned_since=more.get("unassigned_since"),
    )
    settings = ConsumerSettings(stall_after=LIMIT, start_without_kafka=more.get("start_without_kafka", False))
    engine = SimpleNamespace(settings=settings, ledger=ledger)
    life = SimpleNamespace(engine=engine, session=session, past=past or Past())
    return examine(state, now - age, cast("Any", life))


@AGES
@pytest.mark.parametrize(
    ("since", "more", "said"),
    [
        ("store_failing_since", {}, r"the dedupe store has failed for 90\d s"),
        ("letters_failing_since", {"in_flight": 1}, r"the dead letters have taken no event for 90\d s: no topic"),
        ("unreachable_since", {}, r"no broker has answered for 90\d s"),
        ("commits_fail_since", {}, r"no offsets were committed for 90\d s"),
        ("unassigned_since", {}, r"the group has given out no partitions for 90\d s"),
        ("held_since", {"held": 3}, r"t\[0\] is held back at offset 10: .* has been open for 90\d s"),
        ("fetched_at", {"moved_at": -1e9}, r"t\[0\] has events waiting and none arrive for 90\d s"),
        ("moved_at", {"fetched_at": -1e9}, r"t\[0\] has events waiting and none arrive for 90\d s"),
        ("moved_at", {"taken": [4]}, r"t\[0\] has not got past offset 4 for 90\d s"),
    ],
)
def test_a_reason_is_told_when_it_has_lasted(
    age: float, late: bool, since: str, more: dict[str, Any], said: str
) -> None:
    """
    What may pass is no reason until it has lasted as long as a consumer may stand still; then it is told.
    """
    health = looked_at(**{**more, since: time.monotonic() - age})
    assert bool(health) is not late
    assert len(health.reasons) == late
    assert not late or re.fullmatch(said, health.why)


@AGES
@pytest.mark.parametrize("state", ["starting", "reconnecting"])
def test_a_connection_may_take_a_while(age: float, late: bool, state: str) -> None:
    """
    What keeps it from being made is told with it. A service that starts without Kafka is told at once.
    """
    past = Past()
    past.obstacle = "no Kafka answers"
    why = looked_at(state, age=age, past=past).why
    assert (why.endswith(" s: no Kafka answers") and why.startswith(f"{state} for 90")) if late else not why
    if state == "starting":
        why = looked_at(state, age=age, past=past, start_without_kafka=True).why
        assert why == "not connected to Kafka yet: no Kafka answers"
        assert looked_at(state, start_without_kafka=True).why == "not connected to Kafka yet"


@pytest.mark.parametrize(
    ("failures", "since", "moved", "said"),
    [(2, 300, 400, False), (3, 300, 400, True), (1, 900, 1_000, True), (3, 300, 200, False), (1, 900, 200, False)],
)
def test_connections_that_make_no_progress_are_told(failures: int, since: float, moved: float, said: bool) -> None:
    """
    Three in a row, or fewer for as long as a consumer may stand still; an event that was done since says otherwise.
    """
    now, past = time.monotonic(), Past()
    past.failures, past.since, past.trouble = failures, now - since, "the wire is cut"
    why = f"{failures} connections in a row made no progress: the wire is cut" if said else ""
    assert looked_at(past=past, last_moved=now - moved).why == why


@pytest.mark.parametrize(
    "more",
    [
        {"letters_failing_since": -1e9},  # nothing is in flight any more
        {"fetched_at": -1e9, "moved_at": -1e9, "position": 10},  # nothing waits
        {"moved_at": -1e9, "taken": [4], "active": False},  # it is given away
    ],
)
def test_what_has_passed_is_no_reason(more: dict[str, Any]) -> None:
    """
    Where nothing waits, nothing stands still.
    """
    assert looked_at(**more).reasons == ()


def test_what_cannot_be_read_and_what_is_deleted_is_told_at_once() -> None:
    """
    Each partition and each topic by its name; that no events arrive there is not told beside it.
    """
    health = looked_at(unreadable="it is corrupt", missing=["old"], fetched_at=-1e9, moved_at=-1e9)
    assert health.reasons == ("t[0] cannot be read on: it is corrupt", "the topic old was deleted")


def test_health_shows_the_figures() -> None:
    """
    Lag, progress and what is in flight are numbers, also while all is well.
    """
    health = looked_at(position=4, in_flight=2)
    assert (health.lag, health.in_flight, health.in_flight_bytes, health.waits_for_room) == (6, 2, 7, True)
    assert 5 <= health.since_progress < 300
    [one] = health.assignment
    assert (one.topic, one.partition, one.end, one.lag, one.stuck_for, one.unfinished) == ("t", 0, 10, 6, 0.0, 0)
    nothing = ConsumerHealth(False, "new", ("the consumer is new",), (), 0, 0.0, 0, 0, False)
    assert examine("new", time.monotonic(), None) == nothing
