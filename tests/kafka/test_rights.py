"""
Rights that are missing on a real Kafka: whoever needs one is told which, at once, from Python and from every command.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from brokers import GuardedKafka
from commands import aegis_events, aegis_topics
from outboxes import fill
from publishing import registered

from aegis_sdk.events import (
    ConsumerSettings,
    EventConsumeError,
    EventConsumer,
    EventPublisher,
    EventPublishError,
    HandlerRetry,
    KafkaAuthorizationError,
    KafkaConnection,
    UserRegistered,
    apply_topics,
    plan_topics,
)
from aegis_sdk.events.outbox import OutboxError, OutboxRelay

TOPIC = "aegis.user.registered.v1"
AT_ONCE = 5.0
SEES = ("TOPIC", "aegis*", "DESCRIBE")


@pytest.fixture
def bob(guarded: GuardedKafka) -> Iterator[KafkaConnection]:
    """
    Who may sign in, and whatever a test allows him.
    """
    yield KafkaConnection(**guarded.bob)
    guarded.allow_bob()


def environment(guarded: GuardedKafka) -> dict[str, str]:
    names = {"bootstrap_servers": "BOOTSTRAP"}
    return {f"AEGIS_KAFKA_{names.get(name, name.upper())}": value for name, value in guarded.bob.items()}


@pytest.mark.parametrize(
    ("rights", "missing"),
    [
        ([], "does not let us see the topic"),
        ([("TOPIC", TOPIC, "READ")], "rights on the group are missing"),
        ([SEES, ("GROUP", "rights", "READ")], "rights on the topic are missing"),
    ],
)
async def test_a_consumer_says_which_right_is_missing(
    guarded: GuardedKafka, bob: KafkaConnection, rights: list[tuple[str, str, str]], missing: str
) -> None:
    """
    Seeing the topic, being of the group, reading the topic: each is asked for by name, before or just after the start.
    """
    guarded.allow_bob(*rights)
    consumer = EventConsumer(bob, group_id="rights")
    consumer.on(UserRegistered)(lambda event: None)
    began = time.monotonic()
    with pytest.raises(KafkaAuthorizationError, match=missing) as refused:
        await consumer.run()
    assert isinstance(refused.value, EventConsumeError)
    assert time.monotonic() - began < AT_ONCE


async def test_a_publisher_says_that_the_cluster_is_closed_to_it(guarded: GuardedKafka, bob: KafkaConnection) -> None:
    """
    Who may write nowhere may not have a producer's id either, and is told when it starts.
    """
    guarded.allow_bob(SEES)
    with pytest.raises(KafkaAuthorizationError, match="rights on the cluster are missing") as refused:
        await EventPublisher(bob).start()
    assert isinstance(refused.value, EventPublishError)


RELAY = [
    ([("TOPIC", TOPIC, "WRITE"), ("GROUP", "aegis-outbox*", "READ")], "rights on the transactional id are missing"),
    ([("TOPIC", TOPIC, "WRITE"), ("TRANSACTIONAL_ID", "aegis-outbox*", "WRITE")], "rights on the group are missing"),
]


@pytest.mark.parametrize(("rights", "missing"), RELAY)
async def test_a_relay_says_which_right_is_missing(
    guarded: GuardedKafka, bob: KafkaConnection, tmp_path: Path, rights: list[tuple[str, str, str]], missing: str
) -> None:
    """
    A relay that Kafka refuses from the beginning ends with the reason, in Python and as a command.
    """
    guarded.allow_bob(*rights)
    outbox = tmp_path / "service.db"
    fill(outbox, TOPIC, range(3))
    began = time.monotonic()
    with pytest.raises(KafkaAuthorizationError, match=missing) as refused:
        await OutboxRelay.sqlite(outbox, bob).run()
    assert isinstance(refused.value, OutboxError)
    assert time.monotonic() - began < AT_ONCE
    async with OutboxRelay.sqlite(outbox, bob) as relay:
        with pytest.raises(KafkaAuthorizationError, match=missing):
            await relay.drained(30)
        assert missing in (relay.health().why or "")
    for more in ((), ("--once",)):
        said = await aegis_events("relay", "--sqlite", str(outbox), *more, env=environment(guarded))
        assert (said.code, missing in said.err.splitlines()[-1]) == (3, True), said.err


async def test_topics_that_we_may_not_see_are_not_called_missing(guarded: GuardedKafka, bob: KafkaConnection) -> None:
    """
    A plan says of no topic that it is missing when it may not look; creating one says which right is wanted.
    """
    for act in (plan_topics, apply_topics):
        with pytest.raises(KafkaAuthorizationError, match="does not let us see the topic aegis"):
            await act(bob)
    guarded.allow_bob(SEES, ("TOPIC", "aegis*", "DESCRIBE_CONFIGS"))
    assert {plan.name: plan.state for plan in await plan_topics(bob)}["aegis.user.deleted.v1"] == "missing"
    with pytest.raises(KafkaAuthorizationError, match=r"rights on the topic are missing: aegis\.user"):
        await apply_topics(bob, replication_factor=1)


@pytest.mark.parametrize(
    ("rights", "command", "missing"),
    [
        ([], ("lag", "--group", "rights", "--topic", TOPIC), f"does not let us see the topic {TOPIC}"),
        ([SEES], ("lag", "--group", "rights", "--topic", TOPIC), "rights on the group are missing"),
        ([SEES], ("tail", "--topic", TOPIC, "--from-beginning", "--until-end"), "rights on the topic are missing"),
        ([SEES], ("replay-dlq", "--topic", TOPIC), "rights on the group are missing"),
        (
            [SEES, ("GROUP", "aegis-replay-dlq", "READ")],
            ("replay-dlq", "--topic", TOPIC),
            "rights on the topic are missing",
        ),
    ],
)
async def test_commands_say_which_right_is_missing(
    guarded: GuardedKafka,
    bob: KafkaConnection,
    rights: list[tuple[str, str, str]],
    command: tuple[str, ...],
    missing: str,
) -> None:
    """
    A command names the right in its last line, and says nothing else twice.
    """
    async with EventPublisher(guarded.bootstrap_servers) as events:
        await events.publish(registered(1))
    guarded.allow_bob(*rights)
    said = await aegis_events(*command, env=environment(guarded))
    assert (said.code, missing in said.err.splitlines()[-1]) == (3, True), said.err
    assert "AuthorizationFailed" not in said.err


async def test_the_command_for_topics_says_which_right_is_missing(guarded: GuardedKafka, bob: KafkaConnection) -> None:
    """
    ``aegis topics`` ends with 3 and the right that it wants.
    """
    said = await aegis_topics("plan", env=environment(guarded))
    assert (said.code, "does not let us see the topic" in said.err) == (3, True), said.err
    guarded.allow_bob(SEES)
    said = await aegis_topics("apply", "--replication-factor", "1", env=environment(guarded))
    assert (said.code, "rights on the topic are missing: aegis" in said.err) == (3, True), said.err


async def test_health_says_why_the_dead_letters_take_nothing(guarded: GuardedKafka, bob: KafkaConnection) -> None:
    """
    An event that can be neither handled nor buried is kept, and health says which right is missing for that.
    """
    async with EventPublisher(guarded.bootstrap_servers) as events:
        await events.publish(registered(1))
    guarded.allow_bob(("TOPIC", TOPIC, "READ"), ("GROUP", "rights", "READ"))
    quick = ConsumerSettings(stall_after=0.2)
    consumer = EventConsumer(bob, group_id="rights", retry=HandlerRetry.NEVER, settings=quick)

    @consumer.on(UserRegistered)
    async def handle(event: UserRegistered) -> None:
        raise ValueError

    async with consumer, asyncio.timeout(30):
        while not any("rights on the cluster are missing" in why for why in consumer.health().reasons):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    assert consumer.stats.dead_lettered == 0
