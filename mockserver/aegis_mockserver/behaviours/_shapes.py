"""
What schemas look like from outside: properties through references and compositions, lists in envelopes, ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, cast

from aegis_contracts import Schema
from aegis_contracts.exchange import Reading
from aegis_contracts.json_pointer import find

Node = Mapping[str, Any]
_LISTS = ("data", "items", "results", "records", "content", "list", "values", "entries", "rows", "objects")
_WRAPPERS = ("data", "item", "result", "record", "response", "payload", "object")
_WORD = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")


class Shape:
    """
    A self-contained schema, looked at.
    """

    def __init__(self, root: Any, node: Any | None = None) -> None:
        self._root = root
        self._node: Any = root if node is None else node

    @classmethod
    def of(cls, schema: Schema | None, direction: Any = "response") -> Shape:
        """
        Look at a contract's schema; none looks like anything.
        """
        return cls(schema.projected(direction) if schema is not None else True)

    @cached_property
    def node(self) -> Node:
        """
        The schema with its references followed, as a mapping.
        """
        return self._follow(self._node)

    @cached_property
    def types(self) -> frozenset[str]:
        """
        The types that the schema says it allows; empty when it does not say.
        """
        node = self.node
        given = node.get("type")
        found = {given} if isinstance(given, str) else set(given or ())
        for key in ("allOf", "anyOf", "oneOf"):
            for part in node.get(key, ()):
                found |= Shape(self._root, part).types if found == set() or key != "allOf" else set()
        if not found and "properties" in node:
            found = {"object"}
        return frozenset(found)

    @cached_property
    def properties(self) -> dict[str, Shape]:
        """
        Properties by name, those of compositions included.
        """
        return {name: Shape(self._root, node) for name, node in self._properties(self._node, 0).items()}

    @cached_property
    def required(self) -> frozenset[str]:
        """
        Names of the properties that must be there.
        """
        return frozenset(self._required(self._node, 0))

    @cached_property
    def items(self) -> Shape:
        """
        The schema of an array's items.
        """
        return Shape(self._root, self.node.get("items", True))

    def at(self, steps: Iterable[str]) -> Shape:
        """
        Go down by property names.
        """
        shape = self
        for step in steps:
            shape = shape.properties.get(step, Shape(True))
        return shape

    def _follow(self, node: Any) -> Node:
        for _ in range(32):
            if not isinstance(node, dict):
                return {}
            reference = node.get("$ref")
            if not isinstance(reference, str):
                return cast("Node", node)
            target: Any = find(self._root, reference.removeprefix("#"))
            siblings = {key: value for key, value in node.items() if key != "$ref"}
            if siblings and isinstance(target, dict):
                return {**target, **siblings} if "$ref" not in target else {**self._follow(target), **siblings}
            node = target
        return {}

    def _properties(self, node: Any, depth: int) -> dict[str, Any]:
        resolved = self._follow(node)
        found: dict[str, Any] = {}
        if depth < 8:
            for key in ("anyOf", "oneOf", "allOf"):
                for part in resolved.get(key, ()):
                    found.update(self._properties(part, depth + 1))
        found.update(resolved.get("properties", {}))
        return found

    def _required(self, node: Any, depth: int) -> set[str]:
        resolved = self._follow(node)
        found = set(resolved.get("required", ()))
        if depth < 8:
            for part in resolved.get("allOf", ()):
                found |= self._required(part, depth + 1)
        return found


def list_at(shape: Shape, collection: str) -> tuple[str, ...] | None:
    """
    Say where the items of a list response are: () for a bare array; None where there is no list.
    """
    if "array" in shape.types:
        return ()
    arrays = {name: inner for name, inner in shape.properties.items() if "array" in inner.types}
    for name in (collection, *_LISTS):
        if name in arrays:
            return (name,)
    if len(arrays) == 1:
        return (next(iter(arrays)),)
    for name in ("data", "_embedded", "result", "response"):
        inner = shape.properties.get(name)
        if inner is not None and not arrays and "object" in inner.types:
            deeper = list_at(inner, collection)
            if deeper:
                return (name, *deeper)
    return None


def item_at(shape: Shape, candidates: Iterable[str]) -> tuple[str, ...]:
    """
    Say where the item of an item response is: () for the whole body, else inside its envelope.
    """
    properties = shape.properties
    names = list(candidates)
    if id_in(properties, names) is not None:
        return ()
    for name in (*_WRAPPERS, *properties):
        inner = properties.get(name)
        wraps = name in _WRAPPERS or len(properties) <= 3
        if inner is not None and wraps and "object" in inner.types and id_in(inner.properties, names) is not None:
            return (name,)
    return ()


def id_in(properties: Iterable[str], candidates: Iterable[str]) -> str | None:
    """
    Find the property that identifies an item.
    """
    known = {plain(name): name for name in properties}
    return next((known[plain(name)] for name in candidates if plain(name) in known), None)


def id_candidates(parameter: str, collection: str) -> list[str]:
    """
    Name what the identifying property may be called, likeliest first.
    """
    singular = singular_of(collection)
    found = [parameter]
    if plain(parameter).endswith("id") or parameter == "":
        found += ["id", f"{singular}_id"]
    for ending in ("uuid", "slug", "code", "key", "number", "name"):
        if plain(parameter).endswith(ending):
            found.append(ending)
    return [*found, "id", "uuid", f"{singular}_id", "_id"]


def plain(name: str) -> str:
    """
    Compare names without case and separators.
    """
    return name.replace("_", "").replace("-", "").lower()


def singular_of(name: str) -> str:
    """
    Make a collection's name the name of one item.
    """
    if name.endswith("ies") and len(name) > 4:
        return f"{name[:-3]}y"
    if name.endswith(("sses", "xes", "ches", "shes")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def words(name: str) -> list[str]:
    """
    Split a name into lower-case words.
    """
    return [word.lower() for word in _WORD.split(name) if word]


def key_text(value: Any) -> str:
    """
    Write an id the way a path would.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def parents(reading: Reading, names: Iterable[str]) -> dict[str, Any]:
    """
    Return the values of the path parameters *names*.
    """
    return {name: reading.path[name] for name in names if name in reading.path}
