"""
The driver: an event handed to a consumer without Kafka meets the consumer's own reading, retries and dead letters.
"""

from __future__ import annotations

import json

import pytest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import (
    Delivery,
    EventConsumer,
    HandlerRetry,
    Reject,
    RetryLater,
    UserDeleted,
    UserRegistered,
)
from aegis_testing import ConsumerDriver, Kit, make

TOPIC = "aegis.user.registered.v1"


def _consumer(**options: object) -> EventConsumer:
    return EventConsumer(group_id="matching", **options)  # type: ignore[arg-type]


async def test_a_handler_gets_what_a_publisher_would_have_sent(aegis: Kit) -> None:
    """
    The event arrives typed, with key, topic and headers as on Kafka; a second time it is a duplicate.
    """
    consumer, seen = _consumer(), list[tuple[UserRegistered, Delivery]]()

    @consumer.on(UserRegistered)
    async def match(event: UserRegistered, delivery: Delivery) -> None:
        seen.append((event, delivery))

    event = aegis.make(UserRegistered)
    async with aegis.drive(consumer) as driver:
        assert (await driver.deliver(event)).handled
        assert (await driver.deliver(event)).became == "duplicate"
    [(got, delivery)] = seen
    assert got == event
    assert (delivery.topic, delivery.key, delivery.attempt) == (TOPIC, event.aggregate_id.encode(), 1)
    assert delivery.header("event-type") == "UserRegistered"


async def test_retries_are_as_in_production_and_take_no_time() -> None:
    """
    A handler that fails twice is called three times; what would have been waited is told.
    """
    consumer = _consumer(retry=HandlerRetry(attempts=4, base=10, factor=2))
    calls: list[int] = []

    @consumer.on(UserRegistered)
    def match(event: UserRegistered, delivery: Delivery) -> None:
        calls.append(delivery.attempt)
        if len(calls) < 3:
            raise ConnectionError("canary")

    async with ConsumerDriver(consumer) as driver:
        outcome = await driver.deliver(make(UserRegistered))
    assert (outcome.handled, outcome.attempts, calls) == (True, 3, [1, 2, 3])
    assert len(outcome.delays) == 2
    assert 5 <= outcome.delays[0] <= 10 <= outcome.delays[1] <= 20
    assert [type(failure.error) for failure in outcome.failures] == [ConnectionError, ConnectionError]
    assert "canary" not in repr(outcome)


@pytest.mark.parametrize(
    ("error", "attempts", "reason"),
    [(ValueError("x"), 4, "retries_exhausted"), (Reject("no_such_policy"), 1, "no_such_policy")],
)
async def test_what_is_given_up_is_a_dead_letter(error: Exception, attempts: int, reason: str) -> None:
    """
    The letter is the one that production would publish: the record's own bytes, and the reason in its headers.
    """
    consumer = _consumer()

    @consumer.on(UserRegistered)
    async def match(event: UserRegistered) -> None:
        raise error

    async with ConsumerDriver(consumer) as driver:
        event = make(UserRegistered)
        outcome = await driver.deliver(event)
    assert (outcome.became, outcome.attempts, outcome.reason) == ("dead", attempts, reason)
    [letter] = driver.dead_letters
    assert letter is outcome.dead_letter
    assert json.loads(letter.value or b"")["eventId"] == event.event_id
    assert (letter.source, letter.key) == (TOPIC, event.aggregate_id.encode())


async def test_bytes_that_break_the_contract_are_a_dead_letter_and_reach_no_handler() -> None:
    """
    What another service got wrong can be tried as it would stand on the topic.
    """
    consumer = _consumer()

    @consumer.on(UserRegistered)
    async def match(event: UserRegistered) -> None:
        pytest.fail("must not be called")

    async with ConsumerDriver(consumer) as driver:
        outcome = await driver.deliver(b'{"eventType": "UserRegistered"}', topic=TOPIC)
        assert (outcome.became, outcome.reason, outcome.attempts) == ("dead", "contract", 0)
        assert (await driver.deliver(None, topic=TOPIC, key="user-1")).reason == "tombstone"


async def test_a_handler_that_asks_for_later_for_ever_ends() -> None:
    """
    The outcome says that it waits, patience gives up as in production, and the next event is handled.
    """
    consumer, ready = _consumer(), list[bool]()

    @consumer.on(UserRegistered)
    async def match(event: UserRegistered) -> None:
        if not ready:
            raise RetryLater(after=30)

    async with ConsumerDriver(consumer) as driver:
        outcome = await driver.deliver(make(UserRegistered, seed="1"))
        assert (outcome.became, outcome.delays[0]) == ("waiting", 30)
        ready.append(True)
        assert (await driver.deliver(make(UserRegistered, seed="2"))).handled

    impatient = _consumer(retry=HandlerRetry(patience=100))

    @impatient.on(UserRegistered)
    async def never(event: UserRegistered) -> None:
        raise RetryLater(after=30)

    async with ConsumerDriver(impatient) as driver:
        outcome = await driver.deliver(make(UserRegistered))
    assert (outcome.reason, len(outcome.delays)) == ("patience_exhausted", 4)


async def test_what_the_consumer_would_never_get_is_refused() -> None:
    """
    An event of a topic that it does not subscribe to, bytes without a topic, and a consumer without handlers are
    mistakes of the test.
    """
    consumer = _consumer()

    @consumer.on(UserRegistered)
    async def match(event: UserRegistered) -> None: ...

    async with ConsumerDriver(consumer) as driver:
        with pytest.raises(ConfigurationError, match="does not read"):
            await driver.deliver(make(UserDeleted))
        with pytest.raises(ConfigurationError, match="topic="):
            await driver.deliver(b"{}")
    with pytest.raises(ConfigurationError, match="no handlers"):
        async with ConsumerDriver(_consumer()):
            pass
    with pytest.raises(ConfigurationError, match="async with"):
        await driver.deliver(make(UserRegistered))
