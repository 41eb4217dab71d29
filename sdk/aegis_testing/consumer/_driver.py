"""
The driver: what stands in place of Kafka in front of a consumer.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events import DeadLetter, EventConsumer, HandlerFailure, Record
from aegis_sdk.events.consumer.handling._engine import Engine
from aegis_sdk.events.consumer.handling._lanes import AssignedPartition
from aegis_sdk.events.consumer.handling._retry import Again, GiveUp, HandlerRetry, RetryLater
from aegis_sdk.events.kafka._record import TopicPartition
from aegis_sdk.events.publisher._record import record_maker
from aegis_testing.consumer._outcome import Became, Outcome

_PATIENCE = 100
Given = Any


@dataclass(frozen=True, slots=True)
class _Fetched:
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class _AtOnce:
    """
    A consumer's own retry policy, whose waits are counted and not waited for.
    """

    def __init__(self, policy: HandlerRetry) -> None:
        self._policy = policy
        self.delays: list[float] = []
        self.later = 0

    def decide(
        self, error: BaseException, attempts: int, elapsed: float, chance: float | None = None
    ) -> Again | GiveUp:
        decision = self._policy.decide(error, attempts, elapsed + sum(self.delays), chance)
        if isinstance(decision, GiveUp):
            return decision
        self.later = self.later + 1 if isinstance(error, RetryLater) else 0
        self.delays.append(decision.delay)
        return Again(0.0)


class _Letters:
    def __init__(self) -> None:
        self.sent: list[DeadLetter] = []

    async def send(self, letter: DeadLetter) -> None:
        self.sent.append(letter)


class ConsumerDriver:
    """
    Hands events to a consumer, one after another: ``async with ConsumerDriver(consumer) as driver``.

    The consumer is one that was not started; it reads, retries, gives up, removes duplicates and writes dead letters as
    in production, and only the waits between two calls of a handler are passed over.

    Args:
        timeout: seconds that one event may take; a handler that stands still ends there.

    Attributes:
        dead_letters: everything that would be on dead-letter topics, oldest first.
    """

    def __init__(self, consumer: EventConsumer, *, timeout: float = 10.0) -> None:
        self._consumer = consumer
        self._timeout = timeout
        self._letters = _Letters()
        self.dead_letters: list[DeadLetter] = self._letters.sent
        self._failures: list[HandlerFailure] = []
        self._engine: Engine | None = None
        self._retry: _AtOnce
        self._partitions: dict[str, AssignedPartition] = {}
        self._offset = 0
        self._maker = record_maker(None)

    async def __aenter__(self) -> Self:
        self._retry = _AtOnce(self._consumer.retry)
        self._engine = self._consumer.engine(dead_letters=self._letters, retry=self._retry, told=self._failures.append)
        self._engine.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._engine is not None:
            await self._engine.close()
            self._consumer.release()
            self._engine = None

    async def deliver(
        self,
        event: Given,
        *,
        topic: str | None = None,
        key: str | bytes | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Outcome:
        """
        Hand over one event, and say what became of it.

        Args:
            event: an event, which is published as the publisher would; or a ``Record``; or bytes as they stand on a
                topic (``None`` is a tombstone), which need *topic*.

        Raises:
            ConfigurationError: the driver is not open, bytes have no topic, or the consumer does not read that topic.
            TimeoutError: the handler stood still.
        """
        engine = self._engine
        if engine is None:
            raise ConfigurationError("the driver is not open: async with ConsumerDriver(consumer) as driver")
        record = self._record(event, topic, key, headers)
        if record.topic not in self._consumer.topics:
            known = ", ".join(self._consumer.topics)
            raise ConfigurationError(f"this consumer does not read {record.topic}, only {known}: it would never get it")
        partition = self._partitions.setdefault(record.topic, AssignedPartition(TopicPartition(record.topic, 0)))
        failed, dead, calls = len(self._failures), len(self.dead_letters), engine.stats.as_dict()
        self._retry.delays.clear()
        self._retry.later = 0
        await engine.accept([(partition, [record])])
        waited = await self._done(engine, partition)
        became = _became(calls, engine.stats.as_dict()) if waited else "waiting"
        failures = tuple(self._failures[failed:])
        return Outcome(
            became,
            len(failures) + (became == "handled"),
            tuple(self._retry.delays),
            failures,
            self.dead_letters[dead] if len(self.dead_letters) > dead else None,
        )

    async def _done(self, engine: Engine, partition: AssignedPartition) -> bool:
        deadline = time.monotonic() + self._timeout
        while not partition.tracker.idle:
            if self._retry.later >= _PATIENCE:
                # It would be offered again for ever; the next event of its key must not wait for it.
                engine.ledger.release(partition.revoke())
                self._partitions.pop(partition.name.topic)
                return False
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"the handler stood still for {self._timeout:g} s")
            await engine.ledger.change(min(left, 0.02))
        return True

    def _record(self, event: Given, topic: str | None, key: str | bytes | None, headers: Any) -> _Fetched:
        if event is None or isinstance(event, bytes):
            if topic is None:
                raise ConfigurationError("bytes say nothing of their topic: deliver(…, topic=…)")
            made = Record(topic, event or b"", None, ())
            value = event
        else:
            made = event if isinstance(event, Record) else self._maker.record(event)
            value = made.value
        given = made.key if key is None else key.encode() if isinstance(key, str) else key
        self._offset += 1
        return _Fetched(
            topic or made.topic, 0, self._offset, int(time.time() * 1000), given, value, (*made.headers, *headers)
        )


def _became(before: dict[str, int], after: dict[str, int]) -> Became:
    words: dict[str, Became] = {"handled": "handled", "dead_lettered": "dead", "duplicates": "duplicate"}
    for name, word in words.items():
        if after[name] > before[name]:
            return word
    return "skipped"
