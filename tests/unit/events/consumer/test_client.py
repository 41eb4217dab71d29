"""
What aiokafka raises, as a consumer's connection says it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import errors

from aegis_sdk.events import KafkaAuthorizationError, KafkaConnection
from aegis_sdk.events.consumer import _client
from aegis_sdk.events.consumer._client import (
    AiokafkaClient,
    Bounds,
    ClientFailedError,
    CommitRefusedError,
    Committed,
    Fetch,
    TopicPartition,
)
from aegis_sdk.events.consumer._member import OneOfAKind
from aegis_sdk.events.kafka._aiokafka import Unreadable
from tests.unit.events.consumer.harness import FakeRecord

PLACE = TopicPartition("happened", 0)


class Failing:
    """
    An aiokafka consumer of which every call fails.
    """

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def commit(self, offsets: Any) -> None:
        raise self._error

    @property
    def _coordinator(self) -> Failing:
        return self

    async def fetch_committed_offsets(self, places: Any) -> Any:
        raise self._error

    async def position(self, place: Any) -> int:
        raise self._error

    def seek(self, place: Any, offset: int) -> None:
        raise self._error


async def nobody(names: Any) -> None:
    """
    Rebalances are none of this test's.
    """


@pytest.fixture
async def client() -> AiokafkaClient:
    return AiokafkaClient(
        connection=KafkaConnection(bootstrap_servers="127.0.0.1:1"),
        group_id="group",
        topics=["happened"],
        revoked=nobody,
        assigned=nobody,
        options={},
    )


QUESTIONS: list[Callable[[AiokafkaClient], Awaitable[object]]] = [
    lambda client: client.commit({PLACE: Committed(1)}),
    lambda client: client.committed([PLACE]),
]


@pytest.mark.parametrize("ask", QUESTIONS, ids=["commit", "committed"])
async def test_a_broker_that_is_gone_is_a_failed_connection(
    client: AiokafkaClient, ask: Callable[[AiokafkaClient], Awaitable[object]]
) -> None:
    """
    What a new connection may mend is not fatal; a right that is missing is, and is named.
    """
    client._kafka = Failing(errors.KafkaConnectionError("canary"))
    with pytest.raises(ClientFailedError, match=r"no Kafka answers at 127\.0\.0\.1:1") as failed:
        await ask(client)
    assert not failed.value.fatal
    client._kafka = Failing(errors.GroupAuthorizationFailedError("canary"))
    with pytest.raises(ClientFailedError, match="rights on the group are missing") as refused:
        await ask(client)
    assert refused.value.fatal
    assert isinstance(refused.value.refusal, KafkaAuthorizationError)


@pytest.mark.parametrize("error", [errors.CommitFailedError("x"), errors.IllegalStateError("x")])
async def test_a_commit_of_what_is_not_ours_any_more_is_refused(client: AiokafkaClient, error: Exception) -> None:
    """
    After a rebalance somebody else has the partition: no failure of the connection.
    """
    client._kafka = Failing(error)
    with pytest.raises(CommitRefusedError, match=type(error).__name__):
        await client.commit({PLACE: Committed(1)})


async def test_a_partition_that_is_not_ours_has_no_position_and_is_not_moved(client: AiokafkaClient) -> None:
    """
    What is asked of a partition that was revoked meanwhile is left to its next owner.
    """
    client._kafka = Failing(errors.IllegalStateError("x"))
    assert await client.position(PLACE) is None
    client.seek(PLACE, 0)


class Answering:
    """
    An aiokafka consumer that answers, and its cluster.
    """

    def __init__(self) -> None:
        self.done: list[tuple[Any, ...]] = []
        self.known: dict[str, set[int]] = {}
        self.at: list[str] = []
        self.starts: dict[Any, int] = {}
        self.ends: dict[Any, int] = {}
        self.highwaters: dict[Any, int | None] = {}
        self.offset: int | None = 0
        self.said = ""
        self._client = SimpleNamespace(cluster=self)
        self._coordinator = self

    def brokers(self) -> list[str]:
        return self.at

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return self.known.get(topic)

    async def beginning_offsets(self, asked: Sequence[Any]) -> dict[Any, int]:
        assert all(one in self.highwaters for one in asked), "asked for a partition that is gone"
        return self.starts

    async def end_offsets(self, asked: Sequence[Any]) -> dict[Any, int]:
        return self.ends

    def highwater(self, place: Any) -> int | None:
        found = self.highwaters[place]
        assert found != -1, "not assigned"
        return found

    async def fetch_committed_offsets(self, places: Sequence[Any]) -> dict[Any, Any]:
        offset = -1 if self.offset is None else self.offset  # as Kafka tells that nothing is committed
        return {place: SimpleNamespace(offset=offset, metadata=self.said) for place in places}

    async def position(self, place: Any) -> int:
        return self.offset if self.offset is not None else await asyncio.get_running_loop().create_future()

    async def commit(self, offsets: dict[Any, int]) -> None:
        self.done.append(("commit", offsets))

    def seek(self, place: Any, offset: int) -> None:
        self.done.append(("seek", place, offset))

    def pause(self, place: Any) -> None:
        self.done.append(("pause", place))

    def resume(self, place: Any) -> None:
        self.done.append(("resume", place))


async def test_a_connection_does_what_it_is_asked_to(client: AiokafkaClient) -> None:
    """
    Where a partition stands is known or not, and nobody waits for it.
    """
    kafka = client._kafka = Answering()
    for offset, said, log in ((0, "", ""), (5, "topic-id:ab", "ab"), (5, "somebody's own", ""), (None, "", "")):
        kafka.offset, kafka.said = offset, said
        wanted = {PLACE: Committed(offset, log)} if offset is not None else {}
        assert (await client.committed([PLACE]), await client.position(PLACE)) == (wanted, offset)
    client.seek(PLACE, 3)
    client.pause(PLACE)
    client.resume(PLACE)
    await client.commit({PLACE: Committed(4, "ab")})
    await client.commit({PLACE: Committed(4)})
    commits = [("commit", {PLACE: (4, "topic-id:ab")}), ("commit", {PLACE: (4, "")})]
    assert kafka.done == [("seek", PLACE, 3), ("pause", PLACE), ("resume", PLACE), *commits]


async def test_what_a_start_waits_for_is_told(client: AiokafkaClient) -> None:
    """
    A broker, a topic, or the group.
    """
    kafka = client._kafka = Answering()
    assert client.obstacle() == "no Kafka answers at 127.0.0.1:1"
    kafka.at = ["127.0.0.1:1"]
    assert client.obstacle().startswith("there is no topic happened; ")
    kafka.known = {"happened": {0}}
    assert client.obstacle() == "the group has not given out its partitions"


async def test_the_bounds_of_a_partition_are_those_that_kafka_says(client: AiokafkaClient) -> None:
    """
    What a transaction holds back lies between the end and the highwater. Of a partition that is gone nothing is asked,
    and what Kafka says of only half of it is not told.
    """
    kafka = client._kafka = Answering()
    kafka.known = {"happened": {0, 1, 2, 3, 4, 5}}
    places = [TopicPartition("happened", number) for number in range(7)]
    kafka.starts = dict.fromkeys(places[:5], 2)
    kafka.ends = dict.fromkeys([*places[:4], places[5]], 9)
    kafka.highwaters = dict(zip(places, (9, 12, None, -1, 9, 9), strict=False))
    held = (0, 3, 0, 0)
    assert await client.bounds(places) == {places[number]: Bounds(2, 9, held[number]) for number in range(4)}
    kafka.highwaters[places[0]] = 8
    assert (await client.bounds(places))[places[0]] == Bounds(2, 9, 0)
    assert (set(client.partitions("happened")), client.partitions("other")) == ({0, 1, 2, 3, 4, 5}, ())


async def test_trouble_with_a_partition_is_sorted_by_what_helps(
    client: AiokafkaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    One without a position is placed, one that cannot be read waits, and what a person has to mend ends the connection.
    """
    troubled: list[Unreadable] = []
    found = {PLACE: [FakeRecord("happened", 0, 0, None, b"")]}

    async def fetched(kafka: Any, places: set[Any], timeout: float, limit: int) -> Any:
        assert (places, timeout, limit) == ({PLACE}, 2, 10)
        return found, troubled

    monkeypatch.setattr(_client, "fetched", fetched)
    assert await client.fetch([PLACE], timeout=2, limit=10) == Fetch(cast("Any", found))
    lost = [errors.OffsetOutOfRangeError({}), errors.NoOffsetForPartitionError("x")]
    corrupt = errors.CorruptRecordException("x")
    troubled[:] = [Unreadable("happened", number, 0, error) for number, error in enumerate([*lost, corrupt])]
    seen = await client.fetch([PLACE], timeout=2, limit=10)
    assert seen == Fetch(
        cast("Any", found), [troubled[2]], [TopicPartition("happened", 0), TopicPartition("happened", 1)]
    )
    troubled.append(Unreadable("happened", 4, 0, errors.TopicAuthorizationFailedError("x")))
    with pytest.raises(ClientFailedError) as failed:
        await client.fetch([PLACE], timeout=2, limit=10)
    assert failed.value.fatal


async def test_who_is_displaced_leaves_its_place_without_a_word(
    client: AiokafkaClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A member leaves its group when it closes; one whose place somebody else has would take him along, and is ended.
    """
    ended: list[Any] = []

    async def end(kafka: Any, timeout: float) -> None:
        ended.append(timeout)

    monkeypatch.setattr(_client, "end", end)
    monkeypatch.setattr(_client, "end_now", lambda kafka: ended.append("now"))
    await client.close(3.0)
    member = client._member = OneOfAKind("instance-1")
    for _ in range(3):
        member.joined("member")
        member.rejoins("")
    with pytest.raises(ClientFailedError, match="another consumer has the group_instance_id instance-1") as failed:
        await client.fetch([PLACE], timeout=2, limit=10)
    await client.close(3.0)
    assert (failed.value.fatal, ended) == (True, [3.0, "now"])
