"""
Events handed to a consumer without Kafka: its own reader, handlers, retries, dedupe and dead letters, and nothing else.
"""

from __future__ import annotations

from aegis_testing.consumer._driver import ConsumerDriver
from aegis_testing.consumer._outcome import Outcome

__all__ = ["ConsumerDriver", "Outcome"]
