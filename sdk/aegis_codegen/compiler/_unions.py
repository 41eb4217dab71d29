"""
``oneOf`` and ``anyOf``.
"""

from __future__ import annotations

from typing import Any, cast

from aegis_codegen.compiler._compose import rules_of
from aegis_codegen.compiler._definitions import Definitions
from aegis_codegen.compiler._scalars import members as enum_members
from aegis_codegen.compiler._source import Node
from aegis_codegen.plan import ANY, Choice, Constrained, Direction, Enumeration, Named, Rule, Type, optional

_KEYWORDS = frozenset({"oneOf", "anyOf", "discriminator"})


class Unions:
    """
    Makes choices of schemas, and refuses those whose members nothing tells apart.
    """

    def __init__(self, schemas: Definitions) -> None:
        self._schemas = schemas

    def union(self, node: Node, direction: Direction, hint: str, named: bool) -> Type:
        """
        Return the type of a schema with ``oneOf`` or ``anyOf``.
        """
        schemas = self._schemas
        place = schemas.source.place(node)
        keyword = "oneOf" if "oneOf" in node else "anyOf"
        if ("oneOf" in node and "anyOf" in node) or set(rules_of(node)) - _KEYWORDS - {"type"}:
            schemas.refusals.refuse(
                place, "union-siblings", f"says {keyword} and other things beside it",
                "move what stands beside it into the members",
            )  # fmt: skip
            return ANY
        parts: list[Any] = list(node[keyword])
        flats = [schemas.composer.flat(part, direction) if isinstance(part, dict) else part for part in parts]
        nulls = [index for index, flat in enumerate(flats) if isinstance(flat, dict) and flat.get("type") == "null"]
        rest = [part for index, part in enumerate(parts) if index not in nulls]
        kept = [flat for index, flat in enumerate(flats) if index not in nulls]
        if not all(isinstance(flat, dict) for flat in kept):
            return ANY
        made = self._members(node, rest, kept, direction, hint, keyword, named)
        return optional(made) if nulls else made

    def _members(
        self,
        node: Node,
        parts: list[Any],
        flats: list[Node],
        direction: Direction,
        hint: str,
        keyword: str,
        named: bool,
    ) -> Type:
        schemas = self._schemas
        if len(parts) == 1:
            return schemas.of(
                parts[0], direction, f"{hint.removesuffix('Input')}Value" if named else hint, schemas.source.place(node)
            )
        if parts and all("const" in flat and isinstance(flat["const"], str) for flat in flats):
            return self._titled(node, flats, direction, hint, named)
        objects = [flat for flat in flats if flat.get("type") == "object" or "properties" in flat]
        if "discriminator" in node:
            return self._discriminated(node, parts, flats, direction)
        tag = _shared_constant(objects) if len(objects) == len(flats) else ""
        types = tuple(
            schemas.of(part, direction, f"{hint}{i + 1}", schemas.source.place(node)) for i, part in enumerate(parts)
        )
        if tag and all(isinstance(each, Named) for each in types):
            mapping = tuple(
                (str(_constant(flat, tag)), cast("Named", each)) for flat, each in zip(flats, types, strict=True)
            )
            return Choice(types, tag, mapping, open=direction == "read")
        self._refuse_ambiguous(node, flats, objects, keyword)
        if direction == "read":
            types = _closed_beside_others(types, flats)
        return Choice(types, exclusive=keyword == "oneOf" and len(objects) > 1)

    def _titled(self, node: Node, flats: list[Node], direction: Direction, hint: str, named: bool) -> Type:
        """
        An enumeration written as constants with descriptions.
        """
        names = {"x-enum-varnames": [str(flat.get("title") or flat["const"]) for flat in flats]}
        texts = {"x-enum-descriptions": [str(flat.get("description", "")) for flat in flats]}
        listed = enum_members([flat["const"] for flat in flats], {**names, **texts}, {})
        python = hint if named else self._schemas.name(hint, direction)
        self._schemas.places[python, direction] = self._schemas.source.place(node)
        return self._schemas.define(Enumeration(python, direction, listed, self._schemas.text(node, direction)))

    def _discriminated(self, node: Node, parts: list[Any], flats: list[Node], direction: Direction) -> Type:
        schemas, source = self._schemas, self._schemas.source
        place = source.place(node)
        tag = str(node["discriminator"].get("propertyName", ""))
        given: dict[str, str] = node["discriminator"].get("mapping", {})
        mapping: list[tuple[str, Named]] = []
        types: list[Type] = []
        for part, flat in zip(parts, flats, strict=True):
            reference = part.get("$ref")
            if not isinstance(reference, str):
                schemas.refusals.refuse(
                    place, "discriminator-inline", "has a discriminator and a member without a name",
                    "move every member to components and refer to it",
                )  # fmt: skip
                return ANY
            kind = cast("Named", schemas.named(source.target(reference), direction))
            types.append(kind)
            if tag not in flat.get("properties", {}) or tag not in flat.get("required", ()):
                schemas.refusals.refuse(
                    source.place(flat), "discriminator-missing", f"is told apart by {tag}, which it does not require",
                    f"add {tag} to its properties and to required",
                )  # fmt: skip
            tags = [value for value, target in given.items() if target == reference]
            constant = _constant(flat, tag)
            if not tags:
                tags = [str(constant) if constant else source.base(source.target(reference)).pointer.rsplit("/", 1)[-1]]
            mapping.extend((value, kind) for value in tags)
        if len({value for value, _ in mapping}) < len(mapping):
            schemas.refusals.refuse(
                place, "discriminator-mapping", "gives two members the same value", "give each member its own"
            )
        return Choice(tuple(types), tag, tuple(mapping), open=direction == "read")

    def _refuse_ambiguous(self, node: Node, flats: list[Node], objects: list[Node], keyword: str) -> None:
        place = self._schemas.source.place(node)
        for index, first in enumerate(objects):
            for second in objects[index + 1 :]:
                if not (_only_in(first, second) and _only_in(second, first)):
                    self._schemas.refusals.refuse(
                        place, "union-ambiguous", "has objects that nothing tells apart",
                        "give it a discriminator, or each member a required property that the others do not have",
                    )  # fmt: skip
                    return
        kinds = [flat.get("type") for flat in flats if flat not in objects]
        texts = [str(kind) for kind in kinds]
        overlap = len(set(texts)) < len(texts) or {"integer", "number"} <= set(texts)
        if overlap and (keyword == "oneOf" or "array" in texts):
            self._schemas.refusals.refuse(
                place,
                "union-overlap",
                "has members of the same type, of which only one may fit",
                "write anyOf, or one schema",
            )


