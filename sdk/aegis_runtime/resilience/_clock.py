"""
Time, so that tests need not wait for it.
"""

from __future__ import annotations

import time

__all__ = ["SYSTEM", "Clock"]


class Clock:
    """
    What the runtime asks about time; replace it to be in charge of time.
    """

    __slots__ = ()

    def monotonic(self) -> float:
        """
        Seconds that only ever grow.
        """
        return time.monotonic()

    def wall(self) -> float:
        """
        Seconds since the epoch, to compare with an HTTP-date.
        """
        return time.time()

    def sleep(self, seconds: float) -> None:
        """
        Wait between two attempts.
        """
        time.sleep(seconds)

    async def asleep(self, seconds: float) -> None:
        """
        Wait between two attempts without holding up the event loop.
        """
        # Imported here, because synchronous clients do without it.
        import asyncio

        await asyncio.sleep(seconds)


SYSTEM = Clock()
