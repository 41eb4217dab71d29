"""
Dead letters and their way back: `aegis events replay-dlq`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from brokers import ApacheKafka, Broker
from commands import aegis_events
from publishing import number_of, publish, registered, until

from aegis_sdk._generated.events import UserRegistered
from aegis_sdk.events import NoDedupe
from aegis_sdk.events.consumer._consumer import EventConsumer
from aegis_sdk.events.consumer.handling._retry import HandlerRetry, Reject
from aegis_sdk.events.consumer.handling._settings import ConsumerSettings


class Service:
    """
    A consumer that cannot handle some numbers, until it is mended.
    """

    def __init__(self, kafka: Broker, topic: str) -> None:
        self.handled: list[int] = []
        self.broken = True
        self.group = f"group-{uuid4().hex[:8]}"
        self.consumer = EventConsumer(
            kafka.bootstrap_servers,
            group_id=self.group,
            topics=[topic],
            retry=HandlerRetry.NEVER,
            settings=ConsumerSettings(commit_interval=0.1),
        )
        self.consumer.on(UserRegistered)(self.handle)

    async def handle(self, event: UserRegistered) -> None:
        if self.broken and number_of(event) % 10 == 0:
            raise Reject("broken") if number_of(event) % 20 == 0 else ValueError("kim@example.com")
        self.handled.append(number_of(event))


@pytest.fixture
def topic(kafka: Broker, kafka_topic: Callable[..., str]) -> str:
    name = kafka_topic(2)
    kafka.create_topic(f"{name}.dlq", 2)
    return name


async def test_dead_letters_go_back_once_and_are_handled(kafka: Broker, topic: str) -> None:
    """
    After the handler is mended, a replay brings the dead letters back to their topic; a second replay brings none.
    """
    await publish(kafka.bootstrap_servers, topic, range(100))
    service = Service(kafka, topic)
    async with service.consumer:
        await until(lambda: service.consumer.stats.dead_lettered == 10 and len(service.handled) == 90)
        service.broken = False
        replay = ("replay-dlq", "--bootstrap", kafka.bootstrap_servers, "--topic", f"{topic}.dlq", "--format", "json")
        group = ("--group", f"replay-{topic}")
        first = await aegis_events(*replay, *group)
        assert first.summary["replayed"] == 10
        await until(lambda: len(service.handled) == 100)
        second = await aegis_events(*replay, *group)
        assert second.summary["replayed"] == 0
    assert sorted(service.handled) == list(range(100))


async def test_a_dry_run_tells_and_does_nothing(kafka: Broker, topic: str) -> None:
    """
    A dry run lists the letters with reason and place, shows no value, and replays none.
    """
    await publish(kafka.bootstrap_servers, topic, range(30))
    service = Service(kafka, topic)
    async with service.consumer:
        await until(lambda: service.consumer.stats.dead_lettered == 3)
    said = await aegis_events(
        "replay-dlq", "--bootstrap", kafka.bootstrap_servers, "--topic", f"{topic}.dlq", "--dry-run", "--group", topic
    )
    assert said.code == 0, said.err
    assert {line["source"]["reason"] for line in said.lines} == {"broken", "retries_exhausted"}
    assert {(line["to"], line["eventType"]) for line in said.lines} == {(topic, "UserRegistered")}
    assert "kim@example.com" not in said.out
    assert "seoyeon" not in said.out
    again = await aegis_events(
        "replay-dlq", "--bootstrap", kafka.bootstrap_servers, "--topic", f"{topic}.dlq", "--dry-run", "--group", topic
    )
    assert len(again.lines) == 3


async def test_filters_leave_the_rest_for_the_next_run(kafka: Broker, topic: str) -> None:
    """
    Letters that a filter or a limit leaves out are offered again by the next run, and --to says where to.
    """
    await publish(kafka.bootstrap_servers, topic, range(60))
    kafka.create_topic(f"{topic}.elsewhere", 1)
    service = Service(kafka, topic)
    async with service.consumer:
        await until(lambda: service.consumer.stats.dead_lettered == 6)
    base = ("replay-dlq", "--bootstrap", kafka.bootstrap_servers, "--topic", f"{topic}.dlq", "--format", "json")
    base = (*base, "--group", topic, "--to", f"{topic}.elsewhere")
    limited = (await aegis_events(*base, "--limit", "2")).summary
    assert (limited["replayed"], limited["to"]) == (2, {f"{topic}.elsewhere": 2})
    rejected = (await aegis_events(*base, "--reason", "broken", "--all")).summary
    assert (rejected["replayed"], rejected["left_out"]) == (3, 3)
    other = (await aegis_events(*base, "--event-type", "UserDeleted", "--all")).summary
    assert (other["replayed"], other["left_out"]) == (0, 6)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("replay-dlq", "--bootstrap", "127.0.0.1:1", "--topic", "x.dlq"), 3, "no Kafka answers at 127.0.0.1:1"),
        (("tail", "--bootstrap", "127.0.0.1:1"), 3, "no Kafka answers"),
        (("tail", "--bootstrap", "127.0.0.1:1", "--event-type", "UserRegisterd"), 2, "no event type UserRegisterd"),
        (("relay", "--bootstrap", "127.0.0.1:1"), 2, "which outbox?"),
        (("relay", "--bootstrap", "127.0.0.1:1", "--sqlite", "/nowhere.db"), 3, "does not exist"),
    ],
)
async def test_what_cannot_work_is_said_in_words(arguments: tuple[str, ...], code: int, said: str) -> None:
    """
    No traceback: a sentence, and 2 for wrong arguments or 3 for an environment that refuses.
    """
    result = await aegis_events(*arguments)
    assert (result.code, said in result.err) == (code, True), result.err
    assert "Traceback" not in result.err


async def test_a_missing_topic_is_named(kafka: Broker) -> None:
    """
    A misspelt topic is an answer, not a wait.
    """
    result = await aegis_events("replay-dlq", "--bootstrap", kafka.bootstrap_servers, "--topic", "nowhere.dlq")
    assert (result.code, "there is no topic nowhere.dlq" in result.err) == (3, True), result.err


async def test_tail_judges_and_hides(kafka: Broker, topic: str) -> None:
    """
    Valid events come with personal values hidden, broken ones with the rules that they break; --show-values shows.
    """
    from aiokafka import AIOKafkaProducer

    from aegis_sdk.events.codec._codec import encode

    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    await producer.start()
    good = encode(registered(1))
    await producer.send_and_wait(topic, good, partition=0)
    await producer.send_and_wait(topic, good.replace(b"124-81-00998", b"s3cr3t-12345"), partition=0)
    await producer.stop()
    base = ("tail", "--bootstrap", kafka.bootstrap_servers, "--topic", topic, "--from-beginning")
    said = await aegis_events(*base, "--until-end")
    assert said.code == 1, said.err
    valid, broken = said.lines
    assert (valid["eventType"], valid["event"]["aggregateId"]) == ("UserRegistered", "user-1")
    assert valid["event"]["data"]["email"] == "***"
    assert [one["pointer"] for one in broken["violations"]] == ["/data/businessRegistrationNumber"]
    assert "seoyeon" not in said.out
    assert "s3cr3t" not in said.out
    shown = await aegis_events(*base, "--count", "1", "--show-values")
    assert (shown.code, shown.lines[0]["event"]["data"]["email"]) == (0, "seoyeon.kim@example.com")


async def test_a_replay_is_for_the_group_that_could_not_handle_it(kafka: Broker, topic: str) -> None:
    """
    Dead letters of one group do not reach another one that has handled them, although that remembers nothing.
    """
    await publish(kafka.bootstrap_servers, topic, range(20))
    service = Service(kafka, topic)
    other = EventConsumer(
        kafka.bootstrap_servers, group_id=f"other-{topic}", topics=[topic], dedupe=NoDedupe(), retry=HandlerRetry.NEVER
    )
    seen: list[str] = []
    other.on(UserRegistered)(lambda event: seen.append(event.event_id))
    async with service.consumer, other:
        await until(lambda: service.consumer.stats.dead_lettered == 2 and len(seen) == 20)
        service.broken = False
        replay = ("replay-dlq", "--bootstrap", kafka.bootstrap_servers, "--topic", f"{topic}.dlq", "--group", topic)
        assert (await aegis_events(*replay)).code == 0
        await until(lambda: len(service.handled) == 20 and other.stats.skipped == 2)
        assert len(seen) == 20
        assert (await aegis_events(*replay, "--all", "--for-all")).code == 0
        await until(lambda: len(seen) == 22)


async def test_a_letter_that_kafka_refuses_stops_none_behind_it(apache_kafka: ApacheKafka) -> None:
    """
    One letter that is too large for its topic is reported with its place and passed over; the run ends with 1.
    """
    topic = f"narrow.{uuid4().hex[:8]}"
    apache_kafka.create_topic(topic, 1, {"max.message.bytes": "2000"})
    apache_kafka.create_topic(f"{topic}.dlq", 1)
    producer = AIOKafkaProducer(bootstrap_servers=apache_kafka.bootstrap_servers)
    await producer.start()
    for size in (10, 5_000, 10):
        source = [("aegis-dlq-topic", topic.encode()), ("aegis-dlq-violations", b"no JSON")]
        await producer.send_and_wait(f"{topic}.dlq", b"x" * size, key=b"k", headers=source)
    await producer.stop()
    where = ("--bootstrap", apache_kafka.bootstrap_servers, "--topic", f"{topic}.dlq", "--group", topic)
    assert (await aegis_events("replay-dlq", *where, "--dry-run")).lines[0]["violations"] == "unreadable"
    said = await aegis_events("replay-dlq", *where)
    assert (said.code, "2 dead letters published again" in said.out) == (1, True), said.out + said.err
    assert f"partition 0 offset 1 to {topic}: MessageSizeTooLargeError" in said.out


async def test_lag_is_told_for_any_group(kafka: Broker, topic: str) -> None:
    """
    `aegis events lag` counts what a group has not handled, as text, JSON and metrics, without joining it.
    """
    await publish(kafka.bootstrap_servers, topic, range(30))
    group = f"lagging-{topic}"
    consumer = EventConsumer(kafka.bootstrap_servers, group_id=group, topics=[topic])
    consumer.on(UserRegistered)(lambda event: None)
    async with consumer:
        await until(lambda: consumer.stats.handled == 30)
    await publish(kafka.bootstrap_servers, topic, range(30, 37))
    where = ("lag", "--bootstrap", kafka.bootstrap_servers, "--topic", topic, "--group", group)
    said = await aegis_events(*where)
    assert (said.code, said.out.splitlines()[0]) == (0, f"{group}: 7 behind"), said.err
    found = json.loads((await aegis_events(*where, "--format", "json")).out)
    assert (sum(one["lag"] for one in found), {one["topic"] for one in found}) == (7, {topic})
    assert "aegis_events_lag{group=" in (await aegis_events(*where, "--format", "prometheus")).out
    assert (await aegis_events(*where, "--max", "6")).code == 1
    assert (await aegis_events(*where, "--max", "7")).code == 0
    assert (await aegis_events(*where[:-1], "nobody")).out.splitlines()[0] == "nobody: 37 behind"
