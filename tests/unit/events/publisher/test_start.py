"""
A publisher that is opened while Kafka is down.
"""

from __future__ import annotations

import asyncio
import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aegis_sdk.events import (
    BrokerUnavailableError,
    ClosingReport,
    EventCodec,
    EventPublisher,
    EventPublishError,
    PublisherClosedError,
    PublisherHealth,
    SyncEventPublisher,
    UndeliveredEventError,
    UserDeleted,
)
from aegis_sdk.events.kafka._errors import KafkaAddressError
from aegis_sdk.health import Health
from tests.unit.events.clock import hurried

# Nothing listens there, and nothing may: it is a privileged port of the loopback.
NOWHERE = "127.0.0.1:1"


async def explained(publisher: EventPublisher) -> PublisherHealth:
    """
    The health of a publisher whose first attempt to connect has failed.
    """
    async with asyncio.timeout(30):
        while "(connecting)" in publisher.health().why:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    return publisher.health()


async def test_a_service_starts_while_kafka_is_down() -> None:
    """
    Told to, a publisher opens without Kafka; health says so, and an event fails after its own time and not before.
    """
    publisher = EventPublisher(NOWHERE, connect_timeout=0.2, start_without_kafka=True)
    async with publisher:
        health = await explained(publisher)
        assert not health
        assert (health.status, health.reasons) == ("unhealthy", (health.why,))
        assert health.why.startswith("not connected")
        report = await Health({"kafka": publisher}).check()
        assert (report.status_code, report.body["checks"]["kafka"]) == (503, str(health))
        with pytest.raises(EventPublishError):
            await publisher.publish(UserDeleted.new(user_id="u1", deletion_reason="x"), timeout=0.2)
    assert str(publisher.health()) == "unhealthy: the publisher is not open"


@pytest.mark.parametrize(
    ("where", "kind", "said"),
    [
        (NOWHERE, BrokerUnavailableError, f"no Kafka answers at {NOWHERE}"),
        ("no-such-host.invalid:9092", KafkaAddressError, "the host name is unknown"),
    ],
)
async def test_otherwise_it_says_so(where: str, kind: type[Exception], said: str) -> None:
    """
    Not told to, a publisher that reaches no broker raises when it is opened, says where, and leaves nothing behind.
    """
    before = asyncio.all_tasks()
    with pytest.raises(EventPublishError) as refused:
        await EventPublisher(where, connect_timeout=0.2).start()
    assert isinstance(refused.value, kind)
    assert said in str(refused.value)
    assert where in str(refused.value)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_a_publisher_without_kafka_leaves_nothing_behind() -> None:
    """
    However often it has tried to connect, what tried ends with it; until then health names the reason.
    """
    before = asyncio.all_tasks()
    publisher = await EventPublisher(NOWHERE, connect_timeout=0.3, start_without_kafka=True).start()
    assert (await explained(publisher)).why == f"not connected (no Kafka answers at {NOWHERE})"
    assert not await publisher.probe(0.1)
    await publisher.aclose()
    assert asyncio.all_tasks() == before
    assert (
        publisher.health()
        == await publisher.probe()
        == PublisherHealth(False, ("the publisher is not open",), *[0] * 5)
    )


@hurried
async def test_without_kafka_a_wait_ends_on_the_second() -> None:
    """
    Whether it waits for a broker or for room, an event fails when its time is up and says how long that was.
    """
    publisher = EventPublisher(NOWHERE, connect_timeout=2, start_without_kafka=True, max_events=1, timeout=7)
    since = asyncio.get_running_loop().time()
    await publisher.start()
    assert asyncio.get_running_loop().time() == since + 2
    event = UserDeleted.new(user_id="u1", deletion_reason="x")
    inside = asyncio.ensure_future(publisher.publish(event))
    await asyncio.sleep(1)
    with pytest.raises(BrokerUnavailableError) as outside:
        await publisher.publish(event, timeout=3)
    with pytest.raises(BrokerUnavailableError) as told:
        await inside
    again = asyncio.ensure_future(publisher.publish(event))
    await asyncio.sleep(1)
    one, other = (asyncio.ensure_future(publisher.publish(event)) for _ in range(2))
    await asyncio.sleep(2)
    await publisher.aclose(1)
    await asyncio.wait([again, one, other])
    elapsed = [outside.value, told.value, *(sent.exception() for sent in (again, one, other))]
    assert [round(error.elapsed, 6) for error in elapsed if isinstance(error, UndeliveredEventError)] == [
        3,
        7,
        4,
        2,
        2,
    ]
    assert [type(sent.exception()) for sent in (again, one, other)] == [PublisherClosedError] * 3
    with pytest.raises(BrokerUnavailableError) as unopened:
        await EventPublisher(NOWHERE, connect_timeout=5).start()
    assert unopened.value.elapsed == 5
    assert unopened.value.detail.endswith(f" from {NOWHERE}")


async def test_a_name_that_is_unknown_may_become_known() -> None:
    """
    A broker whose name is not known yet, as of a pod that is not there, does not stop a service either.
    """
    async with EventPublisher("no-such-host.invalid:9092", connect_timeout=5, start_without_kafka=True) as publisher:
        assert not publisher.health()


