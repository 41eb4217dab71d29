"""
Events in the frames that others ask for: CloudEvents 1.0 (structured and binary) and Confluent's schema framing.

A frame wraps the bytes that were validated and changes none of them. Each is a codec: give it to a publisher, an outbox
or a consumer as ``codec=``.
"""

from __future__ import annotations

import struct
from base64 import b64decode
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, cast

import msgspec
from typing_extensions import TypeVar

from aegis_contracts import Violation
from aegis_sdk.errors import ConfigurationError, EventValidationError
from aegis_sdk.events.publisher._record import ContractEvents
from aegis_sdk.events.publisher._types import Record

if TYPE_CHECKING:
    from aegis_sdk.events.codec._codec import EventCodec

__all__ = ["CloudEvents", "ConfluentFraming", "Frame"]

_E = TypeVar("_E", default=Any)

_STRUCTURED = b"application/cloudevents+json; charset=UTF-8"
_MAGIC = 0


class Frame(Generic[_E]):
    """
    What every frame shares: a codec inside.

    Args:
        codec: validates and encodes what is framed; that of the contracts, if not given.
    """

    def __init__(self, codec: EventCodec[_E] | None = None) -> None:
        if codec is None:
            from aegis_sdk.events.codec._codec import usual_codec

            codec = cast("EventCodec[_E]", usual_codec)
        self.codec = codec
        self._records = ContractEvents(codec)

    def record(self, event: _E, /) -> Record:
        """
        The framed bytes of an event, with topic, key and headers as its contract says.

        Raises:
            EventValidationError: The event breaks its schema.
        """
        return self._framed(self._records.record(event), event)

    def parse(self, data: bytes, /) -> _E:
        """
        Read a framed event.

        Raises:
            EventValidationError: The frame or the event in it is broken.
        """
        return self.codec.parse(self._inner(data))

    def _framed(self, record: Record, event: Any) -> Record:
        raise NotImplementedError

    def _inner(self, data: bytes) -> bytes:
        raise NotImplementedError


class CloudEvents(Frame[_E]):
    """
    CloudEvents 1.0 on Kafka: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md

    ``data`` is the event as its contract has it, so nothing is lost; ``id``, ``type``, ``time`` and ``subject`` are
    taken from it. Structured frames put all of it into one JSON document, binary ones leave the bytes as they are and
    put the attributes into ``ce_…`` headers. A reader of either kind reads both.

    Args:
        source: who publishes, as a URI reference (CloudEvents §3.1).
        mode: how it is framed.
        codec: validates and encodes what is framed.
    """

    def __init__(
        self,
        source: str,
        *,
        mode: Literal["structured", "binary"] = "structured",
        codec: EventCodec[_E] | None = None,
    ) -> None:
        if not source or not source.isascii() or not source.isprintable() or " " in source:
            raise ConfigurationError("source must be a URI reference, such as /services/user")
        if mode not in ("structured", "binary"):
            raise ConfigurationError("mode must be structured or binary")
        super().__init__(codec)
        self._source = source
        self._mode = mode
        self._versions = {info.model: info.version for info in self.codec.event_types}

    def _framed(self, record: Record, event: Any) -> Record:
        attributes = {
            "specversion": "1.0",
            "id": record.event_id,
            "source": self._source,
            "type": f"{record.event_type}.v{self._versions[type(event)]}",
            "datacontenttype": "application/json",
        }
        if record.key is not None:
            attributes["subject"] = record.key.decode("utf-8", "replace")
        occurred_at = getattr(event, "occurred_at", None)
        if occurred_at is not None:
            attributes["time"] = msgspec.to_builtins(occurred_at)
        own = [(name, value) for name, value in record.headers if name != "content-type"]
        if self._mode == "structured":
            value = msgspec.json.encode({**attributes, "data": msgspec.Raw(record.value)})
            return _with(record, value, [("content-type", _STRUCTURED), *own])
        carried = [(f"ce_{name}", text.encode()) for name, text in attributes.items() if name != "datacontenttype"]
        return _with(record, record.value, [("content-type", b"application/json"), *carried, *own])

    def _inner(self, data: bytes) -> bytes:
        try:
            found = msgspec.json.decode(data, type=_Structured)
        except msgspec.MsgspecError:
            # A binary frame: the bytes are the event's own. What is broken, the codec says.
            return data
        if found.specversion is msgspec.UNSET:
            return data
        if found.specversion != "1.0":
            raise _broken("/specversion", "must be 1.0", "CloudEvents 1.0 §3.1")
        if found.data_base64 is msgspec.UNSET:
            if found.data is msgspec.UNSET:
                raise _broken("/data", "is required", "CloudEvents 1.0 §3.3")
            return bytes(found.data)
        if found.data is not msgspec.UNSET:
            raise _broken("/data_base64", "must not stand beside data", "CloudEvents JSON format §3.1")
        try:
            return b64decode(found.data_base64, validate=True)
        except ValueError:
            raise _broken("/data_base64", "must be base64", "CloudEvents JSON format §3.1") from None


