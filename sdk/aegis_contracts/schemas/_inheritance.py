"""
Discriminators without ``oneOf``: a schema whose kinds extend it by ``allOf`` (OpenAPI 3.1 §4.8.25.3).

Who refers to such a schema means one of its kinds, so the reference becomes a union of them with the discriminator;
who extends it means the schema itself. What has very many kinds is left as it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from aegis_contracts._subschemas import mapped
from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place
from aegis_contracts.json_pointer import escape

Node = dict[str, Any]
# A union of more kinds would make each of its schemas reach half of the document.
_MOST = 40
_DEEP = 8
_UNION = frozenset({"oneOf", "anyOf"})
# What does not make a schema another one than the only member of its allOf.
_PROSE = frozenset({"description", "title", "example", "examples", "default", "nullable", "readOnly", "writeOnly"})


class Inheritance:
    """
    Which schemas extend which, in the components of some documents.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._children: dict[str, dict[Place, list[Place]]] = {}

    def kinds(self, parent: Place, node: Any) -> list[Place]:
        """
        List the schemas that extend *parent*, which has a discriminator and names no members; at any depth.
        """
        if not is_parent(node):
            return []
        extended = self._of(parent.uri)
        found: dict[Place, None] = {}
        pending = [Place(parent.uri, parent.pointer)]
        while pending:
            for child in extended.get(pending.pop(), ()):
                if child not in found:
                    found[child] = None
                    pending.append(child)
        # Who extends itself by way of others can be no kind of anything.
        return list(found) if len(found) <= _MOST and Place(parent.uri, parent.pointer) not in found else []

    def _of(self, uri: str) -> dict[Place, list[Place]]:
        found = self._children.get(uri)
        if found is None:
            found = self._children[uri] = {}
            for pointer in ("/components/schemas", "/definitions", "/$defs"):
                try:
                    named = self._documents.node(Place(uri, pointer))
                except DanglingReferenceError:
                    continue
                for name, schema in named.items() if isinstance(named, dict) else ():
                    child = Place(uri, f"{pointer}/{escape(str(name))}")
                    for parent in self._extended(schema, child, 0):
                        found.setdefault(parent, []).append(child)
        return found

    def _extended(self, schema: Any, place: Place, depth: int) -> Iterator[Place]:
        parts: Any = cast("Node", schema).get("allOf") if isinstance(schema, dict) else None
        listed: list[Any] = parts if isinstance(parts, list) and depth < _DEEP else []
        for index, part in enumerate(listed):
            if isinstance(part, dict) and isinstance(part.get("$ref"), str):
                try:
                    yield self._documents.target(part["$ref"], place)
                except DanglingReferenceError:
                    continue
            else:
                yield from self._extended(part, place.at("allOf", index), depth + 1)


def is_parent(node: Any) -> bool:
    """
    Say whether a schema has a discriminator and leaves its kinds to those who extend it.
    """
    if not isinstance(node, dict):
        return False
    told = cast("Node", node).get("discriminator")
    return isinstance(told, dict) and isinstance(told.get("propertyName"), str) and not _UNION & node.keys()


def union(parent: Node, reference: str, kinds: Mapping[str, tuple[Node, str]]) -> Node | None:
    """
    Write the union of a parent and its kinds; None where their values do not tell them apart.

    Args:
        reference: to the parent itself.
        kinds: the converted schema of each kind and the name of its component, by reference.
    """
    told = parent["discriminator"]
    name: str = told["propertyName"]
    written: Any = told.get("mapping")
    given = {str(value): str(to) for value, to in written.items()} if isinstance(written, dict) else {}
    mapping: dict[str, str] = {}
    for kind, (node, component) in kinds.items():
        values = [value for value, to in given.items() if to == kind] or _own(node, name) or [component]
        for value in values:
            if mapping.setdefault(value, kind) != kind:
                return None
    mine = [value for value, to in given.items() if to == reference]
    listed = _confined(parent, name)
    if listed is None:
        mine = mine or [reference.rpartition("/")[2]]
    else:
        if not set(mapping) <= set(listed):
            return None  # the values are others than the names of the kinds, and nothing says which is which
        mine = [value for value in listed if value not in mapping]
    for value in mine:
        if mapping.setdefault(value, reference) != reference:
            return None
    branches = [*kinds, *([reference] if mine else [])]
    discriminator = {"propertyName": name, "mapping": mapping}
    return {"anyOf": [{"$ref": branch} for branch in branches], "discriminator": discriminator}


def referring(node: Any, unions: Mapping[str, str]) -> Any:
    """
    Let every reference to a parent mean its union, but where a schema extends it.
    """
    if not isinstance(node, dict):
        return node
    schema = cast("Node", node)
    made = mapped(schema, lambda inner: referring(inner, unions))
    parts = schema.get("allOf")
    if isinstance(parts, list) and (len(parts) > 1 or schema.keys() - _PROSE - {"allOf"}):
        made["allOf"] = [part if _is_reference(part) else referring(part, unions) for part in parts]
    if isinstance(reference := schema.get("$ref"), str) and reference in unions:
        made["$ref"] = unions[reference]
    return made


def _is_reference(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("$ref"), str)


def _own(node: Node, name: str) -> list[str]:
    """
    Read the values that a kind itself gives the property, or the name that some generators know it by.
    """
    told = node.get("x-ms-discriminator-value", node.get("x-discriminator-value"))
    if isinstance(told, str):
        return [told]
    for part in [node, *node.get("allOf", ())]:
        values = _confined(part, name) if isinstance(part, dict) else None
        if values is not None:
            return values
    return []


def _confined(node: Node, name: str) -> list[str] | None:
    properties = node.get("properties")
    rule = properties.get(name) if isinstance(properties, dict) else None
    if not isinstance(rule, dict):
        return None
    if "const" in rule:
        return [str(rule["const"])]
    return [str(value) for value in rule["enum"]] if isinstance(rule.get("enum"), list) else None
