"""
How fast a batch may ask, and how much in one day.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from aegis_sdk.batch._errors import BatchStoppedError
from aegis_sdk.batch._settings import BatchSettings

__all__ = ["Pace"]

_SEOUL = timedelta(hours=9)


class Pace:
    """
    Lets calls go one after the other, at most so many a second, and counts what one day may ask for.

    Attributes:
        day, asked: the day of Korea, and the businesses asked for in it.
        calls, total: calls that this run made, and the businesses in them.
    """

    def __init__(self, settings: BatchSettings, day: str = "", asked: int = 0) -> None:
        self._every = 1.0 / settings.rate if settings.rate else 0.0
        self._quota = settings.daily_quota
        self._next = 0.0
        self.day = day
        self.asked = asked
        self.calls = 0
        self.total = 0

    async def turn(self, businesses: int) -> None:
        """
        Wait for the turn of a call.

        Raises:
            BatchStoppedError: the day's quota does not have so many left.
        """
        today = (datetime.now(UTC) + _SEOUL).date().isoformat()
        if today != self.day:
            self.day, self.asked = today, 0
        if self._quota is not None and self.asked + businesses > self._quota:
            raise BatchStoppedError(
                f"the day's quota of {self._quota:,} businesses is used up: {self.asked:,} on {today}, Korean time; "
                "the same command goes on tomorrow"
            )
        self.asked += businesses
        self.calls += 1
        self.total += businesses
        now = asyncio.get_running_loop().time()
        start = max(now, self._next)
        self._next = start + self._every
        if start > now:
            await asyncio.sleep(start - now)

    def pause(self, seconds: float) -> None:
        """
        Let no call go for so long: the registry asked to wait.
        """
        self._next = max(self._next, asyncio.get_running_loop().time() + seconds)
