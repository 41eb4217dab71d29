"""
Brokers to test against: the embedded cluster, and Apache Kafka itself; and Kafka Connect.
"""

from __future__ import annotations

from ._apache import ApacheKafka
from ._broker import Broker
from ._connect import KafkaConnect
from ._embedded import EmbeddedBroker
from ._external import ExternalKafka
from ._guarded import GuardedKafka
from ._maven import resolve_kafka, why_no_apache_kafka, why_no_connect
from ._reader import Stored, read_topic

__all__ = [
    "ApacheKafka",
    "Broker",
    "EmbeddedBroker",
    "ExternalKafka",
    "GuardedKafka",
    "KafkaConnect",
    "Stored",
    "read_topic",
    "resolve_kafka",
    "why_no_apache_kafka",
    "why_no_connect",
]
