"""
The tolerant reader: what older writers wrote is completed, and the result is judged.
"""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from aegis_contracts import bundled
from aegis_contracts.events import load_events
from aegis_sdk.events import EmailVerificationRequested, EventValidationError, parse, validate

CATALOG = load_events(bundled() / "schemas")


def example(name: str) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(CATALOG[name, 1].examples[0].read())
    return message


def sent(message: dict[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode()


@pytest.mark.parametrize("name", CATALOG.names)
def test_a_message_without_version_is_version_1(name: str) -> None:
    """
    The older of the two shapes has no version.
    """
    message = example(name)
    whole = parse(sent(message))
    del message["version"]
    assert parse(sent(message)) == whole
    assert [violation.pointer for violation in validate(sent(message))] == ["/version"]
    assert validate(sent(message), tolerant=True) == []


@pytest.mark.parametrize("naive", ["2026-03-02T00:30:00", "2026-03-02T00:30:00.123", "2026-03-02T00:30:00.123456"])
@pytest.mark.parametrize("name", CATALOG.names)
def test_a_naive_timestamp_is_utc(name: str, naive: str) -> None:
    """
    `utcnow().isoformat()` has no offset, and means UTC.
    """
    event = parse(sent(example(name) | {"occurredAt": naive}))
    assert event.occurred_at == datetime.fromisoformat(naive).replace(tzinfo=UTC)


def test_a_naive_expiry_is_utc_too() -> None:
    """
    Every timestamp of an event is read so, not only the envelope's.
    """
    message = example("EmailVerificationRequested")
    message["data"]["expiresAt"] = "2026-03-03T00:30:00"
    event = parse(sent(message))
    assert isinstance(event, EmailVerificationRequested)
    assert event.data.expires_at == datetime(2026, 3, 3, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("name", ["WelcomeNotificationRequested", "EmailVerificationRequested"])
def test_a_notification_without_aggregate_id_is_about_its_user(name: str) -> None:
    """
    Notifications were written without aggregateId: it is the user's id.
    """
    message = example(name)
    del message["aggregateId"]
    assert parse(sent(message)).aggregate_id == message["data"]["userId"]
    with pytest.raises(EventValidationError, match="/aggregateId is required"):
        parse(sent(message), strict=True)


@pytest.mark.parametrize("name", ["UserRegistered", "UserProfileUpdated", "UserDeleted"])
def test_other_events_need_their_aggregate_id(name: str) -> None:
    """
    Only notifications may lack it.
    """
    message = example(name)
    del message["aggregateId"]
    with pytest.raises(EventValidationError, match="/aggregateId is required"):
        parse(sent(message))


@pytest.mark.parametrize("name", CATALOG.names)
def test_unknown_properties_are_ignored(name: str) -> None:
    """
    A newer writer may add properties anywhere.
    """
    message = example(name)
    known = parse(sent(message))
    message["causedBy"] = {"service": "admin", "나중": [1, None]}
    message["data"]["locale"] = "ko-KR"
    assert parse(sent(message)) == known


@pytest.mark.parametrize(
    "occurred_at",
    [
        "2026-03-02",
        "2026-03-02 00:30:00",
        "2026-02-30T00:30:00",
        "2026-03-02T00:30",
        "",
        None,
        1772411400,
        "٢٠٢٦-03-02T00:30:00",
    ],
)
def test_what_is_completed_is_still_judged(occurred_at: Any) -> None:
    """
    Tolerance ends where the meaning is not plain: the completed message has to meet its schema.
    """
    with pytest.raises(EventValidationError, match="/occurredAt"):
        parse(sent(example("UserDeleted") | {"occurredAt": occurred_at}))


def test_only_what_is_missing_is_completed() -> None:
    """
    A version that is there and wrong is not replaced.
    """
    with pytest.raises(EventValidationError, match="/version"):
        parse(sent(example("UserDeleted") | {"version": None}))


def test_strict_reading_completes_nothing() -> None:
    """
    `strict=True` is the contract's own verdict.
    """
    message = example("UserDeleted")
    del message["version"]
    with pytest.raises(EventValidationError, match="/version is required"):
        parse(sent(message), strict=True)


def test_the_callers_value_is_left_alone() -> None:
    """
    Completing works on a copy.
    """
    message = example("EmailVerificationRequested")
    del message["version"], message["aggregateId"]
    message["data"]["expiresAt"] = "2026-03-03T00:30:00"
    before = deepcopy(message)
    assert validate(message, tolerant=True) == []
    assert message == before
