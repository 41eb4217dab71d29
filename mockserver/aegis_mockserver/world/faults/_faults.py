"""
The faults of one world, and what they do to one call.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aegis_mockserver.world._messages import Disturbance, Reply
from aegis_mockserver.world.faults._fault import Fault
from aegis_mockserver.world.faults._kind import Effect, Kind, Turn


@dataclass(slots=True, eq=False)
class Active:
    """
    A fault that is on in a world.

    Args:
        number: counts from 1 in its world.
        calls: how many calls it has met: only those that it did something to.
        memory: what its kinds remember.
    """

    fault: Fault
    number: int
    calls: int = 0
    memory: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def operation(self) -> str:
        """
        Key of the operation, or ``*``.
        """
        return self.fault.operation

    @property
    def over(self) -> bool:
        """
        Say whether it has met as many calls as it is for.
        """
        return 0 < self.fault.times <= self.calls

    def as_value(self) -> dict[str, Any]:
        """
        Return the fault as JSON.
        """
        return {**self.fault.as_value(), "calls": self.calls, "number": self.number}


class Met:
    """
    What faults do to one call: first to what is answered, then to how it is sent.
    """

    __slots__ = ("_counted", "_later", "effect")

    def __init__(self, chosen: list[tuple[Active, Kind, Turn]]) -> None:
        self.effect = Effect()
        self._counted: set[int] = set()
        self._later = [one for one in chosen if one[1].SENT]
        self._strike(one for one in chosen if not one[1].SENT)

    @property
    def for_body(self) -> bool:
        """
        Say whether something may be done to the body.
        """
        return bool(self._later)

    def sent(self, reply: Reply, *, whole: bool = True) -> Disturbance:
        """
        Say how *reply* is sent.

        Args:
            whole: its body is there; else only its beginning, and its headers say how long it becomes, or nothing does.
        """
        fields = {name.lower().decode(): value.decode("latin-1") for name, value in reply.headers}
        length = fields.get("content-length", "") if not whole else str(len(reply.body))
        self.effect.length = int(length) if length.isdecimal() else None
        self.effect.media_type = fields.get("content-type", "") if "content-encoding" not in fields else ""
        self._strike(self._later)
        self._later = []
        return Disturbance(tuple(self.effect.shapes))

    def _strike(self, chosen: Iterator[tuple[Active, Kind, Turn]] | list[tuple[Active, Kind, Turn]]) -> None:
        for active, kind, turn in chosen:
            if active.over and active.number not in self._counted:
                continue
            if kind.strike(self.effect, turn) and active.number not in self._counted:
                self._counted.add(active.number)
                active.calls += 1


class Faults:
    """
    The faults of one world; nearly always there are none, and asking costs nothing.
    """

    __slots__ = ("_changed", "_count", "_random", "active")

    def __init__(self, changed: Callable[[], None], seed: str = "faults") -> None:
        self.active: list[Active] = []
        self._changed = changed
        self._count = 0
        self._random = random.Random(seed)

    def add(self, fault: Fault) -> Active:
        """
        Switch a fault on.
        """
        self._count += 1
        active = Active(fault, self._count)
        self.active.append(active)
        self._changed()
        return active

    def remove(self, number: int) -> bool:
        """
        Switch one fault off; False when there is none of that number.
        """
        before = len(self.active)
        self.active = [active for active in self.active if active.number != number]
        self._changed()
        return len(self.active) < before

    def clear(self, operation: str | None = None) -> int:
        """
        Switch the faults of one operation off, or all; answers how many there were.
        """
        before = len(self.active)
        self.active = [active for active in self.active if operation is not None and active.operation != operation]
        self._changed()
        return before - len(self.active)

    def meet(self, operation: str, now: float) -> Met:
        """
        Say what the faults do to this call; they act by kind, then in the order in which they were switched on.
        """
        chosen: list[tuple[Active, Kind, Turn]] = []
        for active in self.active:
            fault = active.fault
            if active.over or fault.operation not in {"*", operation}:
                continue
            turn = Turn(now, self._random, active.memory)
            spared = fault.error_rate < 1 and self._random.random() >= fault.error_rate
            chosen += [(active, kind, turn) for kind in fault.kinds if not (spared and kind.CHANCE)]
        chosen.sort(key=lambda one: one[1].ORDER)
        return Met(chosen)
