"""
End the connection instead of answering.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aegis_mockserver.world._steps import Break, Step
from aegis_mockserver.world.faults._kind import Effect, Kind, Member, Turn


@dataclass(frozen=True, slots=True)
class Reset(Kind):
    """
    The client sees no answer: the connection is reset.
    """

    NAME = "reset"
    TITLE = "End the connection"
    MEMBERS = (Member("reset", "Reset", "true ends the connection instead of answering", "flag", usual=True),)
    LEADS = ("reset",)
    ORDER = 1
    CHANCE = True
    ENDS = True

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Reset:
        if not given["reset"]:
            raise ValueError("reset must be true, or be left out")
        return cls()

    def strike(self, effect: Effect, turn: Turn) -> bool:
        del turn
        if effect.ended:
            return False
        effect.ended = True
        # What waits before the answer waits before the end as well: only the answer itself is missing.
        effect.shapes.insert(0, _nothing)
        return True


def _nothing(steps: Iterator[Step]) -> Iterator[Step]:
    del steps
    yield Break("reset")
