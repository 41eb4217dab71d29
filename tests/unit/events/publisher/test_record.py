"""
Keys and headers of one event: what cannot be written is refused before it meets other events.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import CloudEvents, EventPublisher, Record
from aegis_sdk.events.publisher._notifications import NotificationEvents
from aegis_sdk.events.publisher._record import amended

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
