"""
Rebalances, limits, failures and the end of a consumer, over a Kafka in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import asdict

import pytest

from aegis_sdk.events.consumer._client import TopicPartition
from aegis_sdk.events.consumer.handling._retry import HandlerRetry
from aegis_sdk.events.dead_letters._letter import DeadLetter
from aegis_sdk.events.dedupe._memory import MemoryDedupe
from tests.unit.events.consumer.harness import FakeKafka, Happened, Letters, gated, make_consumer, until

P0 = TopicPartition("happened", 0)


class HangingLetters(Letters):
    """
    Dead letters that are taken once the gate is open.
    """

    def __init__(self, gate: asyncio.Event) -> None:
        super().__init__()
        self.gate = gate
        self.begun = 0

    async def send(self, letter: DeadLetter) -> None:
        self.begun += 1
        await self.gate.wait()
        await super().send(letter)


async def test_revoked_partitions_are_drained_and_committed_before_they_go() -> None:
    """
    A handler that runs may finish, its offset is committed, and only then does the next owner begin: nobody handles it
    twice.
    """
    kafka = FakeKafka()
    for number in range(5):
        kafka.send("kim", number)
    gate = asyncio.Event()
    one, two = make_consumer(kafka), make_consumer(kafka)
    by_one: list[int] = []
    by_two: list[int] = []
    begun = gated(one, by_one, gate, 1)
    gated(two, by_two, asyncio.Event(), -1)
    async with one:
        await until(lambda: 1 in begun)
        kafka.members.reverse()
        joining = asyncio.create_task(two.start())
        await asyncio.sleep(0.05)
        kafka.members.reverse()
        gate.set()
        await joining
        await one.aclose()
        await kafka.rebalance()
        await until(kafka.all_committed)
    assert by_one == [0, 1]
    assert by_two == [2, 3, 4]
    await two.aclose()


async def test_a_handler_that_outlasts_the_drain_is_given_up() -> None:
    """
    After the drain deadline the partition goes; the unfinished event is not committed and the next owner handles it.
    """
    kafka = FakeKafka()
    for number in range(3):
        kafka.send("kim", number)
    consumer = make_consumer(kafka, settings={"drain_timeout": 0.2})
    handled: list[int] = []
    begun = gated(consumer, handled, asyncio.Event(), 1)
    async with consumer:
        await until(lambda: begun == [0, 1])
        await until(lambda: kafka.committed.get(P0) == 1)
        await kafka.rebalance()
        await until(lambda: begun == [0, 1, 1])
        assert (consumer.stats.abandoned, kafka.committed[P0]) == (1, 1)
        # What stood behind it is held once, by its new owner.
        await until(lambda: consumer.health().in_flight == 2)


async def test_a_burial_that_outlasts_the_drain_is_given_up() -> None:
    """
    Dead letters that hang do not keep a partition: its next owner buries the event, and nothing stays in flight.
    """
    kafka, gate = FakeKafka(), asyncio.Event()
    letters = HangingLetters(gate)
    for number in range(3):
        kafka.send("kim", number)
    consumer = make_consumer(kafka, letters, retry=HandlerRetry.NEVER, settings={"drain_timeout": 0.2})
    handled: list[int] = []

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        if event.number == 0:
            raise ValueError
        handled.append(event.number)

    async with consumer:
        await until(lambda: letters.begun == 1)
        await kafka.rebalance()
        await until(lambda: letters.begun == 2)
        assert consumer.stats.abandoned == 1
        gate.set()
        await until(kafka.all_committed)
        assert (handled, consumer.health().in_flight) == ([1, 2], 0)


def test_what_has_not_begun_has_counted_nothing() -> None:
    """
    Every statistic begins at zero.
    """
    assert set(asdict(make_consumer(FakeKafka()).stats).values()) == {0}


async def test_events_before_the_last_one_begun_are_finished_first() -> None:
    """
    On a revoke, gaps before finished events are closed, so that fewer events are delivered twice.
    """
    kafka = FakeKafka()
    kafka.send("kim", 0)
    kafka.send("kim", 1)
    kafka.send("lee", 2)
    kafka.send("lee", 3)
    gate = asyncio.Event()
    consumer = make_consumer(kafka)
    handled: list[int] = []
    gated(consumer, handled, gate, 0)
    async with consumer:
        await until(lambda: 2 in handled)
        rebalance = asyncio.create_task(kafka.rebalance())
        await asyncio.sleep(0.01)
        gate.set()
        await rebalance
        assert kafka.committed[P0] == 4
    assert sorted(handled) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("limit", "events", "size"),
    [
        ({"max_in_flight": 10, "batch": 5}, 15, 15 * 80),
        ({"max_in_flight_bytes": 600, "batch": 1}, 10, 700),
        ({"max_window": 10, "batch": 5}, 15, 15 * 80),
        ({"max_window": 9, "batch": 5}, 10, 10 * 80),
    ],
)
async def test_what_is_in_flight_is_bounded(limit: dict[str, int], events: int, size: int) -> None:
    """
    A consumer whose handlers stand still takes no more than it may hold, in events and in bytes, and says that it
    waits.
    """
    kafka = FakeKafka()
    for number in range(200):
        kafka.send(f"user-{number}", number)
    gate = asyncio.Event()
    consumer = make_consumer(kafka, settings={"concurrency": 4, **limit})

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        await gate.wait()

    async with consumer:
        await until(lambda: consumer.health().waits_for_room)
        health = consumer.health()
        assert health.in_flight <= events
        assert health.in_flight_bytes <= size
        gate.set()
        await until(kafka.all_committed)
        assert consumer.stats.handled == 200
        assert consumer.stats.reconnects == 0
        assert not consumer.health().waits_for_room


async def test_one_stuck_key_holds_its_partition_and_no_other() -> None:
    """
    Behind an unfinished event only so many are taken of its partition; the other partitions go on.
    """
    kafka = FakeKafka(partitions=2)
    for number in range(100):
        kafka.send(f"user-{number}", number, partition=0)
        kafka.send(f"user-{number}", 1000 + number, partition=1)
    gate = asyncio.Event()
    consumer = make_consumer(kafka, settings={"max_window": 20, "batch": 10})
    handled: list[int] = []
    gated(consumer, handled, gate, 0)
    async with consumer:
        await until(lambda: kafka.committed.get(TopicPartition("happened", 1)) == 100)
        assert len([number for number in handled if number < 1000]) <= 30
        gate.set()
        await until(kafka.all_committed)


async def test_health_names_the_stuck_partition() -> None:
    """
    A consumer with events waiting that finishes none is not healthy, and says where it stands still.
    """
    kafka = FakeKafka()
    for number in range(3):
        kafka.send("kim", number)
    gate = asyncio.Event()
    consumer = make_consumer(kafka, settings={"stall_after": 0.2})
    gated(consumer, [], gate, 1)
    async with consumer:
        await until(lambda: not consumer.health().healthy)
        health = consumer.health()
        assert health.reasons[0].startswith("happened[0] has not got past offset 1 for ")
        (partition,) = health.assignment
        assert (partition.done, partition.end, partition.lag, health.lag) == (1, 3, 2, 2)
        gate.set()
        await until(lambda: consumer.health().healthy and consumer.health().lag == 0)


async def test_an_idle_consumer_is_healthy() -> None:
    """
    No events is no failure, however long it lasts.
    """
    consumer = make_consumer(FakeKafka(), settings={"stall_after": 0.1})
    gated(consumer, [], asyncio.Event(), -1)
    async with consumer:
        await asyncio.sleep(0.3)
        assert consumer.health()
        assert consumer.stats.reconnects == 0


async def test_stop_lets_finish_what_was_begun(caplog: pytest.LogCaptureFixture) -> None:
    """
    run() ends after stop(): what runs is finished and committed, what was not begun is left to others, and there is
    nothing to warn of.
    """
    kafka = FakeKafka()
    for number in range(4):
        kafka.send("kim", number)
    gate = asyncio.Event()
    consumer = make_consumer(kafka)
    handled: list[int] = []
    begun = gated(consumer, handled, gate, 1)
    running = asyncio.create_task(consumer.run())
    await until(lambda: 1 in begun)
    consumer.stop()
    await asyncio.sleep(0.02)
    gate.set()
    await running
    assert handled == [0, 1]
    assert kafka.committed[P0] == 2
    assert not kafka.members
    assert "did not end within" not in caplog.text


async def test_closing_ends_within_its_deadline_whatever_handlers_do(caplog: pytest.LogCaptureFixture) -> None:
    """
    A handler that will not be cancelled does not hold the consumer; a warning says that its event will come again.
    """
    kafka = FakeKafka()
    kafka.send("kim", 0)
    consumer = make_consumer(kafka, settings={"drain_timeout": 0.2})
    begun = asyncio.Event()
    end = asyncio.Event()

    @consumer.on(Happened)
    async def stubborn(event: Happened) -> None:
        begun.set()
        while not end.is_set():
            try:
                await end.wait()
            except asyncio.CancelledError:
                continue

    await consumer.start()
    await begun.wait()
    async with asyncio.timeout(30):
        await consumer.aclose(1.0)
    assert kafka.committed.get(P0, 0) == 0
    assert "handlers did not end within the drain deadline; their events will be delivered again" in caplog.text
    end.set()


async def test_letters_are_not_sent_for_events_of_a_lost_partition() -> None:
    """
    An event that fails while its partition is being revoked is the next owner's to bury.
    """
    kafka, letters = FakeKafka(), Letters()
    kafka.send("kim", 0)
    gate = asyncio.Event()
    begun = 0
    consumer = make_consumer(kafka, letters)

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            await gate.wait()
            raise ValueError

    async with consumer:
        await until(lambda: begun == 1)
        rebalance = asyncio.create_task(kafka.rebalance())
        await asyncio.sleep(0.01)
        gate.set()
        await rebalance
        await until(kafka.all_committed)
    assert (begun, letters.sent) == (2, [])


@pytest.mark.parametrize("held", [0, 1])
async def test_behind_an_event_that_is_given_up_its_key_stands_still(held: int) -> None:
    """
    When a handler outlasts the drain, later events of its key are left to the next owner too, lest they overtake it.
    """
    kafka = FakeKafka()
    for number in range(3):
        kafka.send("kim", number)
    kafka.send("lee", 3)
    consumer = make_consumer(kafka, settings={"drain_timeout": 0.2})
    handled: list[int] = []
    gate = asyncio.Event()
    begun = gated(consumer, handled, gate, held)
    before = [*range(held), 3]
    async with consumer:
        await until(lambda: sorted(handled) == before and held in begun)
        await kafka.rebalance()
        assert sorted(handled) == before
        gate.set()
        await until(kafka.all_committed)
    assert handled[len(before) :] == list(range(held, 3))


async def test_an_id_added_while_the_store_is_asked_is_not_missed() -> None:
    """
    The store answers late: what was handled in between is a duplicate all the same.
    """
    asked, answer = asyncio.Event(), asyncio.Event()

    class Slow(MemoryDedupe):
        slow = False

        async def seen(self, event_ids: Sequence[str]) -> Collection[str]:
            found = await super().seen(event_ids)
            if self.slow:
                asked.set()
                await answer.wait()
            return found

    kafka, store, gate = FakeKafka(), Slow(), asyncio.Event()
    consumer = make_consumer(kafka, dedupe=store)
    handled: list[int] = []
    gated(consumer, handled, gate, 1)
    async with consumer:
        kafka.send("kim", 1, event_id="same")
        await until(lambda: consumer.health().in_flight == 1)
        store.slow = True
        kafka.send("kim", 2, event_id="same")
        await asked.wait()
        gate.set()
        await until(lambda: consumer.stats.handled == 1)
        answer.set()
        await until(kafka.all_committed)
    assert handled == [1]


async def test_a_commit_does_not_wait_for_its_interval_once_enough_is_finished() -> None:
    """
    After so many finished events the offsets are committed, however long the interval is; before, they wait for it.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka, settings={"commit_interval": 600, "commit_every": 4, "concurrency": 1})
    handled: list[int] = []

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        handled.append(event.number)

    async with consumer:
        for number in range(3):
            kafka.send("kim", number)
        await until(lambda: len(handled) == 3)
        await asyncio.sleep(0.1)
        assert not kafka.commits
        kafka.send("kim", 3)
        await until(kafka.all_committed)


async def test_health_says_since_when_nothing_was_finished() -> None:
    """
    While a handler stands still the time since the last progress grows, and it begins anew when the handler ends.
    """
    kafka = FakeKafka()
    kafka.send("kim", 0)
    gate = asyncio.Event()
    consumer = make_consumer(kafka)
    handled: list[int] = []
    begun = gated(consumer, handled, gate, 0)
    assert consumer.health().since_progress == 0.0
    async with consumer:
        await until(lambda: begun == [0])
        health, size = consumer.health(), len(kafka.logs[P0][0].value or b"")
        assert (health.in_flight, health.in_flight_bytes) == (1, size)
        stood = consumer.health().since_progress
        await until(lambda: consumer.health().since_progress > stood + 0.2)
        gate.set()
        await until(lambda: consumer.health().in_flight == 0)
        assert consumer.health().since_progress < stood + 0.2
        assert consumer.health().in_flight_bytes == 0
