"""
The brokers that the other tests stand on.
"""

from __future__ import annotations

from collections.abc import Callable

from aiokafka import AIOKafkaProducer
from brokers import Broker


async def test_a_record_is_still_there_after_a_restart(
    stoppable_kafka: Broker, kafka_topic: Callable[..., str]
) -> None:
    """
    A broker that was stopped and started keeps its address and its records.
    """
    topic = kafka_topic(partitions=1)
    offsets = []
    for _ in range(2):
        producer = AIOKafkaProducer(bootstrap_servers=stoppable_kafka.bootstrap_servers, acks="all")
        await producer.start()
        offsets.append((await producer.send_and_wait(topic, b"1")).offset)
        await producer.stop()
        stoppable_kafka.restart()
    assert offsets == [0, 1]
