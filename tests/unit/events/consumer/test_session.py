"""
What one connection of a consumer makes of what it sees of its partitions: each look by itself, on a clock of the test.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from aegis_sdk.events import ConsumerSettings
from aegis_sdk.events.consumer import _session
from aegis_sdk.events.consumer._client import Bounds, Committed, TopicPartition
from aegis_sdk.events.consumer._places import Past
from aegis_sdk.events.consumer._session import Session
from aegis_sdk.events.consumer.handling._stats import ConsumerStats

P0, P1 = TopicPartition("t", 0), TopicPartition("t", 1)


class Client:
    """
    Knows where partitions begin and end, and where the consumer stands in them.
    """

    def __init__(self) -> None:
        self.ends: dict[TopicPartition, Bounds] = {}
        self.positions: dict[TopicPartition, int] = {}
        self.sought: list[tuple[TopicPartition, int]] = []

    async def bounds(self, names: Any) -> dict[TopicPartition, Bounds]:
        return self.ends

    async def position(self, name: TopicPartition) -> int | None:
        return self.positions.get(name)

    async def logs(self, topics: Any) -> dict[str, str]:
        return {}

    async def committed(self, names: Any) -> dict[TopicPartition, Committed]:
        return {name: Committed(7) for name in names}

    def seek(self, name: TopicPartition, offset: int) -> None:
        self.sought.append((name, offset))


class Looking:
    """
    A session of two partitions, all quiet.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 5_000.0
        monkeypatch.setattr(_session, "time", SimpleNamespace(monotonic=lambda: self.now))
        self.client, self.past, self.stats = Client(), Past(), ConsumerStats()
        self.released: list[object] = []
        engine = SimpleNamespace(
            settings=ConsumerSettings(stall_after=600, drain_timeout=15, request_timeout=10, max_window=4),
            stats=self.stats,
            ledger=SimpleNamespace(release=self.released.extend),
        )
        self.session = Session(cast("Any", engine), lambda revoked, assigned: cast("Any", self.client), self.past)
        self.session.unassigned_since = None
        self.one, self.two = (self.session._partition(name) for name in (P0, P1))
        for one in (self.one, self.two):
            one.fetched_at, one.log = self.now, ""


@pytest.mark.parametrize(
    ("since", "limit", "said"),
    [
        ("unreachable_since", 600, "no broker answers"),
        ("commits_fail_since", 600, "the group's coordinator takes no commits"),
        ("unassigned_since", 625, "the group does not give out its partitions"),
    ],
)
def test_a_connection_is_of_no_more_use_when_it_has_failed_for_too_long(
    since: str, limit: float, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    ``stall_after`` for a broker and for commits; for partitions as much more as a rebalance may take.
    """
    looking = Looking(monkeypatch)
    assert looking.session._stalled() is None
    for age, reason in ((0, None), (limit, None), (limit + 1, said)):
        setattr(looking.session, since, looking.now - age)
        assert looking.session._stalled() == reason


QUIET: list[dict[str, Any]] = [
    {"end": None},
    {"position": None},
    {"position": 5},
    {"fetched_at": 4_400.0},
    {"blocked_at": 4_400.0},
    {"taken": 4},
    {"unreadable": "it is corrupt"},
]


@pytest.mark.parametrize("quiet", [{}, {"taken": 3}, *QUIET], ids=str)
def test_a_connection_that_brings_nothing_is_replaced_once(
    quiet: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Where events wait, nothing holds them up here and none arrive, another connection is tried; when that has not helped
    the partition itself is told of, once.
    """
    looking = Looking(monkeypatch)
    one = looking.one
    one.end, one.position, one.fetched_at = 5, 3, 4_399.0
    looking.session._blocked_at = quiet.get("blocked_at", 4_399.0)
    one.tracker.take(range(quiet.get("taken", 0)))
    for name in ("end", "position", "fetched_at", "unreadable"):
        if name in quiet:
            setattr(one, name, quiet[name])
    stalls = quiet not in QUIET
    assert looking.session._stalled() == ("events wait in t[0] and none arrive" if stalls else None)
    assert looking.session._stalled() is None
    assert looking.session._stalled() is None
    said = "the broker gives nothing out from offset 3 on, where events wait"
    assert one.unreadable == (said if stalls else quiet.get("unreadable", ""))
    assert looking.stats.unreadable == int(stalls)


async def test_a_look_notes_where_partitions_begin_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Of each that is still ours and that Kafka says something about; one that was given out begins where the group is.
    """
    looking = Looking(monkeypatch)
    one, two = looking.one, looking.two
    looking.client.positions = {P1: 4}
    one.log = None
    nothing, seen = (None, None, None, 7), (2, 9, None, 7)
    for bounds, active, expected in ((None, True, nothing), ((2, 9), True, seen), ((1, 30), False, seen)):
        looking.client.ends = {P0: Bounds(*bounds)} if bounds else {}
        looking.client.ends[P1] = Bounds(3, 8, 1)
        one.active = active
        await looking.session._look()
        assert (one.start, one.end, one.position, one.committed) == expected
        assert (two.start, two.end, two.held, two.position, two.committed) == (3, 8, 1, 4, None)
    assert (looking.client.sought, looking.released) == ([(P0, 7)], [])


async def test_a_transaction_holds_a_partition_back_for_as_long_as_its_end_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    The time begins when it is first seen, anew when the end moves, and is over when nothing is held.
    """
    looking, since = Looking(monkeypatch), list[float | None]()
    for now, end, held in ((1, 5, 0), (2, 5, 3), (3, 5, 3), (4, 6, 3), (5, 6, 2), (6, 6, 0), (7, 7, 0), (8, 8, 1)):
        looking.now = float(now)
        looking.client.ends = {P0: Bounds(0, end, held)}
        await looking.session._look()
        since.append(looking.one.held_since)
    assert since == [None, 2, 2, 4, 4, None, None, 8]


@pytest.mark.parametrize(
    ("known", "reached", "end", "anew"),
    [(9, 9, 5, True), (9, 5, 5, False), (9, 4, 5, False), (9, None, 5, False), (5, 9, 5, False), (None, 9, 5, False)],
)
async def test_a_log_that_ends_before_what_was_read_is_another_one(
    known: int | None, reached: int | None, end: int, anew: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    It is read from its beginning, and what was read of the former one is let go; the others are looked at as ever.
    """
    looking = Looking(monkeypatch)
    looking.one.end, looking.one.position = known, reached
    looking.client.ends = {P0: Bounds(2, end), P1: Bounds(0, 3)}
    await looking.session._look()
    assert looking.client.sought == ([(P0, 2)] if anew else [])
    assert (looking.session.partitions[P0] is not looking.one) is anew
    assert looking.one.active is not anew
    assert looking.one.end == (known if anew else end)
    assert looking.two.end == 3
