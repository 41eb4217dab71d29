"""
How to reach Kafka, what its topics are, and everything private of aiokafka that is touched. It knows no events.
"""

from __future__ import annotations

from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._errors import (
    KafkaAddressError,
    KafkaAuthenticationError,
    KafkaAuthorizationError,
    KafkaCertificateError,
    KafkaRefusalError,
    KafkaTopicError,
    KafkaUnreachableError,
)
from aegis_sdk.events.kafka._topics import TopicDifference, TopicPlan, apply_topics, plan_topics

__all__ = [
    "KafkaAddressError",
    "KafkaAuthenticationError",
    "KafkaAuthorizationError",
    "KafkaCertificateError",
    "KafkaConnection",
    "KafkaRefusalError",
    "KafkaTopicError",
    "KafkaUnreachableError",
    "TopicDifference",
    "TopicPlan",
    "apply_topics",
    "plan_topics",
]
