"""
Examples and defaults of a schema, once they are known to satisfy it.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from aegis_contracts.instances._context import Conflict, Context, Json, Ungeneratable
from aegis_contracts.instances._document import Node
from aegis_contracts.instances._values import STRING, identity
from aegis_contracts.instances._variation import variation
from aegis_contracts.instances.words._vocabulary import vocabulary

if TYPE_CHECKING:
    from aegis_contracts.instances._protocols import Plan


class Examples:
    """
    The examples that *nodes* of a plan give, then their defaults.
    """

    __slots__ = ("_defaults", "_given", "_plan", "_ready")

    def __init__(self, plan: Plan, nodes: list[Node]) -> None:
        self._plan = plan
        self._given: list[Any] = []
        self._defaults: list[Any] = []
        for node in nodes:
            keywords = node.keywords
            if "examples" in keywords or "example" in keywords:
                examples = keywords.get("examples")
                self._given.extend(examples if isinstance(examples, list) else [])
                if "example" in keywords:
                    self._given.append(keywords["example"])
            if "default" in keywords:
                self._defaults.append(keywords["default"])
        self._ready = not (self._given or self._defaults)

    def take(self, context: Context, name: str) -> tuple[bool, Json]:
        """
        An example for this place, if there is one; in later items of a list its digits are changed.
        """
        if not self._ready:
            self._given = [value for value in self._given if self.admits(value)]
            self._defaults = [value for value in self._defaults if self.admits(value)]
            self._ready = True
        if self._given:
            value = context.pick(self._given)
            if not context.repeat:
                return True, _own(value)
            return self._vary(context, name, value)
        if self._defaults:
            value = self._defaults[0]
            # An empty default tells a reader nothing, so it is not the usual answer.
            if value or value is False or value == 0 or context.scarce or context.chance(0.2):
                return True, _own(value)
        return False, None

    def _vary(self, context: Context, name: str, value: Json) -> tuple[bool, Json]:
        plan = self._plan
        if plan.values is not None:
            return False, None
        if isinstance(value, str) and plan.types & STRING and vocabulary().text(name, context.label):
            return False, None
        for _ in range(3):
            changed = variation(context, value)
            if self.admits(changed):
                return True, changed
        return False, None

    def admits(self, value: Any) -> bool:
        """
        Say whether *value* satisfies the whole plan, not only the node that gave it.
        """
        plan = self._plan
        try:
            if not plan.pending and not isinstance(value, (dict, list)):
                return plan.admits(value) and (plan.values is None or _among(value, plan.candidates))
            return bool(plan.workshop.judge(*plan.first.nodes).is_valid(value))
        except (Conflict, Ungeneratable, ValueError):
            return False


def _among(value: Any, candidates: list[Any]) -> bool:
    sought = identity(value)
    return any(identity(candidate) == sought for candidate in candidates)


def _own(value: Json) -> Json:
    return copy.deepcopy(value) if isinstance(value, (dict, list)) else value
