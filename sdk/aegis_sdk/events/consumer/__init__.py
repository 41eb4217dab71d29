"""
Consuming: typed handlers, at least once, in order for each key.
"""

from __future__ import annotations

from aegis_sdk.events.consumer._consumer import EventConsumer
from aegis_sdk.events.consumer._errors import ConsumerStoppedError, EventConsumeError
from aegis_sdk.events.consumer._handlers import Delivery
from aegis_sdk.events.consumer._health import ConsumerHealth, PartitionHealth
from aegis_sdk.events.consumer._retry import HandlerRetry, Reject, RetryLater
from aegis_sdk.events.consumer._settings import ConsumerSettings
from aegis_sdk.events.consumer._stats import ConsumerStats
from aegis_sdk.events.consumer._worker import HandlerCancelledError, HandlerTimeoutError

__all__ = [
    "ConsumerHealth",
    "ConsumerSettings",
    "ConsumerStats",
    "ConsumerStoppedError",
    "Delivery",
    "EventConsumeError",
    "EventConsumer",
    "HandlerCancelledError",
    "HandlerRetry",
    "HandlerTimeoutError",
    "PartitionHealth",
    "Reject",
    "RetryLater",
]
