"""
One reading of a world's clock for everything that one operation writes down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from aegis_mockserver.world import World

SEOUL = timezone(timedelta(hours=9), "Asia/Seoul")  # no summer time since 1988, so no time zone database is needed


@dataclass(frozen=True, slots=True)
class Moment:
    """
    A point in a world's time.
    """

    at: datetime

    @classmethod
    def now(cls, world: World) -> Moment:
        """
        Read the world's clock.
        """
        return cls(world.clock.now())

    @property
    def text(self) -> str:
        """
        The moment as RFC 3339 in UTC with milliseconds and ``Z``.
        """
        return self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @property
    def timestamp(self) -> float:
        """
        Seconds since 1970.
        """
        return self.at.timestamp()

    @property
    def today(self) -> date:
        """
        The day in Korea.
        """
        return self.at.astimezone(SEOUL).date()

    def after(self, span: timedelta) -> Moment:
        """
        Return the moment *span* later.
        """
        return Moment(self.at + span)

    def midnight(self) -> Moment:
        """
        Return the beginning of the day in Korea.
        """
        return Moment(self.at.astimezone(SEOUL).replace(hour=0, minute=0, second=0, microsecond=0))
