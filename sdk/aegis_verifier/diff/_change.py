"""
What changed between two versions, as values.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from aegis_verifier.diff._gravity import GRAVITY, Bump, Direction, Severity
from aegis_verifier.diff._rules import RULES


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()


@dataclass(frozen=True, slots=True)
class Side:
    """
    Where something stands in one of the versions.

    Args:
        source: the file as the user named it.
        pointer: JSON pointer into it.
        line, column: from 1; 0 when they are not known.
    """

    source: str
    pointer: str
    line: int = 0
    column: int = 0

    @classmethod
    def parse(cls, shown: str) -> Side:
        """
        Read a place as the ground floor writes it: ``file#/pointer``.
        """
        source, _, pointer = shown.partition("#")
        return cls(source, pointer)

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        return f"{self.source}{line} {self.pointer}".rstrip()


@dataclass(frozen=True, slots=True)
class Change:
    """
    One change between two versions of a contract.

    Args:
        rule: what kind of change, by the name under which it is documented.
        severity: ``breaking`` and ``undecided`` fail, a ``warning`` and an ``info`` do not.
        direction: whose message it concerns.
        message: what changed, for a person.
        old, new: where it stands; the place where something is missing is the place of what should have it.
        subject: the operation, event type or channel.
        path: where in the message, as a pointer into an instance.
        counterexample: what one version takes and the other refuses; ``ABSENT`` where a change speaks for itself.
        also: other operations that reach the same place.
        consumers: who is hit, by the names of their needs files.
        waived: the reason for which it is borne.
    """

    rule: str
    severity: Severity
    direction: Direction
    message: str
    old: Side
    new: Side
    subject: str = ""
    path: str = ""
    counterexample: Any = ABSENT
    also: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    waived: str = ""

    @property
    def fails(self) -> bool:
        """
        Say whether the change makes the versions incompatible, as far as is known.
        """
        return self.severity in {"breaking", "undecided"} and not self.waived

    @property
    def bump(self) -> Bump:
        """
        The step in SemVer 2.0 that the change asks for.
        """
        if self.severity in {"breaking", "undecided"}:
            return "major"
        return RULES[self.rule].bump

    def key(self) -> tuple[str, ...]:
        """
        What makes two changes one: the same rule at the same places.
        """
        return (self.rule, self.direction, str(self.old), str(self.new), self.severity)


@dataclass(slots=True)
class Changes:
    """
    Changes collected: one for each rule and place, however many operations reach it.
    """

    _found: dict[tuple[str, ...], Change] = field(default_factory=dict[tuple[str, ...], Change])

    def add(self, change: Change) -> None:
        """
        Note a change, or that one more operation is concerned by it.
        """
        known = self._found.get(change.key())
        if known is None:
            self._found[change.key()] = change
        elif change.subject != known.subject and change.subject not in known.also:
            self._found[change.key()] = replace(known, also=(*known.also, change.subject))

    def extend(self, other: Changes) -> None:
        """
        Note all changes of another collection.
        """
        for change in other.sorted():
            self.add(change)

    def sorted(self) -> list[Change]:
        """
        The gravest first, then by place.
        """
        return sorted(self._found.values(), key=lambda c: (GRAVITY.index(c.severity), c.old.source, c.subject, c.rule))


def bump_of(changes: list[Change]) -> Bump:
    """
    The step in SemVer 2.0 that all changes together ask for.
    """
    steps = {change.bump for change in changes}
    return "major" if "major" in steps else "minor" if "minor" in steps else "patch"
