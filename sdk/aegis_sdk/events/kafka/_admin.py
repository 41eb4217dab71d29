"""
What a cluster says of its topics, and the few things that may be changed, through aiokafka's admin client.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from aegis_sdk.errors import EventError
from aegis_sdk.events.kafka._aiokafka import end
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._embedded import is_embedded
from aegis_sdk.events.kafka._errors import KafkaAuthorizationError, KafkaUnreachableError
from aegis_sdk.events.kafka._library import require_aiokafka_module
from aegis_sdk.events.kafka._reach import explained, reach

__all__ = ["ClusterTopic", "TopicAdmin", "TopicRefusedError", "WantedTopic", "opened"]

_T = TypeVar("_T")
# Set on the topic itself, and not inherited from the broker.
_OWN = 1


class TopicRefusedError(EventError):
    """
    The cluster did not do what was asked for a topic.
    """


class WantedTopic(Protocol):
    """
    A topic as the contract wants it.
    """

    @property
    def name(self) -> str: ...
    @property
    def partitions(self) -> int: ...
    @property
    def replicas(self) -> int: ...
    @property
    def configuration(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class ClusterTopic:
    """
    A topic as a cluster has it.

    Attributes:
        partitions: How many it has.
        replicas: The fewest brokers that hold one of them.
        configuration: Every setting in force; None if the cluster does not tell.
        own: The settings that were set on the topic itself.
        led: Whether every partition has a leader, so that the topic can be used.
    """

    partitions: int
    replicas: int
    configuration: Mapping[str, str] | None
    own: Mapping[str, str]
    led: bool


class TopicAdmin:
    """
    An open admin connection.
    """

    def __init__(self, client: Any, connection: KafkaConnection, timeout: float, *, takes_topics: bool) -> None:
        self._client = client
        self._connection = connection
        self._timeout = timeout
        self._milliseconds = int(timeout * 1000)
        self.takes_topics = takes_topics

    async def describe(self, names: Iterable[str]) -> dict[str, ClusterTopic]:
        """
        Those of the topics that exist.

        Raises:
            KafkaAuthorizationError: It is not for us to know whether one of them does.
        """
        wanted = set(names)
        # Asked for all topics, not for these: asking a cluster for a topic by name may create it.
        described: list[dict[str, Any]] = await self._within(self._client.describe_topics())
        found = {topic["topic"]: topic["partitions"] for topic in described if topic["topic"] in wanted}
        if self.takes_topics and (missing := wanted - found.keys()):
            # What we may not see is left out of that answer as if it did not exist.
            await reach(self._connection, missing, timeout=self._timeout, must_exist=False)
        configurations = await self._configurations(sorted(found)) if found and self.takes_topics else {}
        return {name: _cluster_topic(partitions, configurations.get(name)) for name, partitions in found.items()}

    async def create(self, topic: WantedTopic, configuration: Mapping[str, str]) -> None:
        """
        Create a topic.

        Raises:
            TopicRefusedError: The cluster answers that it does not.
            KafkaAuthorizationError: We may not create it.
        """
        if not self.takes_topics:
            raise TopicRefusedError(
                "the embedded Kafka takes no topics over the network; it creates them when it starts"
            )
        admin = require_aiokafka_module("admin")
        new = admin.NewTopic(topic.name, topic.partitions, topic.replicas, topic_configs=dict(configuration))
        answer = await self._within(self._client.create_topics([new], timeout_ms=self._milliseconds))
        self._accepted(topic.name, answer.topic_errors)

    async def add_partitions(self, name: str, total: int) -> None:
        """
        Let a topic have more partitions.

        Raises:
            TopicRefusedError: The cluster answers that it does not.
        """
        admin = require_aiokafka_module("admin")
        asked = self._client.create_partitions({name: admin.NewPartitions(total)}, timeout_ms=self._milliseconds)
        await self._within(asked)

    async def configure(self, name: str, own: Mapping[str, str], changes: Mapping[str, str]) -> None:
        """
        Change settings of a topic, and keep its others.

        Args:
            name: The topic.
            own: What is set on it now; the request replaces all of them at once.
            changes: What to set.

        Raises:
            TopicRefusedError: The cluster answers that it does not.
        """
        kinds = require_aiokafka_module("admin.config_resource")
        resource = kinds.ConfigResource(kinds.ConfigResourceType.TOPIC, name, {**own, **changes})
        for answer in await self._within(self._client.alter_configs([resource])):
            self._accepted(name, ((found[3], found[0], found[1]) for found in answer.resources))

    async def _configurations(self, names: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
        kinds = require_aiokafka_module("admin.config_resource")
        resources = [kinds.ConfigResource(kinds.ConfigResourceType.TOPIC, name) for name in names]
        entries: dict[str, list[tuple[Any, ...]]] = {}
        for answer in await self._within(self._client.describe_configs(resources)):
            entries |= {name: found for code, _, _, name, found in answer.resources if not code}
        return entries

    def _accepted(self, topic: str, answers: Iterable[Sequence[Any]]) -> None:
        errors = require_aiokafka_module("errors")
        for _, code, message in answers:
            kind = errors.for_code(code)
            # Somebody else may have created it since we looked.
            if code and kind is not errors.TopicAlreadyExistsError:
                refused = explained(kind(), self._connection)
                if isinstance(refused, KafkaAuthorizationError):
                    raise KafkaAuthorizationError(f"{refused}: {topic}")
                raise TopicRefusedError(message or kind.__name__)

    async def _within(self, waiting: Awaitable[_T]) -> _T:
        errors = require_aiokafka_module("errors")
        try:
            return await asyncio.wait_for(waiting, self._timeout)
        except TimeoutError:
            raise KafkaUnreachableError(f"no answer from Kafka within {self._timeout:g} s") from None
        except errors.BrokerResponseError as refused:
            reason = explained(refused, self._connection)
            raise (reason or TopicRefusedError(type(refused).__name__)) from None
        except (errors.KafkaError, OSError) as failed:
            raise explained(failed, self._connection) or KafkaUnreachableError("Kafka does not answer") from None


@asynccontextmanager
async def opened(connection: KafkaConnection, timeout: float) -> AsyncGenerator[TopicAdmin]:
    """
    Open an admin connection for a while.

    Raises:
        KafkaRefusalError: No broker answers in time, or it refuses us.
    """
    options = connection.client_options() | {"request_timeout_ms": int(timeout * 1000)}
    await reach(connection, timeout=timeout)
    client: Any = require_aiokafka_module("admin", "aegis topics").AIOKafkaAdminClient(**options)
    errors = require_aiokafka_module("errors")
    try:
        try:
            await asyncio.wait_for(client.start(), timeout)
            embedded = await asyncio.wait_for(is_embedded(connection), timeout)
        except (errors.KafkaError, OSError) as error:
            raise explained(error, connection) or KafkaUnreachableError("Kafka does not answer") from None
        # The embedded cluster has no admin requests.
        yield TopicAdmin(client, connection, timeout, takes_topics=not embedded)
    finally:
        await end(client, timeout)


def _cluster_topic(partitions: Sequence[Mapping[str, Any]], entries: list[tuple[Any, ...]] | None) -> ClusterTopic:
    told = {name: value for name, value, *_ in entries or () if value is not None}
    own = {
        name: value
        for name, value, read_only, source, sensitive, *_ in entries or ()
        if source == _OWN and not read_only and not sensitive and value is not None
    }
    replicas = min((len(partition["replicas"]) for partition in partitions), default=0)
    led = all(partition["leader"] >= 0 for partition in partitions)
    return ClusterTopic(len(partitions), replicas, told if entries is not None else None, own, led)
