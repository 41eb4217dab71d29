"""
What a consumer refuses at its start, so that nothing is passed over without a word.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import msgspec
import pytest
from pydantic import BaseModel

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import (
    ConsumerSettings,
    EventCodec,
    EventConsumeError,
    EventConsumer,
    LaterVersionError,
    Tombstone,
    UserRegistered,
    record_of,
)
from aegis_sdk.events.consumer._reader import topics_of
from aegis_sdk.events.consumer.handling._failures import HandlerFailure
from aegis_sdk.events.publisher import ContractEvents
from tests.unit.events.codec.shops import PLACED, generated
from tests.unit.events.consumer.harness import TOPIC, FakeKafka, Happened, Letters, make_consumer, until

V1 = PLACED | {"data": PLACED["data"] | {"expiresAt": "2026-03-03T00:30:00Z"}}
V2: dict[str, Any] = deepcopy(V1) | {"major": 2}
V2["data"] |= {"channel": "web", "tags": [], "source": "shop"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    with generated(tmp_path_factory.mktemp("generated"), "shop_refusals"):
        yield import_module("shop_refusals")


@pytest.fixture
def codec(shop: ModuleType) -> EventCodec:
    return EventCodec(package="shop_refusals")


def raised(message: dict[str, Any]) -> dict[str, Any]:
    return message | {"data": message["data"] | {"channel": "web", "tags": [], "source": "shop"}}


def consumer_of(kafka: FakeKafka, letters: Letters | None = None, **more: Any) -> EventConsumer:
    return EventConsumer(
        "nowhere:9092",
        group_id="tests",
        connect=kafka.connect,
        dead_letters=letters or Letters(),
        settings=ConsumerSettings(commit_interval=0.02, probe_interval=0.05),
        **more,
    )


async def test_a_handler_of_another_codecs_model_is_refused(codec: EventCodec, shop: ModuleType) -> None:
    """
    A handler that would never be called, since nobody makes its model, does not start a consumer.
    """
    strangers = consumer_of(FakeKafka())
    strangers.on(shop.OrderPlaced)(lambda event: None)
    with pytest.raises(ConfigurationError, match=r"OrderPlaced would never be called: the reader makes E.*codec="):
        await strangers.start()
    own = consumer_of(FakeKafka(), codec=codec)
    own.on(UserRegistered)(lambda event: None)
    with pytest.raises(ConfigurationError, match="UserRegistered would never be called: the reader makes OrderPlaced"):
        await own.start()


async def test_events_of_another_envelope_are_handled_by_their_own_id(codec: EventCodec, shop: ModuleType) -> None:
    """
    A codec whose events call their id otherwise serves publisher, outbox and consumer alike, each event once.
    """
    kafka = FakeKafka()
    event = codec.parse(json.dumps(V1).encode())
    record = record_of(ContractEvents(codec), event)
    assert (record.event_id, dict(record.headers)["event-id"], record.event_type) == ("a-1", b"a-1", "OrderPlaced")
    for _ in range(2):
        kafka.send_raw(record.value, key=record.key)
    consumer = consumer_of(kafka, codec=codec)
    handled: list[Any] = []
    consumer.on(shop.OrderPlaced)(handled.append)
    async with consumer:
        await until(kafka.all_committed)
    assert (len(handled), consumer.stats.duplicates) == (1, 1)


async def test_events_without_an_id_are_refused() -> None:
    """
    Events that cannot be told from one another could be handled twice or never.
    """

    @dataclass
    class Nameless:
        number: int

    consumer = make_consumer(FakeKafka())
    consumer.on(Nameless)(lambda event: None)
    with pytest.raises(ConfigurationError, match="events of Nameless have no event_id"):
        await consumer.start()
    refused = consumer_of(FakeKafka(), codec=EventCodec(event_id="number_plate"))
    refused.on(UserRegistered)(lambda event: None)
    with pytest.raises(ConfigurationError, match="no number_plate"):
        await refused.start()


class Annotated:
    event_id: str


class Assigned:
    def __init__(self) -> None:
        self.event_id = "1"


class Modelled(BaseModel):
    event_id: str


class Unmodelled(BaseModel):
    number: int


class Shaped(msgspec.Struct):
    event_id: str


class Unshaped(msgspec.Struct):
    number: int


@pytest.mark.parametrize(
    ("model", "has_id"),
    [
        (Annotated, True),
        (Assigned, True),
        (Modelled, True),
        (Unmodelled, False),
        (Shaped, True),
        (Unshaped, False),
        (dict, False),
    ],
)
async def test_whatever_events_are_made_of_their_ids_are_looked_for(model: type[Any], has_id: bool) -> None:
    """
    Classes of any library are taken when they have an id or may have one, and refused when they surely have none.
    """
    consumer = make_consumer(FakeKafka())
    consumer.on(model)(lambda event: None)
    if has_id:
        async with consumer:
            assert consumer.health()
        return
    with pytest.raises(ConfigurationError, match=f"events of {model.__name__} have no event_id"):
        await consumer.start()


def test_what_a_consumer_subscribes_to_follows_from_its_handlers() -> None:
    """
    Topics are those of the events that have handlers; a handler of tombstones alone needs to be told.
    """
    consumer = EventConsumer("localhost:9092", group_id="group")
    consumer.on(Tombstone)(lambda event: None)
    with pytest.raises(ConfigurationError, match="tombstones alone needs topics="):
        _ = consumer.topics
    consumer.on(UserRegistered)(lambda event: None)
    assert consumer.topics == ("aegis.user.registered.v1",)


async def test_a_consumer_that_does_not_run_cannot_be_waited_for() -> None:
    """
    Waiting for the end of what was never begun, or whose start failed, is refused and not waited for.
    """
    consumer = make_consumer(FakeKafka(down=True), settings={"start_timeout": 0.05})
    consumer.on(Happened)(lambda event: None)
    with pytest.raises(ConfigurationError, match="was not started"):
        await consumer.stopped()
    with pytest.raises(EventConsumeError):
        await consumer.start()
    with pytest.raises(ConfigurationError, match="was not started"):
        await consumer.stopped()


async def test_a_handler_that_an_upcaster_makes_deaf_is_refused(codec: EventCodec, shop: ModuleType) -> None:
    """
    An upcaster registered anywhere makes events always the newer version, so a handler of the older one hears nothing.
    """
    codec.upcaster(shop.OrderPlaced, shop.OrderPlacedV2)(raised)
    consumer = consumer_of(FakeKafka(), codec=codec)
    consumer.on(shop.OrderPlaced)(lambda event: None)
    with pytest.raises(ConfigurationError, match="the upcaster raised makes its events OrderPlacedV2"):
        await consumer.start()


async def test_a_handler_of_version_two_reads_version_one_too(codec: EventCodec, shop: ModuleType) -> None:
    """
    With an upcaster, a handler of the newer version gets what is written in both, each fact once.
    """
    codec.upcaster(shop.OrderPlaced, shop.OrderPlacedV2)(raised)
    kafka = FakeKafka()
    for number, message in enumerate((V1, V2, V1 | {"id": "a-2"}, V2 | {"id": "a-3"})):
        kafka.send_raw(json.dumps(message).encode(), key=str(number).encode())
    consumer = consumer_of(kafka, codec=codec)
    handled: list[str] = []
    consumer.on(shop.OrderPlacedV2)(lambda event: handled.append(event.id))
    async with consumer:
        await until(kafka.all_committed)
    assert (sorted(handled), consumer.stats.duplicates) == (["a-1", "a-2", "a-3"], 1)


def test_the_topics_of_a_version_are_those_of_the_older_ones_too(codec: EventCodec, shop: ModuleType) -> None:
    """
    A reader of version 2 subscribes to version 1's topic as well; a reader of version 1 not to version 2's.
    """
    from aegis_sdk.events.consumer._reader import ContractReader

    reader = ContractReader(codec)
    moved = tuple(info._replace(topic=f"orders.v{info.version}") for info in codec.event_types)
    codec.event_types = moved
    assert reader.topics_of([shop.OrderPlacedV2]) == ("orders.v1", "orders.v2")
    assert reader.topics_of([shop.OrderPlaced]) == ("orders.v1",)
    assert topics_of([UserRegistered]) == ("aegis.user.registered.v1",)


async def test_versions_that_nobody_reads_are_refused_at_the_start(codec: EventCodec, shop: ModuleType) -> None:
    """
    Without an upcaster and without a handler, events of an older version would be skipped and committed: no start.
    """
    consumer = consumer_of(FakeKafka(), codec=codec)
    consumer.on(shop.OrderPlacedV2)(lambda event: None)
    with pytest.raises(ConfigurationError, match=r"events of OrderPlaced\.v1 would be skipped"):
        await consumer.start()
    consumer.on(shop.OrderPlaced)(lambda event: None)
    async with consumer:
        pass


async def test_a_later_version_is_no_garbage(codec: EventCodec, shop: ModuleType) -> None:
    """
    What only a newer release can read is kept apart from broken events, for a replay when that is there.
    """
    with pytest.raises(LaterVersionError, match="is later than 2") as later:
        codec.parse(json.dumps(V2 | {"major": 3}).encode())
    assert (later.value.version, later.value.newest) == (3, 2)
    kafka, letters = FakeKafka(), Letters()
    kafka.send_raw(json.dumps(V2 | {"major": 3}).encode(), key=b"a")
    kafka.send_raw(json.dumps(V2 | {"major": 0}).encode(), key=b"b")
    kafka.send_raw(json.dumps(V2 | {"major": "3"}).encode(), key=b"c")
    consumer = consumer_of(kafka, letters, codec=codec)
    consumer.on(shop.OrderPlaced, shop.OrderPlacedV2)(lambda event: None)
    async with consumer:
        await until(kafka.all_committed)
    reasons = {letter.key: dict(letter.headers)["aegis-dlq-reason"] for letter in letters.sent}
    assert reasons == {b"a": b"later_version", b"b": b"contract", b"c": b"contract"}


@pytest.mark.parametrize("choice", ["refuse", "skip", "handle"])
async def test_tombstones_are_refused_skipped_or_handled(choice: str) -> None:
    """
    A record without a value is a dead letter, nothing, or a handler's, as the service chooses.
    """
    kafka, letters = FakeKafka(), Letters()
    kafka.send_raw(None, key=b"kim")
    kafka.send("lee", 1)
    consumer = make_consumer(kafka, letters, tombstones="skip" if choice == "skip" else "refuse")
    consumer.on(Happened)(lambda event: None)
    keys: list[bytes | None] = []
    if choice == "handle":
        consumer.on(Tombstone)(lambda tombstone: keys.append(tombstone.key))
    async with consumer:
        await until(kafka.all_committed)
    assert [dict(one.headers)["aegis-dlq-reason"] for one in letters.sent] == ([b"tombstone"] * (choice == "refuse"))
    assert keys == [b"kim"] * (choice == "handle")
    assert (consumer.stats.skipped, consumer.stats.handled) == (int(choice == "skip"), 1 + (choice == "handle"))


async def test_events_without_a_key_block_nobody() -> None:
    """
    Without a key there is no order to keep: one event that waits holds no other up.
    """
    kafka = FakeKafka()
    for number in range(5):
        kafka.send_raw(json.dumps({"type": "Happened", "id": str(number), "subject": "", "number": number}).encode())
    consumer = make_consumer(kafka)
    gate, handled = asyncio.Event(), []

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        if event.number == 0:
            await gate.wait()
        handled.append(event.number)

    async with consumer:
        await until(lambda: len(handled) == 4)
        assert sorted(handled) == [1, 2, 3, 4]
        gate.set()
        await until(kafka.all_committed)


async def test_a_consumer_can_start_again() -> None:
    """
    After it was stopped, a consumer starts again and goes on where it was; its counts go on, too.
    """
    kafka = FakeKafka()
    kafka.send("kim", 1)
    consumer = make_consumer(kafka)
    handled: list[int] = []
    consumer.on(Happened)(lambda event: handled.append(event.number))
    for number in (2, 3, 4):
        async with consumer:
            await until(kafka.all_committed)
            with pytest.raises(ConfigurationError, match="running already"):
                await consumer.start()
        assert consumer.health().state == "stopped"
        kafka.send("kim", number)
    assert handled == [1, 2, 3]
    assert consumer.stats.handled == 3


async def test_a_failed_handler_is_told_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    """
    Log and hook say in which line of the service's own a handler failed, the deepest one, and never what it was given.
    """
    kafka, told = FakeKafka(), []
    kafka.send("s3cret", 1)

    def on_failure(failure: HandlerFailure) -> None:
        told.append(failure)
        raise RuntimeError("hooks may fail")

    consumer = make_consumer(kafka, on_failure=on_failure)

    def helper(subject: str) -> None:
        json.loads("{" + subject)

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        if len(told) < 1:
            helper(event.subject)

    async with consumer:
        await until(kafka.all_committed)
    line = helper.__code__.co_firstlineno + 1
    assert [(one.place, type(one.error).__name__, one.delivery.attempt) for one in told] == [
        (f"test_refusals.py:{line}", "JSONDecodeError", 1)
    ]
    assert f"failed with JSONDecodeError at test_refusals.py:{line}" in caplog.text
    assert "s3cret" not in caplog.text
    assert TOPIC in caplog.text


async def test_the_trace_goes_on_into_the_handler() -> None:
    """
    A handler runs inside a span that is a child of whoever published the event, in a thread as well.
    """
    from opentelemetry import trace

    kafka = FakeKafka()
    number = kafka.send("kim", 1)
    record = kafka.logs[next(iter(kafka.logs))][number]
    object.__setattr__(
        record, "headers", (("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),)
    )
    consumer = make_consumer(kafka)
    seen: list[str] = []
    consumer.on(Happened)(lambda event: seen.append(f"{trace.get_current_span().get_span_context().trace_id:032x}"))
    async with consumer:
        await until(kafka.all_committed)
    assert seen == ["0af7651916cd43dd8448eb211c80319c"]
