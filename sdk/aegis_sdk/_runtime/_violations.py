"""
What breaks the contract, said without quoting it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["Fault", "Violations", "faults_of"]


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One violation: where, which rule, and what must hold.
    """

    pointer: str
    rule: str
    message: str


class Violations(Exception):
    """
    A value that breaks its contract; carries the faults, never the value.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__()
        self.faults = tuple(faults)


def faults_of(error: ValidationError, root: str = "") -> list[Fault]:
    """
    Read pydantic's findings, keeping places and rules and dropping values.
    """
    found: list[Fault] = []
    for line in error.errors(include_url=False, include_context=False, include_input=False):
        place = "".join(f"/{step}" for step in cast("tuple[int | str, ...]", line["loc"]))
        found.append(Fault(f"{root}{place}", line["type"], "breaks this rule"))
    return found
