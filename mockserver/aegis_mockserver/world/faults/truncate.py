"""
Send only part of the body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aegis_mockserver.world._steps import Break, Send, Step
from aegis_mockserver.world.faults._kind import Effect, Kind, Member, Turn


@dataclass(frozen=True, slots=True)
class Truncate(Kind):
    """
    A share of the body is sent, then the connection ends.
    """

    NAME = "truncate"
    TITLE = "Send half the body"
    MEMBERS = (
        Member(
            "truncate",
            "Share of the body, 0 to 1",
            "sends only this share of the body, 0 to 1, then ends the connection",
            usual=0.5,
            most=1,
            below=True,
        ),
    )
    LEADS = ("truncate",)
    ORDER = 4
    CHANCE = True
    SENT = True

    truncate: float

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Truncate:
        return cls(given["truncate"])

    def strike(self, effect: Effect, turn: Turn) -> bool:
        del turn
        if effect.ended or not effect.length:
            return False
        kept = int(effect.length * self.truncate)
        effect.length = kept

        def cut(steps: Iterator[Step]) -> Iterator[Step]:
            left = kept
            for step in steps:
                if not isinstance(step, Send):
                    yield step
                elif len(step.content) > left:
                    if left:
                        yield Send(step.content[:left])
                    yield Break("cut")
                    return
                else:
                    left -= len(step.content)
                    yield step
            yield Break("cut")

        effect.shapes.append(cut)
        return True
