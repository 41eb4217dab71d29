"""
Send the body slowly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aegis_mockserver.world._steps import Send, Step, Wait
from aegis_mockserver.world.faults._kind import Effect, Kind, Member, Turn

PACE = 0.05  # seconds between two pieces


@dataclass(frozen=True, slots=True)
class Slow(Kind):
    """
    So many bytes of the body in a second.
    """

    NAME = "slow"
    TITLE = "Send the body slowly"
    MEMBERS = (
        Member(
            "bytes_per_second",
            "Bytes a second",
            "sends the body no faster",
            "integer",
            usual=200,
            least=1,
            most=1_000_000_000,
        ),
    )
    LEADS = ("bytes_per_second",)
    ORDER = 3
    SENT = True

    bytes_per_second: int

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Slow:
        return cls(given["bytes_per_second"])

    def strike(self, effect: Effect, turn: Turn) -> bool:
        del turn
        if effect.ended or effect.length == 0:
            return False
        size = max(1, int(self.bytes_per_second * PACE))

        def slowly(steps: Iterator[Step]) -> Iterator[Step]:
            for step in steps:
                if not isinstance(step, Send):
                    yield step
                    continue
                for start in range(0, len(step.content), size):
                    piece = step.content[start : start + size]
                    yield Send(piece)
                    yield Wait(len(piece) / self.bytes_per_second)

        effect.shapes.append(slowly)
        return True
