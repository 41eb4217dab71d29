"""
From schemas to types and definitions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from aegis_codegen.compiler._compose import is_annotation, rules_of
from aegis_codegen.compiler._definitions import Definitions, described, only_reference
from aegis_codegen.compiler._objects import OBJECT, Objects
from aegis_codegen.compiler._refusals import Refusals
from aegis_codegen.compiler._scalars import NUMBER, STRING, members, number, string
from aegis_codegen.compiler._source import Node
from aegis_codegen.compiler._unions import Unions
from aegis_codegen.plan import (
    ANY,
    NONE,
    Alias,
    Array,
    Choice,
    Constrained,
    Definition,
    Direction,
    Enumeration,
    Literals,
    Named,
    Rule,
    Scalar,
    Tuple,
    Type,
    inner,
    optional,
)
from aegis_contracts import Contract, Place, Schema

ARRAY = frozenset({"items", "minItems", "maxItems", "uniqueItems", "prefixItems"})
_COMMON = frozenset({"type", "enum", "const", "oneOf", "anyOf", "discriminator", "$defs"})
_BY_TYPE: dict[str, frozenset[str]] = {
    "string": STRING,
    "integer": NUMBER,
    "number": NUMBER,
    "array": ARRAY,
    "object": OBJECT,
    "boolean": frozenset(),
    "null": frozenset(),
}
_KNOWN = _COMMON.union(*_BY_TYPE.values())
_BOOL = Scalar("bool")
_SCALARS: dict[type, Type] = {str: Scalar("str"), int: Scalar("int"), bool: _BOOL}
_MENDS = {
    "if": "write oneOf with a discriminator",
    "then": "write oneOf with a discriminator",
    "else": "write oneOf with a discriminator",
    "not": "say what is allowed instead",
    "contains": "say it in the description, or give the items types of their own",
}


class Schemas(Definitions):
    """
    The definitions of one API, made as they are asked for.
    """

    def __init__(self, contract: Contract, refusals: Refusals, taken: Iterable[str] = ()) -> None:
        super().__init__(contract, refusals, taken)
        self._names: dict[tuple[str, Direction], str] = {}
        self._open: set[tuple[str, Direction]] = set()
        self._objects = Objects(self)
        self._unions = Unions(self)

    def type_of(self, schema: Schema, direction: Direction, hint: str) -> Type:
        """
        Return the type of a schema of the contract; *hint* names it when it stands alone.
        """
        name = self.source.name_of(schema, direction)
        if _component(self.source.base(name)):
            return self.named(name, direction)
        node = self.source.definition(name, direction)
        return self.of(node, direction, hint, self.source.base(name))

    def named(self, name: str, direction: Direction) -> Type:
        """
        Return the definition *name*, made now if it is not yet.
        """
        name = self.source.meant(name, direction)
        key = (name, direction)
        place = self.source.base(name)
        python = self._names.get(key)
        if python is None:
            python = self._names[key] = self.name(_title(place, name), direction)
        reference = Named(python, direction)
        if (python, direction) in self.definitions:
            return reference
        if key in self._open:
            return reference
        self._open.add(key)
        node = self.source.definition(name, direction)
        made = self.of(node, direction, python, place, name=python)
        if made != reference:
            text, deprecated = (described(node), self._deprecated(node)) if isinstance(node, dict) else ("", False)
            sensitive = self._objects.sensitivity(node, direction)
            alias = Alias(python, direction, made, text, sensitive, deprecated)
            if any(part == reference for part in _alias_parts(made, self.definitions)):
                self.refusals.refuse(
                    place, "recursive-type", "contains itself without an object in between",
                    "put the recursion into a property of an object",
                )  # fmt: skip
            self.definitions[python, direction] = alias
        return reference

    def of(self, node: Any, direction: Direction, hint: str, place: Place, *, name: str = "") -> Type:
        """
        Return the type of a projected schema; *name* is taken when it becomes a definition, else *hint* is used.
        """
        if node is True:
            return ANY
        if not isinstance(node, dict):
            self.refusals.refuse(place, "never", "allows no value at all", "leave it out")
            return ANY
        schema = cast("Node", node)
        alone = only_reference(schema)
        if alone is not None and not name:
            return self.named(self.source.target(alone), direction)
        flat = self.composer.flat(schema, direction)
        self._refuse_unknown(flat)
        if "oneOf" in flat or "anyOf" in flat:
            return self._unions.union(flat, direction, name or hint, bool(name))
        if "discriminator" in flat:
            self.refusals.refuse(
                self.source.place(flat).at("discriminator"),
                "discriminator-alone",
                "has a discriminator and does not list its kinds",
                "write a schema with oneOf that names every kind, and move the discriminator there",
            )
        if "const" in flat:
            return Literals((flat["const"],)) if self._plain(flat, [flat["const"]]) else ANY
        if "enum" in flat:
            return self._enum(flat, direction, hint, name)
        return self._typed(flat, direction, hint, name)

    def _typed(self, node: Node, direction: Direction, hint: str, name: str) -> Type:
        kinds = node.get("type")
        if kinds is None:
            if rules_of(node):
                self.refusals.refuse(
                    self.source.place(node), "no-type", "constrains a value without saying its type", "add type: …"
                )
            return ANY
        names: list[str] = [kinds] if isinstance(kinds, str) else list(kinds)
        alone = len(names) == 1
        own = hint if alone or not name else value_of(name)
        types = [self._kind(node, kind, direction, own, name if alone else "") for kind in names]
        if "null" in names and len(types) > 1:
            rest = [kind for kind in types if kind != NONE]
            return optional(rest[0] if len(rest) == 1 else Choice(tuple(rest)))
        return types[0] if len(types) == 1 else Choice(tuple(types))

    def _kind(self, node: Node, kind: str, direction: Direction, hint: str, name: str) -> Type:
        if kind == "string":
            return string(node, self.source, self.refusals)
        if kind in ("integer", "number"):
            return number(node, kind)
        if kind == "array":
            return self._array(node, direction, hint)
        if kind == "object":
            return self._objects.object_type(node, direction, hint, name)
        return NONE if kind == "null" else _BOOL

    def _array(self, node: Node, direction: Direction, hint: str) -> Type:
        place = self.source.place(node)
        if "prefixItems" in node:
            items = node["prefixItems"]
            if node.get("items") is not False or node.get("minItems") != len(items):
                self.refusals.refuse(
                    place.at("prefixItems"), "open-tuple", "gives places types without fixing how many there are",
                    f"add items: false and minItems: {len(items)}",
                )  # fmt: skip
            return Tuple(tuple(self.of(item, direction, f"{hint}Item{i + 1}", place) for i, item in enumerate(items)))
        items = self.of(node.get("items", True), direction, f"{hint}Item", place.at("items"))
        rules = [Rule(keyword, node[keyword]) for keyword in ("minItems", "maxItems") if keyword in node]
        if node.get("uniqueItems") is True:
            rules.append(Rule("uniqueItems", True))
        return Constrained(Array(items), tuple(rules)) if rules else Array(items)

    def _enum(self, node: Node, direction: Direction, hint: str, name: str) -> Type:
        values: list[Any] = list(node["enum"])
        if not self._plain(node, values):
            return ANY
        plain = [value for value in values if value is not None]
        kind = {type(value) for value in plain}
        made: Type
        if not plain:
            return NONE
        if kind == {str} or kind == {int}:
            # A name that means "or null" too is an alias of the enumeration, not the enumeration.
            python = name if name and None not in values else self.name(value_of(name) if name else hint, direction)
            raw = self.source.raw(node)
            listed = members(plain, node, raw)
            self.places[python, direction] = self.source.place(node)
            made = self.define(Enumeration(python, direction, listed, described(node), self._deprecated(node)))
        elif direction == "read":
            made = Choice(tuple(_SCALARS[each] for each in (str, int, bool) if each in kind))
            made = made if len(kind) > 1 else _SCALARS[kind.pop()]
        else:
            made = Literals(tuple(plain))
        return optional(made) if None in values else made

    def _plain(self, node: Node, values: list[Any]) -> bool:
        if all(isinstance(value, str | int | None) for value in values):
            return True
        self.refusals.refuse(
            self.source.place(node), "enum-value", "lists a value that is no text, integer, truth value or null",
            "list texts, or describe the object with properties",
        )  # fmt: skip
        return False

    def _refuse_unknown(self, node: Node) -> None:
        kinds = node.get("type", ())
        names = [kinds] if isinstance(kinds, str) else kinds
        known = _COMMON.union(*(_BY_TYPE.get(kind, frozenset()) for kind in names)) if names else _KNOWN
        for keyword in node:
            if is_annotation(keyword) or keyword in known:
                continue
            if keyword in _KNOWN:
                message, mend = (
                    f"says {keyword}, which means nothing for type {kinds}",
                    "leave it out, or mend the type",
                )
            else:
                message = f"says {keyword}, which the generated code would not hold"
                mend = _MENDS.get(keyword, "say it with keywords that the generator carries")
            self.refusals.refuse(self.source.place(node).at(keyword), "keyword", message, mend)

    def _deprecated(self, node: Node) -> bool:
        return self.source.raw(node).get("deprecated") is True


def value_of(name: str) -> str:
    """
    Name what a definition is when it is not null.
    """
    return f"{name.removesuffix('Input')}Value"


def _component(place: Place) -> bool:
    steps = place.pointer.split("/")
    return len(steps) >= 3 and steps[-2] in ("schemas", "$defs", "definitions")


def _title(place: Place, name: str) -> str:
    return place.pointer.rsplit("/", 1)[-1] if _component(place) else name


def _alias_parts(of: Type, definitions: dict[tuple[str, Direction], Definition]) -> list[Type]:
    found: list[Type] = []
    stack = list(inner(of))
    seen: set[Named] = set()
    while stack:
        part = stack.pop()
        found.append(part)
        if isinstance(part, Named) and part not in seen:
            seen.add(part)
            definition = definitions.get((part.name, part.direction))
            if isinstance(definition, Alias):
                stack.extend(inner(definition.type))
    return found
