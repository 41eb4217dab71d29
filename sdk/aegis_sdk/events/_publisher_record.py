"""
From an event to the record that is published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._publisher_types import Headers, Record, RecordMaker
from ._trace import current_traceparent

if TYPE_CHECKING:
    from ._codec import EventCodec

__all__ = ["ContractEvents", "GivenHeaders", "record_of"]

GivenHeaders = Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]]

_CONTENT_TYPE = ("content-type", b"application/json")


def record_of(
    codec: RecordMaker,
    event: Any,
    *,
    key: str | bytes | None = None,
    headers: GivenHeaders | None = None,
    traceparent: str | None = None,
) -> Record:
    """
    The record of an event: its validated bytes with key and headers. Also what an outbox stores.

    Args:
        codec: Validates and encodes.
        event: What happened.
        key: Instead of the event's aggregateId.
        headers: More headers.
        traceparent: The W3C trace context; that of the span that runs now, if not given.

    Raises:
        EventValidationError: The event breaks its schema.
    """
    record = codec.record(event)
    trace = traceparent or current_traceparent()
    if key is None and headers is None and trace is None:
        return record
    carried = list(record.headers)
    if trace is not None:
        carried.append(("traceparent", trace.encode("ascii")))
    if headers:
        carried += _given(headers)
    given = record.key if key is None else key.encode() if isinstance(key, str) else key
    return Record(record.topic, record.value, given, carried, record.event_type, record.event_id)


class ContractEvents:
    """
    Makes records of the events that are generated from the contracts.

    Args:
        codec: Validates and encodes; the one of the contracts with its usual limits, if not given.
    """

    def __init__(self, codec: EventCodec | None = None) -> None:
        self._encode: Callable[[Any], bytes] | None = codec.encode if codec is not None else None
        self._route: Callable[[Any], tuple[str, str]] | None = codec.route if codec is not None else None

    def record(self, event: Any, /) -> Record:
        """
        The validated bytes of an event with topic, key and headers as its contract says.

        Raises:
            EventValidationError: The event breaks its schema.
            TypeError: It is no event of the contracts.
        """
        if self._encode is None or self._route is None:
            from ._codec import encode, route

            self._encode, self._route = encode, route
        topic, key = self._route(event)
        event_type: str = event.event_type
        event_id: str = event.event_id
        headers = [_CONTENT_TYPE, ("event-type", event_type.encode()), ("event-id", event_id.encode())]
        return Record(topic, self._encode(event), key.encode(), headers, event_type, event_id)


def _given(headers: GivenHeaders) -> Headers:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [(name, value.encode() if isinstance(value, str) else value) for name, value in pairs]
