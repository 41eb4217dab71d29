"""
The consumer of events: typed handlers, at least once, in order for each key.

It hands an event to its handler, remembers its id, and only then commits its offset. What breaks its contract or cannot
be handled goes to the dead letters. It does not retry what is not its own: handlers decide what is worth another
attempt.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import time
from collections.abc import Callable, Collection
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, overload

from typing_extensions import TypeVar

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.consumer._checks import check
from aegis_sdk.events.consumer._client import AiokafkaClient, Connect, KafkaClient, Rebalanced
from aegis_sdk.events.consumer._errors import ConsumerStoppedError
from aegis_sdk.events.consumer._health import ConsumerHealth, ConsumerState, examine
from aegis_sdk.events.consumer._reader import ContractReader, topics_of
from aegis_sdk.events.consumer._supervisor import Supervisor
from aegis_sdk.events.consumer.handling._engine import DeadLetterSender, Decides, Engine
from aegis_sdk.events.consumer.handling._failures import HandlerFailure, OnFailure
from aegis_sdk.events.consumer.handling._handlers import Handlers, Registration, Tombstone
from aegis_sdk.events.consumer.handling._intake import Reader
from aegis_sdk.events.consumer.handling._retry import HandlerRetry
from aegis_sdk.events.consumer.handling._settings import ConsumerSettings
from aegis_sdk.events.consumer.handling._stats import ConsumerStats
from aegis_sdk.events.dead_letters._letter import dead_letter_topic as _dead_letter_topic
from aegis_sdk.events.dead_letters._sender import DeadLetterProducer
from aegis_sdk.events.dedupe._memory import DedupeStore, MemoryDedupe
from aegis_sdk.events.kafka._connection import KafkaConnection

if TYPE_CHECKING:
    from aegis_sdk.events.codec._codec import EventCodec
    from aegis_sdk.events.publisher._framing import Frame

__all__ = ["EventConsumer"]

_log = logging.getLogger("aegis_sdk.events.consumer")

_AT_REST = ("new", "stopped", "failed")
_E = TypeVar("_E", default=Any)
_E1 = TypeVar("_E1")
_E2 = TypeVar("_E2")
_E3 = TypeVar("_E3")


class EventConsumer(Generic[_E]):
    """
    Consumes the platform's events as a member of a consumer group.

    ```python
    consumer = EventConsumer("kafka:9092", group_id="policy-service")


    @consumer.on(UserRegistered)
    async def match_policies(event: UserRegistered) -> None: ...


    await consumer.run()
    ```

    Delivery is at least once. Events of one key are handled one after another, in order; a key whose event waits for a
    retry waits with it, other keys go on. Offsets are committed in batches and never past an unfinished event. An event
    whose id the *dedupe* store knows is left out.

    Args:
        connection: where Kafka is; ``AEGIS_KAFKA_BOOTSTRAP`` and its companions, if not given.
        group_id: the group that shares the partitions.
        topics: what to subscribe to; the topics of the registered event types, if not given.
        dedupe: remembers handled ids; in memory, if not given.
        retry: what to do when a handler fails.
        unknown: what to do with event types that nobody declared.
        tombstones: what to do with records without a value, unless ``Tombstone`` has a handler: ``refuse`` makes dead
            letters of them.
        on_failure: is told of each call of a handler that failed.
        codec: reads the events: an `EventCodec`, or a frame such as `CloudEvents`; that of the contracts, if not
            given.
        dead_letter_topic: names the topic for the dead letters of a topic.
        settings: limits and deadlines.
        reader, dead_letters, connect: seams; tests put their own here.
    """

    def __init__(
        self,
        connection: KafkaConnection | str | None = None,
        *,
        group_id: str,
        topics: Collection[str] | None = None,
        dedupe: DedupeStore | None = None,
        retry: HandlerRetry | None = None,
        unknown: Literal["skip", "dlq"] = "skip",
        tombstones: Literal["skip", "refuse"] = "refuse",
        on_failure: OnFailure | None = None,
        codec: EventCodec[_E] | Frame[_E] | None = None,
        dead_letter_topic: Callable[[str], str] = _dead_letter_topic,
        settings: ConsumerSettings | None = None,
        reader: Reader[_E] | None = None,
        dead_letters: DeadLetterSender | None = None,
        connect: Connect | None = None,
    ) -> None:
        if not group_id:
            raise ConfigurationError("a consumer needs a group_id")
        if unknown not in ("skip", "dlq") or tombstones not in ("skip", "refuse"):
            raise ConfigurationError("unknown is skip or dlq, tombstones is skip or refuse")
        if inspect.iscoroutinefunction(on_failure):
            raise ConfigurationError("on_failure is called and not awaited: give it a plain function")
        self._where = connection
        self._group_id = group_id
        self._topics = tuple(topics) if topics is not None else None
        self._dedupe: DedupeStore = dedupe if dedupe is not None else MemoryDedupe()
        self._retry = retry if retry is not None else HandlerRetry()
        self._unknown: Literal["skip", "dlq"] = unknown
        self._dead_letter_topic = dead_letter_topic
        self._settings = settings if settings is not None else ConsumerSettings()
        if reader is not None and codec is not None:
            raise ConfigurationError("a consumer reads with a codec=… or with a reader=…, not with both")
        self._reader: Reader[_E] = reader if reader is not None else ContractReader(codec)
        self._tombstones: Literal["skip", "refuse"] = tombstones
        self._on_failure = on_failure
        self._stats = ConsumerStats()
        self._dead_letters = dead_letters
        self._own_dead_letters: DeadLetterProducer | None = None
        self._connect = connect
        self._handlers = Handlers(self._settings.concurrency)
        self._supervisor: Supervisor | None = None
        self._stop_asked = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._state: ConsumerState = "new"
        self._since = time.monotonic()

    # Handlers

    @overload
    def on(self, event_type: type[_E1], /, *, inline: bool = False) -> Registration[_E1]: ...
    @overload
    def on(self, one: type[_E1], two: type[_E2], /, *, inline: bool = False) -> Registration[_E1 | _E2]: ...
    @overload
    def on(
        self, one: type[_E1], two: type[_E2], three: type[_E3], /, *, inline: bool = False
    ) -> Registration[_E1 | _E2 | _E3]: ...
    @overload
    def on(self, *event_types: type[Any], inline: bool = False) -> Registration[Any]: ...
    def on(self, *event_types: type[Any], inline: bool = False) -> Registration[Any]:
        """
        Let the decorated function handle events of these types.

        It takes the event, and a ``Delivery`` if it has a second parameter. A coroutine function runs on the event
        loop; a plain function runs in a thread.

        Args:
            inline: run a plain function on the event loop instead; for functions that never wait.
        """
        if not event_types:
            raise ConfigurationError("on(…) takes the event types that the function handles")
        if self._state not in _AT_REST:
            raise ConfigurationError(f"the consumer is {self._state} already: handlers are registered before it starts")
        return Registration(self._handlers, event_types, inline=inline)

    # Life

    async def start(self) -> None:
        """
        Connect, join the group and begin to handle events. A consumer that was stopped can start again.

        Raises:
            EventConsumeError: Kafka was not reached within ``start_timeout``, or refuses us; it is the
                ``KafkaRefusalError`` that says why, too (sign-in, certificate, rights, address, topic), and then comes
                at once.
            ConsumerStoppedError: ``stop()`` was called before it had started.
        """
        if self._state not in _AT_REST:
            raise ConfigurationError(f"the consumer is {self._state} already")
        check(self._handlers.calls, self._reader)
        if self._state != "new":
            # Another one, for it may be another event loop that starts it again.
            self._stop_asked = asyncio.Event()
            self._supervisor = None
        self._loop = asyncio.get_running_loop()
        self._become("starting")
        engine = self._handling(self._letters(), self._retry, self._on_failure)
        self._supervisor = supervisor = Supervisor(engine, self._connect or self._by_aiokafka, self._become)
        try:
            engine.start()
            if not self._settings.start_without_kafka:
                await supervisor.connect(self._stop_asked)
        except BaseException as error:
            self._become("stopped" if isinstance(error, ConsumerStoppedError) else "failed")
            await self._close_rest()
            raise
        supervisor.supervise()

    async def run(self) -> None:
        """
        Consume until ``stop()`` is called or this task is cancelled; then finish within the drain deadline.

        Raises:
            EventConsumeError: the consumer cannot go on.
        """
        try:
            await self.start()
        except ConsumerStoppedError:
            return
        try:
            await self.stopped()
        finally:
            await self.aclose()

    async def stopped(self) -> None:
        """
        Wait until ``stop()`` is called.

        Raises:
            EventConsumeError: the consumer cannot go on.
        """
        if self._supervisor is None or not self._supervisor.works:
            raise ConfigurationError("the consumer was not started")
        await self._supervisor.ended(self._stop_asked)

    def stop(self) -> None:
        """
        Ask ``run()`` to finish, also while it starts; a signal handler or another thread may call this.
        """
        if self._loop is None or self._loop.is_closed():
            self._stop_asked.set()
        else:
            # A loop that waits for its sockets is woken, too.
            self._loop.call_soon_threadsafe(self._stop_asked.set)

    async def aclose(self, timeout: float | None = None) -> None:
        """
        Take nothing more, let finish what was begun, commit, leave the group, close.

        Args:
            timeout: seconds for all of it; the drain and request deadlines together, if not given.
        """
        if self._state in ("new", "stopped"):
            self._become("stopped")
            return
        failed = self._state == "failed"
        self._become("stopping")
        if self._supervisor is not None:
            settings = self._settings
            await self._supervisor.aclose(
                timeout if timeout is not None else settings.drain_timeout + settings.request_timeout
            )
        await self._close_rest()
        self._become("failed" if failed else "stopped")

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    # Looking

    def health(self) -> ConsumerHealth:
        """
        Say whether the consumer makes progress, and how far behind it is.
        """
        return examine(self._state, self._since, self._supervisor)

    @property
    def stats(self) -> ConsumerStats:
        """
        What it has done so far.
        """
        return self._stats

    # For whoever hands it events without Kafka

    @property
    def topics(self) -> tuple[str, ...]:
        """
        What it subscribes to.

        Raises:
            ConfigurationError: it has no handlers, or none that says a topic.
        """
        if self._topics is not None:
            return self._topics
        models = [model for model in self._handlers.calls if model is not Tombstone]
        found: tuple[str, ...] = getattr(self._reader, "topics_of", topics_of)(models)
        if not found:
            raise ConfigurationError("a consumer of tombstones alone needs topics=…")
        return found

    @property
    def retry(self) -> HandlerRetry:
        """
        What follows when a handler fails.
        """
        return self._retry

    def engine(self, *, dead_letters: DeadLetterSender, retry: Decides, told: OnFailure) -> Engine:
        """
        Make what handles events as this consumer does, for test kits: no connection belongs to it.

        Args:
            retry: decides in place of its own policy.
            told: of each call that failed, beside ``on_failure``.

        Raises:
            ConfigurationError: it is running, or would pass events over without a word.
        """
        if self._state not in _AT_REST:
            raise ConfigurationError(f"the consumer is {self._state}: events come to it from Kafka")
        check(self._handlers.calls, self._reader)

        def tell(failure: HandlerFailure) -> None:
            told(failure)
            if self._on_failure is not None:
                self._on_failure(failure)

        return self._handling(dead_letters, retry, tell)

    def release(self) -> None:
        """
        Let go of the threads of plain handlers.
        """
        self._handlers.close()

    # Inside

    def _handling(self, dead_letters: DeadLetterSender, retry: Decides, on_failure: OnFailure | None) -> Engine:
        return Engine(
            reader=self._reader,
            handlers=self._handlers,
            dedupe=self._dedupe,
            dead_letters=dead_letters,
            retry=retry,
            unknown=self._unknown,
            group_id=self._group_id,
            settings=self._settings,
            tombstones=self._tombstones,
            on_failure=on_failure,
            stats=self._stats,
        )

    def _by_aiokafka(self, revoked: Rebalanced, assigned: Rebalanced) -> KafkaClient:
        return AiokafkaClient(
            connection=KafkaConnection.of(self._where),
            group_id=self._group_id,
            topics=self.topics,
            revoked=revoked,
            assigned=assigned,
            options=self._settings.kafka_options(),
        )

    def _letters(self) -> DeadLetterSender:
        if self._dead_letters is not None:
            return self._dead_letters
        self._own_dead_letters = DeadLetterProducer(
            KafkaConnection.of(self._where), self._dead_letter_topic, timeout=self._settings.request_timeout
        )
        return self._own_dead_letters

    async def _close_rest(self) -> None:
        if self._supervisor is not None:
            await self._supervisor.engine.close()
        self._handlers.close()
        if self._own_dead_letters is not None:
            await self._own_dead_letters.aclose()
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                await self._dedupe.aclose()
        except Exception as error:  # noqa: BLE001 — closing goes on whatever a store says
            _log.warning("the dedupe store did not close: %s", type(error).__name__)

    def _become(self, state: ConsumerState) -> None:
        if state != self._state:
            self._state = state
            self._since = time.monotonic()
