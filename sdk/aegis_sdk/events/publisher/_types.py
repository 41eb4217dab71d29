"""
The values that go into a publisher and come out of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import msgspec
from typing_extensions import TypeVar

from aegis_sdk._part_health import PartHealth
from aegis_sdk.events.publisher._errors import PublishKind, UndeliveredEventError

__all__ = [
    "ClosingReport",
    "Headers",
    "Published",
    "PublisherHealth",
    "PublisherMetrics",
    "Record",
    "RecordMaker",
]

Headers = Sequence[tuple[str, bytes]]
_E_contra = TypeVar("_E_contra", contravariant=True, default=Any)


class Record(msgspec.Struct, frozen=True, gc=False):
    """
    An event as Kafka carries it: bytes that were validated before.

    Args:
        topic: Where it goes.
        value: The event's bytes; published as they are.
        key: What keeps records in order; any partition, if None.
        headers: Names and values.
        event_type: For errors and metrics.
        event_id: For errors.
    """

    topic: str
    value: bytes
    key: bytes | None = None
    headers: Headers = ()
    event_type: str = ""
    event_id: str = ""

    def __repr__(self) -> str:
        return f"Record(topic={self.topic!r}, event_type={self.event_type!r}, event_id={self.event_id!r})"


class Published(msgspec.Struct, frozen=True, gc=False):
    """
    Where an event is, as the broker acknowledged it.

    The offset is -1 in the rare case that the broker only remembers having stored it.
    """

    topic: str
    partition: int
    offset: int
    event_id: str


@runtime_checkable
class RecordMaker(Protocol[_E_contra]):
    """
    Whatever makes the record of an event: all that a publisher has to know of events.
    """

    def record(self, event: _E_contra, /) -> Record:
        """
        The validated bytes of an event with its topic, its key and the headers that every event carries.
        """
        ...


class PublisherMetrics(Protocol):
    """
    Who wants to know what a publisher does. Called on the event loop for every event: be quick.
    """

    def published(self, event_type: str, seconds: float) -> None:
        """
        An event was acknowledged so long after it was handed over.
        """

    def failed(self, event_type: str, kind: PublishKind) -> None:
        """
        An event was not acknowledged.
        """


@dataclass(frozen=True, slots=True)
class PublisherHealth(PartHealth):
    """
    Whether a publisher gets its events through.

    Attributes:
        healthy: False when it is not connected, or events wait and none was acknowledged for a while.
        reasons: Why not.
        waiting: Events that are not acknowledged yet.
        waiting_bytes: Their size.
        oldest_wait: Seconds that the oldest of them has waited.
        published: Events acknowledged since the publisher was opened.
        failed: Events not acknowledged.
    """

    healthy: bool
    reasons: tuple[str, ...]
    waiting: int
    waiting_bytes: int
    oldest_wait: float
    published: int
    failed: int


@dataclass(frozen=True, slots=True)
class ClosingReport:
    """
    What became of the events when a publisher was closed.

    Attributes:
        published: Events acknowledged since it was opened.
        undelivered: The events that were still waiting at the end, each with the error that its publisher got.
    """

    published: int
    undelivered: tuple[UndeliveredEventError, ...]
