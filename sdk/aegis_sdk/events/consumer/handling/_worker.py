"""
One of the consumer's workers: it takes a key's lane and handles its events one after another.

A worker is one task for its whole life and calls handlers directly, so an event costs no task of its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Literal

from aegis_runtime import RetryPolicy
from aegis_sdk.errors import EventError, EventPublishError
from aegis_sdk.events.consumer.handling._failures import ends, place_of
from aegis_sdk.events.consumer.handling._handlers import Call, Delivery
from aegis_sdk.events.consumer.handling._lanes import InFlight
from aegis_sdk.events.consumer.handling._retry import GiveUp, RetryLater
from aegis_sdk.events.dead_letters._letter import DeadLetter

if TYPE_CHECKING:
    from aegis_sdk.events.consumer.handling._engine import Engine

__all__ = ["HandlerCancelledError", "HandlerTimeoutError", "Worker"]

_log = logging.getLogger("aegis_sdk.events.consumer")

# Handlers that never wait would otherwise keep the loop from heartbeats and fetches.
_SLICE = 0.01
_KEY_QUOTA = 64
_BURIAL = RetryPolicy(base=0.5, maximum=30.0)


class HandlerTimeoutError(EventError, TimeoutError):
    """
    A handler ran longer than ``handler_timeout`` and was stopped.
    """


class HandlerCancelledError(EventError):
    """
    A handler ended cancelled, and nobody had asked the consumer to stop.
    """


class Worker:
    """
    Handles one event at a time.
    """

    __slots__ = ("_engine", "_why", "call", "item", "started", "task")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._why: Literal["timeout", "abandon"] | None = None
        self.task: asyncio.Task[None] | None = None
        self.item: InFlight | None = None
        self.call: Call | None = None
        """
        The handler that runs at the moment.
        """
        self.started = 0.0

    def stop(self, why: Literal["timeout", "abandon"]) -> None:
        """
        Take the event out of the handler's hands: as a failure, or for good.
        """
        if self.task is not None and self._why is None:
            self._why = why
            self.task.cancel()

    async def run(self) -> None:
        """
        Work until cancelled.
        """
        # One flat loop: for handlers that do not wait, a coroutine more for each event costs as much as the rest.
        engine, ready = self._engine, self._engine.ready
        finished, tracing, turns = engine.finished, engine.tracing, engine.turns
        item: InFlight | None = None
        turn = 0
        while True:
            if item is None:
                if not ready:
                    await engine.something_ready()
                    continue
                item, turn = ready.popleft(), 0
            partition = item.partition
            if partition.active or item.offset <= partition.started:
                if item.offset > partition.started:
                    partition.started = item.offset
                self.item = item
                self.started = time.monotonic()
                call = item.call
                if call is None or item.burial is not None:
                    goes_on = await self._unless_abandoned(item, self._put_away(item))
                else:
                    self.call = call
                    try:
                        if tracing is not None:
                            await tracing.call(call, item)
                        elif call.wants_delivery:
                            await call.function(item.event, Delivery.of(item.record, item.failures + 1))
                        else:
                            await call.function(item.event)
                    except BaseException as error:  # noqa: BLE001 — judged there, and raised again if it is not the handler's
                        goes_on = await self._after(item, error)
                    else:
                        goes_on = True
                        self.call = None
                        if self._why is not None:
                            # It has finished although it was told to stop.
                            self._forget_stop()
                        item.finished = True
                        finished.append(item)
                        if engine.settling is not None:
                            engine.wake_settling()
                self.item = None
                if not goes_on:
                    # The key waits for a retry; its timer brings it back.
                    item = None
                    continue
            else:
                engine.drop(item)
            item, turn = partition.after(item), turn + 1
            if item is not None and turn >= _KEY_QUOTA:
                ready.append(item)
                item = None
            if self.started - turns.began > _SLICE:
                await turns.next()

    async def _after(self, item: InFlight, error: BaseException) -> bool:
        """
        A handler has raised. Say whether its key goes on.
        """
        self.call = None
        if isinstance(error, asyncio.CancelledError):
            if self._was_stopped("timeout"):
                error = HandlerTimeoutError()
            elif self._was_stopped("abandon"):
                self._abandon(item)
                return True
            elif self.task is not None and self.task.cancelling():
                raise error
            else:
                error = HandlerCancelledError()
        elif ends(error):
            raise error
        self._forget_stop()
        return await self._unless_abandoned(item, self._failed(item, error))

    async def _unless_abandoned(self, item: InFlight, work: Coroutine[Any, Any, bool]) -> bool:
        try:
            return await work
        except asyncio.CancelledError:
            if not self._was_stopped("abandon"):
                raise
            self._abandon(item)
            return True

    def _abandon(self, item: InFlight) -> None:
        self._engine.stats.abandoned += 1
        self._engine.drop(item)

    async def _put_away(self, item: InFlight) -> bool:
        """
        Bury what cannot be handled, or try again to bury it.
        """
        refusal = item.refusal
        if item.burial is not None:
            return await self._bury(item, item.burial)
        if refusal is None:
            raise AssertionError("an event without a handler has a reason to be refused")
        reason = "contract"
        if self._engine.is_later(refusal):
            reason = "later_version"
        elif self._engine.is_unknown(refusal):
            reason = "unknown_type"
        elif item.record.value is None:
            reason = "tombstone"
        return await self._condemn(item, reason, refusal)

    async def _failed(self, item: InFlight, error: BaseException) -> bool:
        engine, record = self._engine, item.record
        item.since = item.since or self.started
        if not isinstance(error, RetryLater):
            item.failures += 1
            engine.stats.failures += 1
        decision = engine.retry.decide(error, item.failures, time.monotonic() - item.since)
        place = "" if isinstance(error, RetryLater) else place_of(error)
        engine.tell(item, error, decision, place)
        if not isinstance(decision, GiveUp):
            engine.stats.retries += 1
            if not isinstance(error, RetryLater):
                _log.warning(
                    "%s %s[%d]@%d: handler failed with %s%s (call %d); again in %.1f s",
                    type(item.event).__name__,
                    record.topic,
                    record.partition,
                    record.offset,
                    type(error).__name__,
                    place,
                    item.failures,
                    decision.delay,
                )
            return self._park(item, decision.delay)
        return await self._condemn(item, decision.reason, error, place)

    async def _condemn(self, item: InFlight, reason: str, error: BaseException, place: str = "") -> bool:
        record = item.record
        _log.error(
            "%s[%d]@%d goes to the dead letters: %s (%s%s)",
            record.topic,
            record.partition,
            record.offset,
            reason,
            type(error).__name__,
            place,
        )
        item.burial = DeadLetter.of(
            record,
            reason=reason,
            error=error,
            attempts=item.failures,
            group_id=self._engine.group_id,
            event_type=type(item.event).__name__ if item.event is not None else "",
        )
        item.failures = 0
        return await self._bury(item, item.burial)

    async def _bury(self, item: InFlight, letter: DeadLetter) -> bool:
        try:
            await self._engine.dead_letters.send(letter)
        except Exception as error:  # noqa: BLE001 — an event that is neither handled nor buried is kept and tried again
            item.failures += 1
            delay = _BURIAL.delay(item.failures)
            # Ours says nothing of values; a sender of somebody else's may.
            trouble = str(error) if isinstance(error, EventPublishError) else type(error).__name__
            self._engine.ledger.buried(trouble)
            _log.error("the dead letters did not take an event (%s); again in %.1f s", trouble, delay)
            return self._park(item, delay)
        self._engine.ledger.buried()
        self._engine.stats.dead_lettered += 1
        item.finished = True
        self._engine.finished.append(item)
        self._engine.wake_settling()
        return True

    def _park(self, item: InFlight, delay: float) -> bool:
        """
        Let the event and its key wait; go on with the key if the event is given up instead.
        """
        partition = item.partition
        if not partition.active:
            # Revoked: the next owner tries again, and until then its key's later events must not be handled here.
            partition.started = -1
            self._engine.drop(item)
            return True
        timer = asyncio.get_running_loop().call_later(delay, self._unpark, item)
        partition.parked[item.lane] = (timer, item)
        return False

    def _unpark(self, item: InFlight) -> None:
        if item.partition.parked.pop(item.lane, None) is not None:
            self._engine.ready.append(item)
            self._engine.wake()

    def _was_stopped(self, why: Literal["timeout", "abandon"]) -> bool:
        if self._why != why:
            return False
        self._forget_stop()
        return True

    def _forget_stop(self) -> None:
        if self._why is not None:
            self._why = None
            if self.task is not None:
                self.task.uncancel()
