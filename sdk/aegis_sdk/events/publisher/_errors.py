"""
What a publisher raises when Kafka did not acknowledge an event.

Each error says which event it was (type, id, topic) and whether it can be on the topic all the same. Keys, values and
headers are never shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from aegis_sdk.errors import EventPublishError

__all__ = [
    "BrokerUnavailableError",
    "EventTooLargeError",
    "EventsNotPublishedError",
    "PublishKind",
    "PublishNotAuthorizedError",
    "PublishOutcomeUnknownError",
    "PublishRefusedError",
    "PublishTimeoutError",
    "PublisherClosedError",
    "PublisherFullError",
    "UndeliveredEventError",
    "UnknownTopicError",
]

PublishKind = Literal[
    "timeout",
    "outcome unknown",
    "too large",
    "unknown topic",
    "authorization",
    "broker unavailable",
    "refused",
    "closed",
    "full",
]


class UndeliveredEventError(EventPublishError):
    """
    One event was not acknowledged.

    Attributes:
        kind: Why, for a metric or a decision.
        topic, event_type, event_id: Which event; the key is not told, for it may be personal.
        may_be_published: Whether it can be on the topic all the same. Then publishing it again may make a
            duplicate, which consumers drop by its eventId; otherwise it is certainly not there.
        elapsed: Seconds since it was handed to the publisher.
    """

    kind: ClassVar[PublishKind] = "refused"
    happened: ClassVar[str] = "was not published"
    mend: ClassVar[str] = ""

    def __init__(
        self,
        *,
        topic: str = "",
        event_type: str = "",
        event_id: str = "",
        elapsed: float = 0.0,
        detail: str = "",
        may_be_published: bool = False,
    ) -> None:
        super().__init__()
        self.topic = topic
        self.event_type = event_type
        self.event_id = event_id
        self.elapsed = elapsed
        self.detail = detail
        self.may_be_published = may_be_published

    def __str__(self) -> str:
        which = " ".join(part for part in (self.event_type or "a record", self.event_id) if part)
        said = f"{which} {self.happened}"
        if self.detail:
            said = f"{said}: {self.detail}"
        said = f"{said} (topic {self.topic}, after {self.elapsed:.2f} s; key and value hidden)"
        return f"{said}. {self.mend}" if self.mend else said

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__} {self}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.__dict__.copy())


class PublishTimeoutError(UndeliveredEventError, TimeoutError):
    """
    The deadline passed while the event was still waiting for its turn; it was not sent.
    """

    kind = "timeout"
    happened = "was not sent before its deadline"
    mend = "Give more time with timeout=…, or publish less at once"


class PublishOutcomeUnknownError(UndeliveredEventError, TimeoutError):
    """
    The event was sent and no acknowledgement came: it may or may not be on the topic.
    """

    kind = "outcome unknown"
    happened = "was sent, but not acknowledged before its deadline"
    mend = "It may be on the topic; publish the same event again, consumers drop duplicates by eventId"


class BrokerUnavailableError(UndeliveredEventError, ConnectionError):
    """
    No broker could be reached; the event was not sent.
    """

    kind = "broker unavailable"
    happened = "was not sent, no broker could be reached"
    mend = "Is the address right and the broker up?"


class UnknownTopicError(UndeliveredEventError):
    """
    The topic does not exist on this cluster.
    """

    kind = "unknown topic"
    happened = "was not sent, its topic does not exist"
    mend = "Create the contract's topics with `aegis topics apply`"


class PublishNotAuthorizedError(UndeliveredEventError):
    """
    We may not write to the topic, or could not sign in.
    """

    kind = "authorization"
    happened = "was refused, we may not write to its topic"


class EventTooLargeError(UndeliveredEventError, ValueError):
    """
    The event is larger than the publisher or the broker takes.
    """

    kind = "too large"
    happened = "is too large"


class PublishRefusedError(UndeliveredEventError):
    """
    The broker refused the event for another reason, which `detail` names.
    """

    kind = "refused"
    happened = "was refused by the broker"


class PublisherClosedError(UndeliveredEventError):
    """
    The publisher is not open, or was closed before it had sent the event.
    """

    kind = "closed"
    happened = "was not sent, the publisher is closed"


class PublisherFullError(UndeliveredEventError):
    """
    As many events as the publisher may hold are waiting already.
    """

    kind = "full"
    happened = "was not taken, the publisher holds all it may"
    mend = "Await publish(…), which waits for room, or raise max_events and max_bytes"


class EventsNotPublishedError(EventPublishError):
    """
    Some of several events were not acknowledged.

    Attributes:
        results: For each event, in the order given, where it was published or the error.
        errors: The errors among them.
    """

    def __init__(self, results: Sequence[object], errors: Sequence[UndeliveredEventError]) -> None:
        super().__init__(results, errors)
        self.results = tuple(results)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        shown = "\n".join(f"  {error}" for error in self.errors[:5])
        more = f"\n  … and {len(self.errors) - 5} more" if len(self.errors) > 5 else ""
        return f"{len(self.errors)} of {len(self.results)} events were not published:\n{shown}{more}"


def _rebuild(kind: type[UndeliveredEventError], state: dict[str, Any]) -> UndeliveredEventError:
    error = kind.__new__(kind)
    error.__dict__.update(state)
    return error
