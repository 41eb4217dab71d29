"""
One of the consumer's workers: it takes a key's lane and handles its events one after another.

A worker is one task for its whole life and calls handlers directly, so an event costs no task of its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, Literal

from aegis_sdk.errors import EventError
from aegis_sdk.events._consumer_handlers import Call, Delivery
from aegis_sdk.events._consumer_lanes import InFlight
from aegis_sdk.events._dlq import DeadLetter
from aegis_sdk.events._retry import GiveUp, RetryLater

if TYPE_CHECKING:
    from aegis_sdk.events._consumer_engine import Engine

__all__ = ["HandlerCancelledError", "HandlerTimeoutError", "Worker"]

_log = logging.getLogger("aegis_sdk.events.consumer")

# Handlers that never wait would otherwise keep the loop from heartbeats and fetches.
_SLICE = 0.01
_KEY_QUOTA = 64
_BURIAL_BASE, _BURIAL_LONGEST = 0.5, 30.0


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
        engine = self._engine
        began = time.monotonic()
        while True:
            if not engine.ready:
                await engine.something_ready()
                began = time.monotonic()
                continue
            await self._follow(engine.ready.popleft())
            if time.monotonic() - began > _SLICE:
                await asyncio.sleep(0)
                began = time.monotonic()

    async def _follow(self, item: InFlight) -> None:
        """
        Handle an event and those of the same key behind it.
        """
        partition = item.partition
        for _ in range(_KEY_QUOTA):
            if not partition.wants(item):
                self._engine.drop(item)
            else:
                if item.offset > partition.started:
                    partition.started = item.offset
                self.item = item
                try:
                    if not await self._attend(item):
                        # The key waits for a retry; its timer brings it back.
                        return
                except asyncio.CancelledError:
                    if not self._was_stopped("abandon"):
                        raise
                    self._engine.stats.abandoned += 1
                    self._engine.drop(item)
                finally:
                    self.item = None
            follower = partition.after(item)
            if follower is None:
                return
            item = follower
        self._engine.ready.append(item)

    async def _attend(self, item: InFlight) -> bool:
        """
        Bring one event to its end, or let its key wait and return ``False``.
        """
        call = item.call
        if call is None or item.burial is not None:
            return await self._put_away(item)
        self.started = time.monotonic()
        self.call = call
        if item.attempts == 0:
            item.since = self.started
        item.attempts += 1
        try:
            if call.wants_delivery:
                await call.function(item.event, Delivery.of(item.record, item.attempts))
            else:
                await call.function(item.event)
        except asyncio.CancelledError:
            self.call = None
            if self._was_stopped("timeout"):
                return await self._failed(item, HandlerTimeoutError())
            if self._why is None and not (self.task and self.task.cancelling()):
                return await self._failed(item, HandlerCancelledError())
            raise
        except Exception as error:  # noqa: BLE001 — whatever a handler raises is the retry policy's to judge
            self.call = None
            self._forget_stop()
            return await self._failed(item, error)
        self.call = None
        if self._why is not None:
            # It has finished although it was told to stop.
            self._forget_stop()
        item.handled = True
        self._engine.finish(item)
        return True

    async def _put_away(self, item: InFlight) -> bool:
        """
        Bury what cannot be handled, or try again to bury it.
        """
        refusal = item.refusal
        if item.burial is not None or refusal is None:
            return await self._bury(item)
        reason = "unknown_type" if self._engine.is_unknown(refusal) else "contract"
        return await self._condemn(item, reason, refusal)

    async def _failed(self, item: InFlight, error: BaseException) -> bool:
        engine, record = self._engine, item.record
        if isinstance(error, RetryLater):
            item.attempts -= 1
        else:
            engine.stats.failures += 1
        decision = engine.retry.decide(error, item.attempts, time.monotonic() - item.since)
        if not isinstance(decision, GiveUp):
            engine.stats.retries += 1
            if not isinstance(error, RetryLater):
                _log.warning(
                    "%s %s[%d]@%d: handler failed with %s (call %d); again in %.1f s",
                    type(item.event).__name__,
                    record.topic,
                    record.partition,
                    record.offset,
                    type(error).__name__,
                    item.attempts,
                    decision.delay,
                )
            return self._park(item, decision.delay)
        return await self._condemn(item, decision.reason, error)

    async def _condemn(self, item: InFlight, reason: str, error: BaseException) -> bool:
        record = item.record
        _log.error(
            "%s[%d]@%d goes to the dead letters: %s (%s)",
            record.topic,
            record.partition,
            record.offset,
            reason,
            type(error).__name__,
        )
        item.burial = DeadLetter.of(
            record,
            reason=reason,
            error=error,
            attempts=item.attempts,
            group_id=self._engine.group_id,
            event_type=type(item.event).__name__ if item.event is not None else "",
        )
        item.attempts = 0
        return await self._bury(item)

    async def _bury(self, item: InFlight) -> bool:
        letter: Any = item.burial
        try:
            await self._engine.dead_letters.send(letter)
        except Exception as error:  # noqa: BLE001 — an event that is neither handled nor buried is kept and tried again
            item.attempts += 1
            delay = min(_BURIAL_BASE * 2.0 ** min(item.attempts, 10), _BURIAL_LONGEST)
            _log.error("the dead letters did not take an event (%s); again in %.1f s", type(error).__name__, delay)
            return self._park(item, delay)
        self._engine.stats.dead_lettered += 1
        self._engine.finish(item)
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
        partition.parked[item.record.key] = (timer, item)
        return False

    def _unpark(self, item: InFlight) -> None:
        if item.partition.parked.pop(item.record.key, None) is not None:
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
