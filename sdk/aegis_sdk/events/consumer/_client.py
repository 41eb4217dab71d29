"""
The seam to Kafka: what the consumer needs of a connection, and the adapter that gives it with aiokafka.

Every wait here ends: aiokafka's own ``stop`` and ``getmany`` can wait for ever on a broker that is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from aegis_sdk.errors import EventError
from aegis_sdk.events.kafka._aiokafka import cluster_of, end
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._library import require_aiokafka, require_aiokafka_module
from aegis_sdk.events.kafka._record import FetchedRecord, TopicPartition

__all__ = [
    "AiokafkaClient",
    "ClientFailedError",
    "CommitRefusedError",
    "KafkaClient",
]

# Waiting for room is our own affair (and shows in health), so Kafka must not take the partitions away because of it.
_NEVER_MS = 2**31 - 1

# What a new connection would meet again: a person has to mend the configuration or the rights.
_FATAL = frozenset(
    {
        "AuthenticationFailedError",
        "GroupAuthorizationFailedError",
        "InconsistentGroupProtocolError",
        "IncompatibleBrokerVersion",
        "InvalidGroupIdError",
        "InvalidSessionTimeoutError",
        "SaslAuthenticationFailed",
        "TopicAuthorizationFailedError",
        "UnsupportedSaslMechanismError",
        "UnsupportedVersionError",
    }
)


class ClientFailedError(EventError):
    """
    A connection to Kafka is of no more use; a *fatal* failure would meet the next connection too.
    """

    def __init__(self, reason: str, *, fatal: bool = False) -> None:
        super().__init__(reason)
        self.fatal = fatal


class CommitRefusedError(EventError):
    """
    Offsets were not committed because the group has moved on; the events will be delivered again.
    """


class KafkaClient(Protocol):
    """
    One member of a consumer group.
    """

    async def start(self) -> None: ...
    def obstacle(self) -> str: ...
    async def fetch(
        self, partitions: Collection[TopicPartition], *, timeout: float, limit: int
    ) -> Mapping[TopicPartition, Sequence[FetchedRecord]]: ...
    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None: ...
    async def position(self, partition: TopicPartition) -> int | None: ...
    async def end_offsets(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]: ...
    async def close(self, timeout: float) -> None: ...


Rebalanced = Callable[[frozenset[TopicPartition]], Awaitable[None]]


class AiokafkaClient:
    """
    A member of a consumer group by way of aiokafka.
    """

    def __init__(
        self,
        *,
        connection: KafkaConnection,
        group_id: str,
        topics: Collection[str],
        revoked: Rebalanced,
        assigned: Rebalanced,
        options: Mapping[str, Any],
    ) -> None:
        library = require_aiokafka("EventConsumer")
        self._where = connection.bootstrap_servers
        self._topics = sorted(topics)
        self._errors: Any = require_aiokafka_module("errors")
        self._kafka: Any = library.AIOKafkaConsumer(
            **{
                **connection.client_options(),
                "group_id": group_id,
                "enable_auto_commit": False,
                "max_poll_interval_ms": _NEVER_MS,
                **options,
            }
        )
        self._kafka.subscribe(topics=list(topics), listener=_listener(library, revoked, assigned))
        self._topic_partition: Any = library.TopicPartition

    async def start(self) -> None:
        try:
            await self._kafka.start()
        except (self._errors.KafkaConnectionError, OSError) as error:
            raise ClientFailedError(self._unreachable()) from error
        except self._errors.UnknownTopicOrPartitionError as error:
            raise ClientFailedError(self.obstacle()) from error
        except self._errors.KafkaError as error:
            raise self._failed(error) from error

    def obstacle(self) -> str:
        """
        What a start that takes too long is waiting for.
        """
        cluster = cluster_of(self._kafka)
        if not cluster.brokers():
            return self._unreachable()
        missing = [topic for topic in self._topics if not cluster.partitions_for_topic(topic)]
        if missing:
            return f"there is no topic {', '.join(missing)}; `aegis topics apply` creates the contract's"
        return "the group has not given out its partitions"

    def _unreachable(self) -> str:
        return f"no Kafka answers at {self._where}"

    async def fetch(
        self, partitions: Collection[TopicPartition], *, timeout: float, limit: int
    ) -> Mapping[TopicPartition, Sequence[FetchedRecord]]:
        try:
            found: Mapping[TopicPartition, Sequence[FetchedRecord]] = await self._kafka.getmany(
                *[self._topic_partition(*one) for one in partitions],
                timeout_ms=int(timeout * 1000),
                max_records=limit,
            )
        except self._errors.KafkaError as error:
            raise self._failed(error) from error
        return found

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        errors = self._errors
        try:
            await self._kafka.commit({self._topic_partition(*one): offset for one, offset in offsets.items()})
        except (errors.CommitFailedError, errors.IllegalStateError) as error:
            raise CommitRefusedError(type(error).__name__) from error
        except errors.KafkaError as error:
            raise self._failed(error) from error

    async def position(self, partition: TopicPartition) -> int | None:
        try:
            # Without a position aiokafka waits for one; nobody here needs it that much.
            async with asyncio.timeout(0):
                return int(await self._kafka.position(self._topic_partition(*partition)))
        except (TimeoutError, self._errors.KafkaError):
            return None

    async def end_offsets(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        asked = [self._topic_partition(*one) for one in partitions]
        try:
            found: Mapping[TopicPartition, int] = await self._kafka.end_offsets(asked)
        except self._errors.KafkaError as error:
            raise self._failed(error) from error
        return found

    async def close(self, timeout: float) -> None:
        await end(self._kafka, timeout)

    def _failed(self, error: BaseException) -> ClientFailedError:
        fatal = any(kind.__name__ in _FATAL for kind in type(error).__mro__)
        return ClientFailedError(type(error).__name__, fatal=fatal)


def _listener(library: Any, revoked: Rebalanced, assigned: Rebalanced) -> Any:
    class Listener(library.ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
        async def on_partitions_revoked(self, revoked_partitions: Collection[Any]) -> None:
            await revoked(frozenset(TopicPartition(*one) for one in revoked_partitions))

        async def on_partitions_assigned(self, assigned_partitions: Collection[Any]) -> None:
            await assigned(frozenset(TopicPartition(*one) for one in assigned_partitions))

    return Listener()
