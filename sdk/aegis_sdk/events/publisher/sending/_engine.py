"""
One aiokafka producer, from its first connection to its end.

Three things are ours:

- records are put into batches by the publisher, one batch per partition on its way at a time, so what has not been sent
  can still be taken back, and order is kept;
- nothing is handed to aiokafka for a broker that is not connected: it would hold on to it for as long as that lasts;
- an engine can be ended at once. aiokafka's own `stop()` waits for brokers that may never answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aegis_sdk.events.kafka._aiokafka import end_producer, is_sending, wait_for_acknowledgement
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._library import require_aiokafka, require_aiokafka_module

__all__ = ["Engine", "EngineAbandonedError", "TopicMissingError", "TopicNotAllowedError"]

# How long the cluster may say that a topic does not exist before we believe it: a new topic takes a moment to spread.
_UNKNOWN_TOPIC_GRACE = 1.5
_METADATA_BACKOFF = 0.1
_METADATA_WAIT = 1.0


class EngineAbandonedError(Exception):
    """
    The engine was ended while a batch was on its way.
    """


class TopicMissingError(Exception):
    """
    The cluster says that a topic does not exist.
    """


class TopicNotAllowedError(Exception):
    """
    The cluster says that we may not use a topic.
    """


class Engine:
    """
    A connected aiokafka producer.
    """

    def __init__(self, connection: KafkaConnection, *, idempotent: bool, options: dict[str, Any]) -> None:
        aiokafka = require_aiokafka("EventPublisher")
        self.idempotent = idempotent
        # Whether no broker has answered the last question or done the last work.
        self.silent = False
        self._busy = 0
        self._idle = asyncio.Event()
        self._topic_partition: Any = aiokafka.TopicPartition
        self._producer: Any = aiokafka.AIOKafkaProducer(
            **connection.client_options(), acks="all", enable_idempotence=idempotent, **options
        )
        self._client: Any = self._producer.client
        wait_for_acknowledgement(self._producer)
        self._ended = False

    async def start(self) -> None:
        """
        Connect, and get a producer id if idempotent. May wait for as long as no broker answers.
        """
        await self._producer.start()

    def enter(self) -> None:
        """
        Count a batch as on its way.
        """
        self._busy += 1
        self._idle.clear()

    def leave(self) -> None:
        """
        Count a batch as on its way no more.
        """
        self._busy -= 1
        if not self._busy:
            self._idle.set()

    async def idle(self) -> None:
        """
        Wait until no batch is on its way.
        """
        if self._busy:
            await self._idle.wait()

    @property
    def is_idle(self) -> bool:
        """
        Whether no batch is on its way.
        """
        return not self._busy

    @property
    def usable(self) -> bool:
        """
        Whether it still sends: not ended, and aiokafka's own task has not died.
        """
        return not self._ended and is_sending(self._producer)

    def partitions(self, topic: str) -> int:
        """
        How many partitions a topic has, as far as is known; 0 if nothing is.
        """
        known = self._client.cluster.partitions_for_topic(topic)
        return len(known) if known else 0

    async def learn_partitions(self, topic: str, unanswered: Callable[[], None]) -> int:
        """
        Ask the cluster how many partitions a topic has, for as long as no broker answers; 0 if the engine ends first.

        Args:
            unanswered: is called when no broker answers.

        Raises:
            TopicMissingError: The cluster answers that there is no such topic.
            TopicNotAllowedError: The cluster answers that we may not know.
        """
        loop = asyncio.get_running_loop()
        denied_at: float | None = None
        self._client.add_topic(topic)
        while not (count := self.partitions(topic)):
            answered = await self._refresh()
            if (count := self.partitions(topic)) or not self.usable:
                break
            if topic in self._client.cluster.unauthorized_topics:
                raise TopicNotAllowedError
            if answered:
                denied_at = denied_at or loop.time()
                if loop.time() - denied_at >= _UNKNOWN_TOPIC_GRACE:
                    raise TopicMissingError
            else:
                unanswered()
            await asyncio.sleep(_METADATA_BACKOFF)
        return count

    async def ready(self, topic: str, partition: int) -> bool:
        """
        Whether the partition has a leader and we are connected to it; tries to connect.
        """
        leader = self._client.cluster.leader_for_partition(self._topic_partition(topic, partition))
        if leader is None or leader == -1:
            await self._refresh()
            return False
        connected = bool(await self._client.ready(leader))
        if connected and self._ended:
            # It was ended while it connected, and the new connection escaped.
            await self._client.close()
            return False
        return connected

    async def _refresh(self) -> bool:
        # An ended client never answers.
        answer: asyncio.Future[bool] = asyncio.ensure_future(self._client.force_metadata_update())
        await asyncio.wait([answer], timeout=_METADATA_WAIT)
        return answer.done() and answer.result()

    def batch(self) -> Any:
        """
        An empty batch: `append(timestamp=, key=, value=, headers=)` answers None when it is full.
        """
        return self._producer.create_batch()

    async def send(self, batch: Any, topic: str, partition: int) -> asyncio.Future[Any]:
        """
        Hand a batch to aiokafka; the future is its acknowledgement.
        """
        batch.close()
        acknowledgement: asyncio.Future[Any] = await self._producer.send_batch(batch, topic, partition=partition)
        return acknowledgement

    async def answers(self, timeout: float) -> bool:
        """
        Whether any broker that it knows answers within *timeout* seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                await self._client.fetch_all_metadata()
            self.silent = False
        except (TimeoutError, require_aiokafka_module("errors").KafkaError):
            self.silent = True
        return not self.silent

    async def abandon(self) -> None:
        """
        End it at once. What is on its way may have been stored, and is never sent again.
        """
        if self._ended:
            return
        self._ended = True
        await end_producer(self._producer, EngineAbandonedError())
