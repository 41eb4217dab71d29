"""
The seam to Kafka: what the consumer needs of a connection, and the adapter that gives it with aiokafka.

Every wait here ends: aiokafka's own ``stop`` and ``getmany`` can wait for ever on a broker that is gone, so closing has
a deadline, after which the connection's tasks and sockets are taken down by hand.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from aegis_sdk.errors import EventError
from aegis_sdk.events._kafka import KafkaConnection, require_aiokafka, require_aiokafka_module

__all__ = [
    "AiokafkaClient",
    "ClientFailedError",
    "CommitRefusedError",
    "KafkaClient",
    "Record",
    "TopicPartition",
    "stop_within",
    "tear_down",
]

_log = logging.getLogger("aegis_sdk.events.consumer")

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


class TopicPartition(NamedTuple):
    """
    One partition of one topic; equal to aiokafka's own.
    """

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]"


class Record(Protocol):
    """
    One Kafka record as it was fetched.
    """

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


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
    ) -> Mapping[TopicPartition, Sequence[Record]]: ...
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
        cluster = self._kafka._client.cluster
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
    ) -> Mapping[TopicPartition, Sequence[Record]]:
        try:
            found: Mapping[TopicPartition, Sequence[Record]] = await self._kafka.getmany(
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
        await stop_within(self._kafka, timeout)

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


async def stop_within(kafka: Any, timeout: float) -> None:
    """
    Stop an aiokafka consumer or producer, and take it down by hand when that does not end within *timeout* seconds.
    """
    said = "did not end in time"
    try:
        async with asyncio.timeout(timeout):
            await kafka.stop()
        return
    except TimeoutError:
        pass
    except asyncio.CancelledError:
        # aiokafka lets the cancellation of its own tasks out of stop(); ours goes on.
        this = asyncio.current_task()
        if this is not None and this.cancelling():
            tear_down(kafka)
            raise
        said = "cancelled itself"
    except Exception as error:  # noqa: BLE001 — whatever stopping says, the connection is to be gone
        said = f"raised {type(error).__name__}"
    _log.info("stopping the connection to Kafka %s; it was taken down", said)
    tear_down(kafka)


def tear_down(kafka: Any) -> None:
    """
    Take down an aiokafka consumer or producer that does not stop: cancel its tasks, close its sockets.
    """
    # So that it does not complain when it is collected.
    kafka._closed = True
    names = ("_client", "client", "_coordinator", "_fetcher", "_sender", "_message_accumulator")
    owners = [kafka, *(getattr(kafka, name, None) for name in names)]
    mine = [owner for owner in owners if owner is not None]
    here = asyncio.current_task()
    for task in asyncio.all_tasks():
        if task is not here and _belongs(task, mine):
            task.cancel()
    client = getattr(kafka, "_client", None) or getattr(kafka, "client", None)
    for connection in list(getattr(client, "_conns", {}).values()):
        connection.close()


def _belongs(task: asyncio.Task[Any], owners: Sequence[Any]) -> bool:
    """
    Say whether a task runs a method of one of *owners* (or of a handler that holds one): aiokafka keeps no list of
    them.
    """
    frame = getattr(task.get_coro(), "cr_frame", None)
    this = frame.f_locals.get("self") if frame is not None else None
    if this is None:
        return False
    held = (this, getattr(this, "_sender", None), getattr(this, "_coordinator", None))
    return any(one is owner for one in held if one is not None for owner in owners)
