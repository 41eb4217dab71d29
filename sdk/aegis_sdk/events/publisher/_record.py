"""
From an event to the record that is published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, cast

from typing_extensions import TypeVar

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.publisher._trace import current_traceparent
from aegis_sdk.events.publisher._types import Headers, Record, RecordMaker

if TYPE_CHECKING:
    from aegis_sdk.events.codec._codec import EventCodec

__all__ = [
    "Codec",
    "ContractEvents",
    "GivenHeaders",
    "amended",
    "hold_to_its_types",
    "record_maker",
    "record_of",
    "size_of",
]

_RECORD_OVERHEAD = 64

_E = TypeVar("_E", default=Any)
Codec: TypeAlias = "RecordMaker[_E] | EventCodec[_E]"
GivenHeaders = Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]]


def record_of(
    codec: RecordMaker[_E],
    event: _E,
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
    return amended(codec.record(event), key, headers, traceparent or current_traceparent())


def amended(record: Record, key: str | bytes | None, headers: GivenHeaders | None, traceparent: str | None) -> Record:
    """
    A record with another key and more headers, where they are given.

    Raises:
        ConfigurationError: They cannot be written; what they are is not told.
    """
    if key is None and headers is None and traceparent is None:
        return record
    carried = list(record.headers)
    if traceparent is not None:
        carried.append(("traceparent", _bytes(traceparent, "traceparent")))
    if headers:
        carried += _given(headers)
    given = record.key if key is None else _bytes(key, "the key of an event")
    return Record(record.topic, record.value, given, carried, record.event_type, record.event_id)


def record_maker(codec: Codec[_E] | None) -> RecordMaker[_E]:
    """
    What makes records: a codec of the contracts, or whatever makes them itself.
    """
    return codec if isinstance(codec, RecordMaker) else ContractEvents(codec)


class _Route(NamedTuple):
    topic: str
    key: Callable[[Any], str]
    event_type: str
    headers: tuple[tuple[str, bytes], ...]


class ContractEvents(Generic[_E]):
    """
    Makes records of the events that are generated from the contracts.

    Args:
        codec: Validates and encodes; the one of the contracts with its usual limits, if not given.
    """

    def __init__(self, codec: EventCodec[_E] | None = None) -> None:
        self._codec = codec
        self._id_of: Callable[[Any], str] = attrgetter("event_id")
        self._routes: dict[type[object], _Route] = {}
        self._encode: Callable[[Any], bytes] = bytes  # until the first route is learnt

    def record(self, event: _E, /) -> Record:
        """
        The validated bytes of an event with topic, key and headers as its contract says.

        Raises:
            EventValidationError: The event breaks its schema.
            TypeError: It is no event of the contracts.
        """
        kind = cast("type[object]", type(event))
        route = self._routes.get(kind) or self._learn(kind, event)
        event_id = self._id_of(event)
        return Record(
            route.topic,
            self._encode(event),
            route.key(event).encode(),
            [*route.headers, ("event-id", event_id.encode())],
            route.event_type,
            event_id,
        )

    def _learn(self, kind: type[object], event: Any) -> _Route:
        from aegis_sdk.events.codec._codec import usual_codec

        codec: EventCodec[Any] = self._codec or usual_codec
        topic = codec.route(event).topic
        if not codec.event_id:
            raise ConfigurationError("events of this codec have no id: name it with EventCodec(event_id=…)")
        self._encode = codec.encode
        self._id_of = attrgetter(codec.event_id)
        info = next(info for info in codec.event_types if info.model is kind)
        headers = (("content-type", info.content_type.encode()), ("event-type", info.name.encode()))
        learnt = self._routes[kind] = _Route(topic, attrgetter(info.key), info.name, headers)
        return learnt


def _given(headers: GivenHeaders) -> Headers:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return [(_name(name), _bytes(value, "a header of an event")) for name, value in pairs]


def _name(name: object) -> str:
    if not isinstance(name, str) or _bytes(name, "a header's name") == b"":
        raise ConfigurationError("a header's name must be a text that is not empty")
    return name


def _bytes(value: object, what: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise ConfigurationError(f"{what} must be text or bytes, not {type(value).__name__}")
    try:
        return value.encode()
    except UnicodeEncodeError:  # its own text holds the value
        raise ConfigurationError(f"{what} has half of a surrogate pair, which UTF-8 cannot write") from None


def size_of(record: Record) -> int:
    """
    How many bytes a record takes on the wire, or a few less.
    """
    key, headers = record.key, record.headers
    size = len(record.value) + (len(key) if key else 0) + _RECORD_OVERHEAD
    for header in headers:
        size += len(header[0]) + len(header[1])
    return size


def hold_to_its_types(record: Record) -> None:
    """
    Refuse a record of somebody's own making that is not bytes: when its batch is made, nobody would listen.
    """
    parts: list[Any] = [record.value, *(value for _, value in record.headers)]
    if record.key is not None:
        parts.append(record.key)
    if not all(isinstance(part, bytes) for part in parts):
        raise TypeError("key, value and header values of a record must be bytes")
