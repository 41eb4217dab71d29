"""
The room for events that wait: how many, how many bytes, and who is next when it is full.
"""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["Room", "RoomClosedError"]


class RoomClosedError(Exception):
    """
    Nobody is let in any more.
    """


class Room:
    """
    Lets events in while there is room, in the order in which they came.
    """

    def __init__(self, max_events: int, max_bytes: int) -> None:
        self.events = 0
        self.bytes = 0
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._queue: deque[tuple[asyncio.Future[None], int]] = deque()
        self._empty: asyncio.Future[None] | None = None
        self._closed = False

    def take(self, size: int) -> bool:
        """
        Enter now, if there is room and nobody waits for it.
        """
        if self._queue or not self._fits(size):
            return False
        self.events += 1
        self.bytes += size
        return True

    async def wait(self, size: int, deadline: float) -> None:
        """
        Enter when it is one's turn.

        Raises:
            TimeoutError: The deadline passed first.
            RoomClosedError: Nobody is let in any more.
        """
        if self._closed:
            raise RoomClosedError
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((turn, size))
        self._let_in()
        try:
            async with asyncio.timeout_at(deadline):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave(size)  # let in and called away at the same moment
            raise

    def leave(self, size: int, events: int = 1) -> None:
        """
        Leave; the next may come.

        Args:
            size: Bytes, of all who leave together.
            events: How many leave together.
        """
        self.events -= events
        self.bytes -= size
        if self._queue:
            self._let_in()
        if not self.events and self._empty is not None:
            if not self._empty.done():
                self._empty.set_result(None)
            self._empty = None

    async def empty(self) -> None:
        """
        Wait until everybody has left.
        """
        if self.events:
            self._empty = self._empty or asyncio.get_running_loop().create_future()
            await self._empty

    def close(self) -> None:
        """
        Send away those who wait.
        """
        self._closed = True
        for turn, _ in self._queue:
            if not turn.done():
                turn.set_exception(RoomClosedError())
        self._queue.clear()

    def _fits(self, size: int) -> bool:
        # What is larger than the whole room may enter when it is empty.
        return self.events < self._max_events and (self.bytes + size <= self._max_bytes or not self.events)

    def _let_in(self) -> None:
        queue = self._queue
        while queue:
            turn, size = queue[0]
            if turn.done():  # gave up
                queue.popleft()
            elif self._fits(size):
                queue.popleft()
                self.events += 1
                self.bytes += size
                turn.set_result(None)
            else:
                return
