"""
Keeps a publisher connected: makes its engine, and another one when that is of no more use.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from itertools import count
from typing import Any

from aegis_runtime import RetryPolicy
from aegis_sdk.errors import EventPublishError
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._embedded import is_embedded
from aegis_sdk.events.kafka._errors import KafkaRefusalError, of_family
from aegis_sdk.events.kafka._reach import explained, reach
from aegis_sdk.events.publisher.sending._engine import Engine

__all__ = ["EngineRoom"]

_log = logging.getLogger("aegis_sdk.events")

_RECONNECT = RetryPolicy(base=0.1, maximum=2.0)
_GRACE = 1.0
_DOUBT = 2.0


class EngineRoom:
    """
    The engine that works, and those that are on their way out.

    Args:
        connection: Where Kafka is.
        idempotent: Whether the broker removes what is sent twice; None finds out: yes, but for the embedded cluster.
        options: More for aiokafka's producer.
        attempt: How long one attempt to connect may take, in seconds.
    """

    def __init__(
        self, connection: KafkaConnection, *, idempotent: bool | None, options: dict[str, Any], attempt: float
    ) -> None:
        self.trouble: Exception | None = None
        self.refused = asyncio.Event()
        self._connection = connection
        self._idempotent = idempotent
        self._options = options
        self._attempt = attempt
        self._engine: Engine | None = None
        self._arrived = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()
        self._doubting: asyncio.Task[None] | None = None
        self._in_doubt = False

    @property
    def current(self) -> Engine | None:
        """
        The engine that works, if there is one now.
        """
        engine = self._engine
        if engine is not None and not engine.usable:
            self.retire(engine)
            return None
        return engine

    async def connect(self, timeout: float) -> None:
        """
        Wait until there is a connection, but not for one that waiting does not bring.

        Raises:
            KafkaRefusalError: Kafka refuses us, or its address is unknown.
            TimeoutError: no broker was reached within *timeout* seconds.
        """
        arriving, refused = asyncio.ensure_future(self.engine()), asyncio.ensure_future(self.refused.wait())
        try:
            await asyncio.wait([arriving, refused], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            arriving.cancel()
            refused.cancel()
        if arriving.done():
            return
        if isinstance(trouble := self.trouble, KafkaRefusalError) and trouble.fatal:
            raise of_family(EventPublishError, trouble)
        raise TimeoutError

    async def engine(self) -> Engine:
        """
        The engine that works; waits until there is one.
        """
        while (engine := self.current) is None:
            self._begin()
            await self._arrived.wait()
        return engine

    def retire(self, engine: Engine) -> None:
        """
        Use an engine no more. What is on its way there gets a moment to arrive; then it is given up.
        """
        if self._engine is engine:
            self._engine = None
            self._arrived.clear()
            self._begin()
            leaving = asyncio.create_task(_see_off(engine))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    def doubt(self) -> None:
        """
        A broker did not do what it was asked for: ask whether any answers, now and then until one does.
        """
        self._in_doubt = True
        if self._doubting is None or self._doubting.done():
            self._doubting = asyncio.create_task(self._ask_on())

    async def ask(self, timeout: float) -> None:
        """
        Ask whether any broker answers within *timeout* seconds; the engine knows it then.
        """
        engine = self.current
        if engine is not None and not await engine.answers(timeout):
            self.doubt()

    async def close(self) -> None:
        """
        End every engine at once; those on their way out have had their moment.
        """
        trying = [task for task in (self._connecting, self._doubting) if task is not None]
        for task in trying:
            task.cancel()
        if trying:
            await asyncio.wait(trying)
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.abandon()
        if self._leaving:
            # Each of its steps has a limit of its own.
            await asyncio.wait(self._leaving)

    def _begin(self) -> None:
        if self._connecting is None or self._connecting.done():
            self._connecting = asyncio.create_task(self._keep_trying())

    async def _keep_trying(self) -> None:
        for retries in count():
            try:
                self._engine = await self._make()
            except Exception as reason:  # noqa: BLE001 - an address, a network, a broker: whatever it is, try again
                self.trouble = explained(reason, self._connection) or reason
                if isinstance(self.trouble, KafkaRefusalError) and self.trouble.fatal:
                    self.refused.set()
            else:
                self.trouble = None
                self._arrived.set()
                return
            await asyncio.sleep(_RECONNECT.delay(retries))

    async def _ask_on(self) -> None:
        while self._in_doubt and (engine := self._engine) is not None:
            self._in_doubt = not await engine.answers(self._attempt)
            if self._in_doubt:
                await self._look_elsewhere(engine)
            await asyncio.sleep(_DOUBT)

    async def _look_elsewhere(self, engine: Engine) -> None:
        # Where the cluster answers at the address that we were given, it has moved, and only another engine finds it. A
        # broker that is away for a moment is away there, too.
        with contextlib.suppress(Exception):
            await reach(self._connection, timeout=self._attempt)
            # What is on its way may have been stored, and only the engine that sent it can send it again.
            if not await engine.answers(self._attempt) and engine.is_idle:
                _log.warning("no broker answers at its former address; the cluster is looked for anew")
                self.retire(engine)

    async def _make(self) -> Engine:
        async with asyncio.timeout(self._attempt):
            await reach(self._connection, timeout=self._attempt)
            if self._idempotent is None:
                self._idempotent = not await is_embedded(self._connection)
            engine = Engine(self._connection, idempotent=self._idempotent, options=self._options)
            try:
                await engine.start()
            except BaseException:
                await engine.abandon()
                raise
        return engine


async def _see_off(engine: Engine) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(engine.idle(), _GRACE)
    await engine.abandon()
