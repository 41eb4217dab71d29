"""
Arrays: tuples, lists, what they must contain, and items that must differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aegis_contracts.instances._context import HOPELESS, Conflict, Context, Json, mix
from aegis_contracts.instances._document import Node
from aegis_contracts.instances._values import identity
from aegis_contracts.instances.patterns._regex import ENDLESS
from aegis_contracts.instances.plans._evaluated import items_left
from aegis_contracts.instances.words._names import singular

if TYPE_CHECKING:
    from aegis_contracts.instances._protocols import Plan

_MOST: Final = 100_000
_TRIES: Final = 40


@dataclass(slots=True)
class _Contained:
    """
    A `contains` with its bounds: between *least* and *most* items match *node*.
    """

    owner: Node
    node: Node
    least: int
    most: int
    refusal: Node


class ArrayMaker:
    """
    Makes arrays that satisfy the keywords of a plan.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        document = plan.document
        self.low = 0
        self.high = ENDLESS
        self.unique = False
        self.prefix = 0
        self._rules: list[tuple[list[Node], Node | None]] = []
        self._contained: list[_Contained] = []
        self._twins = any(node.keywords["not"] == {"uniqueItems": True} for node in plan.filters)
        for part in plan.parts:
            keywords = part.keywords
            self.low = max(self.low, int(keywords.get("minItems", 0)))
            self.high = min(self.high, int(keywords.get("maxItems", ENDLESS)))
            self.unique = self.unique or keywords.get("uniqueItems") is True
            first = [document.child(part, "prefixItems", i) for i in range(len(keywords.get("prefixItems", ())))]
            rest = document.child(part, "items") if "items" in keywords else None
            if first or rest is not None:
                self._rules.append((first, rest))
            self.prefix = max(self.prefix, len(first))
            if "contains" in keywords:
                self._contain(part)
        self._left = [
            (document.child(owner, "unevaluatedItems"), before, containing)
            for owner, before, containing in items_left(plan.edges, plan.parts)
        ]
        self._plans: dict[tuple[int, tuple[int, ...]], Plan | None] = {}
        self._bound_by_items()
        self._assigned = self._assign()
        if self.low > self.high:
            raise Conflict(plan.pointer, "minItems", "the bounds leave no length")
        if self.low > _MOST:
            raise Conflict(plan.pointer, "minItems", f"more than {_MOST} items are not generated")

    def _contain(self, part: Node) -> None:
        document = self._plan.document
        least, most = int(part.keywords.get("minContains", 1)), int(part.keywords.get("maxContains", ENDLESS))
        if least > most:
            raise Conflict(part.pointer, "contains", "minContains is above maxContains")
        node = document.child(part, "contains")
        refusal = document.synthetic(part, {"not": part.keywords["contains"]})
        self._contained.append(_Contained(part, node, least, most, refusal))
        self.low = max(self.low, least)

    def _bound_by_items(self) -> None:
        """
        An index that no item can stand at ends the array before it.
        """
        if any(rest is not None or first for first, rest in self._rules) or self._left:
            for index in range(self.prefix + 1):
                if index < self.high and self._item(index, ()) is None and not self._contained:
                    self.high = index
        if self.prefix > self.high:
            self.prefix = self.high

    def _assign(self) -> dict[int, tuple[int, ...]]:
        """
        Which `contains` each index serves, so that all get their fill.
        """
        assigned: dict[int, tuple[int, ...]] = {}
        for number, rule in enumerate(self._contained):
            wanted = rule.least
            index = 0
            limit = min(self.high, self.prefix + sum(r.least for r in self._contained) + 1)
            while wanted > 0 and index < limit:
                served = (*assigned.get(index, ()), number)
                if self._item(index, served) is not None:
                    assigned[index] = served
                    wanted -= 1
                index += 1
            if wanted > 0:
                raise Conflict(self._plan.pointer, "contains", "no item can be what the array must contain")
        self.low = max(self.low, 1 + max(assigned, default=-1))
        return assigned

    # -- items ---------------------------------------------------------------------------------------------------------

    def _item(self, index: int, serves: tuple[int, ...]) -> Plan | None:
        """
        The plan of the item at *index*, which also serves the `contains` with the numbers *serves*.
        """
        key = (min(index, self.prefix), serves)
        if key not in self._plans:
            self._plans[key] = self._item_plan(index, serves)
        return self._plans[key]

    def _item_plan(self, index: int, serves: tuple[int, ...]) -> Plan | None:
        nodes: list[Node] = []
        for first, rest in self._rules:
            if index < len(first):
                nodes.append(first[index])
            elif rest is not None:
                nodes.append(rest)
        for node, before, containing in self._left:
            if index >= before and not any(self._contained[n].owner in containing for n in serves):
                nodes.append(node)
        for number, rule in enumerate(self._contained):
            if number in serves:
                nodes.append(rule.node)
            elif rule.most < ENDLESS:
                nodes.append(rule.refusal)
        try:
            return self._plan.workshop.plan(tuple(nodes))
        except Conflict:
            return None

    def needed(self) -> Iterator[Plan]:
        """
        The plans of the items that must be there.
        """
        for index in range(min(self.low, self.prefix + len(self._assigned) + 1)):
            plan = self._item(index, self._assigned.get(index, ()))
            if plan is None:
                raise Conflict(self._plan.pointer, "items", "an item that must be there cannot be")
            yield plan

    def admits(self, value: Any) -> bool:
        """
        Say whether the engine accepts *value*.
        """
        return bool(self._plan.workshop.judge(*self._plan.parts).is_valid(value))

    # -- making --------------------------------------------------------------------------------------------------------

    def _count(self, context: Context) -> int:
        if context.scarce:
            return self.low
        usual = 3 if context.depth < 2 else 2
        low = max(self.low, min(self.prefix, self.high), 1)
        count = low if self.low > 3 else context.between(low, max(low, usual))
        return max(self.low, min(count, self.high, max(self.low, context.left)))

    def make(self, context: Context, name: str) -> Json:
        """
        Make an array.
        """
        count = self._count(context)
        if not count:
            return []
        name = singular(name)
        base, trouble, repeat = context.state, context.trouble, context.repeat
        subject = context.subject
        context.depth += 1
        context.left -= count
        pool = context.left
        made: list[Json] = []
        known: set[Any] = set()
        try:
            for index in range(count):
                share = max(0, pool) // (count - index)
                context.left = share
                context.state = context.subject = mix(base, index + 1)
                context.trouble = trouble.get(index) if trouble else None
                if context.trouble and index >= self.low and context.trouble.get(None, 0) >= HOPELESS:
                    break
                context.repeat = repeat or index
                plan = self._item(index, self._assigned.get(index, ()))
                value = self._make_item(context, name, plan, known)
                pool -= share - context.left
                if value is _NOTHING:
                    if index >= self.low:
                        break
                    raise Conflict(
                        self._plan.pointer, "uniqueItems" if self.unique else "items", "too few items can be made"
                    )
                made.append(value)
            if self._twins:
                made[-1] = made[0]
        finally:
            context.depth -= 1
            context.trouble, context.repeat, context.subject = trouble, repeat, subject
            context.left = pool
        return made

    def _make_item(self, context: Context, name: str, plan: Plan | None, known: set[Any]) -> Json:
        if plan is None:
            return _NOTHING
        base, left, trouble = context.state, context.left, context.trouble
        domain = plan.domain if self.unique else None
        if domain is not None:
            free = [value for value in domain if identity(value) not in known]
            if not free:
                return _NOTHING
            value = context.pick(free)
            known.add(identity(value))
            return value
        for attempt in range(_TRIES if self.unique else 1):
            if attempt:
                context.state = context.subject = mix(base, attempt)
                context.left, context.trouble = left, trouble
                context.spend()
            try:
                value = plan.make(context, name)
            except Conflict:
                if not self.unique and plan.impossible and len(self._plans) == 1:
                    self.high = 0
                return _NOTHING
            if not self.unique:
                return value
            known_as = identity(value)
            if known_as not in known:
                known.add(known_as)
                return value
            # An example is not worth more than a valid array.
            context.repeat = max(context.repeat, 1)
        return _NOTHING


_NOTHING: Final = object()
