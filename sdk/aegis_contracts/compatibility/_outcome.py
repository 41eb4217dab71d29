"""
What is known of a pair of schemas: proved, refuted by an instance, or undecided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from aegis_contracts.json_pointer import join

Step: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class Proved:
    """
    Everything that the sender may say, the receiver takes.
    """


@dataclass(frozen=True, slots=True)
class Counterexample:
    """
    An instance that the sender's schema accepts and the receiver's refuses, by the judgement of two engines.

    Args:
        instance: a whole message, or the part of one at *path*.
        path: where the part stands; empty for a whole message.
    """

    instance: Any
    path: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Undecided:
    """
    Neither proved nor refuted within the bound of work.
    """

    reason: str


Outcome: TypeAlias = Proved | Counterexample | Undecided


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One rule of the receiver that the sender's schema does not promise to keep.

    Args:
        keyword: the rule, by the keyword that states it.
        path: where in an instance; ``*`` stands for any property or item that has no name of its own.
        sender: where the sender's schema stands.
        receiver: where the receiver's rule stands.
        name: the property, where the rule is about one.
        outcome: a counterexample, or why there is none.
    """

    keyword: str
    path: tuple[Step, ...]
    sender: str
    receiver: str
    name: str
    outcome: Counterexample | Undecided

    @property
    def place(self) -> str:
        """
        Where in an instance, as a pointer; down to the property, where the rule is about one.
        """
        named = self.keyword in {"required", "additionalProperties"} and self.name not in {"", "*"}
        steps = (*self.path, self.name) if named else self.path
        return join(*steps)


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    A pair of schemas compared: the outcome, and every difference that was found on the way.
    """

    outcome: Outcome
    differences: tuple[Difference, ...] = ()
