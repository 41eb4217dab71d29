"""
What a consumer does with events, over a Kafka in memory.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from functools import partial

import pytest

from aegis_sdk.events.consumer.handling._handlers import Delivery
from aegis_sdk.events.consumer.handling._retry import HandlerRetry, Reject, RetryLater
from aegis_sdk.events.dead_letters._letter import REPLAY_GROUP
from aegis_sdk.events.kafka._record import TopicPartition
from tests.unit.events.consumer.harness import TOPIC, FakeKafka, Happened, Letters, make_consumer, until

SOON = HandlerRetry(base=0.01)


async def test_every_event_is_handled_once_and_committed() -> None:
    """
    Events of many keys are all handled, and their offsets committed in few commits.
    """
    kafka = FakeKafka(partitions=3)
    for number in range(900):
        kafka.send(f"user-{number % 30}", number, partition=number % 3)
    consumer = make_consumer(kafka)
    handled: list[int] = []

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        handled.append(event.number)

    async with consumer:
        await until(kafka.all_committed)
        assert consumer.stats.handled == 900
    assert sorted(handled) == list(range(900))
    assert len(kafka.commits) < 30


async def test_events_of_one_key_are_handled_in_order_and_never_at_once() -> None:
    """
    Keys go on side by side; within a key the next event waits for the one before.
    """
    kafka = FakeKafka()
    for number in range(60):
        kafka.send(f"user-{number % 6}", number)
    consumer = make_consumer(kafka)
    order: dict[str, list[int]] = defaultdict(list)
    running: set[str] = set()
    most = 0

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        nonlocal most
        assert event.subject not in running
        running.add(event.subject)
        most = max(most, len(running))
        await asyncio.sleep(0.001 * (event.number % 3))
        running.discard(event.subject)
        order[event.subject].append(event.number)

    async with consumer:
        await until(kafka.all_committed)
    assert all(numbers == sorted(numbers) for numbers in order.values())
    assert sum(map(len, order.values())) == 60
    assert most > 1


async def test_nothing_is_committed_past_an_unfinished_event() -> None:
    """
    The first event holds the commit, however many later ones are done.
    """
    kafka = FakeKafka()
    for number in range(10):
        kafka.send(f"user-{number}", number)
    consumer = make_consumer(kafka)
    go = asyncio.Event()

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        if event.number == 2:
            await go.wait()

    async with consumer:
        await until(lambda: consumer.stats.handled == 9)
        await until(lambda: kafka.committed.get(("happened", 0)) == 2)  # type: ignore[call-overload]
        await asyncio.sleep(0.1)
        assert set(kafka.committed.values()) == {2}
        go.set()
        await until(kafka.all_committed)


async def test_a_key_with_many_events_leaves_others_their_turns() -> None:
    """
    However many events of one key wait, another key's event is handled before all of them.
    """
    kafka = FakeKafka()
    for number in range(300):
        kafka.send("kim", number)
    kafka.send("lee", 300)
    consumer = make_consumer(kafka, settings={"concurrency": 1, "batch": 500})
    handled: list[int] = []
    consumer.on(Happened)(partial(_note, handled))
    async with consumer:
        await until(kafka.all_committed)
    assert handled.index(300) < 100
    assert [number for number in handled if number < 300] == list(range(300))


async def test_an_event_published_twice_is_handled_once() -> None:
    """
    The same eventId is left out: later, in the same batch, in another partition, and while it is being handled.
    """
    kafka = FakeKafka(partitions=2)
    go = asyncio.Event()
    handled: list[str] = []
    consumer = make_consumer(kafka)

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        await go.wait()
        handled.append(event.event_id)

    for _ in range(2):
        kafka.send("kim", 1, event_id="same")
    async with consumer:
        await until(lambda: consumer.stats.duplicates == 1)
        kafka.send("lee", 1, event_id="same", partition=1)
        await until(lambda: consumer.stats.duplicates == 2)
        go.set()
        await until(kafka.all_committed)
        kafka.send("kim", 1, event_id="same")
        await until(lambda: consumer.stats.duplicates == 3)
        assert [one.unfinished for one in consumer.health().assignment] == [0, 0]
    assert handled == ["same"]


async def test_what_is_passed_over_in_one_partition_is_not_counted_in_another() -> None:
    """
    Events without a handler, of several partitions and read at once, leave each partition with what is its own.
    """
    kafka = FakeKafka(partitions=3)
    for partition in range(3):
        for number in range(4):
            kafka.send(f"k{partition}", number, kind="Happened" if number == 2 else "Ignored", partition=partition)
    gate = asyncio.Event()
    consumer = make_consumer(kafka)

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        await gate.wait()

    async with consumer:
        await until(lambda: consumer.stats.skipped == 9 and consumer.health().in_flight == 3)
        assert [one.unfinished for one in consumer.health().assignment] == [1, 1, 1]
        gate.set()
        await until(kafka.all_committed)
        assert [one.unfinished for one in consumer.health().assignment] == [0, 0, 0]


async def test_a_failing_event_is_tried_again_and_holds_only_its_own_key() -> None:
    """
    While one key waits for its retry, others go on; its own next event waits.
    """
    kafka = FakeKafka()
    kafka.send("kim", 1)
    kafka.send("kim", 2)
    kafka.send("lee", 3)
    consumer = make_consumer(kafka, retry=HandlerRetry(base=0.05))
    calls: list[tuple[int, int]] = []

    @consumer.on(Happened)
    async def handle(event: Happened, delivery: Delivery) -> None:
        calls.append((event.number, delivery.attempt))
        if event.number == 1 and delivery.attempt < 3:
            raise ConnectionError("the database is away")

    async with consumer:
        await until(kafka.all_committed)
    assert [call for call in calls if call[0] != 3] == [(1, 1), (1, 2), (1, 3), (2, 1)]
    assert calls.index((3, 1)) < calls.index((2, 1))
    assert consumer.stats.failures == consumer.stats.retries == 2


async def test_an_event_that_keeps_failing_goes_to_the_dead_letters() -> None:
    """
    After its attempts an event is buried as it was, with the reason and without any value; then its key goes on.
    """
    kafka, letters = FakeKafka(), Letters()
    offset = kafka.send("kim", 1)
    kafka.send("kim", 2)
    consumer = make_consumer(kafka, letters, retry=SOON)
    handled: list[int] = []

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        if event.number == 1:
            raise ValueError("kim@example.com is not known")
        handled.append(event.number)

    async with consumer:
        await until(kafka.all_committed)
    (letter,) = letters.sent
    record = kafka.logs[next(iter(kafka.logs))][offset]
    assert (letter.key, letter.value, letter.headers[0]) == (record.key, record.value, record.headers[0])
    reasons = {name: value.decode() for name, value in letter.headers[1:]}
    assert reasons.pop("aegis-dlq-at").endswith("Z")
    assert reasons == {
        "aegis-dlq-reason": "retries_exhausted",
        "aegis-dlq-error": "builtins.ValueError",
        "aegis-dlq-topic": "happened",
        "aegis-dlq-partition": "0",
        "aegis-dlq-offset": str(offset),
        "aegis-dlq-timestamp": "1700000000000",
        "aegis-dlq-attempts": "4",
        "aegis-dlq-group": "tests",
        "aegis-dlq-event-type": "Happened",
    }
    assert handled == [2]


async def test_an_event_that_breaks_its_contract_is_buried_at_once() -> None:
    """
    The handler never sees it; the dead letter names the place and the rule, and no value.
    """
    kafka, letters = FakeKafka(), Letters()
    kafka.send_raw(b'{"type": "Happened", "id": "1", "subject": "s3cret", "number": "s3cret"}', key=b"kim")
    kafka.send_raw(b"\xff not JSON")
    kafka.send_raw(None, key=b"tombstone")
    consumer = make_consumer(kafka, letters)

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        raise AssertionError("must not be called")

    async with consumer:
        await until(kafka.all_committed)
    told = [dict(letter.headers) for letter in letters.sent]
    assert [one["aegis-dlq-reason"] for one in told] == [b"contract", b"contract", b"tombstone"]
    assert sorted(one["aegis-dlq-violations"] for one in told) == [
        b'[{"pointer":"","rule":"json"}]',
        b'[{"pointer":"","rule":"json"}]',
        b'[{"pointer":"/number","rule":"type"}]',
    ]
    assert not any(b"s3cret" in value for one in told for value in one.values())


@pytest.mark.parametrize(("policy", "buried"), [("skip", 0), ("dlq", 1)])
async def test_unknown_event_types_follow_the_policy(policy: str, buried: int) -> None:
    """
    A type that nobody declared is skipped, or buried, and holds nothing up.
    """
    kafka, letters = FakeKafka(), Letters()
    kafka.send("kim", 1, kind="NeverHeardOf")
    kafka.send("kim", 2)
    consumer = make_consumer(kafka, letters, unknown=policy)
    handled: list[int] = []

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        handled.append(event.number)

    async with consumer:
        await until(kafka.all_committed)
    assert (handled, len(letters.sent)) == ([2], buried)
    assert [dict(letter.headers)["aegis-dlq-reason"] for letter in letters.sent] == [b"unknown_type"] * buried


async def test_an_event_type_without_a_handler_is_passed_over() -> None:
    """
    A topic carries several types; those that nobody here handles cost a commit and nothing else.
    """
    kafka = FakeKafka()
    kafka.send("kim", 1, kind="Ignored")
    consumer = make_consumer(kafka)
    consumer.on(Happened)(lambda event: None)
    async with consumer:
        await until(kafka.all_committed)
        assert (consumer.stats.skipped, consumer.stats.handled) == (1, 0)


async def test_a_handler_may_ask_for_more_time_or_refuse() -> None:
    """
    RetryLater offers the event again without counting an attempt; Reject buries it at once with the handler's code.
    """
    kafka, letters = FakeKafka(), Letters()
    kafka.send("kim", 1)
    kafka.send("lee", 2)
    consumer = make_consumer(kafka, letters, retry=HandlerRetry(attempts=1))
    attempts: list[int] = []

    @consumer.on(Happened)
    async def handle(event: Happened, delivery: Delivery) -> None:
        if event.number == 2:
            raise Reject("no_such_user")
        attempts.append(delivery.attempt)
        if len(attempts) < 4:
            raise RetryLater(0.01)

    async with consumer:
        await until(kafka.all_committed)
    assert attempts == [1, 1, 1, 1]
    assert [dict(letter.headers)["aegis-dlq-reason"] for letter in letters.sent] == [b"no_such_user"]


async def test_an_event_is_kept_until_the_dead_letters_take_it() -> None:
    """
    While the dead letters are out of reach nothing is committed past the event, and its handler is not called again.
    """
    kafka, letters = FakeKafka(), Letters(failures=1)
    kafka.send("kim", 1)
    consumer = make_consumer(kafka, letters, retry=HandlerRetry.NEVER)
    calls = 0

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        nonlocal calls
        calls += 1
        raise ValueError

    async with consumer:
        await until(lambda: letters.failures == 0)
        await asyncio.sleep(0.05)
        assert not kafka.committed.get(("happened", 0))  # type: ignore[call-overload]
        await until(kafka.all_committed)
    assert (calls, len(letters.sent)) == (1, 1)


async def test_health_says_why_an_event_is_not_buried() -> None:
    """
    Dead letters that take nothing are named, until they take one again.
    """
    kafka, letters = FakeKafka(), Letters(failures=1)
    kafka.send("kim", 1)
    consumer = make_consumer(kafka, letters, retry=HandlerRetry.NEVER, settings={"stall_after": 0.05})

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        raise ValueError

    async with consumer:
        await until(lambda: any("the dead letters have taken no event" in why for why in consumer.health().reasons))
        assert "ConnectionError" in str(consumer.health().why)
        await until(kafka.all_committed)
        assert not any("dead letters" in why for why in consumer.health().reasons)


async def test_a_letter_that_is_replayed_is_for_the_group_that_it_names() -> None:
    """
    Other groups have handled it long ago: they pass it over and commit; the one that is meant handles it.
    """
    for meant, expected in ((b"tests", [1, 2]), (b"another", [2])):
        kafka = FakeKafka()
        kafka.send("kim", 1)
        log = kafka.logs[TopicPartition(TOPIC, 0)]
        log[0] = replace(log[0], headers=(("trace", b"abc"), (REPLAY_GROUP, meant)))
        kafka.send("kim", 2)
        consumer = make_consumer(kafka)
        handled: list[int] = []
        consumer.on(Happened)(partial(_note, handled))
        async with consumer:
            await until(kafka.all_committed)
            assert consumer.health().in_flight == 0
        assert handled == expected


def _note(handled: list[int], event: Happened) -> None:
    handled.append(event.number)
