"""
Answer statuses in a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aegis_mockserver.world.faults._kind import Effect, Kind, Member, Turn
from aegis_mockserver.world.faults.status import RETRY_AFTER, answer


@dataclass(frozen=True, slots=True)
class Schedule(Kind):
    """
    One status for one call after the other; at the end it begins again.
    """

    NAME = "schedule"
    TITLE = "Statuses in a row"
    MEMBERS = (
        Member(
            "schedule",
            "Statuses, 0 for the true answer",
            "statuses for one call after the other, 0 for the true answer",
            "statuses",
            usual=(503, 503, 0),
            least=200,
            most=599,
        ),
        RETRY_AFTER,
    )
    LEADS = ("schedule",)
    ORDER = 2
    ANSWERS = True

    schedule: tuple[int, ...]
    retry_after: int | None = None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Schedule:
        if not any(given["schedule"]):
            raise ValueError("schedule must have a status that is not 0")
        return cls(given["schedule"], given.get("retry_after"))

    def strike(self, effect: Effect, turn: Turn) -> bool:
        if effect.status or effect.ended:
            return False  # the next call is still this one's turn
        at = turn.memory.get("schedule", 0)
        turn.memory["schedule"] = (at + 1) % len(self.schedule)
        status = self.schedule[at]
        return not status or answer(effect, status, self.retry_after)
