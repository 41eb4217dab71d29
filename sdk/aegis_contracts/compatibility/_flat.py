"""
A conjunction of schemas laid out by what it asks of an instance: ``$ref`` and ``allOf`` are gone, nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from aegis_contracts.compatibility._universe import Node, Universe
from aegis_contracts.json_pointer import join

TYPES = frozenset({"null", "boolean", "object", "array", "number", "string"})
Parts = tuple[Node, ...]
ANY: Parts = ()
_SILENT_RULES = frozenset({"$ref", "allOf", "properties", "patternProperties", "additionalProperties", "items"})
_EVALUATING = frozenset({"if", "then", "else", "dependentSchemas", "$dynamicRef"})  # each may name more properties
_BOUNDS = {
    "maxItems": min, "maxLength": min, "maxProperties": min, "maximum": min, "exclusiveMaximum": min,
    "minItems": max, "minLength": max, "minProperties": max, "minimum": max, "exclusiveMinimum": max,
}  # fmt: skip


class Rule(NamedTuple):
    """
    One keyword of one schema, with its value and place.
    """

    keyword: str
    value: Any
    node: Node

    @property
    def place(self) -> str:
        """
        Say where the keyword stands.
        """
        return f"{self.node.place}/{self.keyword}"


class Group(NamedTuple):
    """
    What one schema says of an object's properties: names, patterns, and all others.
    """

    properties: dict[str, Any]
    patterns: dict[str, Any]
    additional: Any
    node: Node

    def of(self, name: str) -> Parts:
        """
        The schemas that a property of this name must meet.
        """
        found: list[Node] = []
        if name in self.properties:
            found.append(below(self.node, "properties", name))
        found.extend(
            below(self.node, "patternProperties", pattern) for pattern in self.patterns if meets(pattern, name)
        )
        if not found and self.additional is not None:
            found.append(below(self.node, "additionalProperties"))
        return tuple(found)

    def of_others(self) -> Parts:
        """
        The schemas that a property without a name of its own must meet.
        """
        return () if self.additional is None else (below(self.node, "additionalProperties"),)


class Flat:
    """
    What a conjunction of schemas asks.

    Args:
        universe: where references lead.
        parts: the schemas that an instance must meet, all of them.
    """

    def __init__(self, universe: Universe, parts: Iterable[Node]) -> None:
        self.parts: Parts = tuple(parts)
        self.types = TYPES
        self.whole = False  # numbers are integers only
        self.never = False
        self.type_rules: list[Rule] = []
        self.values: list[Any] | None = None
        self.bounds: dict[str, Rule] = {}
        self.rules: list[Rule] = []
        self.required: dict[str, Rule] = {}
        self.groups: list[Group] = []
        self.lists: list[Node] = []
        self.choices: list[Rule] = []
        self.closed = False
        self._open = False
        self._read(universe)

    def _read(self, universe: Universe) -> None:
        pending = list(self.parts)
        whole = [part for part in self.parts if part.choice is None]
        top = whole[0] if len(whole) == 1 else None
        made = {part.choice for part in self.parts}
        followed: set[str] = set()
        while pending:
            node = pending.pop()
            schema = node.schema
            if not isinstance(schema, dict):
                self.never = self.never or schema is False
                continue
            reference = schema.get("$ref")
            if reference is not None and reference not in followed:
                followed.add(reference)
                pending.append(universe.target(reference))
            pending.extend(below(node, "allOf", index) for index in range(len(schema.get("allOf", ()))))
            self._keywords(node, made, alone=node is top)
        opaque = any(rule.keyword in _EVALUATING for rule in self.rules)
        self.closed = self.closed and not self.choices and not opaque
        if self._open and top is not None:  # every property is evaluated, so that none is left to be ruled out
            self.closed = False
            self.rules = [r for r in self.rules if r.node is not top or r.keyword != "unevaluatedProperties"]

    def _keywords(self, node: Node, made: set[tuple[int, str] | None], *, alone: bool) -> None:
        schema = node.schema
        if any(key in schema for key in ("properties", "patternProperties", "additionalProperties")):
            additional = schema.get("additionalProperties", True)
            self.groups.append(
                Group(
                    schema.get("properties", {}),
                    schema.get("patternProperties", {}),
                    None if additional is True else additional,
                    node,
                )
            )
        if "items" in schema or "prefixItems" in schema:
            self.lists.append(node)
        for key, value in schema.items():
            rule = Rule(key, value, node)
            if key == "type":
                self._type(rule)
            elif key in {"enum", "const"}:
                self._values(rule)
            elif key in _BOUNDS:
                known = self.bounds.get(key)
                if known is None or _BOUNDS[key](known.value, value) != known.value:
                    self.bounds[key] = rule
            elif key == "required":
                for name in value:
                    self.required.setdefault(name, rule)
            elif key in {"anyOf", "oneOf"}:
                if (id(schema), key) not in made:
                    self.choices.append(rule)
            elif key == "additionalProperties":
                self._open = self._open or value is True
            elif key == "unevaluatedProperties" and value is False and alone:
                self.closed = True
                self.rules.append(rule)
            elif key not in _SILENT_RULES and key != "prefixItems":
                self._open = self._open or (key == "unevaluatedProperties" and value is not False and not alone)
                self.rules.append(rule)

    def _type(self, rule: Rule) -> None:
        names = set(rule.value if isinstance(rule.value, list) else [rule.value])
        self.type_rules.append(rule)
        if "integer" in names and "number" not in names:
            self.whole = True
            names.add("number")
        self.types = self.types & names

    def _values(self, rule: Rule) -> None:
        self.type_rules.append(rule)
        given = [rule.value] if rule.keyword == "const" else list(rule.value)
        self.values = given if self.values is None else [v for v in self.values if any(same(v, o) for o in given)]

    def bound(self, keyword: str) -> Any:
        """
        The bound that *keyword* sets, if any does.
        """
        rule = self.bounds.get(keyword)
        return None if rule is None else rule.value

    @property
    def names(self) -> list[str]:
        """
        Every property that is named.
        """
        return list(dict.fromkeys(name for group in self.groups for name in group.properties))

    def member(self, name: str) -> Parts | None:
        """
        The schemas that a property must meet; None when it may not be there.
        """
        if self.closed and not any(
            name in group.properties or any(meets(p, name) for p in group.patterns) or group.additional is not None
            for group in self.groups
        ):
            return None
        return tuple(part for group in self.groups for part in group.of(name))

    def others(self) -> Parts | None:
        """
        The schemas that properties without a name of their own must meet; None when there may be none.
        """
        if self.closed and not any(group.additional is not None for group in self.groups):
            return None
        parts = tuple(part for group in self.groups for part in group.of_others())
        return None if any(part.schema is False for part in parts) else parts

    def item(self, index: int | None) -> Parts:
        """
        The schemas that the item at *index* must meet, or any item after the ones that have a place of their own.
        """
        found: list[Node] = []
        for node in self.lists:
            prefix = node.schema.get("prefixItems", ())
            if index is not None and index < len(prefix):
                found.append(below(node, "prefixItems", index))
            elif "items" in node.schema:
                found.append(below(node, "items"))
        return tuple(found)

    @property
    def prefix(self) -> int:
        """
        How many items have a place of their own.
        """
        return max((len(node.schema.get("prefixItems", ())) for node in self.lists), default=0)


def below(node: Node, *steps: str | int) -> Node:
    """
    Go from a schema to one of its parts.
    """
    schema: Any = node.schema
    place = node.place
    for step in steps:
        schema = schema[step]
        place += join(step)
    return Node(schema, place)


def same(one: Any, other: Any) -> bool:
    """
    Say whether two instances are equal as JSON Schema sees it: ``1`` is ``1.0``, and ``true`` is no number.
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    return type(one) is type(other) and one == other if isinstance(one, str) else bool(one == other)


def type_of(value: Any) -> str:
    """
    Name the JSON type of an instance.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> Any:
    from aegis_contracts.verdict._verdict import compiled

    return compiled({"pattern": pattern})


def meets(pattern: str, text: str) -> bool:
    """
    Say whether *text* matches, by the engine that gives the verdict.
    """
    try:
        matches: bool = _pattern(pattern).is_valid(text)
    except ValueError:  # an unreadable pattern is refused where the schema is compiled
        return False
    else:
        return matches