def _closed_beside_others(types: tuple[Type, ...], flats: list[Node]) -> tuple[Type, ...]:
    """
    Enumerations take no other values where the contract says itself which others there may be.
    """
    other = {flat.get("type") for flat in flats if "enum" not in flat and "const" not in flat}
    return tuple(
        Constrained(each, (Rule("enum", flat["enum"]),))
        if isinstance(each, Named) and "enum" in flat and flat.get("type") in other
        else each
        for each, flat in zip(types, flats, strict=True)
    )


def _only_in(first: Node, second: Node) -> bool:
    """
    Say whether *first* requires a property that *second* does not know.
    """
    return bool(set(first.get("required", ())) - set(second.get("properties", {})))


def _constant(flat: Node, name: str) -> object:
    schema = flat.get("properties", {}).get(name)
    if not isinstance(schema, dict):
        return None
    node = cast("Node", schema)
    values = node.get("enum", ())
    return node.get("const", values[0] if len(values) == 1 else None)


def _shared_constant(objects: list[Node]) -> str:
    """
    Name the required property that has a constant of its own in each of *objects*.
    """
    if len(objects) < 2:
        return ""
    for name in objects[0].get("required", ()):
        values = [_constant(flat, name) for flat in objects]
        told = all(isinstance(value, str) for value in values) and len(set(values)) == len(values)
        if told and all(name in flat.get("required", ()) for flat in objects):
            return str(name)
    return ""
