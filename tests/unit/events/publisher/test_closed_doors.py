"""
A publisher that holds all it may, is closed, was forked or waits for itself: every call ends, and says why.
"""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any

import pytest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import (
    BrokerUnavailableError,
    ClosingReport,
    EventPublisher,
    EventsNotPublishedError,
    PublisherClosedError,
    PublisherFullError,
    SyncEventPublisher,
    UserDeleted,
)
from aegis_sdk.events.publisher._record import record_maker

NOWHERE = "127.0.0.1:1"  # a privileged port, where nothing listens
EVENT = UserDeleted.new(user_id="u1", deletion_reason="x")
RECORD = record_maker(None).record(EVENT)
OPTIONS: dict[str, Any] = {"connect_timeout": 0.2, "close_timeout": 0.05, "start_without_kafka": True}


async def test_who_finds_no_room_waits_no_longer_than_its_time() -> None:
    """
    Where the publisher holds all it may, an event waits to come in for as long as it may wait at all; handed over
    without waiting it is refused at once, and both have left nothing behind.
    """
    publisher = await EventPublisher(NOWHERE, max_events=1, **OPTIONS).start()
    inside = publisher.publish_nowait(EVENT, timeout=60)
    with pytest.raises(PublisherFullError):
        publisher.publish_nowait(EVENT)
    with pytest.raises(BrokerUnavailableError) as late:
        await asyncio.wait_for(publisher.publish(EVENT, timeout=0.1), 30)
    assert late.value.elapsed >= 0.1
    assert not late.value.may_be_published
    [again] = await publisher.publish_records([RECORD], timeout=0.05)
    assert isinstance(again, BrokerUnavailableError)
    assert publisher.health().waiting == 1
    inside.cancel()
    # Its room is free for the next one, which waits for a broker then.
    with pytest.raises(BrokerUnavailableError):
        await asyncio.wait_for(publisher.publish(EVENT, timeout=0.1), 30)
    await publisher.aclose()


async def test_who_waits_for_room_is_told_that_the_publisher_closes() -> None:
    """
    Closing ends the wait of those who are not in yet, too; afterwards nobody comes in.
    """
    publisher = await EventPublisher(NOWHERE, max_events=1, **OPTIONS).start()
    assert await publisher.start() is publisher
    inside = publisher.publish_nowait(EVENT, timeout=60)
    outside = asyncio.ensure_future(publisher.publish(EVENT, timeout=60))
    await asyncio.sleep(0)
    report = await publisher.aclose()
    assert [type(error) for error in report.undelivered] == [PublisherClosedError]
    for waiting in (inside, outside):
        with pytest.raises(PublisherClosedError):
            await waiting
    with pytest.raises(PublisherClosedError, match="async with"):
        await publisher.publish(EVENT)
    assert await publisher.aclose() == ClosingReport(published=0, undelivered=())


async def test_of_several_events_each_has_its_result() -> None:
    """
    What was not acknowledged is among the results of ``publish_many``, or raised with all of them.
    """
    async with EventPublisher(NOWHERE, **OPTIONS) as publisher:
        results = await publisher.publish_many([EVENT, EVENT], timeout=0.1, raise_errors=False)
        assert [type(result) for result in results] == [BrokerUnavailableError] * 2
        with pytest.raises(EventsNotPublishedError) as failed:
            await publisher.publish_many([EVENT, EVENT], timeout=0.1)
        assert (len(failed.value.results), len(failed.value.errors)) == (2, 2)
        assert await publisher.publish_many([]) == []


async def test_a_time_that_is_never_over_is_refused() -> None:
    """
    NaN seconds would be waited for for ever.
    """
    async with EventPublisher(NOWHERE, **OPTIONS) as publisher:
        for publish in (publisher.publish, publisher.publish_nowait):
            with pytest.raises(ConfigurationError, match="number of seconds"):
                await publish(EVENT, timeout=float("nan"))
        assert publisher.health().waiting == 0


def test_a_synchronous_publisher_says_what_was_not_delivered() -> None:
    """
    From a thread, each event and several of them fail as they do on a loop; the end of the block raises what is left.
    """

    def leave() -> None:
        with SyncEventPublisher(NOWHERE, **OPTIONS) as publisher:
            assert publisher.start() is publisher
            with pytest.raises(BrokerUnavailableError):
                publisher.publish(EVENT, timeout=0.1)
            with pytest.raises(EventsNotPublishedError) as failed:
                publisher.publish_many([EVENT, EVENT], timeout=0.1)
            assert len(failed.value.errors) == 2
            publisher.submit(EVENT, timeout=60)

    with pytest.raises(EventsNotPublishedError) as left:
        leave()
    assert [error.event_id for error in left.value.errors] == [EVENT.event_id]


def test_an_error_of_the_block_is_not_hidden_by_events_that_are_left() -> None:
    """
    What ended the block is raised, and not that events were waiting then.
    """

    def leave() -> None:
        with SyncEventPublisher(NOWHERE, **OPTIONS) as publisher:
            publisher.submit(EVENT, timeout=60)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        leave()


def test_a_synchronous_publisher_that_was_never_open_closes() -> None:
    """
    Closing what is not open does nothing, and using it says how it is opened.
    """
    publisher = SyncEventPublisher(NOWHERE, **OPTIONS)
    assert publisher.close() == ClosingReport(published=0, undelivered=())
    with pytest.raises(ConfigurationError, match="is not open: use it as `with"):
        publisher.publish(EVENT)


def test_a_callback_may_not_wait_for_its_own_publisher() -> None:
    """
    A callback runs on the publisher's own thread: what would wait there for ever is refused.
    """
    said: list[ConfigurationError] = []
    heard = threading.Event()
    with SyncEventPublisher(NOWHERE, **OPTIONS) as publisher:

        def called(_: object) -> None:
            for wait in (publisher.health, publisher.close, lambda: publisher.publish(EVENT)):
                try:
                    wait()
                except ConfigurationError as error:
                    said.append(error)
            heard.set()

        publisher.submit(EVENT, timeout=0.1).add_done_callback(called)
        assert heard.wait(30)
    assert [str(error) for error in said] == ["a callback of the publisher waits for the publisher itself"] * 3


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_does_not_use_the_publisher_of_its_parent() -> None:
    """
    The connection stays with the process that opened it: the child is told to open its own, and closes nothing.
    """
    with SyncEventPublisher(NOWHERE, **OPTIONS) as publisher:
        child = os.fork()
        if not child:
            try:
                refused = 0
                for use in (publisher.start, lambda: publisher.publish(EVENT)):
                    try:
                        use()
                    except ConfigurationError as error:
                        refused += "was forked" in str(error)
                closed = publisher.close() == ClosingReport(published=0, undelivered=())
                os._exit(0 if (refused, closed, bool(publisher.health())) == (2, True, False) else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        with pytest.raises(BrokerUnavailableError):
            publisher.publish(EVENT, timeout=0.1)
