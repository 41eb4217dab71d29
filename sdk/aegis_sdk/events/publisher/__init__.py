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
from aegis_sdk.events.publisher._framing import CloudEvents, ConfluentFraming
from aegis_sdk.events.publisher._publisher import EventPublisher
from aegis_sdk.events.publisher._record import ContractEvents, record_of
from aegis_sdk.events.publisher._sync import SyncEventPublisher
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
    "CloudEvents",
    "ConfluentFraming",
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
    "SyncEventPublisher",
    "UndeliveredEventError",
    "UnknownTopicError",
    "record_of",
]
