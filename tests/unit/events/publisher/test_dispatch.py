"""
What waits, what travels together, what fails and when: the dispatcher, over a connection in memory and a clock that
nobody has to wait for.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import errors as kafka

from aegis_sdk.events import (
    BrokerUnavailableError,
    EventTooLargeError,
    PublisherClosedError,
    PublishNotAuthorizedError,
    PublishOutcomeUnknownError,
    PublishRefusedError,
    PublishTimeoutError,
    UnknownTopicError,
)
from aegis_sdk.events.publisher._health import health_of
from aegis_sdk.events.publisher.sending._engine import TopicMissingError
from tests.unit.events.clock import hurried
from tests.unit.events.publisher.harness import FakeEngine, Sending


def now() -> float:
    return asyncio.get_running_loop().time()


async def failure(sent: asyncio.Future[Any]) -> Any:
    await asyncio.wait([sent])
    return sent.exception()


@hurried
async def test_what_comes_while_a_batch_is_on_its_way_is_the_next_batch() -> None:
    """
    One batch at a time, in order; each event is told its own place, and how long it took.
    """
    took: list[tuple[str, float]] = []
    metrics = SimpleNamespace(published=lambda kind, seconds: took.append((kind, seconds)))
    async with Sending(metrics=metrics) as sending:
        first = sending.send(b"0")
        await asyncio.sleep(0.25)
        more = [sending.send(b"%d" % number) for number in (1, 2)]
        assert sending.room.events == 3
        places = await asyncio.gather(first, *more)
        assert [(place.offset, place.event_id) for place in places] == [(0, "0"), (1, "1"), (2, "2")]
        assert [batch for _, batch, _ in sending.engine.sent] == [[b"0"], [b"1", b"2"]]
        assert took == [("Happened", 1.0), ("Happened", 1.75), ("Happened", 1.75)]
        assert (sending.room.events, sending.room.bytes, sending.engine.busy) == (0, 0, 0)
        assert (sending.waiting.published, sending.waiting.failed) == (3, 0)


@hurried
async def test_linger_lets_a_batch_grow() -> None:
    """
    A batch waits for as long as it is told to, and no longer.
    """
    async with Sending(linger=2.0) as sending:
        since = now()
        first = sending.send(b"0")
        await asyncio.sleep(1.5)
        await asyncio.gather(first, sending.send(b"1"))
        assert sending.engine.sent == [(0, [b"0", b"1"], since + 2.0)]


@hurried
async def test_what_a_publisher_publishes_next_travels_along() -> None:
    """
    Whoever was waiting for a batch has its turn before the next one is made.
    """
    async with Sending() as sending:

        async def twice(value: bytes) -> None:
            await sending.send(value)
            await sending.send(value * 2)

        await asyncio.gather(twice(b"1"), twice(b"2"))
        assert [batch for _, batch, _ in sending.engine.sent] == [[b"1", b"2"], [b"11", b"22"]]


@hurried
async def test_a_broker_that_only_remembers_gives_no_place() -> None:
    """
    Where a broker answers that it has had the batch before, each of its events has the offset -1.
    """
    async with Sending() as sending:
        sending.engine.offset = -1
        places = await asyncio.gather(sending.send(b"0"), sending.send(b"1"))
        assert [place.offset for place in places] == [-1, -1]


@hurried
async def test_partitions_that_are_added_are_used() -> None:
    """
    A topic that grows is noticed with the next acknowledgement: events without a key are spread over all of it.
    """
    async with Sending() as sending:
        await sending.send(b"0", key=None)
        sending.engine.known = 3
        await sending.send(b"0", key=None)
        places = await asyncio.gather(*(sending.send(b"%d" % number, key=None) for number in range(6)))
        assert sorted(place.partition for place in places) == [0, 0, 1, 1, 2, 2]


@hurried
async def test_an_event_whose_time_is_up_on_its_way_takes_no_other_along() -> None:
    """
    Its outcome is unknown then. A batch for which others still wait goes on; one for which nobody does is given up.
    """
    async with Sending() as sending:
        sending.engine.seconds = 3.0
        hasty, patient = sending.send(b"0", timeout=1.0), sending.send(b"1", timeout=60.0)
        failed = await failure(hasty)
        assert isinstance(failed, PublishOutcomeUnknownError)
        assert (failed.may_be_published, failed.elapsed, failed.event_id) == (True, 1.0, "0")
        assert (await patient).offset == 1
        assert sending.engines.retired == []
        assert sending.engines.doubts == 1
        await failure(sending.send(b"2", timeout=1.0))
        assert sending.engines.retired == [sending.engine]
        assert (sending.waiting.failed, sending.waiting.published) == (2, 2)


@hurried
async def test_an_event_that_only_waited_gives_no_batch_up() -> None:
    """
    What expires behind a batch that is on its way was not sent, and the batch is let alone.
    """
    async with Sending() as sending:
        sending.engine.seconds = 3.0
        first = sending.send(b"0")
        await asyncio.sleep(0.5)
        behind = await failure(sending.send(b"1", timeout=1.0))
        assert isinstance(behind, PublishTimeoutError)
        assert not behind.may_be_published
        assert (sending.engines.retired, sending.room.events) == ([], 1)
        assert (await first).offset == 0


@hurried
async def test_each_event_fails_at_its_own_deadline() -> None:
    """
    In whichever order they come, and however close they lie.
    """
    async with Sending() as sending:
        sending.engine.connected = False
        since = now()
        sent = [sending.send(b"%d" % number, timeout=after) for number, after in enumerate((3.0, 1.0, 1.005, 2.0))]
        ends = []
        for one in sent:
            one.add_done_callback(lambda _: ends.append(round(now() - since, 2)))
        await asyncio.wait(sent)
        assert sorted(ends) == [1.0, 1.01, 2.0, 3.0]
        assert sending.room.events == 0
        assert sending.engines.doubts > 3


@hurried
async def test_what_could_not_reach_its_broker_says_so_and_is_remembered() -> None:
    """
    A broker that is away is tried again until the deadline; the connection counts as silent from then on, until
    something is acknowledged. What kept an event waiting is told until one gets through.
    """
    async with Sending() as sending:
        await sending.send(b"0")
        sending.engine.connected = False
        assert isinstance(await failure(sending.send(b"1", timeout=1.0)), BrokerUnavailableError)
        assert sending.engine.silent
        assert sending.waiting.trouble == "its broker cannot be reached"
        assert sending.engines.doubts > 1
        back = sending.send(b"2")
        await asyncio.sleep(5)
        sending.engine.connected = True
        since = now()
        assert (await back).offset == 1
        assert now() - since <= 1.2  # a batch takes one of them
        assert not sending.engine.silent
        assert sending.waiting.trouble == ""


@hurried
async def test_trouble_is_that_of_the_connection_first() -> None:
    """
    Where there is no connection, why there is none is told; else what keeps the events.
    """
    async with Sending() as sending:
        assert sending.waiting.trouble == ""
        sending.engine.connected = False
        sent = sending.send(b"0")
        sending.engines.trouble = ConnectionError("no Kafka answers")
        assert sending.waiting.trouble == "no Kafka answers"
        sending.engines.current = None
        assert health_of(cast("Any", sending.engines), sending.room, sending.waiting).why == (
            "not connected (no Kafka answers)"
        )
        sending.engines.trouble = None
        assert health_of(cast("Any", sending.engines), sending.room, sending.waiting).why == (
            "not connected (connecting)"
        )
        sent.cancel()


@pytest.mark.parametrize(
    ("oldest", "progressed", "said"),
    [
        (4.0, 100.0, ""),
        (6.0, 4.0, ""),
        (6.0, 6.0, "1 events wait, none was acknowledged for 6 s (its broker cannot be reached)"),
        (600.0, 6.0, "1 events wait, none was acknowledged for 6 s (its broker cannot be reached)"),
    ],
)
@hurried
async def test_health_is_progress(oldest: float, progressed: float, said: str) -> None:
    """
    Events may wait as long as others get through; where none does for five seconds, health says so and why.
    """
    async with Sending() as sending:
        waiting = SimpleNamespace(
            oldest=now() - oldest,
            progressed_at=now() - progressed,
            trouble="its broker cannot be reached",
            published=3,
            failed=2,
        )
        assert sending.room.take(5)
        health = health_of(cast("Any", sending.engines), sending.room, cast("Any", waiting))
        assert (bool(health), health.why) == (not said, said)
        assert (health.waiting, health.waiting_bytes, health.oldest_wait) == (1, 5, oldest)
        assert (health.published, health.failed) == (3, 2)


@hurried
async def test_progress_begins_with_the_first_that_waits() -> None:
    """
    After an idle hour the first event is given its time; those that come after it give it no more.
    """
    async with Sending() as sending:
        await asyncio.sleep(3_600)
        sending.engine.connected = False
        sent = [sending.send(b"0")]
        assert health_of(cast("Any", sending.engines), sending.room, sending.waiting)
        await asyncio.sleep(4)
        sent.append(sending.send(b"1"))
        await asyncio.sleep(2)
        health = health_of(cast("Any", sending.engines), sending.room, sending.waiting)
        assert health.why == "2 events wait, none was acknowledged for 6 s"
        assert health.oldest_wait == 6
        for one in sent:
            one.cancel()


@hurried
async def test_a_topic_that_nobody_can_ask_for_is_the_brokers_absence() -> None:
    """
    Events of a topic whose partitions are not known yet wait for a broker; it is doubted, and they go out when it
    answers.
    """
    async with Sending() as sending:
        sending.engine.connected = False
        late, patient = sending.send(b"0", timeout=1.0), sending.send(b"1")
        assert (await failure(late)).may_be_published is False
        assert sending.engines.doubts > 1
        sending.engine.connected = True
        assert (await patient).offset == 0


@pytest.mark.parametrize(
    ("reason", "kind"),
    [(TopicMissingError(), UnknownTopicError), (kafka.TopicAuthorizationFailedError(), PublishNotAuthorizedError)],
)
@hurried
async def test_a_topic_that_is_refused_fails_what_waits_for_it_and_is_asked_for_again(
    reason: Exception, kind: type[Exception]
) -> None:
    """
    All its events fail at once and leave; the next one asks anew.
    """
    async with Sending() as sending:
        sending.engine.failures = [reason]
        failed = [await failure(one) for one in [sending.send(b"0"), sending.send(b"1")]]
        assert [type(one) for one in failed] == [kind, kind]
        assert not any(one.may_be_published for one in failed)
        assert sending.room.events == 0
        assert (await sending.send(b"2")).offset == 0


@hurried
async def test_a_batch_that_is_too_large_is_halved_until_it_fits() -> None:
    """
    What is too large by itself fails; the others go in smaller batches, in their order.
    """
    async with Sending() as sending:
        await sending.send(b"_")
        sending.engine.sent.clear()
        sending.engine.failures = [kafka.MessageSizeTooLargeError()] * 3
        sent = [sending.send(b"%d" % number) for number in range(4)]
        failed = await failure(sent[0])
        assert isinstance(failed, EventTooLargeError)
        assert [(await one).offset for one in sent[1:]] == [1, 2, 3]
        assert [batch for _, batch, _ in sending.engine.sent] == [
            [b"0", b"1", b"2", b"3"],
            [b"0", b"1"],
            [b"0"],
            [b"1"],
            [b"2"],
            [b"3"],
        ]
        assert sending.room.events == 0


@pytest.mark.parametrize(
    ("reason", "idempotent", "usable", "retired"),
    [
        (kafka.NotLeaderForPartitionError(), False, True, False),
        (kafka.NotLeaderForPartitionError(), True, True, True),
        (kafka.NotLeaderForPartitionError(), False, False, True),
        (kafka.PolicyViolationError(), False, True, False),
    ],
)
@hurried
async def test_a_producer_that_has_lost_count_is_replaced(
    reason: Exception, idempotent: bool, usable: bool, retired: bool
) -> None:
    """
    A batch that failed is in the numbers of an idempotent producer and not in the broker's; one that sends no more is
    of no more use either. Others stay.
    """
    async with Sending() as sending:
        await sending.send(b"0")
        sending.engine.idempotent, sending.engine.usable = idempotent, usable
        sending.engine.failures = [reason]
        sent = sending.send(b"1")
        await asyncio.sleep(1.01)
        assert bool(sending.engines.retired) is retired
        await asyncio.wait([sent])


@pytest.mark.parametrize("usable", [True, False])
@hurried
async def test_what_was_not_handed_over_was_not_counted(usable: bool) -> None:
    """
    A batch that an idempotent producer did not take keeps the producer, unless it sends no more.
    """

    class Refusing(FakeEngine):
        async def send(self, batch: Any, topic: str, partition: int) -> Any:
            if self.failures:
                raise self.failures.pop()
            return await super().send(batch, topic, partition)

    async with Sending(Refusing()) as sending:
        await sending.send(b"0")
        sending.engine.idempotent, sending.engine.usable = True, usable
        sending.engine.failures = [kafka.KafkaConnectionError()]
        assert (await sending.send(b"1")).offset == 1
        assert bool(sending.engines.retired) is not usable
        sending.engine.failures = [kafka.KafkaConnectionError()] * 1_000
        failed = await failure(sending.send(b"2", timeout=1.0))
        assert not failed.may_be_published


@pytest.mark.parametrize(
    ("reason", "unknown"), [(kafka.RequestTimedOutError(), True), (kafka.NotLeaderForPartitionError(), False)]
)
@hurried
async def test_an_answer_that_leaves_it_open_is_remembered(reason: Exception, unknown: bool) -> None:
    """
    An event that may have been stored by an earlier attempt says so at its deadline, and when the publisher is closed.
    """
    async with Sending() as sending:
        await sending.send(b"_")
        sending.engine.failures = [reason]
        hasty, open_end = sending.send(b"0", timeout=1.5), sending.send(b"1")
        await asyncio.sleep(1.01)
        sending.engine.connected = False
        failed = await failure(hasty)
        assert failed.may_be_published is unknown
        assert isinstance(failed, PublishOutcomeUnknownError) is unknown
        [left] = await sending.waiting.close(PublisherClosedError)
        assert left is open_end.exception()
        assert left.may_be_published is unknown
        assert isinstance(left, PublisherClosedError) is not unknown


@hurried
async def test_a_record_that_cannot_be_written_fails_what_travels_with_it_and_no_more() -> None:
    """
    The partition goes on with the next event.
    """
    async with Sending() as sending:
        assert (await sending.send(b"0")).offset == 0

        class Broken(FakeEngine):
            def batch(self) -> Any:
                raise ValueError("canary")

        whole, sending.engines.current = sending.engine, Broken()
        failed = [await failure(one) for one in [sending.send(b"1"), sending.send(b"2")]]
        assert [type(one) for one in failed] == [PublishRefusedError] * 2
        assert (failed[0].detail, sending.room.events) == ("ValueError", 0)
        sending.engines.current = whole
        assert (await sending.send(b"3")).offset == 1


@hurried
async def test_closing_tells_of_each_event_what_is_known() -> None:
    """
    On its way: unknown. Waiting: not sent. Given up by its caller: not told at all. Nothing runs on.
    """
    before = asyncio.all_tasks()
    sending = Sending()
    sending.engine.seconds = 1e9
    on_its_way = sending.send(b"0")
    await asyncio.sleep(1)
    waiting, given_up = sending.send(b"1"), sending.send(b"2")
    given_up.cancel()
    left = await sending.waiting.close(PublisherClosedError)
    assert [(type(one), one.event_id, one.elapsed, one.may_be_published) for one in left] == [
        (PublishOutcomeUnknownError, "0", 1.0, True),
        (PublisherClosedError, "1", 0.0, False),
    ]
    assert [on_its_way.exception(), waiting.exception()] == left
    assert asyncio.all_tasks() == before
    assert sending.waiting.oldest is None
