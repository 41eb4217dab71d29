"""
The relay's side of Kafka: one transactional producer for each shard, and the proof that a batch was published.

A batch is published in one Kafka transaction that also writes the batch's number as an offset of a consumer group of
the shard's own. Events and number are committed or rolled back together, so the number is the proof.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any, Protocol

from aegis_sdk.events.kafka._aiokafka import end, end_now, partitions_of
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._embedded import is_embedded
from aegis_sdk.events.kafka._errors import KafkaRefusalError, of_family
from aegis_sdk.events.kafka._library import require_aiokafka, require_aiokafka_module
from aegis_sdk.events.kafka._reach import explained, reach
from aegis_sdk.events.outbox._rows import Batch, OutboxRow
from aegis_sdk.events.outbox._store import OutboxError
from aegis_sdk.events.outbox.relay._refusals import NO_TOPIC, NOT_ALLOWED, TOPICS_OWN, RowsRefusedError, refusal
from aegis_sdk.events.outbox.relay._settings import RelaySettings

__all__ = ["KafkaShard", "ShardPublisher"]

_log = logging.getLogger("aegis_sdk.events.outbox")
_EVENT_ID = "event-id"


class ShardPublisher(Protocol):
    """
    Publishes the batches of one shard, each once.
    """

    @property
    def is_open(self) -> bool:
        """
        Whether it can publish.
        """
        ...

    async def open(self) -> None:
        """
        Fence off whoever published for this shard before, and let Kafka finish or roll back what they had begun.
        """
        ...

    async def publish(self, batch: Batch) -> None:
        """
        Publish a batch; returning means that it is on its topics.

        Raises:
            RowsRefusedError: Kafka refuses some of it, and nothing of it was published; the publisher stays open.
                After any other error it must be closed.
        """
        ...

    async def was_published(self, batch: Batch) -> bool:
        """
        Say whether a batch in doubt is on its topics.
        """
        ...

    async def last_published(self) -> int | None:
        """
        The number of the last batch that Kafka knows of this shard.
        """
        ...

    async def close(self) -> None:
        """
        Close; the publisher can be opened again.
        """
        ...


class KafkaShard:
    """
    Publishes one shard of one outbox to Kafka.

    Args:
        name: the transactional id and the group of the proof; of this shard of this outbox alone.
    """

    def __init__(self, connection: KafkaConnection, name: str, settings: RelaySettings) -> None:
        self._connection = connection
        self._name = name
        self._settings = settings
        self._producer: Any = None
        self._has_transactions = True
        self._library = require_aiokafka("The outbox relay")

    @property
    def is_open(self) -> bool:
        return self._producer is not None

    async def open(self) -> None:
        with self._in_words():
            await self._open()

    async def publish(self, batch: Batch) -> None:
        with self._in_words():
            await self._publish(batch)

    async def was_published(self, batch: Batch) -> bool:
        with self._in_words():
            return await self._was_published(batch)

    async def last_published(self) -> int | None:
        if not self._has_transactions:
            return None
        with self._in_words():
            return max((known.offset for known in (await self._offsets()).values()), default=None)

    async def close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await end(producer, 2.0)

    @contextmanager
    def _in_words(self) -> Generator[None]:
        """
        Whatever Kafka refuses us is said as what it is.
        """
        try:
            yield
        except (RowsRefusedError, KafkaRefusalError):
            raise
        except Exception as error:
            reason = explained(error, self._connection)
            if reason is None:
                raise
            raise of_family(OutboxError, reason) from None

    async def _open(self) -> None:
        settings = self._settings
        # aiokafka's producer writes into its log why it is refused, and raises that it could not connect.
        await reach(self._connection, timeout=settings.request_timeout)
        # The embedded cluster takes transactions and has none: it shows what was rolled back, with broken checksums.
        async with asyncio.timeout(settings.request_timeout):
            self._has_transactions = not await is_embedded(self._connection)
        transactions = {
            "transactional_id": self._name,
            # Readers wait for an open transaction, so one that was left behind must end soon.
            "transaction_timeout_ms": int((settings.publish_timeout + 10.0) * 1000),
        }
        producer: Any = self._library.AIOKafkaProducer(
            **{
                **self._connection.client_options(),
                **(transactions if self._has_transactions else {}),
                "request_timeout_ms": int(settings.request_timeout * 1000),
                "max_batch_size": 256 * 1024,
                "acks": "all",
                **settings.client_options,
            }
        )
        try:
            async with asyncio.timeout(settings.publish_timeout):
                await producer.start()
        except BaseException:
            end_now(producer)
            raise
        self._producer = producer

    async def _publish(self, batch: Batch) -> None:
        producer = self._producer
        proof = {self._proof(batch): self._library.OffsetAndMetadata(batch.number, _signature(batch))}
        async with asyncio.timeout(self._settings.publish_timeout):
            if refused := await self._without_topic(batch):
                raise RowsRefusedError(refused)
            if self._has_transactions:
                await producer.begin_transaction()
            failed = await self._send(batch)
            if failed is not None:
                # Its records have had their numbers, so that this producer could not go on without them: another one,
                # whose opening ends the transaction.
                _hear_out(producer)
                await self.close()
                await self._open()
                raise RowsRefusedError(failed)
            if self._has_transactions:
                await producer.send_offsets_to_transaction(proof, self._name)
                await producer.commit_transaction()

    async def _send(self, batch: Batch) -> dict[int, str] | None:
        """
        Send a batch; what of it is refused, empty if some of it is and it cannot be said which.
        """
        sent: list[tuple[OutboxRow, asyncio.Future[Any]]] = []
        refused: dict[int, str] = {}
        try:
            for row in batch.rows:
                try:
                    one = await self._producer.send(row.topic, row.value, key=row.key, headers=list(row.headers))
                except Exception as error:
                    if (reason := refusal(error)) is None:
                        raise
                    refused[row.id] = reason
                    break
                sent.append((row, one))
            # aiokafka would commit a transaction that some of its records did not get into.
            failed = await self._failed(sent)
        finally:
            for _, one in sent:
                one.add_done_callback(_looked_at)
        return {**failed, **refused} if failed is not None and (failed or refused) else failed

    async def _failed(self, sent: list[tuple[OutboxRow, asyncio.Future[Any]]]) -> dict[int, str] | None:
        answers = await asyncio.gather(*(one for _, one in sent), return_exceptions=True)
        errors = [(row, one) for (row, _), one in zip(sent, answers, strict=True) if isinstance(one, BaseException)]
        if not errors:
            return None
        reasons = [(row, refusal(one)) for row, one in errors]
        if unclear := next(
            (one for (_, one), (_, reason) in zip(errors, reasons, strict=True) if reason is None), None
        ):
            # Something else has failed, too: it is tried again before anybody is blamed.
            raise unclear
        # A refusal strikes all that travelled together. One alone is to blame, and so are all where it is their topic.
        if len(reasons) == 1 or all(reason in TOPICS_OWN for _, reason in reasons):
            return {row.id: str(reason) for row, reason in reasons}
        return {}

    async def _without_topic(self, batch: Batch) -> dict[int, str]:
        """
        The events whose topic does not exist or is not ours to use.
        """
        reasons: dict[str, str | None] = {}
        for topic in {row.topic for row in batch.rows}:
            reasons[topic] = await self._why_no_topic(topic)
        return {row.id: reason for row in batch.rows if (reason := reasons[row.topic]) is not None}

    async def _why_no_topic(self, topic: str) -> str | None:
        client: Any = self._producer.client
        if client.cluster.partitions_for_topic(topic):
            return None
        client.add_topic(topic)
        missing_since: float | None = None
        while True:
            answered = await client.force_metadata_update()
            if client.cluster.partitions_for_topic(topic):
                return None
            if topic in client.cluster.unauthorized_topics:
                return NOT_ALLOWED
            if answered:
                # A topic that was made a moment ago is not known to every broker yet.
                missing_since = missing_since or time.monotonic()
                if time.monotonic() - missing_since >= self._settings.settle:
                    return NO_TOPIC
            await asyncio.sleep(0.1)

    async def _was_published(self, batch: Batch) -> bool:
        if not self._has_transactions:
            return await self._search(batch)
        for look in range(2):
            if look:
                # Coordinators before Kafka 4 may show a committed offset a moment after its transaction has ended.
                await asyncio.sleep(self._settings.settle)
            known = (await self._offsets([self._proof(batch)])).get(self._proof(batch))
            if known is not None and (known.offset, known.metadata) == (batch.number, _signature(batch)):
                return True
        if batch.age < self._settings.proof_lifetime:
            return False
        _log.warning("%s: batch %d is too old for its proof; looking for its events", self._name, batch.number)
        return await self._search(batch)

    def _proof(self, batch: Batch) -> Any:
        # Kafka takes offsets for partitions that exist, and partition 0 of a batch's first topic does.
        return self._library.TopicPartition(batch.rows[0].topic, 0)

    async def _offsets(self, places: list[Any] | None = None) -> dict[Any, Any]:
        admin: Any = require_aiokafka_module("admin").AIOKafkaAdminClient(
            **self._connection.client_options(), request_timeout_ms=int(self._settings.request_timeout * 1000)
        )

        answer: dict[Any, Any] = await _with(
            admin,
            lambda: admin.list_consumer_group_offsets(self._name, partitions=places),
            self._settings.request_timeout,
        )
        return answer

    async def _search(self, batch: Batch) -> bool:
        """
        Look for one of the batch's events on its topics: the transaction put there all or none.
        """
        consumer: Any = self._library.AIOKafkaConsumer(
            **self._connection.client_options(),
            group_id=None,
            isolation_level="read_committed",
            enable_auto_commit=False,
            request_timeout_ms=int(self._settings.request_timeout * 1000),
        )
        return bool(await _with(consumer, lambda: self._find(consumer, batch), self._settings.search_timeout))

    async def _find(self, consumer: Any, batch: Batch) -> bool:
        wanted = {row.event_id.encode() for row in batch.rows}
        topics = {row.topic for row in batch.rows}
        since = int((time.time() - batch.age - self._settings.clock_skew) * 1000)
        places = [
            self._library.TopicPartition(topic, partition)
            for topic in topics
            for partition in await partitions_of(consumer, topic)
        ]
        consumer.assign(places)
        starts = await consumer.offsets_for_times(dict.fromkeys(places, since))
        ends = await consumer.end_offsets(places)
        for place in places:
            consumer.seek(place, starts[place].offset if starts[place] is not None else ends[place])
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    if any(name == _EVENT_ID and value in wanted for name, value in record.headers):
                        return True
        return False


async def _with(client: Any, work: Callable[[], Awaitable[Any]], timeout: float) -> Any:
    try:
        async with asyncio.timeout(timeout):
            await client.start()
            return await work()
    finally:
        await end(client, 2.0)


def _hear_out(producer: Any) -> None:
    """
    Take note of what aiokafka says of a transaction that is given up; asyncio would report it as heard by nobody.
    """
    waiter: Any = getattr(getattr(producer, "_txn_manager", None), "_transaction_waiter", None)
    if waiter is not None:
        waiter.add_done_callback(_looked_at)


def _looked_at(future: asyncio.Future[Any]) -> None:
    # The batch fails as a whole; asyncio would report each of its records beside that.
    if not future.cancelled():
        future.exception()


def _signature(batch: Batch) -> str:
    """
    Which events make up the batch, short enough for an offset's metadata.
    """
    return f"{len(batch.rows)}:{batch.rows[-1].event_id}"
