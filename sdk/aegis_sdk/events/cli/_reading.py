"""
Reading topics for the command line: partitions by hand, in order, up to an end or for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from aegis_sdk.events.kafka._aiokafka import end, fetched, hear_refusals, partitions_of
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._errors import KafkaRefusalError
from aegis_sdk.events.kafka._library import require_aiokafka
from aegis_sdk.events.kafka._reach import explained, reach
from aegis_sdk.events.kafka._record import FetchedRecord, TopicPartition
from aegis_sdk.events.kafka._unreadable import why_unreadable
from aegis_shell import ENVIRONMENT, CommandError

__all__ = ["Reading", "reading"]

_CONNECTING = 15.0
_ANSWER = 15.0


class Reading:
    """
    Some topics, all their partitions, without a group's help.
    """

    def __init__(self, consumer: Any, connection: KafkaConnection, places: list[TopicPartition]) -> None:
        self._consumer = consumer
        self._connection = connection
        self.places = places
        self.ends: dict[TopicPartition, int] = {}

    async def begin(self, *, from_beginning: bool, committed: bool = False) -> None:
        """
        Take the places to begin and note where the partitions end now.
        """
        consumer = self._consumer
        async with asyncio.timeout(_ANSWER):
            self.ends = dict(await consumer.end_offsets(self.places))
            starts = await consumer.beginning_offsets(self.places)
            for place in self.places:
                start = starts[place] if from_beginning else self.ends[place]
                if committed:
                    kept = await consumer.committed(place)
                    start = max(starts[place], kept) if kept is not None else starts[place]
                consumer.seek(place, start)

    async def progress(self) -> dict[TopicPartition, tuple[int | None, int, int]]:
        """
        What the group has committed, and where each partition begins and ends.
        """
        consumer = self._consumer
        async with asyncio.timeout(_ANSWER):
            starts, ends = await consumer.beginning_offsets(self.places), await consumer.end_offsets(self.places)
            return {place: (await consumer.committed(place), starts[place], ends[place]) for place in self.places}

    async def at_end(self) -> bool:
        """
        Whether everything before the noted ends was read.
        """
        async with asyncio.timeout(_ANSWER):
            return all([await self._consumer.position(place) >= self.ends[place] for place in self.places])

    async def records(self, limit: int = 500) -> AsyncIterator[FetchedRecord]:
        """
        The next records, if any come within half a second.

        Raises:
            CommandError: a batch behind them cannot be read.
        """
        found, troubled = await fetched(self._consumer, (), 0.5, limit)
        for records in found.values():
            for record in records:
                yield record
        for one in troubled:
            refused = explained(one.error, self._connection)
            why = refused or f"it cannot be read at offset {one.offset}: {why_unreadable(one.error)}"
            raise CommandError(f"{one.topic}[{one.partition}]: {why}", ENVIRONMENT)

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        """
        Keep how far this came, for the next run.
        """
        async with asyncio.timeout(_ANSWER):
            place = require_aiokafka().TopicPartition
            await self._consumer.commit({place(*one): offset for one, offset in offsets.items()})


@asynccontextmanager
async def reading(
    connection: KafkaConnection, topics: Collection[str], *, group_id: str | None = None
) -> AsyncGenerator[Reading]:
    """
    Connect to *topics*.

    Raises:
        CommandError: Kafka does not answer, or a topic does not exist.
    """
    library = require_aiokafka()
    consumer: Any = library.AIOKafkaConsumer(
        **connection.client_options(),
        group_id=group_id,
        enable_auto_commit=False,
        isolation_level="read_committed",
        # Where retention overtakes the reading, it goes on with what is left.
        auto_offset_reset="earliest",
    )
    hear_refusals(consumer)
    try:
        try:
            await reach(connection, topics, timeout=_CONNECTING)
            async with asyncio.timeout(_CONNECTING):
                await consumer.start()
        except KafkaRefusalError as refused:
            raise CommandError(str(refused), ENVIRONMENT) from None
        except (TimeoutError, OSError, RuntimeError) as error:
            where = connection.bootstrap_servers
            raise CommandError(f"no Kafka answers at {where} ({type(error).__name__})", ENVIRONMENT) from None
        places: list[TopicPartition] = []
        for topic in topics:
            async with asyncio.timeout(_ANSWER):
                numbers = sorted(await partitions_of(consumer, topic))
            places.extend(TopicPartition(topic, number) for number in numbers)
        consumer.assign([library.TopicPartition(*place) for place in places])
        yield Reading(consumer, connection, places)
    finally:
        await end(consumer, 3.0)
