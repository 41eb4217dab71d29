"""
Recorders: a publisher and mail senders that write, judge and refuse as the real ones do, and send nothing.
"""

from __future__ import annotations

import asyncio

import pytest

from aegis_sdk.email import EmailUnavailableError
from aegis_sdk.errors import EventValidationError
from aegis_sdk.events import (
    BrokerUnavailableError,
    EventsNotPublishedError,
    EventTooLargeError,
    PublishTimeoutError,
    UserRegistered,
    UserRegisteredData,
)
from aegis_testing import (
    AsyncRecordingEmailSender,
    RecordingEmailSender,
    RecordingPublisher,
    SyncRecordingPublisher,
    make,
)


async def test_what_is_published_is_kept_as_kafka_would_carry_it() -> None:
    """
    Every way to publish ends in the same records, in their order, with key and headers.
    """
    publisher = RecordingPublisher()
    first, second, third = (make(UserRegistered, seed=seed) for seed in "abc")
    assert (await publisher.publish(first)).offset == 0
    await publisher.publish_nowait(second)
    assert [one.offset for one in await publisher.publish_many([third])] == [2]
    await publisher.publish_welcome("user-1", "a@example.com")
    assert [seen.event for seen in publisher.events.find(UserRegistered)] == [first, second, third]
    publisher.events.verify("WelcomeNotificationRequested", key="user-1", times=1)
    assert publisher.sent[0].key == first.aggregate_id.encode()
    assert publisher.health()


async def test_what_kafka_would_never_get_is_refused() -> None:
    """
    An event that breaks its schema and one that is too large are refused by the production code.
    """
    publisher = RecordingPublisher(max_event_bytes=100)
    broken = UserRegistered.new(user_id="u", email="nope", business_registration_number="1")
    with pytest.raises(EventValidationError):
        await publisher.publish(broken)
    with pytest.raises(EventTooLargeError):
        await publisher.publish(make(UserRegistered))
    assert publisher.sent == []
    assert isinstance(broken.data, UserRegisteredData)


async def test_trouble_on_demand() -> None:
    """
    The next events fail as they would without a broker, and then it works again.
    """
    publisher = RecordingPublisher()
    event = make(UserRegistered)
    publisher.fail()
    assert not publisher.health()
    with pytest.raises(BrokerUnavailableError):
        await publisher.publish(event)
    publisher.fail(PublishTimeoutError, times=1)
    with pytest.raises(EventsNotPublishedError):
        await publisher.publish_many([event, event])
    assert len(publisher.sent) == 1


def test_one_publisher_serves_several_loops_and_threads() -> None:
    """
    Tests run a loop each: a recorder made outside of them works in all; so does the synchronous twin.
    """
    publisher = RecordingPublisher()
    for _ in range(2):
        asyncio.run(publisher.publish(make(UserRegistered)))  # type: ignore[arg-type]
    assert len(publisher.events) == 2
    with SyncRecordingPublisher() as sync:
        assert sync.publish(make(UserRegistered)).offset == 0
        sync.fail()
        with pytest.raises(BrokerUnavailableError):
            sync.publish(make(UserRegistered))
        sync.events.verify("UserRegistered", times=1)


async def test_mails_are_written_and_kept() -> None:
    """
    The mail is the one that would have left, with its link; both senders are alike.
    """
    sender, waiting = RecordingEmailSender(), AsyncRecordingEmailSender()
    sender.send_verification("a@example.com", user_name="김서연", token="t" * 32)
    await waiting.send_verification("a@example.com", user_name="김서연", token="t" * 32)
    for one in (sender, waiting):
        [mail] = one.inbox.verify(to="a@example.com", subject="이지스 이메일 인증", contains="김서연", times=1)
        assert mail.token == "t" * 32
        assert mail.html
        one.fail()
    with pytest.raises(EmailUnavailableError):
        sender.send_password_reset("a@example.com", user_name="김서연", token="t" * 32)
    with pytest.raises(EmailUnavailableError):
        await waiting.send_password_reset("a@example.com", user_name="김서연", token="t" * 32)
    assert len(sender.sent) == len(waiting.sent) == 1
