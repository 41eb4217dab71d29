"""
The event models: immutable, typed, silent about what is sensitive.
"""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from inspect import signature
from typing import Any, get_args
from uuid import RFC_4122, UUID

import msgspec
import pytest

from aegis_contracts import bundled
from aegis_contracts.events import load_events
from aegis_sdk import events
from aegis_sdk.events import (
    EVENT_TYPES,
    TOPICS,
    EmailVerificationRequested,
    Event,
    EventInfo,
    UserDeleted,
    UserProfileUpdated,
    UserRegistered,
    UserRegisteredData,
    WelcomeNotificationRequested,
    encode,
    new,
    parse,
)


def _given(info: EventInfo) -> dict[str, Any]:
    """
    What the first valid example of an event tells, where ``new`` cannot know it.
    """
    example = next(one for one in load_events(bundled() / "schemas")[info.name, info.version].examples if one.valid)
    data = msgspec.json.decode(example.read(), type=info.model).data
    needed = [one.name for one in signature(info.model.new).parameters.values() if one.default is one.empty]
    return {name: getattr(data, name) for name in needed}


GIVEN: dict[type[Any], dict[str, Any]] = {info.model: _given(info) for info in EVENT_TYPES}
VERSIONS = {info.model: info.version for info in EVENT_TYPES}


@pytest.mark.parametrize("model", GIVEN)
def test_new_fills_in_what_the_contract_can(model: type[Any]) -> None:
    """
    Event id, time, version and aggregate id come by themselves, and the result is valid.
    """
    before = datetime.now(UTC)
    event = new(model, **GIVEN[model])
    assert re.fullmatch("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", event.event_id)
    assert before - timedelta(milliseconds=1) <= event.occurred_at <= datetime.now(UTC)
    assert event.occurred_at.microsecond % 1000 == 0
    assert event.occurred_at.tzinfo is UTC
    assert (event.version, event.aggregate_id) == (VERSIONS[model], event.data.user_id)
    assert b'"eventType":"' + model.event_type.encode() in encode(event)


def test_new_takes_what_is_given() -> None:
    """
    An id, a time or an aggregate id of the caller's own is kept.
    """
    at = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    event = UserDeleted.new(
        user_id="u-1",
        deletion_reason="x",
        event_id="5f0c8a52-9f5e-4c1b-8a57-2f1f5f0b7a11",
        occurred_at=at,
        aggregate_id="a-1",
    )
    assert (event.event_id, event.occurred_at, event.aggregate_id) == (
        "5f0c8a52-9f5e-4c1b-8a57-2f1f5f0b7a11",
        at,
        "a-1",
    )


def test_a_verification_expires_a_day_after_the_event() -> None:
    """
    expiresAt is occurredAt and 24 hours, unless it is given.
    """
    event = EmailVerificationRequested.new(**GIVEN[EmailVerificationRequested])
    assert event.data.expires_at - event.occurred_at == timedelta(hours=24)


def test_event_ids_do_not_repeat() -> None:
    """
    Ten thousand events have ten thousand ids.
    """
    assert len({events.new_id() for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize("model", GIVEN)
def test_models_are_immutable(model: type[Any]) -> None:
    """
    Neither an event nor its data can be changed.
    """
    event = new(model, **GIVEN[model])
    with pytest.raises(AttributeError):
        event.event_id = "x"
    with pytest.raises(AttributeError):
        event.data.user_id = "x"


def test_lists_become_tuples() -> None:
    """
    A caller may give a list; the event holds a tuple that nobody else changes.
    """
    fields, values = ["business_name"], {"business_name": "한빛"}
    event = UserProfileUpdated.new(user_id="u-1", changed_fields=fields, old_values=values, new_values=values)
    fields.append("phone_number")
    assert event.data.changed_fields == ("business_name",)


def test_absent_and_empty_optional_properties_are_not_written() -> None:
    """
    What was not given is left out of the bytes, and constants never are.
    """
    assert b"null" not in encode(UserRegistered.new(**GIVEN[UserRegistered]))
    assert b'"priority":"normal"' in encode(WelcomeNotificationRequested.new(**GIVEN[WelcomeNotificationRequested]))


def test_korean_text_is_not_escaped() -> None:
    """
    The bytes hold Korean letters as UTF-8.
    """
    assert "한빛전자".encode() in encode(UserProfileUpdated.new(**GIVEN[UserProfileUpdated]))


def test_the_union_has_every_model() -> None:
    """
    `Event` is one tagged union: match statements and isinstance see each event type.
    """
    assert set(get_args(Event)) == {info.model for info in EVENT_TYPES} == set(GIVEN)
    for model, given in GIVEN.items():
        assert type(parse(encode(new(model, **given)))) is model


def test_the_table_says_where_events_go() -> None:
    """
    Every event type has a topic of the contract, and its key is the aggregate id.
    """
    assert {info.topic for info in EVENT_TYPES} == set(TOPICS)
    assert {info.key for info in EVENT_TYPES} == {"aggregate_id"}
    assert TOPICS["aegis.user.deleted.v1"].retention_ms == 2_592_000_000
    event = UserDeleted.new(user_id="u-1", deletion_reason="user_request")
    assert events.route(event) == ("aegis.user.deleted.v1", "u-1")


def test_an_unknown_field_is_the_callers_error() -> None:
    """
    A name that the event type does not have is a TypeError at once.
    """
    with pytest.raises(TypeError, match="emial"):
        new(WelcomeNotificationRequested, user_id="u-1", emial="kim@example.com")


def test_models_can_be_made_by_hand() -> None:
    """
    The constructors are the plain ones of the wire's shape.
    """
    data = UserRegisteredData(user_id="u-1", email="kim@example.com", business_registration_number="124-81-00998")
    event = UserRegistered(
        event_id=events.new_id(), aggregate_id="u-1", occurred_at=datetime(2026, 1, 1, tzinfo=UTC), data=data
    )
    assert events.parse(encode(event)) == event


def test_new_ids_are_uuids_of_version_4_in_every_process() -> None:
    """
    Ids are made many at a time, and a forked child makes others than its parent.
    """
    from aegis_sdk._generated.events._base import new_id

    made = [new_id() for _ in range(1_000)]
    assert len(set(made)) == 1_000
    assert {(UUID(one).version, UUID(one).variant, str(UUID(one)) == one) for one in made} == {(4, RFC_4122, True)}
    child = (
        "import os, sys\n"
        "from aegis_sdk._generated.events._base import new_id\n"
        "new_id()\n"
        "read, write = os.pipe()\n"
        "if os.fork() == 0:\n"
        "    os.write(write, new_id().encode())\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "sys.exit(os.read(read, 36).decode() == new_id())\n"
    )
    assert subprocess.run([sys.executable, "-c", child], check=False, timeout=30).returncode == 0
