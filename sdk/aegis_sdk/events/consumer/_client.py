"""
The seam to Kafka: what the consumer needs of a connection, and the adapter that gives it with aiokafka.

Every wait here ends: aiokafka's own ``stop`` and ``getmany`` can wait for ever on a broker that is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from aegis_sdk.errors import ConfigurationError, EventError
from aegis_sdk.events.consumer._member import OneOfAKind
from aegis_sdk.events.kafka._aiokafka import (
    Unreadable,
    cluster_of,
    end,
    end_now,
    fetched,
    hear_refusals,
    member_id_of,
    offsets_of,
    topic_ids,
)
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._errors import KafkaRefusalError
from aegis_sdk.events.kafka._library import require_aiokafka, require_aiokafka_module
from aegis_sdk.events.kafka._reach import explained, reach
from aegis_sdk.events.kafka._record import FetchedRecord, TopicPartition

__all__ = [
    "AiokafkaClient",
    "Bounds",
    "ClientFailedError",
    "CommitRefusedError",
    "Committed",
    "Connect",
    "Fetch",
    "KafkaClient",
    "Rebalanced",
]

# Waiting for room is our own affair (and shows in health), so Kafka must not take the partitions away because of it.
_NEVER_MS = 2**31 - 1
_REACH = 10.0

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
_OWN_WORDS = {
    "bootstrap_servers": "bootstrap_servers",
    "security_protocol": "security_protocol",
    "sasl_mechanism": "sasl_mechanism",
    "sasl_plain_username": "username",
    "sasl_plain_password": "password",
    "sasl_oauth_token_provider": "token_provider",
    "ssl_context": "ssl_context",
}
# What is written beside an offset that is committed, before the topic's id.
_MARK = "topic-id:"
_NO_POSITION = frozenset({"NoOffsetForPartitionError", "OffsetOutOfRangeError"})


class ClientFailedError(EventError):
    """
    A connection to Kafka is of no more use; a *fatal* failure would meet the next connection too.

    Attributes:
        refusal: why, where it is known as what it is.
    """

    def __init__(self, reason: str, *, fatal: bool = False, refusal: KafkaRefusalError | None = None) -> None:
        super().__init__(reason)
        self.fatal = fatal
        self.refusal = refusal


class CommitRefusedError(EventError):
    """
    Offsets were not committed because the group has moved on; the events will be delivered again.
    """


class Fetch(NamedTuple):
    """
    What one look at Kafka gave.

    Attributes:
        records: by partition.
        unreadable: partitions whose next batch cannot be read.
        astray: partitions without a usable position: nothing is committed, or what is lies outside the log.
    """

    records: Mapping[TopicPartition, Sequence[FetchedRecord]]
    unreadable: Sequence[Unreadable] = ()
    astray: Sequence[TopicPartition] = ()


class Bounds(NamedTuple):
    """
    Where a partition begins and where it ends.

    Attributes:
        held: offsets behind *end* that a transaction holds back which has not ended.
    """

    start: int
    end: int
    held: int = 0


class Committed(NamedTuple):
    """
    How far a group has come in a partition.

    Attributes:
        log: the id of the topic that it came so far in; empty where nobody has said. A topic that is made anew has
            another one.
    """

    offset: int
    log: str = ""


class KafkaClient(Protocol):
    """
    One member of a consumer group.
    """

    async def start(self) -> None: ...
    def obstacle(self) -> str: ...
    async def fetch(self, partitions: Collection[TopicPartition], *, timeout: float, limit: int) -> Fetch: ...
    async def commit(self, offsets: Mapping[TopicPartition, Committed]) -> None: ...
    async def position(self, partition: TopicPartition) -> int | None: ...
    async def committed(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, Committed]: ...
    async def logs(self, topics: Collection[str]) -> Mapping[str, str]: ...
    async def bounds(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, Bounds]: ...
    def partitions(self, topic: str) -> Collection[int]: ...
    def seek(self, partition: TopicPartition, offset: int) -> None: ...
    def pause(self, partition: TopicPartition) -> None: ...
    def resume(self, partition: TopicPartition) -> None: ...
    async def close(self, timeout: float) -> None: ...


Rebalanced = Callable[[frozenset[TopicPartition]], Awaitable[None]]
Connect = Callable[[Rebalanced, Rebalanced], KafkaClient]
"""
Makes a client from what it calls when partitions are revoked and when they are assigned.
"""


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
        self._connection = _as_told(connection, options)
        self._topics = sorted(topics)
        self._errors: Any = require_aiokafka_module("errors")
        given = {
            **connection.client_options(),
            "group_id": group_id,
            "enable_auto_commit": False,
            "max_poll_interval_ms": _NEVER_MS,
            **options,
        }
        try:
            self._kafka: Any = library.AIOKafkaConsumer(**given)
        except (TypeError, ValueError, AssertionError) as error:
            raise ConfigurationError(f"aiokafka does not take these client_options: {error}") from None
        hear_refusals(self._kafka)
        self._member = OneOfAKind(options.get("group_instance_id"))

        async def joined(names: frozenset[TopicPartition]) -> None:
            self._member.joined(member_id_of(self._kafka))
            await assigned(names)

        async def left(names: frozenset[TopicPartition]) -> None:
            await revoked(names)
            if self._member.rejoins(member_id_of(self._kafka)):
                # Whoever came back from here would take the place once more; closing ends the wait.
                await asyncio.get_running_loop().create_future()

        self._kafka.subscribe(topics=list(topics), listener=_listener(library, left, joined))
        self._topic_partition: Any = library.TopicPartition

    async def start(self) -> None:
        try:
            await reach(self._connection, self._topics, timeout=_REACH, create=True)
            await self._kafka.start()
        except (self._errors.KafkaError, KafkaRefusalError, OSError) as error:
            raise self._failed(error) from error

    def obstacle(self) -> str:
        """
        What a start that takes too long is waiting for.
        """
        cluster = cluster_of(self._kafka)
        if not cluster.brokers():
            return f"no Kafka answers at {self._connection.bootstrap_servers}"
        missing = [topic for topic in self._topics if not cluster.partitions_for_topic(topic)]
        if missing:
            return f"there is no topic {', '.join(missing)}; `aegis topics apply` creates the contract's"
        return "the group has not given out its partitions"

    async def fetch(self, partitions: Collection[TopicPartition], *, timeout: float, limit: int) -> Fetch:
        if self._member.is_displaced:
            raise ClientFailedError(str(self._member), fatal=True)
        places = {self._topic_partition(*one) for one in partitions}
        try:
            found, troubled = await fetched(self._kafka, places, timeout, limit)
        except self._errors.KafkaError as error:
            raise self._failed(error) from error
        if not troubled:
            return Fetch(found)
        unreadable: list[Unreadable] = []
        astray: list[TopicPartition] = []
        for one in troubled:
            name = type(one.error).__name__
            if name in _NO_POSITION:
                astray.append(TopicPartition(one.topic, one.partition))
            elif name in _FATAL:
                raise self._failed(one.error) from one.error
            else:
                unreadable.append(one)
        return Fetch(found, unreadable, astray)

    async def commit(self, offsets: Mapping[TopicPartition, Committed]) -> None:
        errors = self._errors
        told = {
            self._topic_partition(*one): (to.offset, _MARK + to.log if to.log else "") for one, to in offsets.items()
        }
        try:
            await self._kafka.commit(told)
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

    async def committed(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, Committed]:
        try:
            found = await offsets_of(self._kafka, [self._topic_partition(*one) for one in partitions])
        except self._errors.KafkaError as error:
            raise self._failed(error) from error
        return {
            TopicPartition(*one): Committed(offset, said.removeprefix(_MARK) if said.startswith(_MARK) else "")
            for one, (offset, said) in found.items()
        }

    async def logs(self, topics: Collection[str]) -> Mapping[str, str]:
        """
        Which topics these are; those that are not there are left out, and all of them by a broker that gives no ids.
        """
        try:
            return await topic_ids(self._kafka, topics)
        except self._errors.KafkaError as error:
            raise self._failed(error) from error

    async def bounds(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, Bounds]:
        # aiokafka asks for a partition that is gone until it is there again.
        known = [one for one in partitions if one.partition in self.partitions(one.topic)]
        asked = [self._topic_partition(*one) for one in known]
        try:
            starts = await self._kafka.beginning_offsets(asked)
            ends = await self._kafka.end_offsets(asked)
        except self._errors.KafkaError as error:
            raise self._failed(error) from error
        return {
            one: Bounds(starts[one], ends[one], self._held(asked_one, ends[one]))
            for one, asked_one in zip(known, asked, strict=True)
            if one in starts and one in ends
        }

    def _held(self, partition: Any, end: int) -> int:
        try:
            known: int | None = self._kafka.highwater(partition)
        except (AssertionError, AttributeError):
            return 0  # it was revoked meanwhile
        return max(0, known - end) if known is not None else 0

    def partitions(self, topic: str) -> Collection[int]:
        found: Collection[int] | None = cluster_of(self._kafka).partitions_for_topic(topic)
        return found or ()

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._where_assigned(self._kafka.seek, partition, offset)

    def pause(self, partition: TopicPartition) -> None:
        self._where_assigned(self._kafka.pause, partition)

    def resume(self, partition: TopicPartition) -> None:
        self._where_assigned(self._kafka.resume, partition)

    async def close(self, timeout: float) -> None:
        if self._member.is_displaced:
            end_now(self._kafka)
        else:
            await end(self._kafka, timeout)

    def _where_assigned(self, do: Callable[..., None], partition: TopicPartition, *more: Any) -> None:
        try:
            do(self._topic_partition(*partition), *more)
        except self._errors.IllegalStateError:
            # It was revoked meanwhile; its next owner decides for itself.
            return

    def _failed(self, error: BaseException) -> ClientFailedError:
        refusal = explained(error, self._connection)
        fatal = any(kind.__name__ in _FATAL for kind in type(error).__mro__)
        if refusal is None:
            return ClientFailedError(type(error).__name__, fatal=fatal)
        return ClientFailedError(str(refusal), fatal=fatal or refusal.fatal, refusal=refusal)


def _as_told(connection: KafkaConnection, options: Mapping[str, Any]) -> KafkaConnection:
    """
    The connection with what the service has said in aiokafka's own words.
    """
    said = {ours: options[theirs] for theirs, ours in _OWN_WORDS.items() if theirs in options}
    return replace(connection, **said) if said else connection


def _listener(library: Any, revoked: Rebalanced, assigned: Rebalanced) -> Any:
    class Listener(library.ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
        async def on_partitions_revoked(self, revoked_partitions: Collection[Any]) -> None:
            await revoked(frozenset(TopicPartition(*one) for one in revoked_partitions))

        async def on_partitions_assigned(self, assigned_partitions: Collection[Any]) -> None:
            await assigned(frozenset(TopicPartition(*one) for one in assigned_partitions))

    return Listener()
