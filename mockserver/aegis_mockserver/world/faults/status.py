"""
Answer another status.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aegis_mockserver.world.faults._kind import Effect, Kind, Member, Turn

RETRY_AFTER = Member(
    "retry_after", "Retry-After, seconds", "what Retry-After says with the status", "integer", most=2_592_000
)


def answer(effect: Effect, status: int, retry_after: int | None) -> bool:
    """
    Let *status* be answered, unless something else is answered already.
    """
    if effect.status or effect.ended:
        return False
    effect.status = status
    if retry_after is not None:
        effect.headers["Retry-After"] = str(retry_after)
    return True


@dataclass(frozen=True, slots=True)
class Status(Kind):
    """
    This status is answered, in the shape that the contract declares for it.
    """

    NAME = "status"
    TITLE = "Answer a status"
    MEMBERS = (
        Member("status", "Status", "answers this status instead", "integer", usual=503, least=200, most=599),
        RETRY_AFTER,
    )
    LEADS = ("status",)
    ORDER = 2
    CHANCE = True
    ANSWERS = True

    status: int
    retry_after: int | None = None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Status:
        return cls(given["status"], given.get("retry_after"))

    def strike(self, effect: Effect, turn: Turn) -> bool:
        del turn
        return answer(effect, self.status, self.retry_after)
