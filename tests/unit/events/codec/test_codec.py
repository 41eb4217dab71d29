"""
Reading and writing events.
"""

from __future__ import annotations

import json
from collections import OrderedDict, UserDict
from types import MappingProxyType
from typing import Any

import pytest

from aegis_contracts import bundled
from aegis_contracts.events import load_events
from aegis_sdk import events
from aegis_sdk.events import (
    EventValidationError,
    UnknownEventTypeError,
    UserDeleted,
    UserProfileUpdated,
    UserRegistered,
    encode,
    parse,
    validate,
)

CATALOG = load_events(bundled() / "schemas")
VALID = [example for event in CATALOG.values() for example in event.examples if example.valid]
INVALID = [example for event in CATALOG.values() for example in event.examples if not example.valid]
DELETED: dict[str, Any] = json.loads(CATALOG["UserDeleted"].examples[0].read())


def variant(**changes: Any) -> dict[str, Any]:
    return {k: v for k, v in (DELETED | changes).items() if v is not ...}


def written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


@pytest.mark.parametrize("example", VALID, ids=lambda e: e.path.parent.parent.name + e.name)
def test_a_valid_example_survives_the_round_trip(example: Any) -> None:
    """
    A valid message becomes a typed event, and the event becomes a valid message of the same meaning.
    """
    event = parse(example.read())
    message = encode(event)
    told = json.loads(message)
    assert type(event).__name__ == told["eventType"] + (f"V{told['version']}" if told["version"] > 1 else "")
    assert validate(message) == []
    assert parse(message) == event


@pytest.mark.parametrize("example", INVALID, ids=lambda e: e.path.parent.parent.name + e.name)
def test_an_invalid_example_is_reported_by_pointer_rule_and_source(example: Any) -> None:
    """
    What an invalid example says that it breaks is what validate reports, and where the schema says so.
    """
    found = validate(example.read())
    if example.pointer == "/version":  # whoever names no version of its own is held to the newest, in all of it
        found = [violation for violation in found if violation.pointer == "/version"]
    (violation,) = found
    assert (violation.pointer, violation.rule) == (example.pointer, example.rule)
    assert violation.schema.startswith("schemas/")
    assert violation.schema.partition("#")[2].startswith("/")


def test_every_violation_is_reported() -> None:
    """
    All that is wrong is told at once, not the first thing.
    """
    with pytest.raises(EventValidationError) as refused:
        parse(written({"eventType": "UserRegistered", "version": 1, "occurredAt": 5, "data": {"email": "x"}}))
    pointers = [violation.pointer for violation in refused.value.violations]
    assert sorted(pointers) == [
        "/aggregateId",
        "/data/businessRegistrationNumber",
        "/data/email",
        "/data/userId",
        "/eventId",
        "/occurredAt",
    ]
    assert refused.value.event_type == "UserRegistered.v1"


def test_an_error_says_where_what_and_where_to_look() -> None:
    """
    The message names event type, place, rule and schema, and hides the value.
    """
    with pytest.raises(EventValidationError) as refused:
        parse(written(variant(aggregateId="no spaces!")))
    assert str(refused.value) == (
        "UserDeleted.v1: /aggregateId must match ^[A-Za-z0-9][A-Za-z0-9._~-]*$ "
        "(schemas/envelope.v1.json#/$defs/identifier/pattern); value hidden"
    )


def test_a_long_pattern_is_told_in_words() -> None:
    """
    Nobody has to read the pattern of a timestamp.
    """
    (violation,) = validate(written(variant(occurredAt="yesterday")))
    assert violation.message.startswith("must be an RFC 3339 date and time")


@pytest.mark.parametrize("name", ["UserDelted", "user.deleted", "userDeleted", "USER_DELETED"])
def test_an_unknown_event_type_is_refused_and_the_nearest_named(name: str) -> None:
    """
    An event that nobody declared is refused, and the nearest declared type is named.
    """
    with pytest.raises(UnknownEventTypeError, match=r"did you mean UserDeleted\?") as refused:
        parse(written(variant(eventType=name)))
    assert refused.value.nearest == "UserDeleted"


def test_an_unknown_version_is_refused() -> None:
    """
    A version that nobody declared is judged by the newest one.
    """
    (violation,) = validate(written(variant(version=7)))
    assert (violation.pointer, violation.rule, violation.message) == ("/version", "const", "must be 1")


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, bytes.decode])
def test_messages_may_be_any_bytes_or_text(kind: Any) -> None:
    """
    Bytes, bytearray, memoryview and text are read alike.
    """
    assert parse(kind(written(DELETED))) == parse(written(DELETED))


def test_values_and_models_can_be_validated() -> None:
    """
    validate takes a decoded value or a model as well.
    """
    assert validate(DELETED) == []
    assert validate(parse(written(DELETED))) == []
    assert [v.pointer for v in validate(variant(eventId=1))] == ["/eventId"]


@pytest.mark.parametrize(
    "value",
    [
        *(MappingProxyType(DELETED), UserDict(DELETED), OrderedDict(DELETED)),
        *(DELETED | {"data": MappingProxyType(DELETED["data"])}, DELETED | {"extra": (1, [(2,)])}),
        DELETED | {"eventId": type("Text", (str,), {})(DELETED["eventId"])},
    ],
    ids=["proxy", "user dict", "ordered dict", "proxy inside", "tuples", "kind of text"],
)
def test_any_mapping_is_an_object(value: Any) -> None:
    """
    Plain data may come in other containers than dict and list.
    """
    assert validate(value) == []
    assert parse(encode(value)) == parse(written(DELETED))


