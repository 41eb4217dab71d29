"""
How to reach Kafka, what its topics are, and everything private of aiokafka that is touched. It knows no events.
"""

from __future__ import annotations

from aegis_sdk.events.kafka._admin import KafkaUnreachableError
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._topics import TopicDifference, TopicPlan, apply_topics, plan_topics

__all__ = [
    "KafkaConnection",
    "KafkaUnreachableError",
    "TopicDifference",
    "TopicPlan",
    "apply_topics",
    "plan_topics",
]
