"""
Keeps a consumer connected: the first connection, the ones after it, and the end that no new connection would mend.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any, Literal

from aegis_runtime import RetryPolicy
from aegis_sdk.events.consumer._client import ClientFailedError, Connect
from aegis_sdk.events.consumer._errors import ConsumerStoppedError, EventConsumeError
from aegis_sdk.events.consumer._places import Past
from aegis_sdk.events.consumer._session import Session
from aegis_sdk.events.consumer.handling._engine import Engine
from aegis_sdk.events.kafka._errors import KafkaAddressError, KafkaTopicError, of_family

__all__ = ["Supervisor"]

_log = logging.getLogger("aegis_sdk.events.consumer")
_AGAIN = 0.5
_GIVING_UP = 0.5
_RECONNECT = RetryPolicy(base=0.5, maximum=15.0)


class Supervisor:
    """
    One life of a consumer, from its start to its end, over as many connections as that takes.

    Args:
        engine: handles what a connection brings.
        connect: makes the client of a connection.
        become: is told when the consumer runs, reconnects or has failed.
    """

    def __init__(
        self, engine: Engine, connect: Connect, become: Callable[[Literal["running", "reconnecting", "failed"]], None]
    ) -> None:
        self.engine = engine
        self.session: Session | None = None
        self.past = Past()
        self._settings = engine.settings
        self._connect = connect
        self._become = become
        self._task: asyncio.Task[None] | None = None
        self._closing = False
        self._leaving: asyncio.Task[None] | None = None

    async def connect(self, stopping: asyncio.Event) -> None:
        """
        Make the first connection.

        Raises:
            EventConsumeError: Kafka was not reached within ``start_timeout``, or refuses us.
            ConsumerStoppedError: *stopping* was set meanwhile.
        """
        try:
            self.session = await _unless(stopping, self._first())
        except ClientFailedError as error:
            raise _consume_error("the consumer did not start", error) from error
        self._become("running")

    @property
    def works(self) -> bool:
        """
        Whether it was told to; its start may have failed.
        """
        return self._task is not None

    def supervise(self) -> None:
        """
        Work from now on, connected or about to be.
        """
        self._task = asyncio.create_task(self._supervise(), name="aegis-consumer")

    async def ended(self, stopping: asyncio.Event) -> None:
        """
        Wait until *stopping* is set.

        Raises:
            EventConsumeError: the consumer cannot go on.
        """
        assert self._task is not None
        task, waiter = self._task, asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait([task, waiter], return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiter.cancel()
        if task.done():
            if task.cancelled():
                raise EventConsumeError("somebody else has cancelled the consumer's tasks")
            if (error := task.exception()) is not None:
                raise error

    async def aclose(self, timeout: float) -> None:
        """
        Let finish what was begun, within *timeout* seconds, and disconnect.
        """
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])  # it ends soon, whatever its work does
        if self._leaving is not None:
            await asyncio.wait([self._leaving], timeout=timeout)
        await self._leave(timeout)

    # Inside

    async def _first(self) -> Session:
        """
        Connect, for as long as ``start_timeout`` allows: a broker may come up a little later than its consumer.
        """
        now = asyncio.get_running_loop().time
        deadline = now() + self._settings.start_timeout
        while True:
            try:
                return await self._open(max(0.1, deadline - now()))
            except ClientFailedError as error:
                if error.fatal or deadline - now() < _AGAIN:
                    raise
                await asyncio.sleep(_AGAIN)

    async def _supervise(self) -> None:
        """
        Keep connected until something fails that a new connection would not mend.
        """
        work = asyncio.create_task(self._keep_connected(), name="aegis-consumer-connection")
        failed = False
        try:
            done, _ = await asyncio.wait([work, *self.engine.tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if task.cancelled():
                    raise EventConsumeError("somebody else has cancelled a part of the consumer")
                task.result()
            raise EventConsumeError("a part of the consumer has ended by itself")
        except asyncio.CancelledError:
            if not self._closing:
                self._become("failed")
            raise
        except BaseException as error:
            self._become("failed")
            failed = True
            if not isinstance(error, Exception):
                raise
            _log.exception("the consumer has failed")
            if isinstance(error, EventConsumeError):
                raise
            raise EventConsumeError(f"the consumer has failed with {type(error).__name__}") from error
        finally:
            work.cancel()
            await asyncio.wait([work], timeout=2.0)
            if failed:
                # Whoever waits hears of it at once. The partitions go to somebody who handles their events.
                self._leaving = asyncio.create_task(self._leave(self._settings.drain_timeout))

    async def _leave(self, timeout: float) -> None:
        session, self.session = self.session, None
        if session is not None:
            await session.stop(timeout)

    async def _keep_connected(self) -> None:
        engine = self.engine
        while True:
            if self.session is not None:
                await self._work(self.session)
                self._become("reconnecting")
                engine.stats.reconnects += 1
            await self._reconnect()
            self._become("running")

    async def _work(self, session: Session) -> None:
        """
        Use a connection until it is of no more use.
        """
        began = time.monotonic()
        try:
            await session.run()
        except ClientFailedError as error:
            _raise_if_final(error)
            _log.warning("the connection to Kafka is replaced: %s", error)
            lasted = time.monotonic() - began > self._settings.stall_after
            self.past.ended(began, str(error), progressed=lasted or self.engine.ledger.last_moved > began)

    async def _reconnect(self) -> None:
        session, self.session = self.session, None
        if session is not None:
            await session.stop(self._settings.drain_timeout)
        if self.past.failures:
            # A connection that is made and lost over and over is no better than one that is not made.
            await asyncio.sleep(_RECONNECT.delay(self.past.failures - 1))
        for retries in count():
            try:
                self.session = await self._open(self._settings.start_timeout)
            except ClientFailedError as error:
                _raise_if_final(error)
                self.past.obstacle = str(error)
                _log.warning("no connection to Kafka yet: %s", error)
                await asyncio.sleep(_RECONNECT.delay(retries))
            else:
                self.past.obstacle = ""
                return

    async def _open(self, timeout: float) -> Session:
        session = Session(self.engine, self._connect, self.past)
        await session.start(timeout)
        return session


async def _unless(stopping: asyncio.Event, starting: Coroutine[Any, Any, Session]) -> Session:
    """
    Start, or end at once when somebody asks for that: whatever is waited for may never come.
    """
    start, stop = asyncio.ensure_future(starting), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait([start, stop], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()
        if not start.done():
            start.cancel()
            await asyncio.wait([start], timeout=_GIVING_UP)
    if stopping.is_set():
        if start.done() and not start.cancelled() and start.exception() is None:
            await start.result().stop(_GIVING_UP)
        raise ConsumerStoppedError("the consumer was stopped before it had started")
    return start.result()


def _raise_if_final(failed: ClientFailedError) -> None:
    # An address or a topic that is wrong now may be right later, once the consumer has run.
    if failed.fatal and not isinstance(failed.refusal, (KafkaAddressError, KafkaTopicError)):
        raise _consume_error("Kafka refuses the consumer", failed) from failed


def _consume_error(what: str, failed: ClientFailedError) -> EventConsumeError:
    """
    A failure of the connection as a consumer's error, which is the reason itself where that is known.
    """
    if failed.refusal is None:
        return EventConsumeError(f"{what}: {failed}")
    return of_family(EventConsumeError, type(failed.refusal)(f"{what}: {failed.refusal}"))
