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
from aegis_sdk.events._consumer_lanes import Entry, InFlight
from aegis_sdk.events._dlq import DeadLetter
from aegis_sdk.events._retry import GiveUp, RetryLater

if TYPE_CHECKING:
    from aegis_sdk.events._consumer_engine import Engine

__all__ = ["HandlerCancelledError", "HandlerTimeoutError", "Worker"]

_log = logging.getLogger("aegis_sdk.events.consumer")

# Handlers that never wait would otherwise keep the loop from heartbeats and fetches.
_SLICE = 0.01
_LANE_QUOTA = 64
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
                await engine.lane_ready()
                began = time.monotonic()
                continue
            await self._run_lane(engine.ready.popleft())
            if time.monotonic() - began > _SLICE:
                await asyncio.sleep(0)
                began = time.monotonic()

    async def _run_lane(self, entry: Entry) -> None:
        partition, key, lane = entry
        for _ in range(_LANE_QUOTA):
            if not lane:
                break
            item = lane.popleft()
            self.item = item
            if item.record.offset > partition.started:
                partition.started = item.record.offset
            try:
                goes_on = await self._attend(item)
            except asyncio.CancelledError:
                if not self._was_stopped("abandon"):
                    raise
                self._engine.stats.abandoned += 1
                self._engine.drop(item)
                goes_on = True
            finally:
                self.item = None
            if not goes_on:
                # The key waits for a retry; its timer makes the lane ready again.
                return
        if lane:
            self._engine.ready.append(entry)
        elif partition.lanes.get(key) is lane:
            del partition.lanes[key]

    async def _attend(self, item: InFlight) -> bool:
        """
        Bring one event to its end, or park its lane and return ``False``.
        """
        if item.burial is not None:
            return await self._bury(item)
        if item.refusal is not None:
            reason = "unknown_type" if self._engine.is_unknown(item.refusal) else "contract"
            return await self._condemn(item, reason, item.refusal)
        error = await self._handle(item)
        if error is None:
            item.handled = True
            self._engine.finish(item)
            return True
        return await self._failed(item, error)

    async def _handle(self, item: InFlight) -> BaseException | None:
        self.call = call = self._engine.handlers.calls[type(item.event)]
        self.started = time.monotonic()
        if item.attempts == 0:
            item.since = self.started
        item.attempts += 1
        try:
            if call.wants_delivery:
                await call.function(item.event, Delivery.of(item.record, item.attempts))
            else:
                await call.function(item.event)
        except asyncio.CancelledError:
            if self._was_stopped("timeout"):
                return HandlerTimeoutError()
            if self._why is None and not (self.task and self.task.cancelling()):
                return HandlerCancelledError()
            raise
        except Exception as error:  # noqa: BLE001 — whatever a handler raises is the retry policy's to judge
            self._forget_stop()
            return error
        else:
            # It may have finished although it was told to stop.
            self._forget_stop()
            return None
        finally:
            self.call = None

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
            self._park(item, decision.delay)
            return False
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
            self._park(item, delay)
            return False
        self._engine.stats.dead_lettered += 1
        self._engine.finish(item)
        return True

    def _park(self, item: InFlight, delay: float) -> None:
        """
        Put the event back before the others of its key and let the key wait.
        """
        partition, key = item.partition, item.record.key
        lane = partition.lanes.get(key)
        if not partition.active or lane is None:
            # Revoked: the next owner tries again.
            self._engine.drop(item)
            if lane is not None:
                for other in lane:
                    self._engine.drop(other)
                lane.clear()
                del partition.lanes[key]
            return
        lane.appendleft(item)
        entry: Entry = (partition, key, lane)
        partition.parked[key] = asyncio.get_running_loop().call_later(delay, self._unpark, entry)

    def _unpark(self, entry: Entry) -> None:
        partition, key, lane = entry
        if partition.parked.pop(key, None) is not None and lane:
            self._engine.ready.append(entry)
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
