"""
Everything public about publishing, in one place for the front door.
"""

from __future__ import annotations

from ._kafka import KafkaConnection
from ._publisher import EventPublisher
from ._publisher_errors import (
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
from ._publisher_record import ContractEvents, record_of
from ._publisher_types import ClosingReport, Published, PublisherHealth, PublisherMetrics, Record, RecordMaker
from ._topics import TopicDifference, TopicPlan, apply_topics, plan_topics
from ._topics_admin import KafkaUnreachableError

__all__ = [
    "BrokerUnavailableError",
    "ClosingReport",
    "ContractEvents",
    "EventPublisher",
    "EventTooLargeError",
    "EventsNotPublishedError",
    "KafkaConnection",
    "KafkaUnreachableError",
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
    "TopicDifference",
    "TopicPlan",
    "UndeliveredEventError",
    "UnknownTopicError",
    "apply_topics",
    "plan_topics",
    "record_of",
]
