"""
Schemas whose branches multiply: the engine lists what is wrong on every way through them, and there may be a million.

Here the first rule that is broken is looked for instead, by asking for one part of the schema after the other whether
it holds: a question that costs a thousandth of the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from aegis_contracts._subschemas import subschemas
from aegis_contracts.json_pointer import find, join

TANGLED = 1_000  # ways; the engine lists a way in some 20 µs
UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
# The engine writes out each way through a schema with one of them when it compiles, in some 10 µs.
TOO_MANY: Final = 5_000
TOO_MANY_SAID: Final = (
    f"has over {TOO_MANY:,} ways through its branches, and `unevaluatedProperties` or `unevaluatedItems` asks for each"
)
_STEPS = 64
_VISITS = 5_000
_LOOKED_AT = 50  # items or members
_BRANCHES = frozenset({"allOf", "anyOf", "else", "if", "not", "oneOf", "then"})
_DEFINITIONS = frozenset({"$defs", "definitions"})
# Rules that another keyword of the same schema changes.
_AT_ONCE = ("allOf", "anyOf", "oneOf", "if", "then", "else", "$ref")
_BESIDE = {
    "additionalProperties": ("properties", "patternProperties"),
    "contains": ("minContains", "maxContains"),
    "items": ("prefixItems",),
    "if": ("then", "else"),
    "unevaluatedItems": ("prefixItems", "items", *_AT_ONCE),
    "unevaluatedProperties": ("properties", "patternProperties", *_AT_ONCE),
}
_NO_RULES = _DEFINITIONS | {"discriminator", "then", "else", "minContains", "maxContains"}

IsValid = Callable[[Any], bool]


class Broken(NamedTuple):
    """
    The first rule that is broken.

    Args:
        pointer: where in the instance.
        instance: what is there.
        keyword: of the rule.
        place: where the schema that has the keyword stands.
        part: that schema, with this rule alone.
    """

    pointer: str
    instance: Any
    keyword: str
    place: str
    part: Mapping[str, Any] | bool


def ways(schema: Any, most: int = TANGLED, levels: int = 0, root: Any = None) -> int:
    """
    Count the ways through the branches of a self-contained schema, up to a bound, whatever the instance.

    What stands side by side, such as properties, does not multiply: the longest of them counts.

    Args:
        levels: how deep an instance is that has all that the schema names; 0 where a recursion counts once.
        root: where its references lead, if it is a part of something else.
    """
    root = schema if root is None else root
    known: dict[tuple[int, int], int] = {}

    def count(node: Any, left: int) -> int:
        if not isinstance(node, dict):
            return 0
        key = (id(node), left)
        found = known.get(key)
        if found is not None:
            return found
        known[key] = found = 1
        beside = 0
        for branches, inner in inside(node, root):
            if branches:
                found += count(inner, left)
            elif left or not levels:
                beside = max(beside, count(inner, max(0, left - 1)))
        known[key] = found = min(most, found + beside)
        return found

    try:
        return count(schema, levels)
    except RecursionError:
        return most


def ways_of(schema: Any, instance: Any) -> int:
    """
    Count, up to a bound, the ways that *instance* goes: it may end where the schema goes on.
    """
    known: dict[tuple[int, int], int] = {}

    def count(node: Any, part: Any) -> int:
        if not isinstance(node, dict):
            return 0
        key = (id(node), id(part))
        found = known.get(key)
        if found is not None:
            return found
        if len(known) >= _VISITS:
            return TANGLED
        known[key] = found = 1
        for branches, inner in inside(node, schema):
            if branches:
                found += count(inner, part)
        beside = 0
        if isinstance(part, dict):
            named = node.get("properties")
            named = named if isinstance(named, dict) else {}
            for name in islice(part, _LOOKED_AT):
                inner = named.get(name, node.get("additionalProperties"))
                beside = max(beside, count(inner, part[name]))
        elif isinstance(part, list):
            for item in part[:_LOOKED_AT]:
                beside = max(beside, count(node.get("items"), item))
        known[key] = found = min(TANGLED, found + beside)
        return found

    try:
        return count(schema, instance)
    except RecursionError:
        return TANGLED


def inside(node: Mapping[str, Any], root: Any) -> Iterator[tuple[bool, Any]]:
    """
    Find the schemas below *node*, each with whether it judges the same part of the instance.
    """
    reference = node.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        yield True, find(root, reference, True)
    for steps, inner in subschemas(node):
        if steps[0] not in _DEFINITIONS:
            yield steps[0] in _BRANCHES, inner


class Guide:
    """
    Finds the first rule that an instance breaks.

    Args:
        schema: self-contained.
        judge: compiles a schema.
    """

    def __init__(self, schema: Mapping[str, Any] | bool, judge: Callable[[Mapping[str, Any]], IsValid]) -> None:
        self._schema = schema
        self._judge = judge
        self._judges: dict[tuple[str, str], IsValid] = {}

    def first(self, instance: Any) -> Broken:
        """
        Return the first rule that *instance*, which is known to break some, breaks.
        """
        node, place, pointer = self._schema, "", ""
        for _ in range(_STEPS):
            if not isinstance(node, Mapping):
                break
            keyword = self._failing(node, place, instance)
            further = next(self._below(node, keyword, place, instance), None)
            if further is None:
                return Broken(pointer, instance, keyword, place, self._whole(_part(node, keyword)))
            node, place, instance, step = further
            pointer += step
        return Broken(pointer, instance, "falseSchema", place, False)

    def _failing(self, node: Mapping[str, Any], place: str, instance: Any) -> str:
        rules = [keyword for keyword in node if keyword not in _NO_RULES and not keyword.startswith("x-")]
        for keyword in rules[:-1]:
            if not self._is_valid(_part(node, keyword), place, keyword, instance):
                return keyword
        return rules[-1] if rules else "schema"

    def _below(
        self, node: Mapping[str, Any], keyword: str, place: str, instance: Any
    ) -> Iterator[tuple[Any, str, Any, str]]:
        """
        Find where below a broken keyword to look on: the schema, its place, the part of the instance, the step to it.
        """
        value = node.get(keyword)
        here = f"{place}/{keyword}"
        if keyword == "$ref" and isinstance(value, str) and value.startswith("#/"):
            yield find(self._schema, value, True), value[1:], instance, ""
        elif keyword == "allOf" and isinstance(value, list):
            for index, part in enumerate(value):
                if not self._is_valid(part, here, str(index), instance):
                    yield part, f"{here}/{index}", instance, ""
        elif keyword == "properties" and isinstance(value, dict) and isinstance(instance, dict):
            for name, part in value.items():
                if name in instance and not self._is_valid(part, here, name, instance[name]):
                    yield part, here + join(name), instance[name], join(name)
        elif keyword == "items" and "prefixItems" not in node and isinstance(instance, list):
            for index, item in enumerate(instance):
                if not self._is_valid(value, here, "", item):
                    yield value, here, item, f"/{index}"

    def _is_valid(self, part: Any, place: str, name: str, instance: Any) -> bool:
        if isinstance(part, bool):
            return part
        judge = self._judges.get((place, name))
        if judge is None:
            if len(self._judges) >= _STEPS:
                self._judges.clear()
            judge = self._judges[place, name] = self._judge(self._whole(part))
        return judge(instance)

    def _whole(self, part: Mapping[str, Any]) -> Mapping[str, Any]:
        """
        Put a part of the schema beside the definitions that it may refer to.
        """
        whole = self._schema
        shared = {key: whole[key] for key in _DEFINITIONS if key in whole} if isinstance(whole, Mapping) else {}
        return {**part, **shared}


def _part(node: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    return {name: node[name] for name in (keyword, *_BESIDE.get(keyword, ())) if name in node}
