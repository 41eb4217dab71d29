"""
The connection that dead letters go out by: opened for the first one, replaced when it fails.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aegis_sdk.errors import EventPublishError
from aegis_sdk.events.dead_letters._letter import DeadLetter, Headers
from aegis_sdk.events.dead_letters._topic import DeadLetterTopic
from aegis_sdk.events.kafka._admin import TopicRefusedError, opened
from aegis_sdk.events.kafka._aiokafka import end, end_now
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._errors import KafkaRefusalError, of_family
from aegis_sdk.events.kafka._library import require_aiokafka, require_aiokafka_module
from aegis_sdk.events.kafka._reach import explained

__all__ = ["DeadLetterProducer"]

_log = logging.getLogger("aegis_sdk.events.consumer")


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
        self._known: set[str] = set()
        self._opening = asyncio.Lock()
        errors = require_aiokafka_module("errors")
        self._too_large: tuple[type[Exception], ...] = (
            errors.MessageSizeTooLargeError,
            errors.RecordListTooLargeError,
            errors.RecordTooLargeError,
        )

    async def send(self, letter: DeadLetter) -> None:
        """
        Publish a dead letter.

        Raises:
            EventPublishError: Kafka did not acknowledge it.
        """
        topic = self._topic(letter.source)
        if topic not in self._known:
            await self._ensure(topic, letter.source)
        too_large: EventPublishError | None = None
        for one in letter.ever_shorter():
            try:
                await self.publish(topic, one.key, one.value, one.headers)
            except EventPublishError as error:
                # With its reasons it has become too large for the topic.
                if not isinstance(error.__cause__, self._too_large):
                    raise
                too_large = error
            else:
                return
        if too_large is not None:
            raise too_large

    async def publish(self, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> None:
        """
        Publish a record as it is.
        """
        errors = require_aiokafka_module("errors")
        producer: Any = None
        try:
            async with asyncio.timeout(self._timeout):
                producer = await self._open()
                # aiokafka refuses a record that has neither key nor value.
                body = b"" if key is None and value is None else value
                await producer.send_and_wait(topic, value=body, key=key, headers=list(headers))
        except (TimeoutError, OSError, errors.KafkaError) as error:
            if producer is not None and producer is self._producer:
                # It may wait for ever on a broker that is gone, and keeps what it could not send; and aiokafka has
                # counted a record that the broker refused, which would then refuse all others.
                self._producer = None
                end_now(producer)
            raise self._failed(topic, error) from error

    def _failed(self, topic: str, error: Exception) -> EventPublishError:
        reason = explained(error, self._connection)
        if reason is None or not reason.fatal:
            return EventPublishError(f"{topic} did not take a dead letter ({type(error).__name__})")
        return of_family(EventPublishError, type(reason)(f"{topic} did not take a dead letter: {reason}"))

    async def _ensure(self, topic: str, source: str) -> None:
        """
        Create a dead-letter topic that does not exist, as wide as its source.
        """
        try:
            async with opened(self._connection, self._timeout) as admin:
                found = await admin.describe([topic, source])
                if topic not in found and source in found:
                    made = DeadLetterTopic(topic, found[source].partitions, found[source].replicas)
                    await admin.create(made, made.configuration)
                    _log.warning("the dead-letter topic %s did not exist and was created", topic)
        except (KafkaRefusalError, TopicRefusedError) as refused:
            # Publishing says what is wrong; a broker may also create topics by itself.
            _log.warning("it is not known whether the dead-letter topic %s exists: %s", topic, refused)
        else:
            self._known.add(topic)

    async def aclose(self) -> None:
        """
        Close the connection.
        """
        producer, self._producer = self._producer, None
        if producer is not None:
            await end(producer, self._timeout)

    async def _open(self) -> Any:
        async with self._opening:
            if self._producer is None:
                producer: Any = require_aiokafka("Dead letters").AIOKafkaProducer(
                    **self._connection.client_options(),
                    acks="all",
                    enable_idempotence=True,
                    request_timeout_ms=int(self._timeout * 1000),
                    # The broker knows what is too large for it.
                    max_request_size=2**30,
                )
                try:
                    await producer.start()
                except BaseException:
                    end_now(producer)
                    raise
                self._producer = producer
            return self._producer
