"""
Publishing: the very bytes that were validated, in order per key, and nothing lost in silence.
"""

from __future__ import annotations

from aegis_sdk.events.publisher._errors import (
    BrokerUnavailableError,
    EventsNotPublishedError,
    EventTooLargeError,
    PublisherClosedError,
    PublisherFullError,
    PublishNotAuthorizedError,
    PublishOutcomeUnknownError,
    PublishRefusedError,
    PublishTimeoutError,
    UndeliveredEventError,
    UnknownTopicError,
)
from aegis_sdk.events.publisher._publisher import EventPublisher
from aegis_sdk.events.publisher._record import ContractEvents, record_of
from aegis_sdk.events.publisher._types import (
    ClosingReport,
    Published,
    PublisherHealth,
    PublisherMetrics,
    Record,
    RecordMaker,
)

__all__ = [
    "BrokerUnavailableError",
    "ClosingReport",
    "ContractEvents",
    "EventPublisher",
    "EventTooLargeError",
    "EventsNotPublishedError",
    "PublishNotAuthorizedError",
    "PublishOutcomeUnknownError",
    "PublishRefusedError",
    "PublishTimeoutError",
    "Published",
    "PublisherClosedError",
    "PublisherFullError",
    "PublisherHealth",
    "PublisherMetrics",
    "Record",
    "RecordMaker",
    "UndeliveredEventError",
    "UnknownTopicError",
    "record_of",
]
