"""
What schemas look like from outside: types, properties and items through references and compositions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, cast

from aegis_contracts import MediaType, Schema
from aegis_contracts.exchange import Reading
from aegis_contracts.json_pointer import find

Node = Mapping[str, Any]
# What says more of an object than that it is one.
_SPEAKING = frozenset({"additionalProperties", "patternProperties", "allOf", "anyOf", "oneOf", "if"})
FIRST = "0"  # the step into a list that has one entry
_NAMES: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def _likeness(value: Any, depth: int) -> Any:
    """
    Write a schema for what looks like *value*.
    """
    if isinstance(value, dict) and depth < 8:
        return {"type": "object", "properties": {name: _likeness(each, depth + 1) for name, each in value.items()}}
    if isinstance(value, list) and depth < 8:
        return {"type": "array", "items": _likeness(value[0], depth + 1) if value else True}
    name = _NAMES.get(type(value))
    return {"type": name} if name is not None else True


class Shape:
    """
    A self-contained schema, looked at.

    Args:
        looked: at which parts of the same root somebody looked already: many ways may lead to the same one.
    """

    def __init__(self, root: Any, node: Any | None = None, looked: _Looked | None = None) -> None:
        self._root = root
        self._node: Any = root if node is None else node
        self._looked = _Looked(root) if looked is None else looked
        self._asked = False  # for its parts, and not yet answered

    @classmethod
    def of(cls, schema: Schema | None, direction: Any = "response") -> Shape:
        """
        Look at a contract's schema; none looks like anything.
        """
        return cls(schema.discriminated(direction) if schema is not None else True)

    @classmethod
    def of_media(cls, media: MediaType | None, direction: Any = "response") -> Shape:
        """
        Look at content: at its schema or, where that says nothing, at its first example.
        """
        shape = cls.of(media.schema if media is not None else None, direction)
        says = shape.properties or shape.types - {"object"} or shape.node.keys() & _SPEAKING
        if media is None or says:
            return shape
        example = next((one for one in media.examples.values() if one.has_value), None)
        return cls.like(example.value) if example is not None else shape

    @classmethod
    def like(cls, value: Any) -> Shape:
        """
        Look at what looks like *value*.
        """
        return cls(_likeness(value, 0))

    @cached_property
    def node(self) -> Node:
        """
        The schema with its references followed, as a mapping.
        """
        return self._follow(self._node, set())

    @cached_property
    def types(self) -> frozenset[str]:
        """
        The types that the schema says it allows; empty when it does not say.
        """
        node = self.node
        given = node.get("type")
        listed: list[Any] = given if isinstance(given, list) else [given]
        found = {one for one in listed if isinstance(one, str)}
        for key in ("allOf", "anyOf", "oneOf"):
            for part in self._parts(key):
                found |= part.types if found == set() or key != "allOf" else set()
        if not found and ("properties" in node or "items" in node):
            found = {"object" if "properties" in node else "array"}
        return frozenset(found)

    @cached_property
    def properties(self) -> dict[str, Shape]:
        """
        Properties by name, those of compositions included.
        """
        return {name: self._looked.at(node) for name, node in self._properties.items()}

    @cached_property
    def required(self) -> frozenset[str]:
        """
        Names of the properties that must be there.
        """
        return frozenset(self.node.get("required", ())).union(*(part.required for part in self._parts("allOf")))

    @cached_property
    def items(self) -> Shape:
        """
        The schema of an array's items.
        """
        return self._looked.at(self.node.get("items", True))

    @cached_property
    def names_all(self) -> bool:
        """
        Whether the schema names all that an instance has, and nothing in it chooses between shapes.
        """
        node = self.node
        chooses = any(key in node for key in ("anyOf", "oneOf", "if", "patternProperties", "discriminator"))
        chooses = chooses or node.get("additionalProperties", False) is not False
        return bool(self.properties) and not chooses and all(part.names_all_or_nothing for part in self._parts("allOf"))

    @property
    def names_all_or_nothing(self) -> bool:
        """
        Whether the schema, as a part of another, leaves nothing open.
        """
        return not self.properties or self.names_all

    @cached_property
    def branches(self) -> list[Shape]:
        """
        The schemas of which an instance meets one.
        """
        found = [part for key in ("oneOf", "anyOf") for part in self._parts(key)]
        for part in self._parts("allOf"):
            found += part.branches
        return [inner for each in found for inner in (each.branches or [each])][:64]

    def generated(self, seed: str, name: str) -> Any:
        """
        Make an instance; None where none can be made.
        """
        from aegis_contracts.instances import Ungeneratable, generate

        root: dict[str, Any] = self._root if isinstance(self._root, dict) else {}
        names: tuple[str, ...] = ("$defs", "definitions", "components")
        parts: dict[str, Any] = {key: root[key] for key in names if key in root}
        try:
            return generate({"allOf": [self._node], **parts}, seed, name=name)
        except (Ungeneratable, ValueError):
            return None

    def at(self, steps: Iterable[str]) -> Shape:
        """
        Go down by property names.
        """
        shape = self
        for step in steps:
            shape = shape.items if step == FIRST else shape.properties.get(step, Shape(True))
        return shape

    def renamed(self, names: Mapping[str, str]) -> Shape:
        """
        Look at the same schema with some of its properties under other names.
        """
        shape = Shape(self._root, self._node, self._looked)
        shape.properties = {names.get(name, name): each for name, each in self.properties.items()}
        shape.required = frozenset(names.get(name, name) for name in self.required)
        return shape

    @cached_property
    def _properties(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key in ("anyOf", "oneOf", "allOf"):
            for part in self._parts(key):
                found.update(part._properties)
        return {**found, **self.node.get("properties", {})}

    def _parts(self, key: str) -> Iterator[Shape]:
        """
        Look at the schemas below *key*; nothing where one of them leads back to this one, as a dynamic reference may.
        """
        if not self._asked:
            self._asked = True
            try:
                yield from map(self._looked.at, self.node.get(key, ()))
            finally:
                self._asked = False

    def _follow(self, node: Any, passed: set[str]) -> Node:
        """
        Follow references until a mapping that is none.
        """
        if not isinstance(node, dict):
            return {}
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return cast("Node", node)
        siblings = {key: value for key, value in node.items() if key != "$ref"}
        if reference in passed:
            return siblings
        found = self._follow(find(self._root, reference.removeprefix("#")), passed | {reference})
        return {**found, **siblings, **_both(found, siblings)} if siblings else found

    def looks_at(self, node: Any) -> bool:
        """
        Say whether it is this very schema that is looked at.
        """
        return self._node is node

    def branch_of(self, value: Mapping[str, Any]) -> Shape | None:
        """
        Return the branch that an object is most like, if the schema has some.
        """
        branches = [branch for branch in self.branches if branch.properties]
        return max(branches, key=lambda each: each.likeness(value)) if branches else None

    def likeness(self, value: Mapping[str, Any]) -> int:
        """
        Say how much an object looks like an instance of this schema: what tells branches apart counts most.
        """
        points = 0
        for name, each in value.items():
            node = self.properties[name].node if name in self.properties else None
            if node is None:
                continue
            points += 1
            if "const" in node or "enum" in node:
                points += 5 if each in node.get("enum", [node.get("const")]) else -5
        return points


class _Looked:
    """
    Looks at the parts of one root, each once.
    """

    def __init__(self, root: Any) -> None:
        self._root = root
        self._shapes: dict[int, Shape] = {}

    def at(self, node: Any) -> Shape:
        """
        Look at a part.
        """
        found = self._shapes.get(id(node))
        if found is None or not found.looks_at(node):
            found = self._shapes[id(node)] = Shape(self._root, node, self)
        return found


def _both(target: Node, siblings: Node) -> dict[str, Any]:
    """
    Put properties and required names beside a reference to those that it refers to.
    """
    both: dict[str, Any] = {}
    if isinstance(target.get("properties"), dict) and isinstance(siblings.get("properties"), dict):
        own, more = target["properties"], siblings["properties"]
        both["properties"] = {**own, **{name: _joined(own.get(name), node) for name, node in more.items()}}
    if isinstance(target.get("required"), list) and isinstance(siblings.get("required"), list):
        both["required"] = [*target["required"], *siblings["required"]]
    return both


def _joined(own: Any, more: Any) -> Any:
    if not isinstance(own, dict) or not isinstance(more, dict):
        return more
    return {**own, **more} if "$ref" not in own else {"allOf": [own, more]}


def key_text(value: Any) -> str:
    """
    Write an id the way a path would.
    """
    if type(value) is str:
        return value
    if type(value) is int:
        return str(value)
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
