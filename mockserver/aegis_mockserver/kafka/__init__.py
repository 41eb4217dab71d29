"""
Kafka without Docker: a cluster that speaks the real protocol, inside this process or in one of its own.

This room makes clusters and breaks them on demand. It does not know what an event looks like.
"""

from __future__ import annotations

from ._control import ALL_BROKERS, ClusterControl
from ._embedded import EmbeddedKafka
from ._librdkafka import EmbeddedKafkaError, KafkaLibraryMissingError
from ._process import KafkaProcess
from ._protocol import ApiKey, ErrorCode

__all__ = [
    "ALL_BROKERS",
    "ApiKey",
    "ClusterControl",
    "EmbeddedKafka",
    "EmbeddedKafkaError",
    "ErrorCode",
    "KafkaLibraryMissingError",
    "KafkaProcess",
]
