"""
What can be done to an embedded cluster, whether it lives in this process or in one of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Self

from ._protocol import ApiKey, ErrorCode

ALL_BROKERS = -1

Topics = Mapping[str, int] | Sequence[str]
"""Topics to create: names with their numbers of partitions, or names alone."""

DEFAULT_PARTITIONS = 3


class ClusterControl(ABC):
    """
    Topics and faults of an embedded cluster.

    A subclass says how an order reaches the cluster; everything that a user calls is here, once.
    """

    @property
    @abstractmethod
    def bootstrap_servers(self) -> str:
        """
        The address to give to a producer or a consumer.
        """

    @abstractmethod
    def close(self) -> None:
        """
        End the cluster; every connection to it breaks. Closing twice is fine.
        """

    @abstractmethod
    def order(self, name: str, *arguments: str | int | list[int]) -> None:
        """
        Carry out one order on the cluster.
        """

    def create_topic(
        self, name: str, partitions: int = DEFAULT_PARTITIONS, *, replication_factor: int | None = None
    ) -> None:
        """
        Create a topic.

        Args:
            name: The topic.
            partitions: How many partitions it has.
            replication_factor: How many brokers hold each partition; every broker, if not given.
        """
        self.order("create_topic", name, partitions, replication_factor or 0)

    def create_topics(self, topics: Topics) -> None:
        """
        Create several topics.
        """
        for name, partitions in counted(topics).items():
            self.create_topic(name, partitions)

    def down(self, broker: int = ALL_BROKERS) -> None:
        """
        Take a broker (or all) down: its connections break and new ones are refused. Its records stay.

        Leaders do not move, as they would in a real cluster.
        """
        self.order("down", broker)

    def up(self, broker: int = ALL_BROKERS) -> None:
        """
        Let a broker (or all) answer again.
        """
        self.order("up", broker)

    @contextmanager
    def outage(self, broker: int = ALL_BROKERS) -> Generator[Self]:
        """
        Keep a broker (or all) down while the block runs.
        """
        self.down(broker)
        try:
            yield self
        finally:
            self.up(broker)

    def latency(self, milliseconds: int, broker: int = ALL_BROKERS) -> None:
        """
        Let each answer of a broker (or all) take this long; 0 ends it.
        """
        self.order("latency", broker, milliseconds)

    def inject_errors(self, api: ApiKey, *codes: ErrorCode | int) -> None:
        """
        Answer the next requests of a kind with these errors, one each, in this order.
        """
        if codes:
            self.order("inject_errors", int(api), [int(code) for code in codes])

    def clear_errors(self, api: ApiKey) -> None:
        """
        Forget the injected errors that no request of this kind has met yet.
        """
        self.order("clear_errors", int(api))

    def topic_error(self, topic: str, code: ErrorCode | int = ErrorCode.NONE) -> None:
        """
        Say in all metadata that something is wrong with a topic; without a code all is well again.
        """
        self.order("topic_error", topic, int(code))

    def leader(self, topic: str, partition: int, broker: int) -> None:
        """
        Move the leadership of a partition to a broker; to none with -1.
        """
        self.order("leader", topic, partition, broker)

    def forget(self, topic: str, partition: int, before_offset: int) -> None:
        """
        Drop the records of a partition before an offset, as retention would.
        """
        self.order("forget", topic, partition, before_offset)

    def disable(self, api: ApiKey) -> None:
        """
        Let the brokers not know a kind of request, as an older broker would not.
        """
        self.order("disable", int(api))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        # Starting and ending take a millisecond, so an event loop need not be spared them.
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.close()


def counted(topics: Topics) -> dict[str, int]:
    if isinstance(topics, Mapping):
        return {name: int(partitions) for name, partitions in topics.items()}
    return dict.fromkeys(topics, DEFAULT_PARTITIONS)
