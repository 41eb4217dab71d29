"""
The connection that dead letters go out by: opened for the first one, replaced when it fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aegis_sdk.errors import EventPublishError
from aegis_sdk.events._consumer_client import stop_within, tear_down
from aegis_sdk.events._dlq import DeadLetter, Headers
from aegis_sdk.events._kafka import KafkaConnection, require_aiokafka, require_aiokafka_module

__all__ = ["DeadLetterProducer"]


class DeadLetterProducer:
    """
    Publishes dead letters and waits for Kafka's acknowledgement.

    Args:
        topic: names the dead-letter topic of a topic.
        timeout: seconds that one dead letter may take; afterwards it may be published or not.
    """

    def __init__(self, connection: KafkaConnection, topic: Callable[[str], str], *, timeout: float) -> None:
        self._connection = connection
        self._topic = topic
        self._timeout = timeout
        self._producer: Any = None
        self._opening = asyncio.Lock()

    async def send(self, letter: DeadLetter) -> None:
        """
        Publish a dead letter.

        Raises:
            EventPublishError: Kafka did not acknowledge it.
        """
        await self.publish(self._topic(letter.source), letter.key, letter.value, letter.headers)

    async def publish(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        """
        Publish a record as it is.
        """
        errors = require_aiokafka_module("errors")
        producer: Any = None
        try:
            async with asyncio.timeout(self._timeout):
                producer = await self._open()
                await producer.send_and_wait(topic, value=value, key=key, headers=list(headers))
        except (TimeoutError, OSError, errors.KafkaError) as error:
            if producer is not None and producer is self._producer:
                # It may wait for ever on a broker that is gone, and keeps what it could not send.
                self._producer = None
                tear_down(producer)
            raise EventPublishError(f"{topic} did not take a dead letter ({type(error).__name__})") from error

    async def aclose(self) -> None:
        """
        Close the connection.
        """
        producer, self._producer = self._producer, None
        if producer is not None:
            await stop_within(producer, self._timeout)

    async def _open(self) -> Any:
        async with self._opening:
            if self._producer is None:
                producer: Any = require_aiokafka("Dead letters").AIOKafkaProducer(
                    **self._connection.client_options(),
                    acks="all",
                    enable_idempotence=True,
                    request_timeout_ms=int(self._timeout * 1000),
                )
                try:
                    await producer.start()
                except BaseException:
                    tear_down(producer)
                    raise
                self._producer = producer
            return self._producer
