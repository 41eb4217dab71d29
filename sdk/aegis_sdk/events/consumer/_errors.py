"""
Why a consumer cannot go on.
"""

from __future__ import annotations

from aegis_sdk.errors import EventError

__all__ = ["ConsumerStoppedError", "EventConsumeError"]


class EventConsumeError(EventError):
    """
    The consumer cannot go on: Kafka is out of reach at the start, refuses us, or the consumer itself is broken.
    """


class ConsumerStoppedError(EventConsumeError):
    """
    The consumer was stopped before it had started.
    """