def test_integers_may_be_written_as_floats() -> None:
    """
    1.0 is the integer 1 to JSON Schema, so it is to us.
    """
    message = written(DELETED).replace(b'"version": 1', b'"version": 1.0')
    assert b"1.0" in message
    assert validate(message) == []
    assert parse(message) == parse(written(DELETED))


def test_numbers_keep_their_kind() -> None:
    """
    An integer among the changed values stays one, a large one exactly.
    """
    values = {"employees": 5, "rate": 0.5, "large": 12345678901234567890123, "whole": 2.0}
    event = UserProfileUpdated.new(
        user_id="u-1", changed_fields=list(values), old_values=dict.fromkeys(values), new_values=values
    )
    again = parse(encode(event))
    assert isinstance(again, UserProfileUpdated)
    assert {k: (v, type(v)) for k, v in again.data.new_values.items()} == {k: (v, type(v)) for k, v in values.items()}


def test_what_is_encoded_is_what_was_judged() -> None:
    """
    The bytes of an event are valid as they are.
    """
    event = UserDeleted.new(user_id="u-1", deletion_reason="폐업")
    message = encode(event)
    assert validate(message) == []
    assert encode(parse(message)) == message


@pytest.mark.parametrize(
    ("event", "pointer", "rule"),
    [
        (UserDeleted.new(user_id="u-1", deletion_reason=""), "/data/deletionReason", "minLength"),
        (UserDeleted.new(user_id=5, deletion_reason="x", aggregate_id="a"), "/data/userId", "type"),  # type: ignore[arg-type]
        (UserDeleted.new(user_id="u-1", deletion_reason="\ud800"), "/data/deletionReason", "utf-8"),
        (UserDeleted.new(user_id="u-1", deletion_reason=float("nan")), "/data/deletionReason", "number"),  # type: ignore[arg-type]
        (
            UserProfileUpdated.new(
                user_id="u-1", changed_fields=["a"], old_values={"a": 1}, new_values={"a": float("inf")}
            ),
            "/data/newValues/a",
            "number",
        ),
        (
            UserProfileUpdated.new(
                user_id="u-1",
                changed_fields=["a"],
                old_values={"a": 1},
                new_values={"a": object()},  # type: ignore[dict-item]
            ),
            "",
            "json",
        ),
    ],
)
def test_an_invalid_event_is_never_written(event: Any, pointer: str, rule: str) -> None:
    """
    Whatever breaks the contract, or is no JSON, raises instead of becoming bytes.
    """
    for _ in range(2):  # the first call takes the slow road, the next ones the fast one
        with pytest.raises(EventValidationError) as refused:
            encode(event)
        assert (refused.value.violations[0].pointer, refused.value.violations[0].rule) == (pointer, rule)
        encode(UserDeleted.new(user_id="u-1", deletion_reason="x"))
        encode(UserProfileUpdated.new(user_id="u-1", changed_fields=["a"], old_values={"a": 1}, new_values={"a": None}))


def test_a_naive_time_is_not_written() -> None:
    """
    A datetime without a time zone could mean any: it is refused when writing.
    """
    event = UserDeleted.new(user_id="u-1", deletion_reason="x")
    naive = UserDeleted(
        event_id=event.event_id, aggregate_id="u-1", occurred_at=event.occurred_at.replace(tzinfo=None), data=event.data
    )
    with pytest.raises(EventValidationError, match="/occurredAt"):
        encode(naive)


def test_mappings_can_be_encoded() -> None:
    """
    An event in plain data is held to its contract and written.
    """
    assert json.loads(encode(DELETED)) == DELETED
    with pytest.raises(EventValidationError, match="/eventId is required"):
        encode(variant(eventId=...))
    with pytest.raises(UnknownEventTypeError):
        encode(variant(eventType="UserLeft"))


def test_only_events_are_encoded() -> None:
    """
    A model that is no event is the caller's error.
    """
    event = UserDeleted.new(user_id="u-1", deletion_reason="x")
    with pytest.raises(TypeError, match="UserDeletedData is no event model"):
        encode(event.data)


def test_errors_survive_pickling() -> None:
    """
    An error crosses a process boundary with its violations.
    """
    import pickle

    with pytest.raises(UnknownEventTypeError) as refused:
        parse(written(variant(eventType="UserDelted")))
    again = pickle.loads(pickle.dumps(refused.value))
    assert (str(again), again.nearest, again.violations) == (
        str(refused.value),
        refused.value.nearest,
        refused.value.violations,
    )


def test_the_front_door_shows_what_it_has() -> None:
    """
    `__all__`, `dir` and what can be imported agree, and nothing else can be.
    """
    assert dir(events) == sorted(events.__all__)
    assert all(getattr(events, name) is not None for name in events.__all__)
    assert {"UserRegistered", "Event", "parse", "validate", "encode", "new"} <= set(events.__all__)
    with pytest.raises(AttributeError, match="UserArrived"):
        _ = events.UserArrived  # type: ignore[attr-defined]
    assert events.UserRegistered is UserRegistered
