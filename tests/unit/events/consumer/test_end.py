"""
How a consumer ends that cannot go on, and what is told of one that stood still.
"""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from aegis_sdk.events import EventConsumeError
from aegis_sdk.events.consumer._client import ClientFailedError
from aegis_sdk.events.consumer._member import OneOfAKind
from tests.unit.events.consumer.harness import FakeKafka, Happened, make_consumer, until


async def test_a_right_that_is_taken_away_is_said_by_run() -> None:
    """
    Where the group refuses commits for good, ``run`` raises the consumer's own error, and not what closing met then.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka)
    consumer.on(Happened)(lambda event: None)
    running = asyncio.create_task(consumer.run())
    kafka.send("user-1", 1)
    await until(kafka.all_committed)
    kafka.commit_failure = ClientFailedError("rights on the group are missing", fatal=True)
    kafka.send("user-1", 2)
    with pytest.raises(EventConsumeError, match="rights on the group are missing"):
        await running


async def test_a_consumer_that_has_failed_leaves_its_group() -> None:
    """
    Its partitions go to members who handle their events, also where nobody has closed it yet.
    """
    kafka = FakeKafka()
    consumer = make_consumer(kafka)
    consumer.on(Happened)(lambda event: None)
    await consumer.start()
    await until(lambda: bool(consumer.health().assignment))
    kafka.members[0].broken = ClientFailedError("fenced", fatal=True)
    with pytest.raises(EventConsumeError, match="fenced"):
        await consumer.stopped()
    await until(lambda: not kafka.members)
    assert str(consumer.health()) == "unhealthy: the consumer is failed"
    await consumer.aclose()


@pytest.mark.parametrize("limit", [60.0, None])
async def test_a_handler_that_stops_the_loop_is_told(
    limit: float | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """
    While nothing else can run no heartbeat leaves, so the group may have given the partitions away: the log says so,
    and what to do about it.
    """
    monkeypatch.setattr("aegis_sdk.events.consumer.handling._engine._BLOCKED", 0.2)
    kafka = FakeKafka()
    consumer = make_consumer(kafka, settings={"handler_timeout": limit})

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        time.sleep(1.0)  # noqa: ASYNC251 -- the claim

    with caplog.at_level(logging.WARNING, "aegis_sdk.events.consumer"):
        async with consumer:
            kafka.send("user-1", 1)
            await until(lambda: "the event loop stood still" in caplog.text)
    assert "belongs in a plain function" in caplog.text


def test_a_place_that_was_taken_once_is_taken_back() -> None:
    """
    A static member that was away for longer than its session gets its place again; only who is displaced again and
    again leaves it. A member without an instance id has no such place.
    """
    for instance_id, leaves in (("instance-1", [False, False, True]), (None, [False, False, False])):
        member = OneOfAKind(instance_id)
        assert not member.rejoins("")  # before it has joined for the first time
        said = []
        for number in range(3):
            member.joined(f"member-{number}")
            assert not member.rejoins(f"member-{number}")  # a rebalance like any other
            said.append(member.rejoins(""))
        assert said == leaves
