"""
The consumer's books: what is in flight, how far a partition is done, and when there is something to commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

import pytest

from aegis_sdk.events import ConsumerSettings, MemoryDedupe
from aegis_sdk.events.consumer.handling._lanes import AssignedPartition, InFlight
from aegis_sdk.events.consumer.handling._ledger import Ledger
from aegis_sdk.events.consumer.handling._stats import ConsumerStats
from aegis_sdk.events.kafka._record import TopicPartition
from tests.unit.events.consumer.harness import FakeKafka, FakeRecord, keeping, make_consumer, until


def partition() -> AssignedPartition:
    return AssignedPartition(TopicPartition("happened", 0))


def events(held: AssignedPartition, *sizes: int, first: int = 0) -> list[InFlight]:
    held.tracker.take(range(first, first + len(sizes)))
    return [
        InFlight(held, FakeRecord("happened", 0, offset, b"k", b"x" * size), offset, size, None, str(offset))
        for offset, size in enumerate(sizes, first)
    ]


@pytest.mark.parametrize(
    ("known", "lag"),
    [
        ({}, 0),
        ({"end": 10}, 10),
        ({"end": 10, "start": 4}, 6),
        ({"end": 10, "start": 4, "committed": 7}, 3),
        ({"end": 10, "start": 4, "committed": 0}, 10),
        ({"end": 10, "committed": 7, "position": 9}, 1),
        ({"end": 10, "position": 12}, 0),
        ({"position": 9}, 0),
    ],
)
def test_the_lag_is_what_kafka_has_said_is_left(known: dict[str, int], lag: int) -> None:
    """
    Where nothing was taken yet, what is left counts from what was committed, else from where the log begins.
    """
    held = partition()
    for name, offset in known.items():
        setattr(held, name, offset)
    assert held.lag == lag


@pytest.mark.parametrize(("position", "done", "reached"), [(None, 3, 3), (9, 3, 9), (2, 3, 3), (9, 2, 2), (None, 0, 0)])
def test_a_partition_has_reached_what_is_done(position: int | None, done: int, reached: int) -> None:
    """
    While an event is unfinished nothing behind it counts; then the position does, which has passed what are no events.
    """
    held = partition()
    events(held, 1, 1, 1)
    held.position = position
    held.done(range(done), 0.0)
    assert held.reached == reached


def test_there_is_room_until_a_bound_is_reached() -> None:
    """
    Events and their bytes are counted as they come, are done and are given up; either bound closes the door.
    """
    ledger = Ledger(MemoryDedupe(), ConsumerSettings(max_in_flight=3, max_in_flight_bytes=100), ConsumerStats())
    held = partition()
    taken = events(held, 10, 20, 30)
    for count, item in enumerate(taken, 1):
        assert ledger.has_room
        ledger.take([item])
        assert (ledger.in_flight, ledger.stats.received) == (count, count)
    assert (ledger.has_room, ledger.in_flight_bytes) == (False, 60)
    ledger.done(taken[:1])
    ledger.release(taken[1:2])
    assert (ledger.has_room, ledger.in_flight, ledger.in_flight_bytes) == (True, 1, 30)
    ledger.take(events(held, 70, first=3))
    assert (ledger.has_room, ledger.in_flight, ledger.in_flight_bytes) == (False, 2, 100)


def test_a_commit_is_wanted_after_so_many_events() -> None:
    """
    What was finished since the last time counts, however it was split, and counting begins anew then.
    """
    ledger = Ledger(MemoryDedupe(), ConsumerSettings(commit_every=3), ConsumerStats())
    held = partition()
    for count, wanted in ((2, False), (1, True), (2, False), (4, True)):
        taken = events(held, *[1] * count, first=held.tracker.next or 0)
        ledger.take(taken)
        ledger.done(taken)
        assert ledger.commit_wanted.is_set() is wanted
        ledger.commit_wanted.clear()
    assert held.tracker.idle


def test_dead_letters_fail_from_the_first_refusal_on() -> None:
    """
    How long they have taken nothing is counted from the first one, and over once they take one.
    """
    ledger = Ledger(MemoryDedupe(), ConsumerSettings(), ConsumerStats())
    ledger.buried("down")
    since = ledger.letters_failing_since
    ledger.buried("still down")
    assert since is not None
    assert (ledger.letters_failing_since, ledger.letters_trouble) == (since, "still down")
    ledger.buried()
    assert (ledger.letters_failing_since, ledger.letters_trouble) == (None, "")


def test_a_partition_that_is_taken_away_gives_up_the_keys_that_wait() -> None:
    """
    A partition that nobody waits in is given up without any event, and takes nothing any more.
    """
    held = partition()
    events(held, 1, 1)
    held.unfinished = 2
    assert held.revoke() == []
    assert (held.active, held.unfinished) == (False, 2)


async def test_what_is_called_away_before_its_ids_were_looked_for_is_given_up() -> None:
    """
    A consumer that closes while its dedupe store says nothing holds nothing any more.
    """

    class Silent(MemoryDedupe):
        async def seen(self, event_ids: Sequence[str]) -> Collection[str]:
            await asyncio.get_running_loop().create_future()
            return ()

    kafka = FakeKafka()
    kafka.send("kim", 0)
    consumer = make_consumer(kafka, dedupe=Silent(), settings={"request_timeout": 600.0})
    assert keeping(consumer) == []
    async with consumer:
        await until(lambda: consumer.health().in_flight == 1)
    assert (consumer.health().in_flight, consumer.health().in_flight_bytes) == (0, 0)
