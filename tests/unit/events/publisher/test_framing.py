"""
Events in the frames that others ask for.
"""

from __future__ import annotations

import json
import struct
from base64 import b64encode
from typing import Any

import pytest

from aegis_sdk.errors import ConfigurationError, EventValidationError
from aegis_sdk.events import CloudEvents, ConfluentFraming, ContractEvents, UserDeleted, UserRegistered, encode
from aegis_sdk.events.consumer._reader import ContractReader

EVENT = UserRegistered.new(
    user_id="user-1", email="kim@example.com", business_registration_number="124-81-00998", industry_code="26429"
)


def test_a_structured_cloud_event_is_one_document_around_the_validated_bytes() -> None:
    """
    Attributes are the event's own, and ``data`` is byte for byte what was validated.
    """
    record = CloudEvents("/services/user").record(EVENT)
    found: dict[str, Any] = json.loads(record.value)
    data = found.pop("data")
    assert found == {
        "specversion": "1.0",
        "id": EVENT.event_id,
        "source": "/services/user",
        "type": "UserRegistered.v1",
        "datacontenttype": "application/json",
        "subject": "user-1",
        "time": data["occurredAt"],
    }
    assert encode(EVENT) in record.value
    assert dict(record.headers)["content-type"] == b"application/cloudevents+json; charset=UTF-8"
    plain = ContractEvents().record(EVENT)
    assert (record.topic, record.key, record.event_id) == (plain.topic, plain.key, plain.event_id)


def test_a_binary_cloud_event_leaves_the_bytes_alone() -> None:
    """
    The value is the event; the attributes are headers.
    """
    record = CloudEvents("/services/user", mode="binary").record(EVENT)
    headers = dict(record.headers)
    assert record.value == encode(EVENT)
    assert (headers["ce_id"], headers["ce_specversion"]) == (EVENT.event_id.encode(), b"1.0")
    assert (headers["ce_type"], headers["ce_source"]) == (b"UserRegistered.v1", b"/services/user")
    assert headers["content-type"] == b"application/json"


@pytest.mark.parametrize("mode", ["structured", "binary"])
def test_a_consumer_reads_cloud_events_of_both_kinds(mode: Any) -> None:
    """
    Whoever reads one kind reads the other.
    """
    reader = ContractReader(CloudEvents("/services/policy"))
    assert reader.parse(CloudEvents("/services/user", mode=mode).record(EVENT).value) == EVENT
    assert UserRegistered in reader.models


def test_data_in_base64_is_read() -> None:
    """
    Writers that take an event for bytes put it into ``data_base64``, as CloudEvents' JSON format says.
    """
    data = b64encode(encode(EVENT)).decode()
    frame = {"specversion": "1.0", "id": "1", "source": "/x", "type": "UserRegistered.v1", "data_base64": data}
    assert CloudEvents("/x").parse(json.dumps(frame).encode()) == EVENT


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (b'{"specversion": "0.3", "data": {}}', "/specversion must be 1.0"),
        (b'{"specversion": "1.0"}', "/data is required"),
        (b'{"specversion": "1.0", "data_base64": "canary!"}', "/data_base64 must be base64"),
        (b'{"specversion": "1.0", "data_base64": "e30=", "data": {}}', "/data_base64 must not stand beside data"),
        (b'{"specversion": "1.0", "data": {"eventType": "canary"}}', "event"),
        (b"canary", "is no JSON"),
        (b"", "is empty"),
    ],
)
def test_broken_cloud_events_are_refused_without_their_values(frame: bytes, said: str) -> None:
    """
    A broken frame is a broken event: the rule and its place, never what was in it.
    """
    with pytest.raises(EventValidationError, match=said) as refused:
        CloudEvents("/x").parse(frame)
    assert "canary" not in str(refused.value)


def test_confluent_framing_names_the_schema() -> None:
    """
    A zero byte and the registry's id stand before the validated bytes; the same ids are read.
    """
    framing = ConfluentFraming({"UserRegistered.v1": 7})
    record = framing.record(EVENT)
    assert record.value == struct.pack(">bI", 0, 7) + encode(EVENT)
    assert ContractReader(framing).parse(record.value) == EVENT
    with pytest.raises(ConfigurationError, match="UserDeleted has no schema id"):
        framing.record(UserDeleted.new(user_id="user-1", deletion_reason="user_request"))
    both = ConfluentFraming({"UserRegistered.v1": 7, "UserDeleted.v1": 8})
    with pytest.raises(EventValidationError, match="schema id of another event type"):
        both.parse(struct.pack(">bI", 0, 8) + encode(EVENT))
    for broken, said in (
        (encode(EVENT), "must begin with a zero byte and a schema id"),
        (b"", "must begin with a zero byte and a schema id"),
        (b"\x00\x00\x00\x00", "must begin with a zero byte and a schema id"),
        (b"\x01\x00\x00\x00\x07", "must begin with a zero byte and a schema id"),
        (struct.pack(">bI", 0, 8) + encode(EVENT), "schema id that is not among schema_ids"),
    ):
        with pytest.raises(EventValidationError, match=said):
            framing.parse(broken)


def test_frames_that_could_not_work_are_refused() -> None:
    """
    A source that is no URI reference, an event type that nobody declared, an id that is none.
    """
    with pytest.raises(ConfigurationError, match="URI reference"):
        CloudEvents("")
    with pytest.raises(ConfigurationError, match="UserRegisterd"):
        ConfluentFraming({"UserRegisterd.v1": 7})
    for number in (0, -1, 2**31, True):
        with pytest.raises(ConfigurationError, match="from 1"):
            ConfluentFraming({"UserRegistered.v1": number})
    for number in (1, 2**31 - 1):
        assert ConfluentFraming({"UserRegistered.v1": number}).record(EVENT).value[1:5] == number.to_bytes(4, "big")
    with pytest.raises(ConfigurationError, match="structured or binary"):
        CloudEvents("/x", mode="both")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="one event type at least"):
        ConfluentFraming({})
