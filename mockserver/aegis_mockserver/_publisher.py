"""
Events on to Kafka: the very bytes that the world recorded, in the order in which operations caused them.

Publishing never holds an answer up: events wait in a queue, and one task sends them in batches.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aegis_mockserver.world import Event

if TYPE_CHECKING:
    from aegis_mockserver.kafka import EmbeddedKafka

log = logging.getLogger("aegis_mockserver")
CONNECT_SECONDS = 5.0
DRAIN_SECONDS = 10.0


class Publisher:
    """
    An event sink that is a Kafka producer.

    Args:
        bootstrap: ``HOST:PORT``, several with commas.
    """

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self.sent = 0
        self._waiting: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._producer: Any = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    async def start(self) -> None:
        """
        Connect.

        Raises:
            ConnectionError: no broker answers there.
        """
        from aiokafka import AIOKafkaProducer
        from aiokafka.errors import KafkaError

        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, acks="all", linger_ms=0, client_id="aegis-mock", request_timeout_ms=10_000
        )
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await producer.start()
        except (KafkaError, OSError, TimeoutError) as error:
            await _stop(producer, 1.0)
            raise ConnectionError(f"no Kafka broker answers there ({type(error).__name__})") from None
        self._producer = producer

    def publish(self, event: Event) -> None:
        self._waiting.append(event)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._work(), name="kafka publisher")
        self._arrived.set()

    async def aclose(self) -> None:
        self._closing = True
        self._arrived.set()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                if self._task is not None:
                    await self._task
                if self._producer is not None:
                    await self._producer.flush()
        except TimeoutError:
            log.error("%s events could not be published before the end", len(self._waiting) or "some")
        if self._task is not None:
            self._task.cancel()
        if self._producer is not None:
            await _stop(self._producer, 3.0)

    async def _work(self) -> None:
        while True:
            while self._waiting:
                await self._send(self._waiting[0])
                self._waiting.popleft()
            if self._closing:
                return
            self._arrived.clear()
            await self._arrived.wait()

    async def _send(self, event: Event) -> None:
        """
        Hand one event to the producer; a broker that is away for a moment is waited for.
        """
        from aiokafka.errors import KafkaError

        while True:
            try:
                if self._producer is None:
                    await self.start()
                producer: Any = self._producer
                future = await producer.send(event.topic, value=event.value, key=event.key.encode())
            except (KafkaError, ConnectionError) as error:
                log.warning("Kafka at %s does not take events: %s; trying again", self.bootstrap, error)
                await asyncio.sleep(0.5)
                continue
            future.add_done_callback(self._settled)
            return

    def _settled(self, future: asyncio.Future[Any]) -> None:
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            self.sent += 1
        else:
            log.error("an event was not published: %s", type(error).__name__)


async def _stop(producer: Any, seconds: float) -> None:
    # aiokafka's stop() hangs on a broker that is gone (aiokafka issue 1101).
    try:
        async with asyncio.timeout(seconds):
            await producer.stop()
    except TimeoutError:
        log.warning("the Kafka producer did not stop in time")


@dataclass(frozen=True, slots=True)
class KafkaSink:
    """
    Where events are published, and the Kafka of our own that may be behind it.
    """

    publisher: Publisher
    embedded: EmbeddedKafka | None = None

    def close(self) -> None:
        """
        End the Kafka of our own.
        """
        if self.embedded is not None:
            self.embedded.close()


async def start_sink(where: str, topics: Callable[[], dict[str, int]]) -> KafkaSink:
    """
    Publish to a Kafka of our own (``embedded``) with the topics that the event contracts declare, or to ``HOST:PORT``.

    Raises:
        ConnectionError: no broker answers there.
    """
    if where == "embedded":
        from aegis_mockserver.kafka import EmbeddedKafka

        embedded = EmbeddedKafka(topics=topics())
        return KafkaSink(Publisher(embedded.bootstrap_servers), embedded)
    publisher = Publisher(where)
    await publisher.start()
    return KafkaSink(publisher)
