"""
Plans: subschemas that hold together, flattened, with their alternatives still open.

A plan stands for a conjunction of nodes. `allOf` and references are flattened into it at once; `anyOf`, `oneOf`,
`if`, `not` and `dependentSchemas` stay open as choices, and taking one leads to a further plan, made when first
taken. A plan without open choices makes values, one maker for each type.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from aegis_contracts.instances._context import Conflict, Context, Json, mix
from aegis_contracts.instances._document import Node
from aegis_contracts.instances._protocols import Maker, Plan, Workshop
from aegis_contracts.instances._values import ARRAY, BOOLEAN, NULL, NUMBER, OBJECT, identity, kind_of, kinds_in
from aegis_contracts.instances.plans._choices import Choice, choices_of
from aegis_contracts.instances.plans._examples import Examples
from aegis_contracts.instances.plans._heights import Heights
from aegis_contracts.instances.plans._merge import agree, excluded_by, refused_as, types_of, values_of
from aegis_contracts.instances.plans._options import Options

_TRIES: Final = 40
# Keywords that only open a choice, or lead to one.
_CHOOSING: Final = frozenset(
    {
        "anyOf",
        "oneOf",
        "$ref",
        "discriminator",
        "title",
        "description",
        "default",
        "example",
        "examples",
        "$defs",
        "nullable",
    }
)


class Conjunction:
    """
    A conjunction of *nodes*; *above* is the plan whose choice led here.
    """

    def __init__(
        self, workshop: Workshop, nodes: tuple[Node, ...], above: Conjunction | None = None, owner: Node | None = None
    ) -> None:
        self.workshop = workshop
        self.document = workshop.document
        self.first: Conjunction = above.first if above else self
        self.nodes = nodes
        self.pointer: str = nodes[0].pointer if nodes else (above.pointer if above else "")
        self.impossible = False
        self.parts: list[Node] = list(above.parts) if above else []
        self.edges: list[tuple[Node | None, Node]] = list(above.edges) if above else []
        self._seen: set[Node] = set(above._seen) if above else set()
        fresh: list[Node] = []
        pending: list[Choice] = list(above.pending[1:]) if above else []
        self._flatten(nodes, owner, pending, fresh)
        self.pending: tuple[Choice, ...] = tuple(pending)
        self._children: dict[int, Plan | None] = {} if pending else _NO_CHILDREN
        self._conflict: Conflict | None = None
        self._makers: dict[int, Maker | Conflict] = {}
        self._quick: Callable[[Context, str], Json] | None = None
        self._settled = False
        workshop.charge(1 + len(self.parts))
        self.types: int = types_of(self.parts)
        self.values = values_of(self.parts)
        self.filters: tuple[Node, ...] = tuple(filter(refused_as, fresh)) + (above.filters if above else ())
        excluded = excluded_by(self.parts)
        if self.values is not None:
            self.values = [v for v in self.values if kind_of(v) & self.types and identity(v) not in excluded]
            if not self.values:
                raise Conflict(self.pointer, "enum", "no allowed value is left")
        self.excluded = excluded
        if not self.types:
            raise Conflict(self.pointer, "type", "no type is left")
        agree(self.parts, self.pointer)
        self.examples = Examples(self, fresh) if any(map(_exemplifies, fresh)) else None
        if not pending:
            # Nothing will be added to this plan, so what only adding needs is let go: documents have many plans.
            self._seen = _NO_NODES
            if not any(map(_speaks_of_the_rest, self.parts)):
                self.edges = _NO_EDGES

    # -- flattening ----------------------------------------------------------------------------------------------------

    def _flatten(self, nodes: tuple[Node, ...], owner: Node | None, pending: list[Choice], fresh: list[Node]) -> None:
        stack: list[tuple[Node | None, Node]] = [(owner, node) for node in reversed(nodes)]
        while stack:
            parent, node = stack.pop()
            if node.schema is False:
                raise Conflict(node.pointer, "false", "the schema admits nothing")
            self.edges.append((parent, node))
            if node in self._seen or node.schema is True:
                continue
            self._seen.add(node)
            self.parts.append(node)
            fresh.append(node)
            within: list[Node] = list(self.document.references(node))
            within.extend(self.document.child(node, "allOf", i) for i in range(len(node.keywords.get("allOf", ()))))
            for choice in choices_of(self.document, node):
                if len(choice) == 1:
                    within.extend(choice.option(0))
                else:
                    pending.append(choice)
            stack.extend((node, inner) for inner in reversed(within))

    # -- choices -------------------------------------------------------------------------------------------------------

    def option(self, index: int) -> Plan | None:
        """
        The plan that taking option *index* of the first open choice leads to, or nothing if it leads nowhere.
        """
        try:
            return self._children[index]
        except KeyError:
            choice = self.pending[0]
            try:
                nodes = choice.option(index)
                # Where nothing but the choice is said, the option is a plan of its own, shared by all who refer to it.
                found = (
                    self.workshop.plan(nodes) if self._bare else Conjunction(self.workshop, nodes, self, choice.owner)
                )
            except Conflict as conflict:
                found = None
                self._conflict = self._conflict or conflict.said()
            self._children[index] = found
            return found

    @cached_property
    def _bare(self) -> bool:
        """
        Whether nothing is said but one choice.
        """
        return len(self.pending) == 1 and all(part.keywords.keys() <= _CHOOSING for part in self.parts)

    @cached_property
    def options(self) -> Options:
        """
        The options of the first open choice.
        """
        return Options(self)

    # -- making --------------------------------------------------------------------------------------------------------

    def make(self, context: Context, name: str) -> Json:
        """
        Make a value for a property called *name*.
        """
        trouble = context.trouble
        failures = 0
        if trouble is not None:
            failures = trouble.get(None, 0)
            if failures:
                context.state = mix(context.state, 7919 + failures)
        if not self._settled:
            self._settle()
        if self._quick is not None:
            context.spend()
            return self._quick(context, name)
        return self.attempt(context, name, failures)

    def probe(self, context: Context) -> Json:
        """
        Make a value to look at, without heed of what other branches accept.
        """
        return self.attempt(context, "", 0)

    def attempt(self, context: Context, name: str, failures: int) -> Json:
        """
        Make a value, after so many *failures* in this place.
        """
        context.spend()
        if self.examples and context.examples and not failures:
            found, value = self.examples.take(context, name)
            if found:
                return value
        if not self.pending:
            return self._make_leaf(context, name)
        left, depth, trouble = context.left, context.depth, context.trouble
        order = self.options.order(context, failures)
        base = context.state
        reason: Conflict | None = None
        hopeless = True
        for position, index in enumerate(order):
            context.state = mix(base, position)
            context.left, context.depth, context.trouble = left, depth, trouble
            context.spend()
            child = self.option(index)
            if child is None or child.impossible:
                continue
            try:
                return child.attempt(context, name, failures)
            except Conflict as conflict:
                reason = reason or conflict
                hopeless = hopeless and child.impossible
        self.impossible = hopeless
        reason = reason or self._conflict
        if reason is not None:
            raise reason.said()
        raise Conflict(self.pointer, self.pending[0].keyword, "no alternative admits a value")

    def _make_leaf(self, context: Context, name: str) -> Json:
        if context.scarce and self.heights.endless():
            self.impossible = True
            raise Conflict(self.pointer, "required", "the recursion of required parts never ends")
        if self.values is not None:
            return self._make_value(context)
        base = context.state
        left, depth, trouble = context.left, context.depth, context.trouble
        reason: Conflict | None = None
        for position, kind in enumerate(self._kinds(context)):
            for attempt in range(_TRIES if self.filters or self.excluded else 1):
                context.state = mix(base, position * 100 + attempt)
                context.left, context.depth, context.trouble = left, depth, trouble
                try:
                    value = self.maker(kind).make(context, name)
                except Conflict as conflict:
                    reason = reason or conflict
                    break
                if self._passes(value):
                    return value
        self.impossible = all(isinstance(self._makers.get(kind), Conflict) for kind in kinds_in(self.types))
        raise reason or Conflict(self.pointer, "not", "every value tried is excluded")

    def _settle(self) -> None:
        """
        Find out whether one maker always does: a single type, and nothing to try values against.
        """
        self._settled = True
        kinds = self.preferred
        if self.pending or self.values is not None or self.filters or self.excluded or self.examples:
            return
        if len(kinds) > 1 or kinds[0] & (OBJECT | ARRAY):
            return
        if self.types & ~(NUMBER if kinds[0] == NUMBER else kinds[0]):
            return
        try:
            self._quick = self.maker(kinds[0]).make
        except Conflict:
            self._quick = None

    def _make_value(self, context: Context) -> Json:
        values = self.candidates
        if not values:
            self.impossible = True
            raise Conflict(self.pointer, "enum", "no allowed value satisfies the other keywords")
        value = context.pick(values)
        if value is None and len(values) > 1 and not context.scarce and not context.chance(0.3):
            value = context.pick(values)
        return value

    def _passes(self, value: Any) -> bool:
        if self.excluded and identity(value) in self.excluded:
            return False
        return all(self.workshop.judge(node).is_valid(value) for node in self.filters)

    def _kinds(self, context: Context) -> list[int]:
        kinds = self.preferred
        if len(kinds) == 1:
            return self._ordered
        first = context.below(len(kinds))
        order = kinds[first:] + kinds[:first]
        if context.scarce:
            order.sort(key=lambda kind: self.heights.of_kind(kind))
        elif order[0] == NULL and not context.chance(0.3):
            order.append(order.pop(0))
        return [*order, *(kind for kind in kinds_in(self.types) if kind not in order)]

    @cached_property
    def preferred(self) -> list[int]:
        """
        The types that the plan most likely means.
        """
        return self.workshop.preferred(self)

    @cached_property
    def _ordered(self) -> list[int]:
        return [*self.preferred, *(kind for kind in kinds_in(self.types) if kind not in self.preferred)]

    def maker(self, kind: int) -> Maker:
        """
        What makes values of one type.
        """
        found = self._makers.get(kind)
        if found is None:
            try:
                found = self.workshop.maker(self, kind)
            except Conflict as conflict:
                found = conflict.said()
            self._makers[kind] = found
        if isinstance(found, Conflict):
            raise found.said()
        return found

    # -- facts ---------------------------------------------------------------------------------------------------------

    @property
    def candidates(self) -> list[Any]:
        """
        The allowed values (`enum`, `const`) that satisfy the other keywords too.
        """
        found = self.workshop.candidates.get(self)
        if found is None:
            found = [value for value in self.values or () if self.admits(value)]
            self.workshop.candidates[self] = found
        return found

    def admits(self, value: Any) -> bool:
        """
        Say whether *value* satisfies a plan without open choices.
        """
        kind = kind_of(value)
        if not kind & self.types or not self._passes(value):
            return False
        if kind in (NULL, BOOLEAN):
            return True
        try:
            return self.maker(NUMBER if kind & NUMBER else kind).admits(value)
        except Conflict:
            return False

    @property
    def domain(self) -> list[Any] | None:
        """
        Every value there is, where they are few.
        """
        if self.pending:
            return None
        if self.values is not None:
            return self.candidates
        if not self.types & ~(NULL | BOOLEAN):
            values: list[Any] = [True, False] if self.types & BOOLEAN else []
            return [value for value in (*values, *((None,) if self.types & NULL else ())) if self._passes(value)]
        return None

    @property
    def bulky(self) -> bool:
        """
        Whether a value is likely to be an object or an array.
        """
        return self._bulky

    @cached_property
    def _bulky(self) -> bool:
        if self.values is not None or not self.types & (OBJECT | ARRAY):
            return False
        if not self.pending:
            return bool(self.preferred[0] & (OBJECT | ARRAY))
        return all(self.options.is_bulky(index) for index in range(min(len(self.pending[0]), 4)))

    @property
    def heights(self) -> Heights:
        """
        What is known of the depth of the values.
        """
        return self._heights

    @cached_property
    def _heights(self) -> Heights:
        return Heights(self)


_NO_NODES: Final[set[Node]] = set()
_NO_CHILDREN: Final[dict[int, Plan | None]] = {}
_NO_EDGES: Final[list[tuple[Node | None, Node]]] = []


def _speaks_of_the_rest(node: Node) -> bool:
    return "unevaluatedProperties" in node.keywords or "unevaluatedItems" in node.keywords


def _exemplifies(node: Node) -> bool:
    keywords = node.keywords
    return "example" in keywords or "examples" in keywords or "default" in keywords