async def test_health_says_how_much_waits_and_for_how_long() -> None:
    """
    While Kafka is down, health counts the events that wait and their bytes, and tells how long the first has waited.
    """
    publisher = await EventPublisher(NOWHERE, connect_timeout=0.2, start_without_kafka=True).start()
    assert (publisher.health().waiting, publisher.health().waiting_bytes, publisher.health().oldest_wait) == (0, 0, 0.0)
    events = [UserDeleted.new(user_id="u1", deletion_reason=reason) for reason in ("x", "long reason")]
    sent = [publisher.publish_nowait(events[0], timeout=60)]
    await asyncio.sleep(0.05)
    sent.append(publisher.publish_nowait(events[1], timeout=60))
    health = publisher.health()
    least = sum(len(EventCodec().encode(event)) for event in events)
    assert (health.waiting, health.published, health.failed) == (2, 0, 0)
    assert least <= health.waiting_bytes < least + 1_000
    assert 0.05 <= health.oldest_wait < 60
    await publisher.aclose(0.05)
    assert len(await asyncio.gather(*sent, return_exceptions=True)) == 2


async def test_what_waits_when_a_publisher_is_closed_is_reported() -> None:
    """
    An event that waits for a broker is in the report, and whoever awaits it gets the same error.
    """
    publisher = await EventPublisher(NOWHERE, connect_timeout=0.2, start_without_kafka=True).start()
    waiting = publisher.publish_nowait(UserDeleted.new(user_id="u1", deletion_reason="x"))
    report = await publisher.aclose(0.05)
    assert [type(error) for error in report.undelivered] == [PublisherClosedError]
    with pytest.raises(PublisherClosedError):
        await waiting


async def test_an_event_that_nobody_awaits_holds_no_other_beyond_its_time() -> None:
    """
    Whoever gave an event up takes nothing from those behind it: they fail at their own deadlines, and leave.
    """
    publisher = await EventPublisher(NOWHERE, connect_timeout=0.2, start_without_kafka=True).start()
    event = UserDeleted.new(user_id="u1", deletion_reason="x")
    first, second = (publisher.publish_nowait(event, timeout=timeout) for timeout in (60, 0.2))
    first.cancel()
    with pytest.raises(BrokerUnavailableError):
        await asyncio.wait_for(second, 20)
    assert publisher.health().waiting == 0
    await publisher.aclose(0.05)


async def test_an_event_with_little_time_does_not_wait_for_one_with_more() -> None:
    """
    Each event has its own deadline, whatever was handed over before it.
    """
    publisher = await EventPublisher(NOWHERE, connect_timeout=0.2, start_without_kafka=True).start()
    patient = publisher.publish_nowait(UserDeleted.new(user_id="u1", deletion_reason="x"), timeout=60)
    hasty = publisher.publish_nowait(UserDeleted.new(user_id="u2", deletion_reason="x"), timeout=0.1)
    with pytest.raises(BrokerUnavailableError):
        await asyncio.wait_for(hasty, 20)
    assert not patient.done()
    await publisher.aclose(0.05)
    with pytest.raises(PublisherClosedError):
        await patient


def test_a_synchronous_publisher_that_is_not_open_is_not_healthy() -> None:
    """
    Before it is opened and after it is closed, health says so and counts nothing.
    """
    publisher = SyncEventPublisher(NOWHERE, connect_timeout=0.2, start_without_kafka=True)
    closed = PublisherHealth(False, ("the publisher is not open",), 0, 0, 0.0, 0, 0)
    assert publisher.health() == closed
    with publisher:
        loop = publisher._loop
        assert str(publisher.health().why).startswith("not connected")
    assert publisher.health() == closed
    assert publisher.close() == ClosingReport(published=0, undelivered=())
    assert loop is not None
    assert loop.is_closed()


def test_a_synchronous_publisher_that_nobody_closes_does_not_keep_its_process() -> None:
    """
    A script that forgets to close it ends all the same.
    """
    script = f"""
from aegis_sdk.events import SyncEventPublisher
SyncEventPublisher({NOWHERE!r}, connect_timeout=0.2, start_without_kafka=True).start()
"""
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=50).returncode == 0


def test_the_guide_says_what_a_publisher_does_unless_told() -> None:
    """
    How long it waits and how much it holds are in the guide, to the figure.
    """
    usual = {name: one.default for name, one in inspect.signature(EventPublisher.__init__).parameters.items()}
    guide = (Path(__file__).parents[4] / "docs" / "en" / "guides" / "publish-events.md").read_text(encoding="utf-8")
    assert f"**It ends**: {usual['timeout']:.0f} seconds over everything" in guide
    assert f"no longer than `close_timeout` ({usual['close_timeout']:.0f} seconds)" in guide
    mebibytes = usual["max_bytes"] / 2**20
    assert f"at most {usual['max_events']:,} events or {mebibytes:g} MiB wait" in guide


def test_what_a_publisher_is_told_its_producer_is_told() -> None:
    """
    The limits of batches, events and requests are aiokafka's, in its own words and units.
    """
    limits: Any = {"compression": "gzip", "max_batch_bytes": 7_000, "max_event_bytes": 9_000, "request_timeout": 2.5}
    assert EventPublisher(NOWHERE, **limits)._options == {
        "compression_type": "gzip",
        "max_batch_size": 7_000,
        "max_request_size": 9_000,
        "request_timeout_ms": 2_500,
    }
