"""
From a schema inside a contract to a self-contained JSON Schema 2020-12.

References, also into other files and recursive ones, become ``#/$defs/…``; OpenAPI 3.0's own dialect becomes 2020-12;
``readOnly`` and ``writeOnly`` become what they mean for one direction. Every component is converted once per
direction, when something first needs it, so that a document of any size costs what is used of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from aegis_contracts._documents import DanglingReferenceError, Documents, Place

Direction = Literal["request", "response", "none"]

_ONE = frozenset(
    {
        "additionalItems",
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAP = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_DROPPED = frozenset({"$schema", "$id", "$comment", "externalDocs", "deprecated"})


class Projection:
    """
    A self-contained schema, and where each of its parts came from.
    """

    __slots__ = ("_places", "schema")

    def __init__(self, schema: dict[str, Any] | bool, places: dict[str, Place]) -> None:
        self.schema = schema
        self._places = places

    def place(self, pointer: str) -> Place:
        """
        Say where the part of the projection at *pointer* stands in the contract.
        """
        steps = pointer.split("/")
        if len(steps) > 2 and steps[1] == "$defs" and steps[2] in self._places:
            base = self._places[steps[2]]
            return Place(base.uri, base.pointer + "".join(f"/{step}" for step in steps[3:]))
        base = self._places[""]
        return Place(base.uri, base.pointer + pointer)


class Projector:
    """
    Projects the schemas of one contract.
    """

    def __init__(self, documents: Documents, version: str) -> None:
        self._documents = documents
        self._legacy = version.startswith("3.0")
        self._names: dict[Place, str] = {}
        self._taken: set[str] = set()
        self._converted: dict[tuple[Place, Direction], tuple[Any, frozenset[Place]]] = {}

    def project(self, node: Any, place: Place, direction: Direction) -> Projection:
        """
        Make *node*, which stands at *place*, self-contained.

        Raises:
            DanglingReferenceError: it refers to nothing.
        """
        reference = isinstance(node, dict) and len(node) == 1 and node.get("$ref")
        if reference:
            place = self._documents.target(node["$ref"], place.uri)
            node = self._documents.node(place, node["$ref"])
            self._name(place)
        root, needed = self._convert(node, place, direction)
        places = {"": place}
        if not isinstance(root, dict):
            return Projection(root, places)
        definitions: dict[str, Any] = {}
        open_places = list(needed)
        while open_places:
            target = open_places.pop()
            name = self._names[target]
            if name in definitions:
                continue
            key = (target, direction)
            if key not in self._converted:
                self._converted[key] = self._convert(self._documents.node(target), target, direction)
            definitions[name], more = self._converted[key]
            places[name] = target
            open_places.extend(more)
        if not definitions:
            return Projection(root, places)
        own: dict[str, Any] = root.get("$defs", {})
        return Projection(
            {**root, "$defs": {**own, **{name: definitions[name] for name in sorted(definitions)}}}, places
        )

    def _name(self, place: Place) -> str:
        name = self._names.get(place)
        if name is None:
            last = place.pointer.rsplit("/", 1)[-1] or "document"
            base = last.replace("~1", "_").replace("~0", "_").replace("%", "_")
            name, number = base, 1
            while name in self._taken:
                number += 1
                name = f"{base}.{number}"
            self._taken.add(name)
            self._names[place] = name
        return name

    def _convert(self, node: Any, place: Place, direction: Direction) -> tuple[Any, frozenset[Place]]:
        needed: set[Place] = set()
        return self._schema(node, place, direction, needed), frozenset(needed)

    def _schema(self, node: Any, place: Place, direction: Direction, needed: set[Place]) -> Any:
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if self._legacy and isinstance(reference, str):
            node = {"$ref": reference}  # OpenAPI 3.0.3 §4.7.23: siblings of $ref are ignored
        out: dict[str, Any] = {}
        for key, value in node.items():
            if key in _DROPPED:
                continue
            if key in _ONE:
                out[key] = self._schema(value, place.at(key), direction, needed)
            elif key in _LIST and isinstance(value, list):
                out[key] = [self._schema(v, place.at(key, i), direction, needed) for i, v in enumerate(value)]
            elif key in _MAP and isinstance(value, dict):
                out[key] = {k: self._schema(v, place.at(key, k), direction, needed) for k, v in value.items()}
            elif key in {"$ref", "$dynamicRef"} and isinstance(value, str):
                out["$ref"] = self._reference(value, place, needed)
            elif key == "discriminator" and isinstance(value, dict):
                out[key] = self._discriminator(value, place, needed)
            else:
                out[key] = value
        if self._legacy:
            out = _modern(out)
        if out.get("format") in _RANGES:
            _bound(out, *_RANGES[out["format"]])
        if direction != "none" and ("properties" in out or "required" in out):
            self._direct(node, out, place, direction)
        return out

    def _reference(self, reference: str, place: Place, needed: set[Place]) -> str:
        target = self._documents.target(reference, place.uri)
        self._documents.node(target, reference)
        needed.add(target)
        return f"#/$defs/{self._name(target).replace('~', '~0')}"

    def _discriminator(self, value: dict[str, Any], place: Place, needed: set[Place]) -> dict[str, Any]:
        mapping: dict[str, str] = {}
        for name, target in value.get("mapping", {}).items():
            pointer = target if "/" in target or "#" in target or "." in target else f"#/components/schemas/{target}"
            try:
                mapping[name] = self._reference(pointer, place, needed)
            except DanglingReferenceError:
                if pointer is target:
                    raise
        return {**value, "mapping": mapping} if mapping else value

    def _direct(self, node: dict[str, Any], out: dict[str, Any], place: Place, direction: Direction) -> None:
        hidden = set(self._marked(node, place, "readOnly" if direction == "request" else "writeOnly", 0))
        if not hidden:
            return
        if "required" in out:
            out["required"] = [name for name in out["required"] if name not in hidden]
        if direction == "response" and "properties" in out:
            out["properties"] = {k: False if k in hidden else v for k, v in out["properties"].items()}

    def _marked(self, node: Any, place: Place, mark: str, depth: int) -> Iterator[str]:
        """
        Name the properties that carry *mark*, in the schema itself and in what it is composed of.
        """
        if depth > 8 or not isinstance(node, dict):
            return
        for name, schema in node.get("properties", {}).items():
            target, _ = self._documents.follow(schema, place) if isinstance(schema, dict) else (schema, place)
            if (isinstance(schema, dict) and schema.get(mark) is True) or (
                isinstance(target, dict) and target.get(mark) is True
            ):
                yield name
        for index, part in enumerate(node.get("allOf", ())):
            target, where = self._documents.follow(part, place.at("allOf", index))
            yield from self._marked(target, where, mark, depth + 1)


def _modern(schema: dict[str, Any]) -> dict[str, Any]:
    """
    Turn OpenAPI 3.0's dialect into 2020-12.
    """
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        flag = schema.get(exclusive)
        if flag is True and bound in schema:
            schema[exclusive] = schema.pop(bound)
        elif isinstance(flag, bool):
            del schema[exclusive]
    if schema.pop("nullable", False) is True:
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        if isinstance(schema.get("type"), str):
            schema["type"] = [schema["type"], "null"]
        elif "type" not in schema and any(key in schema for key in ("allOf", "anyOf", "oneOf", "$ref")):
            return {"anyOf": [schema, {"type": "null"}]}
    return schema


def _bound(schema: dict[str, Any], low: int, high: int) -> None:
    for key, limit, tighter in (("minimum", low, max), ("maximum", high, min)):
        given = schema.get(key)
        schema[key] = tighter(given, limit) if isinstance(given, int | float) else limit
