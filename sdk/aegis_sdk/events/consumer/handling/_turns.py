"""
The event loop is shared: handlers that never wait get one slice of each of its turns, all of them together.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque

__all__ = ["Turns"]


class Turns:
    """
    Lets workers go on one after the other, one in each turn of the event loop, once a slice is used up.

    A slice for each worker would not do: the rest of the service would wait for as many slices as there are workers.
    """

    __slots__ = ("_renewing", "_waiting", "began")

    def __init__(self) -> None:
        self.began = time.monotonic()
        """
        When the slice of this turn began.
        """
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._renewing = False

    async def next(self) -> None:
        """
        Let everybody else have a turn first, and those who have waited longer.
        """
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        if not self._renewing:
            self._renewing = True
            loop.call_soon(self._renew, loop)
        await turn

    def _renew(self, loop: asyncio.AbstractEventLoop) -> None:
        self.began = time.monotonic()
        waiting = self._waiting
        while waiting and waiting[0].done():  # cancelled meanwhile
            waiting.popleft()
        if waiting:
            waiting.popleft().set_result(None)
        self._renewing = bool(waiting)
        if waiting:
            loop.call_soon(self._renew, loop)
