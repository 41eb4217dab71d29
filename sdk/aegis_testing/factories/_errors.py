"""
What a factory refuses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Told(Protocol):
    """
    A rule that was broken, and where.
    """

    @property
    def pointer(self) -> str: ...
    @property
    def message(self) -> str: ...


class FactoryError(ValueError):
    """
    No valid instance can be made as it was asked for; where and why is said, values are not.
    """

    def __init__(self, name: str, violations: Sequence[Told] = (), detail: str = "") -> None:
        lines = [f"no valid {name} can be made{f': {detail}' if detail else ''}"]
        lines += [f"  {found.pointer or '/'} {found.message}" for found in violations[:20]]
        super().__init__("\n".join(lines))
        self.violations = tuple(violations)
