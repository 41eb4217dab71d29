"""
Answer late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aegis_mockserver.world._steps import Step, Wait
from aegis_mockserver.world.faults._kind import LONGEST, Effect, Kind, Member, Turn


@dataclass(frozen=True, slots=True)
class Latency(Kind):
    """
    Seconds before the answer, always the same or drawn from a distribution.
    """

    NAME = "latency"
    TITLE = "Answer late"
    MEMBERS = (
        Member("latency", "Seconds", "seconds before the answer", usual=1),
        Member("jitter", "Jitter, seconds", "width of the distribution, in seconds; alone it is up to so many seconds"),
        Member(
            "distribution",
            "Distribution",
            "fixed, uniform, normal, lognormal or exponential; uniform where there is jitter, else fixed",
            "choice",
            choices=("fixed", "uniform", "normal", "lognormal", "exponential"),
        ),
    )
    LEADS = ("latency", "jitter")
    ORDER = 0
    WAITS = True

    latency: float = 0.0
    jitter: float = 0.0
    distribution: str = "fixed"

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Latency:
        latency, jitter = given.get("latency", 0.0), given.get("jitter", 0.0)
        distribution = given.get("distribution", "uniform" if jitter else "fixed")
        if not latency and not jitter:
            raise ValueError("latency must be more than 0, or there is no delay")
        if jitter and distribution in {"fixed", "exponential"}:
            raise ValueError(f"jitter must not stand with distribution {distribution}, which has no width of its own")
        if not jitter and distribution in {"uniform", "normal"}:
            raise ValueError(f"distribution {distribution} must have jitter, its width")
        if not latency and distribution in {"lognormal", "exponential"}:
            raise ValueError(f"distribution {distribution} must have latency, its scale")
        return cls(latency, jitter, distribution)

    def strike(self, effect: Effect, turn: Turn) -> bool:
        seconds = min(self._drawn(turn), LONGEST)
        if seconds <= 0:
            return False
        effect.delay += seconds

        def late(steps: Iterator[Step]) -> Iterator[Step]:
            yield Wait(seconds)
            yield from steps

        effect.shapes.append(late)
        return True

    def _drawn(self, turn: Turn) -> float:
        dice, latency, jitter = turn.dice, self.latency, self.jitter
        match self.distribution:
            case "uniform":
                return dice.uniform(max(0.0, latency - jitter), latency + jitter)
            case "normal":
                return dice.gauss(latency, jitter)
            case "lognormal":
                return latency * dice.lognormvariate(0.0, jitter or 0.5)
            case "exponential":
                return dice.expovariate(1 / latency)
            case _:
                return latency
