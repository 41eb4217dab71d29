"""
From an event to the record that is published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, cast

from aegis_sdk.errors import EventError

from ._publisher_types import EventCodec, Headers, Record
from ._trace import current_traceparent

__all__ = ["ContractEvents", "GivenHeaders", "record_of"]

GivenHeaders = Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]]


def record_of(
    codec: EventCodec,
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
    The events that are generated from the contracts.
    """

    def record(self, event: Any, /) -> Record:
        """
        The validated bytes of an event with topic, key and headers as its contract says.

        Raises:
            EventValidationError: The event breaks its schema.
            EventError: It is no event of the contracts.
        """
        routes, encode = _generated()
        route = routes.get(cast("type[object]", type(event)))
        if route is None:
            raise EventError(f"{type(event).__name__} is no event type of the contracts")
        event_id: str = event.event_id
        key: str = getattr(event, route.key)
        headers = [*route.headers, ("event-id", event_id.encode())]
        return Record(route.topic, encode(event), key.encode(), headers, route.event_type, event_id)


class _Route(NamedTuple):
    topic: str
    key: str
    event_type: str
    headers: tuple[tuple[str, bytes], ...]


@cache
def _generated() -> tuple[dict[type, _Route], Callable[[Any], bytes]]:
    from aegis_sdk._generated.events import EVENT_TYPES

    from ._codec import encode

    return {
        info.model: _Route(
            info.topic,
            info.key,
            info.name,
            (("content-type", info.content_type.encode()), ("event-type", info.name.encode())),
        )
        for info in EVENT_TYPES
    }, encode


def _given(headers: GivenHeaders) -> Headers:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [(name, value.encode() if isinstance(value, str) else value) for name, value in pairs]
