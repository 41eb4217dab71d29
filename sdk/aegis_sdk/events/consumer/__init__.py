"""
Consuming: typed handlers, at least once, in order for each key.
"""

from __future__ import annotations

from aegis_sdk.events.consumer._consumer import EventConsumer
from aegis_sdk.events.consumer._errors import ConsumerStoppedError, EventConsumeError
from aegis_sdk.events.consumer._health import ConsumerHealth, PartitionHealth
from aegis_sdk.events.consumer.handling._failures import HandlerFailure
from aegis_sdk.events.consumer.handling._handlers import Delivery, Tombstone
from aegis_sdk.events.consumer.handling._retry import HandlerRetry, Reject, RetryLater
from aegis_sdk.events.consumer.handling._settings import ConsumerSettings
from aegis_sdk.events.consumer.handling._stats import ConsumerStats
from aegis_sdk.events.consumer.handling._worker import HandlerCancelledError, HandlerTimeoutError

__all__ = [
    "ConsumerHealth",
    "ConsumerSettings",
    "ConsumerStats",
    "ConsumerStoppedError",
    "Delivery",
    "EventConsumeError",
    "EventConsumer",
    "HandlerCancelledError",
    "HandlerFailure",
    "HandlerRetry",
    "HandlerTimeoutError",
    "PartitionHealth",
    "Reject",
    "RetryLater",
    "Tombstone",
]
