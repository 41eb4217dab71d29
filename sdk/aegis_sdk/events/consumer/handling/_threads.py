"""
The threads of plain handlers: they end with the process, whatever runs in them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, NamedTuple

__all__ = ["Threads"]


class _Work(NamedTuple):
    call: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[Any]


class Threads:
    """
    Runs functions in at most so many threads.

    An executor's threads are waited for when the process ends, so that one handler that never returns would keep it
    alive for ever. What is cut off by the end of the process is delivered again, as after a crash.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._work: SimpleQueue[_Work | None] = SimpleQueue()
        self._count = 0
        self._busy = 0

    async def run(self, call: Callable[[], Any]) -> Any:
        """
        Run a function, and give what it returns or raise what it raises.
        """
        loop = asyncio.get_running_loop()
        work = _Work(call, loop, loop.create_future())
        self._busy += 1
        work.answer.add_done_callback(self._answered)
        if self._busy > self._count < self._most:
            self._count += 1
            name = f"aegis-handler_{self._count}"
            threading.Thread(target=_serve, args=(self._work,), name=name, daemon=True).start()
        self._work.put(work)
        return await work.answer

    def close(self) -> None:
        """
        Let the threads end, each after what it runs.
        """
        for _ in range(self._count):
            self._work.put(None)
        self._count = 0

    def _answered(self, _: object) -> None:
        self._busy -= 1


def _serve(queue: SimpleQueue[_Work | None]) -> None:
    while (work := queue.get()) is not None:
        if work.answer.cancelled():
            continue
        result: Any = None
        failed: BaseException | None = None
        try:
            result = work.call()
        except BaseException as error:  # noqa: BLE001 — whoever waits for it judges it
            failed = error
        try:
            work.loop.call_soon_threadsafe(_answer, work.answer, result, failed)
        except RuntimeError:
            return  # the loop has been closed, and nobody waits any more
        del work, result, failed


def _answer(future: asyncio.Future[Any], result: Any, failed: BaseException | None) -> None:
    if future.done():
        return
    if failed is None:
        future.set_result(result)
    else:
        future.set_exception(failed)
