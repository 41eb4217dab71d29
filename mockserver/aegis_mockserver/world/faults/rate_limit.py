"""
Limit the rate of calls.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aegis_mockserver.world.faults._kind import Effect, Kind, Member, Turn
from aegis_mockserver.world.faults.status import answer


@dataclass(frozen=True, slots=True)
class RateLimit(Kind):
    """
    So many calls in each window; beyond them 429 with ``Retry-After``.
    """

    NAME = "rate"
    TITLE = "Limit the rate"
    MEMBERS = (
        Member(
            "rate_limit",
            "Calls",
            "calls in each window; beyond them 429 with Retry-After",
            "integer",
            usual=10,
            least=1,
            most=1_000_000,
        ),
        Member("window", "In so many seconds", "seconds that rate_limit counts over; 1 if left out", above=True),
    )
    LEADS = ("rate_limit",)
    ORDER = 2

    rate_limit: int
    window: float = 1.0

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> RateLimit:
        return cls(given["rate_limit"], given.get("window", 1.0))

    def strike(self, effect: Effect, turn: Turn) -> bool:
        start, calls = turn.memory.get("window", (turn.now, 0))
        if not start <= turn.now < start + self.window:
            start, calls = turn.now, 0
        turn.memory["window"] = (start, calls + 1)
        if calls < self.rate_limit:
            return False
        return answer(effect, 429, max(1, math.ceil(start + self.window - turn.now)))
