"""
How deep the flattest value of a plan is, so that recursion can be brought to an end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aegis_contracts.instances._context import Conflict
from aegis_contracts.instances._values import SCALAR, kinds_in

if TYPE_CHECKING:
    from aegis_contracts.instances._protocols import Plan

HIGHEST: Final = 40
_FLAT: Final = 3


class Heights:
    """
    What is known of the depth of a plan's values; found out when first asked.
    """

    __slots__ = ("_enough", "_plan", "_too_low")

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._too_low = -1
        self._enough = HIGHEST

    def endless(self) -> bool:
        """
        Say whether the recursion of required parts never ends; most values are flat, which is seen at once.
        """
        return not (self.fits(_FLAT) or self.fits(HIGHEST - 1))

    def fits(self, level: int) -> bool:
        """
        Say whether some value is at most *level* deep.
        """
        if level >= self._enough:
            return True
        if level <= self._too_low:
            return False
        if self._fits(level):
            self._enough = min(level, self._enough)
            return True
        self._too_low = max(level, self._too_low)
        return False

    def of_kind(self, kind: int) -> int:
        """
        The depth of the flattest value of one type.
        """
        return next((level for level in range(HIGHEST) if self._kind_fits(kind, level)), HIGHEST)

    def _fits(self, level: int) -> bool:
        plan = self._plan
        if plan.pending:
            choice = plan.pending[0]
            for index in range(len(choice) * (2 if choice.tagged else 1)):
                child = plan.option(index)
                if child is not None and child.heights.fits(level):
                    return True
            return False
        return plan.values is not None or any(self._kind_fits(kind, level) for kind in kinds_in(plan.types))

    def _kind_fits(self, kind: int, level: int) -> bool:
        if kind & SCALAR:
            return True
        try:
            return all(level > 0 and needed.heights.fits(level - 1) for needed in self._plan.maker(kind).needed())
        except Conflict:
            return False
