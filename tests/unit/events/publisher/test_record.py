"""
Keys and headers of one event: what cannot be written is refused before it meets other events.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import CloudEvents, EventPublisher, Record, UserDeleted
from aegis_sdk.events.publisher._notifications import NotificationEvents
from aegis_sdk.events.publisher._record import amended, record_maker, record_of, size_of

PLAIN = Record("topic", b"{}", b"key", [("event-id", b"1")])


def test_a_key_alone_a_header_alone_and_a_trace_alone_are_written() -> None:
    """
    Each is taken by itself, and what is not given stays as it was.
    """
    assert amended(PLAIN, None, None, None) is PLAIN
    assert amended(PLAIN, "다른", None, None).key == "다른".encode()
    assert amended(PLAIN, None, {"a": "b"}, None).headers == [("event-id", b"1"), ("a", b"b")]
    traced = amended(PLAIN, None, None, "00-1-2-01")
    assert (traced.key, traced.headers[-1]) == (b"key", ("traceparent", b"00-1-2-01"))


def test_the_trace_that_is_given_is_carried() -> None:
    """
    Who stores an event and publishes it later gives the trace of then, and no other is put in its place.
    """
    event = UserDeleted.new(user_id="u1", deletion_reason="x")
    record = record_of(record_maker(None), event, traceparent="00-1-2-01")
    assert [value for name, value in record.headers if name == "traceparent"] == [b"00-1-2-01"]
    assert "traceparent" not in dict(record_of(record_maker(None), event).headers)


@pytest.mark.parametrize(
    ("key", "headers"),
    [
        ("canary-\ud800", None),
        (7, None),
        (None, {"name": "canary-\ud800"}),
        (None, {"name": 7}),
        (None, {"": b"x"}),
        (None, [(None, b"x")]),
        (None, [(b"name", b"x")]),
    ],
)
def test_what_kafka_cannot_write_is_refused_by_name_and_without_its_value(key: Any, headers: Any) -> None:
    """
    A number for a header, half a character, a header without a name: refused at once, and never told.
    """
    with pytest.raises(ConfigurationError) as refused:
        amended(PLAIN, key, headers, None)
    assert "canary" not in f"{refused.value!r}{refused.value.__cause__!r}"
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize("name", ["timeout", "connect_timeout", "request_timeout", "max_events", "max_bytes"])
@pytest.mark.parametrize("value", [0, -1])
def test_limits_of_nothing_and_of_less_are_refused(name: str, value: int) -> None:
    """
    A publisher that may never send anything does not open.
    """
    with pytest.raises(ConfigurationError, match="more than zero"):
        EventPublisher("127.0.0.1:1", **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("source", ["", "/user service", "/사용자", "/user\n"])
def test_a_source_that_is_no_uri_reference_is_refused(source: str) -> None:
    """
    CloudEvents knows who speaks by a URI reference: no blanks, nothing beyond ASCII.
    """
    with pytest.raises(ConfigurationError):
        CloudEvents(source=source)


def test_who_asks_for_notifications_has_to_publish_them() -> None:
    """
    The calls for notifications are of no use without ``publish``: a class without it cannot be made.
    """
    with pytest.raises(TypeError, match="publish"):
        NotificationEvents()  # type: ignore[abstract]


@pytest.mark.parametrize(
    ("record", "least"),
    [
        (Record("t", b"12345", None, ()), 5),
        (Record("t", b"12345", b"678", ()), 8),
        (Record("t", b"12345", b"678", [("name", b"value"), ("n", b"")]), 18),
    ],
)
def test_a_record_is_as_large_as_all_that_it_carries(record: Record, least: int) -> None:
    """
    Value, key, and names and values of headers count; what else a record costs is the same for each.
    """
    assert size_of(record) - size_of(Record("t", b"", None, ())) == least
    assert 0 < size_of(Record("t", b"", None, ())) < 100
