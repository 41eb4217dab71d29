"""
Running one check: beside others, within a deadline, and never a second time while the first has not come back.

Whatever hangs costs one thread or one task for each check, however often it is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import Any

from aegis_sdk.health._reason import of_error
from aegis_sdk.health._report import Result
from aegis_sdk.health._returned import read

__all__ = ["Check", "Probe"]

Check = Callable[[], Any]


class _Flight:
    """
    One run of a check, waited for by whoever asks meanwhile, in whatever event loop.
    """

    __slots__ = ("began", "done", "in_thread", "loop", "overdue", "process", "task")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.process = os.getpid()
        self.began = time.monotonic()
        self.done: Future[Result] = Future()
        self.in_thread = False
        self.overdue = False
        self.task: asyncio.Task[None] | None = None

    @property
    def hangs(self) -> bool:
        """
        Whether what was started has not come back, told or not.
        """
        if self.process != os.getpid():
            return False  # neither threads nor tasks live through a fork
        return self.in_thread or (self.task is not None and not self.task.done() and not self.loop.is_closed())

    def land(self, result: Result) -> None:
        with contextlib.suppress(InvalidStateError):
            self.done.set_result(result)

    def give_up(self) -> None:
        """
        Ask what runs to stop; a thread cannot be asked, and a task need not listen.
        """
        self.overdue = True
        with contextlib.suppress(RuntimeError):  # its loop is closed, and so is the task
            if self.task is not None:
                self.loop.call_soon_threadsafe(self.task.cancel)


class Probe:
    """
    A check with its name and deadline.

    Args:
        timeout: seconds that it may take.
    """

    def __init__(self, name: str, check: Check, timeout: float) -> None:
        self.name = name
        self.timeout = timeout
        self._check = check
        self._lock = threading.Lock()
        self._flight: _Flight | None = None
        self._asynchronous = inspect.iscoroutinefunction(check) or inspect.iscoroutinefunction(
            getattr(check, "__call__", None)  # noqa: B004 -- is its call asynchronous, not: can it be called
        )

    async def run(self) -> Result:
        """
        Run the check, or join the run that is on its way.
        """
        with self._lock:
            flight = self._flight
            if flight is None or not flight.hangs:
                flight = self._flight = self._start()
        waited = time.monotonic() - flight.began
        if flight.overdue:
            return Result(f"it has not answered for {waited:.1f} s")
        try:
            async with asyncio.timeout(max(self.timeout - waited, 0.0)):
                return await asyncio.shield(asyncio.wrap_future(flight.done))
        except TimeoutError:
            flight.give_up()
            return Result(f"it did not answer within {self.timeout:g} s")

    def _start(self) -> _Flight:
        flight = _Flight(asyncio.get_running_loop())
        if self._asynchronous:
            flight.task = flight.loop.create_task(self._await(flight, None), name=f"health check {self.name}")
            return flight
        flight.in_thread = True
        context = contextvars.copy_context()
        # A daemon of its own: one that hangs neither fills a pool nor keeps the process alive.
        threading.Thread(
            target=context.run, args=(self._call, flight), name=f"health check {self.name}", daemon=True
        ).start()
        return flight

    def _call(self, flight: _Flight) -> None:
        try:
            said: Any = self._check()
            if inspect.isawaitable(said):
                self._hand_over(flight, said)
            else:
                flight.in_thread = False
                flight.land(read(self.name, said))
        except BaseException as error:  # noqa: BLE001 -- whatever it is, it is why
            flight.in_thread = False
            flight.land(Result(of_error(error)))

    def _hand_over(self, flight: _Flight, awaitable: Any) -> None:
        """
        Go on in the loop that asked: the check is a plain function that returns something to await.
        """

        def go_on() -> None:
            flight.task = flight.loop.create_task(self._await(flight, awaitable), name=f"health check {self.name}")
            flight.in_thread = False
            if flight.overdue:
                flight.task.cancel()

        try:
            flight.loop.call_soon_threadsafe(go_on)
        except RuntimeError:
            # The loop that asked is closed, so nobody waits any more.
            flight.in_thread = False
            if inspect.iscoroutine(awaitable):
                awaitable.close()

    async def _await(self, flight: _Flight, awaitable: Any) -> None:
        try:
            said = await (self._check() if awaitable is None else awaitable)
            result = read(self.name, said)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 -- whatever it is, it is why
            result = Result(of_error(error))
        flight.land(result)
