"""
What happened can be found and verified, and a verification that fails says what was near.
"""

from __future__ import annotations

import pytest

from aegis_sdk import UserClient
from aegis_sdk.events import UserRegistered
from aegis_testing import Kit

from .test_kit import USER


@pytest.fixture
def told(aegis: Kit) -> Kit:
    aegis.client(UserClient).users.register(**USER)
    return aegis


def test_a_call_is_found_by_what_it_said(told: Kit) -> None:
    """
    Operation, status and a part of the body say which exchange is meant; the answer is there to be read.
    """
    [found] = told.journal.find("registerUser", status=201, body={"email": USER["email"]})
    assert found.answer["user_id"]
    assert found.headers["authorization"] == "Bearer test-key"
    assert told.journal.find("registerUser", body={"email": "other@example.com"}) == []


def test_a_miss_says_what_was_near(told: Kit) -> None:
    """
    The difference to the nearest call is told, and which calls there were.
    """
    with pytest.raises(AssertionError) as caught:
        told.journal.verify("registerUser", body={"phone_number": "010-9999-9999"})
    assert str(caught.value).splitlines() == [
        "registerUser was called: never, wanted at least once",
        "  near: #1 POST /api/v1/users → 201",
        '    /body/phone_number is "010-1234-5678", not "010-9999-9999"',
        "  there: 1× registerUser",
    ]


def test_a_secret_is_compared_and_never_told(told: Kit) -> None:
    """
    A verification may name a password; neither it nor the one that came is in the message.
    """
    told.journal.verify("registerUser", body={"password": USER["password"]})
    with pytest.raises(AssertionError) as caught:
        told.journal.verify("registerUser", body={"password": "canary-7f3a"})
    assert "/body/password is another one; both are hidden" in str(caught.value)
    assert "canary" not in str(caught.value)
    assert "horse" not in str(caught.value)


def test_too_many_is_told_too(told: Kit) -> None:
    """
    What must not happen is verified with times=0.
    """
    with pytest.raises(AssertionError, match="registerUser was called: once, wanted never"):
        told.journal.verify("registerUser", times=0)
    told.journal.verify("getUser", times=0)


def test_names_that_there_are_not_are_refused(told: Kit) -> None:
    """
    A misspelt "never called" would always be true.
    """
    with pytest.raises(LookupError, match="registerUser"):
        told.journal.verify("registerUsr", times=0)
    with pytest.raises(LookupError, match="UserRegistered"):
        told.events.verify("UserRegisterd", times=0)


def test_events_are_found_by_type_model_and_data(told: Kit) -> None:
    """
    The events that an operation caused are there, typed, by name or by model.
    """
    [seen] = told.events.verify(UserRegistered, data={"email": USER["email"]}, times=1)
    assert seen.event.data.email == USER["email"]
    assert seen.key == seen.event.aggregate_id
    with pytest.raises(AssertionError) as caught:
        told.events.verify("UserRegistered", data={"region": "99"})
    assert "near: UserRegistered on aegis.user.registered.v1" in str(caught.value)


def test_a_token_of_an_event_is_hidden(told: Kit) -> None:
    """
    Of a token in an event only that it is another one is told.
    """
    told.world.events.clear()
    from aegis_sdk.events import EmailVerificationRequested
    from aegis_testing.recorders import SyncRecordingPublisher

    with SyncRecordingPublisher() as publisher:
        publisher.publish(told.make(EmailVerificationRequested, data={"verification_token": "canary" * 8}))
        with pytest.raises(AssertionError) as caught:
            publisher.events.verify("EmailVerificationRequested", data={"verificationToken": "another"})
    assert "canary" not in str(caught.value)


def test_a_mail_comes_with_its_link_and_token(told: Kit) -> None:
    """
    A test follows a mail's link without parsing its text; whom a mail went to is never in a message.
    """
    [mail] = told.inbox.verify(kind="mail", to=USER["email"])
    assert mail.token
    assert mail.token in mail.link
    with pytest.raises(AssertionError) as caught:
        told.inbox.verify(to="nobody@example.com")
    assert "@" not in str(caught.value)
