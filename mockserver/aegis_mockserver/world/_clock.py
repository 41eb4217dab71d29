"""
The time of a world: runs with the machine's, and can be set and advanced.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """
    A clock that tests move, so that tokens and codes expire without waiting.
    """

    __slots__ = ("_frozen", "_offset", "_source")

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0
        self._frozen: float | None = None

    def timestamp(self) -> float:
        """
        Return seconds since 1970.
        """
        return self._frozen if self._frozen is not None else self._source() + self._offset

    def now(self) -> datetime:
        """
        Return the world's time in UTC.
        """
        return datetime.fromtimestamp(self.timestamp(), UTC)

    def text(self) -> str:
        """
        Return the world's time as RFC 3339 with milliseconds and ``Z``.
        """
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def set(self, moment: datetime, *, frozen: bool = False) -> None:
        """
        Set the clock; it runs on from there, or stands still when *frozen*.
        """
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if frozen:
            self._frozen = moment.timestamp()
        else:
            self._frozen = None
            self._offset = moment.timestamp() - self._source()

    def advance(self, step: timedelta) -> None:
        """
        Move the clock forward, or back by a negative *step*.
        """
        if self._frozen is not None:
            self._frozen += step.total_seconds()
        else:
            self._offset += step.total_seconds()

    def reset(self) -> None:
        """
        Follow the machine's clock again.
        """
        self._offset = 0.0
        self._frozen = None

    @property
    def state(self) -> dict[str, float | None]:
        """
        The offset in seconds and the frozen moment, for snapshots.
        """
        return {"offset": self._offset, "frozen": self._frozen}

    @state.setter
    def state(self, value: dict[str, float | None]) -> None:
        self._offset = float(value.get("offset") or 0.0)
        self._frozen = value.get("frozen")
