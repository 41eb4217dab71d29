"""
In which order the options of a choice are tried.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from aegis_contracts.instances._context import Context
from aegis_contracts.instances.plans._exclusive import overlapping
from aegis_contracts.instances.plans._heights import HIGHEST

if TYPE_CHECKING:
    from aegis_contracts.instances._protocols import Plan


class Options:
    """
    The options of the first open choice of *plan*.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._choice = plan.pending[0]

    @cached_property
    def _overlapping(self) -> frozenset[int]:
        return overlapping(self._plan)

    def order(self, context: Context, failures: int) -> list[int]:
        """
        In which order the options are tried.
        """
        choice = self._choice
        count = len(choice)
        first = context.below(count)
        order = [*range(first, count), *range(first)]
        if choice.keyword == "not":
            order.sort(key=choice.ranks.__getitem__)
        elif context.scarce and choice.keyword != "if":
            order.sort(key=lambda index: index not in self._flattest)
        elif choice.quiet and (order[0] in choice.quiet) and not context.chance(0.3):
            order.sort(key=lambda index: index in choice.quiet)
        elif context.depth > 1 and count < 9 and context.chance(0.75):
            order.sort(key=lambda index: self.is_bulky(index))
        if not choice.exclusive:
            return [*order, *(index + count for index in order)] if choice.tagged else order
        # The options that refuse the other branches are hard to meet: for overlapping branches, or as a last resort.
        shared = self._overlapping if not context.probing else frozenset[int]()
        plain = [index for index in order if index not in shared]
        strict = [index + 2 * count for index in order if index in shared] + [index + 2 * count for index in plain]
        bare = [index + count for index in plain] if choice.tagged else []
        rest = [index for index in order if index in shared]
        return [*strict, *plain, *bare, *rest] if failures > 3 else [*plain, *bare, *strict, *rest]

    @cached_property
    def _flattest(self) -> frozenset[int]:
        """
        The options of the flattest values; references are followed only where nothing else is as flat.
        """
        choice = self._choice
        count = len(choice)
        live: dict[int, Plan] = {}
        for index in sorted(range(count), key=lambda index: "$ref" in choice.options[index][0].keywords):
            plan = self._plan.option(index) or (self._plan.option(index + count) if choice.tagged else None)
            if plan is not None:
                live[index] = plan
                if "$ref" not in choice.options[index][0].keywords and plan.heights.fits(0):
                    return frozenset({index})
        for level in range(HIGHEST if live else 0):
            found = frozenset(index for index, plan in live.items() if plan.heights.fits(level))
            if found:
                return found
        return frozenset()

    def is_bulky(self, index: int) -> bool:
        """
        Whether an option is likely to lead to an object or an array.
        """
        plan = self._plan.option(index)
        return plan is None or plan.bulky
