"""
Topics that are deleted and made anew under the same name, without anybody seeing that one was not there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from aegis_sdk.events.consumer._client import TopicPartition

from .harness import TOPIC, FakeClient, FakeKafka, keeping, make_consumer, until

P0 = TopicPartition(TOPIC, 0)


@pytest.mark.parametrize(
    ("mark", "now", "wanted"),
    [("former", "first", [0, 1, 2, 3]), ("first", "first", [2, 3]), ("", "first", [2, 3]), ("former", "", [2, 3])],
    ids=["another topic", "the same topic", "nothing said", "a broker without ids"],
)
async def test_an_offset_of_another_topic_is_none_of_this_one(mark: str, now: str, wanted: list[int]) -> None:
    """
    A member reads on where its group has come to, but not where that was in a topic that is no more.
    """
    kafka = FakeKafka(topic_id=now)
    for number in range(4):
        kafka.send("kim", number)
    kafka.committed[P0], kafka.marks[P0] = 2, mark
    consumer = make_consumer(kafka)
    handled = keeping(consumer)
    async with consumer:
        await until(kafka.all_committed)
    assert handled == wanted
    assert kafka.marks[P0] == now


async def test_a_topic_that_was_replaced_unseen_is_read_from_its_beginning() -> None:
    """
    Though the new topic has more events already than were read of the old one, none of them is passed over.
    """
    kafka = FakeKafka()
    for number in range(3):
        kafka.send("kim", number)
    consumer = make_consumer(kafka)
    handled = keeping(consumer)
    async with consumer:
        await until(kafka.all_committed)
        kafka.topic_id = "second"
        kafka.logs[P0].clear()
        for number in range(10, 15):
            kafka.send("kim", number)
        await until(lambda: set(handled) >= {10, 11, 12, 13, 14})
        await until(lambda: kafka.marks[P0] == "second" and kafka.committed[P0] == 5)
        assert consumer.health()
    assert handled[:3] == [0, 1, 2]


async def test_what_is_deleted_after_a_member_has_asked_is_no_place_to_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A topic is made anew, and its group's offsets are deleted, right after a new member was told where to read on.
    """
    kafka = FakeKafka()
    for number in range(4):
        kafka.send("kim", number)
    kafka.committed[P0], kafka.marks[P0] = 2, "former"
    asked = FakeClient.committed

    async def deleted(self: FakeClient, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, Any]:
        if kafka.marks.get(P0) == "former":
            kafka.committed.clear()
        return await asked(self, partitions)

    monkeypatch.setattr(FakeClient, "committed", deleted)
    consumer = make_consumer(kafka)
    handled = keeping(consumer)
    async with consumer:
        await until(lambda: kafka.committed.get(P0) == 4)
    assert handled == [0, 1, 2, 3]


async def test_nothing_is_committed_of_a_log_that_is_not_known_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What a member has read before it was told which topic it is of does not pass for how far the group has come in it.
    """
    kafka, told = FakeKafka(), asyncio.Event()
    asked = FakeClient.logs

    async def late(self: FakeClient, topics: Collection[str]) -> Mapping[str, str]:
        await told.wait()
        return await asked(self, topics)

    consumer = make_consumer(kafka)
    handled = keeping(consumer)
    async with consumer:
        for number in range(4):
            kafka.send("kim", number)
        await until(kafka.all_committed)
        kafka.committed[P0], kafka.marks[P0] = 2, "former"
        monkeypatch.setattr(FakeClient, "logs", late)
        rebalance = asyncio.create_task(kafka.rebalance())
        await until(lambda: kafka.members[0].positions == {P0: 4})
        await asyncio.sleep(0.1)  # some commit intervals
        assert kafka.marks[P0] == "former"
        told.set()
        await rebalance
        await until(lambda: kafka.committed[P0] == 4 and kafka.marks[P0] == "first")
    assert handled == [0, 1, 2, 3]  # the memory of what was handled spares it the rest


async def test_a_member_begins_where_the_group_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    What aiokafka was told a moment before does not count when the group has come further since.
    """
    kafka = FakeKafka()
    for number in range(4):
        kafka.send("kim", number)
    kafka.committed[P0], kafka.marks[P0] = 2, "first"

    async def early(self: FakeClient, names: Collection[TopicPartition]) -> None:
        self.positions = dict.fromkeys(names, 1)
        await self.assigned(frozenset(names))
        self.arrived.set()

    monkeypatch.setattr(FakeClient, "assign", early)
    consumer = make_consumer(kafka)
    handled = keeping(consumer)
    async with consumer:
        await until(kafka.all_committed)
    assert handled == [2, 3]
