"""
A Kafka in memory behind the consumer's seam, and small events to send through it.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aegis_contracts import Violation
from aegis_sdk.errors import EventValidationError
from aegis_sdk.events.consumer._client import (
    Bounds,
    ClientFailedError,
    CommitRefusedError,
    Committed,
    Fetch,
    KafkaClient,
    Rebalanced,
    TopicPartition,
)
from aegis_sdk.events.consumer._consumer import EventConsumer
from aegis_sdk.events.consumer.handling._settings import ConsumerSettings
from aegis_sdk.events.dead_letters._letter import DeadLetter
from aegis_sdk.events.kafka._aiokafka import Unreadable

TOPIC = "happened"


@dataclass(frozen=True)
class Happened:
    event_id: str
    subject: str
    number: int


@dataclass(frozen=True)
class Ignored(Happened):
    pass


class UnknownTypeError(EventValidationError):
    pass


class JsonReader:
    """
    Reads {"type", "id", "subject", "number"}.
    """

    def parse(self, data: bytes) -> Any:
        try:
            body = json.loads(data)
        except ValueError:
            raise EventValidationError("", [Violation("", "json", "must be JSON")]) from None
        kinds = {"Happened": Happened, "Ignored": Ignored}
        if body.get("type") not in kinds:
            raise UnknownTypeError("", [Violation("/type", "enum", "must be a declared event type")])
        if not isinstance(body.get("number"), int):
            raise EventValidationError(body["type"], [Violation("/number", "type", "must be an integer")])
        return kinds[body["type"]](body["id"], body["subject"], body["number"])

    def is_unknown(self, error: Exception) -> bool:
        return isinstance(error, UnknownTypeError)


@dataclass(frozen=True)
class FakeRecord:
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = 1_700_000_000_000


@dataclass
class FakeKafka:
    """
    One topic; members are told of rebalances as aiokafka tells them: revoke everything, then assign.
    """

    partitions: int = 1
    logs: dict[TopicPartition, list[FakeRecord]] = field(default_factory=lambda: defaultdict(list))
    committed: dict[TopicPartition, int] = field(default_factory=dict)
    commits: list[dict[TopicPartition, int]] = field(default_factory=list)
    members: list[FakeClient] = field(default_factory=list)
    down: bool = False
    silent: bool = False
    deleted: bool = False
    refusal: ClientFailedError | None = None
    without_position: set[TopicPartition] = field(default_factory=set)
    corrupt: dict[TopicPartition, int] = field(default_factory=dict)
    withheld: set[TopicPartition] = field(default_factory=set)
    starts: dict[TopicPartition, int] = field(default_factory=dict)
    refuse_commits: bool = False
    commit_failure: ClientFailedError | None = None
    topic_id: str = "first"
    marks: dict[TopicPartition, str] = field(default_factory=dict)
    connections: int = 0
    looks: int = 0

    def send(
        self, subject: str, number: int, *, event_id: str | None = None, kind: str = "Happened", partition: int = 0
    ) -> int:
        body = {"type": kind, "id": event_id or f"{subject}-{number}", "subject": subject, "number": number}
        return self.send_raw(json.dumps(body).encode(), key=subject.encode(), partition=partition)

    def send_raw(self, value: bytes | None, *, key: bytes | None = None, partition: int = 0) -> int:
        name = TopicPartition(TOPIC, partition)
        log = self.logs[name]
        log.append(FakeRecord(TOPIC, partition, len(log), key, value, (("trace", b"abc"),)))
        for member in self.members:
            member.arrived.set()
        return len(log) - 1

    def connect(self, revoked: Rebalanced, assigned: Rebalanced) -> KafkaClient:
        self.connections += 1
        return FakeClient(self, revoked, assigned)

    def all_committed(self) -> bool:
        return all(self.committed.get(name, 0) == len(log) for name, log in self.logs.items())

    async def rebalance(self) -> None:
        members = self.members
        await asyncio.gather(*(member.revoke() for member in members))
        for index, member in enumerate(members):
            names = [TopicPartition(TOPIC, p) for p in range(self.partitions) if p % len(members) == index]
            await member.assign(names)


class FakeClient:
    def __init__(self, kafka: FakeKafka, revoked: Rebalanced, assigned: Rebalanced) -> None:
        self.kafka = kafka
        self.revoked, self.assigned = revoked, assigned
        self.positions: dict[TopicPartition, int] = {}
        self.arrived = asyncio.Event()
        self.paused: set[TopicPartition] = set()
        self.broken: ClientFailedError | None = None
        self.closed = False

    async def start(self) -> None:
        if self.kafka.refusal is not None:
            raise self.kafka.refusal
        if self.kafka.down:
            raise ClientFailedError("KafkaConnectionError")
        self.kafka.members.append(self)
        await self.kafka.rebalance()

    def obstacle(self) -> str:
        return "the group has not given out its partitions"

    async def revoke(self) -> None:
        names, self.positions_before = frozenset(self.positions), dict(self.positions)
        self.positions = {}
        await self.revoked(names)

    async def assign(self, names: Collection[TopicPartition]) -> None:
        self.positions = {name: self.kafka.committed.get(name, 0) for name in names}
        await self.assigned(frozenset(names))
        self.arrived.set()

    async def fetch(self, partitions: Collection[TopicPartition], *, timeout: float, limit: int) -> Fetch:
        for _ in range(2):
            if self.broken is not None:
                raise self.broken
            found: dict[TopicPartition, list[FakeRecord]] = {}
            if not self.kafka.silent:
                for name in list(self.positions):
                    if partitions and name not in partitions:
                        continue
                    if name in self.paused or name in self.kafka.withheld:
                        continue
                    start = self.positions[name]
                    broken = self.kafka.corrupt.get(name)
                    if broken == start:
                        return Fetch({}, [Unreadable(name.topic, name.partition, start, ValueError("canary"))])
                    if name in self.kafka.without_position:
                        return Fetch({}, [], [name])
                    if start < self.kafka.starts.get(name, 0):
                        return Fetch({}, [], [name])
                    some = self.kafka.logs[name][start : start + limit - sum(map(len, found.values()))]
                    if broken is not None:
                        some = some[: max(0, broken - start)]
                    if some:
                        found[name] = some
                        self.positions[name] = start + len(some)
            if found:
                return Fetch(found)
            self.arrived.clear()
            try:
                async with asyncio.timeout(min(timeout, 0.05)):
                    await self.arrived.wait()
            except TimeoutError:
                return Fetch({})
        return Fetch({})

    async def commit(self, offsets: Mapping[TopicPartition, Committed]) -> None:
        if self.kafka.refuse_commits:
            raise CommitRefusedError("CommitFailedError")
        if self.kafka.commit_failure is not None:
            raise self.kafka.commit_failure
        self.kafka.commits.append({name: said.offset for name, said in offsets.items()})
        self.kafka.committed.update(self.kafka.commits[-1])
        self.kafka.marks.update({name: said.log for name, said in offsets.items()})

    async def position(self, partition: TopicPartition) -> int | None:
        return self.positions.get(partition)

    async def committed(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, Committed]:
        committed, marks = self.kafka.committed, self.kafka.marks
        return {name: Committed(committed[name], marks.get(name, "")) for name in partitions if name in committed}

    async def logs(self, topics: Collection[str]) -> Mapping[str, str]:
        return dict.fromkeys(topics, self.kafka.topic_id) if self.kafka.topic_id and not self.kafka.deleted else {}

    async def bounds(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, Bounds]:
        self.kafka.looks += 1
        if self.kafka.down:
            raise ClientFailedError("KafkaConnectionError")
        return {name: Bounds(self.kafka.starts.get(name, 0), len(self.kafka.logs[name])) for name in partitions}

    def partitions(self, topic: str) -> Collection[int]:
        return () if self.kafka.deleted else range(self.kafka.partitions)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self.positions[partition] = offset
        self.kafka.without_position.discard(partition)
        self.arrived.set()

    def pause(self, partition: TopicPartition) -> None:
        self.paused.add(partition)

    def resume(self, partition: TopicPartition) -> None:
        self.paused.discard(partition)
        self.arrived.set()

    async def close(self, timeout: float) -> None:
        self.closed = True
        if self in self.kafka.members:
            self.kafka.members.remove(self)


class Letters:
    """
    Dead letters kept in a list; refuses as often as it is told.
    """

    def __init__(self, failures: int = 0) -> None:
        self.sent: list[DeadLetter] = []
        self.failures = failures

    async def send(self, letter: DeadLetter) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("dead letters are down")
        self.sent.append(letter)


def make_consumer(
    kafka: FakeKafka, letters: Letters | None = None, *, settings: dict[str, Any] | None = None, **more: Any
) -> EventConsumer:
    quick: dict[str, Any] = {
        "commit_interval": 0.02,
        "probe_interval": 0.05,
        "drain_timeout": 1.0,
        "request_timeout": 1.0,
    }
    quick.update(settings or {})
    return EventConsumer(
        "nowhere:9092",
        group_id="tests",
        reader=JsonReader(),
        connect=kafka.connect,
        dead_letters=letters or Letters(),
        settings=ConsumerSettings(**quick),
        **more,
    )


async def until(condition: Callable[[], bool], timeout: float = 30.0) -> None:
    """
    Wait until *condition* holds; there is no event to wait for on the other side of a seam.
    """
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def keeping(consumer: EventConsumer) -> list[int]:
    """
    Let the consumer handle events and keep their numbers.
    """
    handled: list[int] = []

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        handled.append(event.number)

    return handled


def gated(consumer: EventConsumer, handled: list[int], gate: asyncio.Event, held: int) -> list[int]:
    """
    Let the consumer handle events; number *held* waits for the gate.
    """
    begun: list[int] = []

    @consumer.on(Happened)
    async def handle(event: Happened) -> None:
        begun.append(event.number)
        if event.number == held:
            await gate.wait()
        handled.append(event.number)

    return begun