class _Structured(msgspec.Struct):
    specversion: str | msgspec.UnsetType = msgspec.UNSET
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    data_base64: str | msgspec.UnsetType = msgspec.UNSET


class ConfluentFraming(Frame[_E]):
    """
    Confluent's wire format: a zero byte, the schema's id in the registry as four bytes, and the event's JSON.

    It asks no registry: the ids are those under which the contracts' schemas were registered there. A reader takes
    frames of these ids alone, each around an event whose type has it.

    Args:
        schema_ids: by event type and version, such as ``{"UserRegistered.v1": 7}``.
        codec: validates and encodes what is framed.
    """

    def __init__(self, schema_ids: Mapping[str, int], *, codec: EventCodec[_E] | None = None) -> None:
        super().__init__(codec)
        known = {info.id: info.model for info in self.codec.event_types}
        if not schema_ids:
            raise ConfigurationError("schema_ids must name the id of one event type at least")
        for name, number in schema_ids.items():
            if name not in known:
                raise ConfigurationError(f"{name} is no event type of the contracts; known are {', '.join(known)}")
            if isinstance(number, bool) or not 0 < number < 2**31:
                raise ConfigurationError(f"the schema id of {name} must be a number from 1")
        self._heads: dict[type[object], bytes] = {
            known[name]: struct.pack(">bI", _MAGIC, number) for name, number in schema_ids.items()
        }
        names: dict[type[object], str] = {info.model: info.name for info in self.codec.event_types}
        # By the type alone: an upcaster may make another version of the event.
        self._known = frozenset((head, names[model]) for model, head in self._heads.items())
        self._names = names

    def parse(self, data: bytes, /) -> _E:
        """
        Read a framed event.

        Raises:
            EventValidationError: The frame or the event in it is broken, or the frame has another type's schema id.
        """
        event = super().parse(data)
        if (bytes(data[:5]), self._names[cast("type[object]", type(event))]) not in self._known:
            raise _broken("", "has the schema id of another event type", "Confluent wire format")
        return event

    def _framed(self, record: Record, event: Any) -> Record:
        kind = cast("type[object]", type(event))
        head = self._heads.get(kind)
        if head is None:
            raise ConfigurationError(f"{kind.__name__} has no schema id; add it to schema_ids")
        return _with(record, head + record.value, list(record.headers))

    def _inner(self, data: bytes) -> bytes:
        head = bytes(data[:5])
        if len(head) < 5 or head[0] != _MAGIC:
            raise _broken("", "must begin with a zero byte and a schema id", "Confluent wire format")
        if head not in self._heads.values():
            raise _broken("", "has a schema id that is not among schema_ids", "Confluent wire format")
        return bytes(data[5:])


def _with(record: Record, value: bytes, headers: list[tuple[str, bytes]]) -> Record:
    return Record(record.topic, value, record.key, headers, record.event_type, record.event_id)


def _broken(pointer: str, message: str, source: str) -> EventValidationError:
    return EventValidationError("event", [Violation(pointer, "frame", message, source)])
