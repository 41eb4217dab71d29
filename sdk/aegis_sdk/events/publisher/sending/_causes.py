"""
What an error of aiokafka means for an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from aegis_sdk.events.kafka._errors import KafkaAuthenticationError, KafkaAuthorizationError, KafkaRefusalError
from aegis_sdk.events.kafka._library import require_aiokafka_module
from aegis_sdk.events.publisher._errors import (
    BrokerUnavailableError,
    EventTooLargeError,
    PublishNotAuthorizedError,
    PublishOutcomeUnknownError,
    PublishRefusedError,
    PublishTimeoutError,
    UndeliveredEventError,
    UnknownTopicError,
)
from aegis_sdk.events.publisher.sending._engine import EngineAbandonedError, TopicMissingError, TopicNotAllowedError

__all__ = ["Cause", "cause_of", "late"]

# The broker has lost track of our producer, not of a record: another producer may send it again.
_LOST_TRACK = frozenset(
    {
        "OutOfOrderSequenceNumber",
        "UnknownProducerId",
        "InvalidProducerEpoch",
        "InvalidProducerIdMapping",
        "ProducerFenced",
    }
)
_TOO_LARGE = frozenset({"MessageSizeTooLargeError", "RecordListTooLargeError"})
_NOT_ALLOWED = frozenset({"TopicAuthorizationFailedError", "ClusterAuthorizationFailedError", "TopicNotAllowedError"})
_NO_TOPIC = frozenset({"TopicMissingError", "InvalidTopicError", "UnknownTopicOrPartitionError"})
# The broker answers these after it may have stored the record.
_AMBIGUOUS_ANSWERS = frozenset({"RequestTimedOutError", "NotEnoughReplicasAfterAppendError", "UnknownError"})


@dataclass(frozen=True, slots=True)
class Cause:
    """
    What to do about a batch that failed.

    Attributes:
        error: What its events raise, if nothing else can be done.
        retry: Whether sending it again can help.
        ambiguous: Whether it may have been stored.
        too_large: Whether fewer events at once could help.
    """

    error: type[UndeliveredEventError]
    retry: bool
    ambiguous: bool
    too_large: bool


def cause_of(error: Exception) -> Cause:
    """
    Read an error of aiokafka, or of an engine.
    """
    name = type(error).__name__
    if name in _TOO_LARGE:
        return Cause(EventTooLargeError, retry=False, ambiguous=False, too_large=True)
    if name in _NOT_ALLOWED:
        return Cause(PublishNotAuthorizedError, retry=False, ambiguous=False, too_large=False)
    if isinstance(error, TopicMissingError) or name == "InvalidTopicError":
        return Cause(UnknownTopicError, retry=False, ambiguous=False, too_large=False)
    errors: Any = require_aiokafka_module("errors")
    answered = isinstance(error, errors.BrokerResponseError)
    ambiguous = not answered or name in _AMBIGUOUS_ANSWERS
    retry = not answered or name in _LOST_TRACK or name == "UnknownError" or bool(cast("Any", error).retriable)
    return Cause(PublishRefusedError, retry=retry, ambiguous=ambiguous, too_large=False)


def late(*, maybe_sent: bool, connected: bool, trouble: Exception | None) -> type[UndeliveredEventError]:
    """
    The error of an event whose deadline has passed.
    """
    if maybe_sent:
        return PublishOutcomeUnknownError
    if isinstance(trouble, (KafkaAuthenticationError, KafkaAuthorizationError)):
        return PublishNotAuthorizedError
    if type(trouble).__name__ in _NO_TOPIC:
        return UnknownTopicError
    if not connected or isinstance(trouble, OSError):
        return BrokerUnavailableError
    return PublishTimeoutError


def named(trouble: Exception | None) -> str:
    """
    An error in a few words; its own text is left out, for it may quote a record.
    """
    if trouble is None or isinstance(trouble, EngineAbandonedError):
        return ""
    if isinstance(trouble, (TopicMissingError, TopicNotAllowedError)):
        return ""
    if isinstance(trouble, (OSError, KafkaRefusalError)) and trouble.args:
        return str(trouble)
    return type(trouble).__name__
