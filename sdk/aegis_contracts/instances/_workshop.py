"""
Where plans and makers of one document are kept once they are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aegis_contracts.instances._context import Conflict, Context, Exhausted, Json
from aegis_contracts.instances._document import Document, Node
from aegis_contracts.instances._protocols import Maker, Plan
from aegis_contracts.instances._values import ANY, ARRAY, BOOLEAN, NULL, NUMBER, OBJECT, SPEAKS_OF, STRING, TYPES
from aegis_contracts.instances.makers._arrays import ArrayMaker
from aegis_contracts.instances.makers._numbers import NumberMaker
from aegis_contracts.instances.makers._objects import ObjectMaker
from aegis_contracts.instances.makers._strings import StringMaker
from aegis_contracts.instances.plans._conjunction import Conjunction
from aegis_contracts.instances.verdicts._verdicts import Judge, Verdicts
from aegis_contracts.instances.words._vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    import jsonschema_rs

# How many schemas may be put together for one value; what real documents need is in the tests.
EFFORT: Final = 8_000
TANGLED: Final = 5_000
_KINDS: Final = (OBJECT, ARRAY, STRING, NUMBER, BOOLEAN, NULL)


class Simple:
    """
    Makes null or a flag.
    """

    def __init__(self, kind: int) -> None:
        self._kind = kind

    def make(self, context: Context, name: str) -> Json:
        """
        Make null or a flag.
        """
        return None if self._kind == NULL else context.chance(vocabulary().likelihood(name))

    def admits(self, value: Any) -> bool:  # noqa: ARG002
        """
        Nothing is said of them beyond their type.
        """
        return True

    def needed(self) -> Iterator[Plan]:
        """
        They have no parts.
        """
        return iter(())


class Workshop:
    """
    The plans, makers and validators of one document.
    """

    def __init__(self, document: Document, engine: jsonschema_rs.Validator | None = None) -> None:
        self.document = document
        self.candidates: dict[Plan, list[Any]] = {}
        self._ways: dict[Node, int] = {}
        self.failed: dict[Node, Conflict] = {}
        self._left = EFFORT
        self._plans: dict[tuple[Node, ...], Plan | Conflict] = {}
        self._verdicts = Verdicts(document, engine)

    def begin(self) -> None:
        """
        Let the next value cost as much as any.
        """
        self._left = EFFORT

    def charge(self, work: int) -> None:
        """
        Count *work* that is done once for many values.

        Raises:
            Exhausted: more than one value may cost.
        """
        self._left -= work
        if self._left < 0:
            raise Exhausted

    def ways(self, node: Node) -> int:
        """
        Count the ways through the branches of *node*, up to a bound.
        """
        found = self._ways.get(node)
        if found is None:
            self._ways[node] = found = 1
            try:
                inner = list(self.document.references(node))
            except Conflict:  # it leads nowhere, so no way goes on from here
                inner = []
            for keyword in ("allOf", "anyOf", "oneOf"):
                inner += [self.document.child(node, keyword, i) for i in range(len(node.keywords.get(keyword, ())))]
            for each in inner:
                found = min(TANGLED, found + self.ways(each))
            self._ways[node] = found
        return found

    def plan(self, nodes: tuple[Node, ...]) -> Plan:
        """
        The plan of *nodes* together.
        """
        found = self._plans.get(nodes)
        if found is None:
            try:
                distinct = tuple(dict.fromkeys(map(self.document.target, nodes)))
                found = Conjunction(self, distinct) if distinct == nodes else self.plan(distinct)
            except Conflict as conflict:
                found = conflict.said()
            self._plans[nodes] = found
        if isinstance(found, Conflict):
            raise found.said()
        return found

    def maker(self, plan: Plan, kind: int) -> Maker:
        """
        A maker of one type for *plan*.
        """
        if kind == OBJECT:
            return ObjectMaker(plan)
        if kind == ARRAY:
            return ArrayMaker(plan)
        if kind == STRING:
            return StringMaker(plan)
        if kind == NUMBER:
            return NumberMaker(plan)
        return Simple(kind)

    def preferred(self, plan: Plan) -> list[int]:
        """
        The types that *plan* most likely means: the declared ones, else those that its keywords speak of.
        """
        declared = 0
        spoken = 0
        for part in plan.parts:
            named = part.keywords.get("type")
            for name in [named] if isinstance(named, str) else named or ():
                declared |= TYPES[name]
            for keyword in part.keywords:
                spoken |= SPEAKS_OF.get(keyword, 0)
            if not declared and isinstance(part.keywords.get("format"), str):
                spoken |= STRING
        wanted = (
            plan.types if declared and plan.types != ANY else (spoken & plan.types or plan.types & STRING or plan.types)
        )
        return [kind for kind in _KINDS if wanted & kind]

    def judge(self, *nodes: Node) -> Judge:
        """
        What decides whether a value satisfies all of *nodes*.
        """
        return self._verdicts.judge(*nodes)
