"""
Dead letters: an event that could not be handled, with the reason in its headers and nothing of its content in them.

Value, key and headers of the record are kept byte for byte, so that it can be published again as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aegis_sdk.errors import EventValidationError
from aegis_sdk.events.kafka._record import FetchedRecord

__all__ = [
    "PREFIX",
    "REPLAYED_FROM",
    "REPLAY_GROUP",
    "DeadLetter",
    "Headers",
    "dead_letter_topic",
    "reason_of",
    "text_of",
    "without_reasons",
]

Headers = tuple[tuple[str, bytes], ...]

PREFIX = "aegis-dlq-"
REPLAYED_FROM = "aegis-replayed-from"
REPLAY_GROUP = "aegis-replay-group"
"""
The last header of a dead letter that was published again for one group: consumers of other groups pass it over.
"""
_VIOLATIONS = 20
_POINTER = 200


def dead_letter_topic(topic: str) -> str:
    """
    Name the topic for the dead letters of *topic*.
    """
    return f"{topic}.dlq"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """
    A record on its way to the dead letters.

    Attributes:
        source: the topic that it came from.
        headers: its own headers and the reasons.
    """

    source: str
    key: bytes | None = field(repr=False)
    value: bytes | None = field(repr=False)
    headers: Headers = field(repr=False)

    @classmethod
    def of(
        cls,
        record: FetchedRecord,
        *,
        reason: str,
        error: BaseException,
        attempts: int,
        group_id: str,
        event_type: str = "",
        at: datetime | None = None,
    ) -> DeadLetter:
        """
        Write a record's reasons down: the error's class and the places of the violations, never a message or a value.

        Args:
            reason: ``contract``, ``unknown_type``, ``retries_exhausted``, ``permanent_error`` or a handler's own code.
            event_type: empty unless the type is a declared one, for then it is no secret.
        """
        kind = type(error)
        reasons = {
            "reason": reason,
            "error": f"{kind.__module__}.{kind.__qualname__}",
            "topic": record.topic,
            "partition": str(record.partition),
            "offset": str(record.offset),
            "timestamp": str(record.timestamp),
            "attempts": str(attempts),
            "group": group_id,
            "at": (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }
        if event_type:
            reasons["event-type"] = event_type
        if isinstance(error, EventValidationError):
            found = [{"pointer": v.pointer[:_POINTER], "rule": v.rule} for v in error.violations[:_VIOLATIONS]]
            reasons["violations"] = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
        added = tuple((PREFIX + name, text.encode()) for name, text in reasons.items())
        return cls(record.topic, record.key, record.value, without_reasons(record.headers) + added)

    def ever_shorter(self) -> Iterator[DeadLetter]:
        """
        This letter, and then without its value, its own headers and its key. The source has what is left out; the
        reasons say where, and how much it is.
        """
        yield self
        own = without_reasons(self.headers)
        reasons = tuple(one for one in self.headers if one[0].startswith(PREFIX))
        reasons += (_left_out("value", len(self.value or b"")),)
        yield DeadLetter(self.source, self.key, b"", own + reasons)
        size = sum(len(name) + len(value or b"") for name, value in own)
        reasons += (_left_out("headers", size),)
        yield DeadLetter(self.source, self.key, b"", reasons)
        yield DeadLetter(self.source, None, b"", (*reasons, _left_out("key", len(self.key or b""))))


def _left_out(part: str, size: int) -> tuple[str, bytes]:
    return f"{PREFIX}{part}", f"left out, {size} bytes".encode()


def without_reasons(headers: Sequence[tuple[str, bytes]]) -> Headers:
    """
    The headers that the record had before it became a dead letter.
    """
    ours = (REPLAYED_FROM, REPLAY_GROUP)
    return tuple((name, value) for name, value in headers if not name.startswith(PREFIX) and name not in ours)


def reason_of(headers: Sequence[tuple[str, bytes]], name: str) -> str | None:
    """
    Read one of the reasons, such as ``topic`` or ``attempts``.
    """
    return text_of(headers, PREFIX + name)


def text_of(headers: Sequence[tuple[str, bytes]], name: str) -> str | None:
    """
    The text of the first header of this name that has one: Kafka has headers without a value, too.
    """
    for key, value in headers:
        if key == name and value is not None:  # pyright: ignore[reportUnnecessaryComparison] # as it is typed, not as it is
            return value.decode("utf-8", "replace")
    return None
