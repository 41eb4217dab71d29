"""
What stands in an outbox: an event as it will be published, byte for byte.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple

from typing_extensions import TypeVar

from aegis_sdk.events.publisher._errors import EventTooLargeError
from aegis_sdk.events.publisher._record import Codec, GivenHeaders, record_maker, record_of, size_of

__all__ = ["BEHIND", "MAX_BYTES", "Batch", "OutboxBacklog", "OutboxRow", "ParkedEvent", "Writer"]

# Kafka's default limit is 1 MiB for a batch of records with its framing.
MAX_BYTES = 900_000
# What stands as the reason of an event that was not refused itself: it waits behind one of its key that was.
BEHIND = "behind"

_E = TypeVar("_E", default=Any)
Headers = tuple[tuple[str, bytes], ...]


class NewRow(NamedTuple):
    """
    An event on its way into the table; the columns in this order.

    Attributes:
        slot: decides the shard; equal keys have equal slots.
    """

    event_id: str
    event_type: str
    topic: str
    key: bytes | None
    value: bytes
    headers: str
    slot: int

    def __repr__(self) -> str:
        return f"NewRow(event_id={self.event_id!r}, event_type={self.event_type!r}, topic={self.topic!r})"


class OutboxRow(NamedTuple):
    """
    An event on its way to Kafka.
    """

    id: int
    event_id: str
    topic: str
    key: bytes | None
    value: bytes
    headers: Headers

    def __repr__(self) -> str:
        return f"OutboxRow(id={self.id}, event_id={self.event_id!r}, topic={self.topic!r})"


@dataclass(frozen=True, slots=True)
class Batch:
    """
    Events of one shard that are published in one transaction, in this order.

    Attributes:
        number: counts the batches of the shard.
        in_doubt: it was taken before, so it may be on its topics already.
        age: seconds since it was first taken.
    """

    number: int
    rows: tuple[OutboxRow, ...]
    in_doubt: bool
    age: float


@dataclass(frozen=True, slots=True)
class OutboxBacklog:
    """
    What waits in an outbox.

    Attributes:
        waiting: events that are not yet known to be on their topics.
        oldest: seconds that the oldest of them has waited; 0 when nothing waits.
        kept: relayed events that are kept until their retention ends.
        parked: events that Kafka refused, and those behind them of the same key.
    """

    waiting: int
    oldest: float
    kept: int
    parked: int = 0


@dataclass(frozen=True, slots=True)
class ParkedEvent:
    """
    An event that Kafka refused. It waits, with the later events of its key, until somebody decides.

    Attributes:
        reason: why Kafka refused it.
        since: seconds that it is parked.
        behind: later events of its key that wait for it.
    """

    event_id: str
    event_type: str
    topic: str
    reason: str
    since: float
    behind: int


class Writer(Generic[_E]):
    """
    Turns events into rows: validated, encoded, with key, headers and trace context.

    Args:
        codec: how events are written; by the contracts, if not given.
        max_bytes: the longest event that Kafka will take.
    """

    def __init__(self, codec: Codec[_E] | None = None, max_bytes: int = MAX_BYTES) -> None:
        self._codec = record_maker(codec)
        self._max_bytes = max_bytes

    def row(
        self,
        event: _E,
        *,
        key: str | bytes | None = None,
        headers: GivenHeaders | None = None,
        traceparent: str | None = None,
    ) -> NewRow:
        """
        Make the row of an event.

        Raises:
            EventValidationError: the event breaks its schema.
            EventTooLargeError: Kafka would refuse it, and everything behind it would wait.
        """
        record = record_of(self._codec, event, key=key, headers=headers, traceparent=traceparent)
        size = size_of(record)
        if size > self._max_bytes:
            raise EventTooLargeError(
                topic=record.topic,
                event_type=record.event_type,
                event_id=record.event_id,
                detail=f"{size} bytes, at most {self._max_bytes}",
            )
        slot = zlib.crc32(record.key if record.key is not None else record.event_id.encode())
        return NewRow(
            record.event_id,
            record.event_type,
            record.topic,
            record.key,
            record.value,
            written_headers(record.headers),
            slot,
        )


def written_headers(headers: Sequence[tuple[str, bytes]]) -> str:
    """
    Headers as text; Latin-1 gives every byte back.
    """
    return json.dumps([[name, value.decode("latin-1")] for name, value in headers], separators=(",", ":"))


def read_headers(text: str) -> Headers:
    """
    Headers from text.
    """
    return tuple((name, value.encode("latin-1")) for name, value in json.loads(text))
