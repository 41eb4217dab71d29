"""
Everything public about consuming, in one place for the front door.
"""

from __future__ import annotations

from ._consumer import EventConsumeError, EventConsumer
from ._consumer_handlers import Delivery
from ._consumer_health import ConsumerHealth, PartitionHealth
from ._consumer_settings import ConsumerSettings
from ._consumer_stats import ConsumerStats
from ._consumer_worker import HandlerCancelledError, HandlerTimeoutError
from ._dedupe import DedupeStore, MemoryDedupe, NoDedupe
from ._dedupe_postgres import PostgresDedupe
from ._dedupe_redis import RedisDedupe
from ._dedupe_sqlite import SqliteDedupe
from ._dlq import DeadLetter, dead_letter_topic
from ._retry import HandlerRetry, Reject, RetryLater

__all__ = [
    "ConsumerHealth",
    "ConsumerSettings",
    "ConsumerStats",
    "DeadLetter",
    "DedupeStore",
    "Delivery",
    "EventConsumeError",
    "EventConsumer",
    "HandlerCancelledError",
    "HandlerRetry",
    "HandlerTimeoutError",
    "MemoryDedupe",
    "NoDedupe",
    "PartitionHealth",
    "PostgresDedupe",
    "RedisDedupe",
    "Reject",
    "RetryLater",
    "SqliteDedupe",
    "dead_letter_topic",
]
