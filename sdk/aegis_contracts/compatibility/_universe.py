"""
The schemas of one side, projected for one direction, without what only people read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, cast

from aegis_contracts._subschemas import MAP
from aegis_contracts.documents._documents import Documents, Place
from aegis_contracts.json_pointer import unescape
from aegis_contracts.schemas._hidden import Direction
from aegis_contracts.schemas._projection import Projector

_SILENT = frozenset(
    {
        "$comment",
        "default",
        "deprecated",
        "description",
        "discriminator",
        "example",
        "examples",
        "externalDocs",
        "readOnly",
        "summary",
        "title",
        "writeOnly",
        "xml",
    }
)
_DATA = frozenset({"enum", "const"})
_MEMBERS = frozenset({"allOf", "anyOf", "oneOf"})
_ALONE = frozenset({"not", "if", "propertyNames"})
_DEEP = 12
UNDECLARED = (
    "undeclared",
    "Undeclared",
    "x-undeclared",
    "X-Undeclared",
    "_undeclared",
    "0undeclared",
    "$undeclared",
    "미선언",
)
"""
Names of no contract, as many kinds as contracts tell apart: where a schema is open, they may be sent.
"""
UNDECLARED_PATTERN = f"^(?:{'|'.join(map(re.escape, UNDECLARED))})[0-9]*$"


class Node(NamedTuple):
    """
    A schema and where it stands.
    """

    schema: Any
    place: str
    choice: tuple[int, str] | None = None  # the choice of another part that this one was taken from


class Universe:
    """
    All schemas that one side can reach.

    Args:
        documents: the files that they stand in.
        version: the OpenAPI version, which decides the dialect.
        direction: what ``readOnly`` and ``writeOnly`` mean.
        closed: whoever sends by these schemas sends the properties that they name, and where they are open such that
            no schema names; a name that only the other side knows is not sent.
        projector: projects for others as well, and need not convert again.
    """

    def __init__(
        self,
        documents: Documents,
        version: str = "3.1",
        direction: Direction = "none",
        *,
        closed: bool = False,
        projector: Projector | None = None,
    ) -> None:
        self._documents = documents
        self._projector = projector or Projector(documents, version)
        self._direction: Direction = direction
        self._closed = closed
        self._places: dict[str, Place] = {}
        self._nodes: dict[str, Node] = {}

    @classmethod
    def of(cls, schema: Mapping[str, Any] | bool, *, closed: bool = False) -> tuple[Universe, Node]:
        """
        The universe of one self-contained schema, and its root.
        """
        documents = Documents.open({"it": schema} if isinstance(schema, bool) else schema, "schema")
        universe = cls(documents, closed=closed)
        root = Place(documents.root, "")
        return universe, universe.node(schema, root)

    def node(self, schema: Any, place: Place) -> Node:
        """
        Read the schema that is written at *place*.
        """
        converted, needed = self._projector.converter.converted(place, self._direction, schema)
        return Node(self._read(converted, needed, value=True), self._documents.shown(place))

    def shown(self, place: Place) -> str:
        """
        Write a place the way a reader finds it.
        """
        return self._documents.shown(place)

    def place(self, reference: str) -> Place:
        """
        Say where the definition that *reference* names stands.
        """
        return self._places[_name(reference)]

    def target(self, reference: str) -> Node:
        """
        Return the definition that *reference*, as it stands in a node, names.
        """
        name = _name(reference)
        found = self._nodes.get(name)
        if found is None:
            place = self._places[name]
            converted, needed = self._projector.converter.converted(place, self._direction)
            read = self._read(converted, needed, value=False)
            found = self._nodes[name] = Node(read, self._documents.shown(place))
        return found

    def document(self, parts: Iterable[Node]) -> Any:
        """
        Make the conjunction of *parts* one self-contained schema.
        """
        schemas = [part.schema for part in parts]
        if not schemas:
            return True
        root: Any = schemas[0] if len(schemas) == 1 else {"allOf": schemas}
        definitions: dict[str, Any] = {}
        pending = list(references(root))
        while pending:
            reference = pending.pop()
            name = _name(reference)
            if name not in definitions:
                definitions[name] = self.target(reference).schema
                pending.extend(references(definitions[name]))
        if not definitions or not isinstance(root, dict):
            return root
        return {**root, "$defs": definitions}

    def _read(self, schema: Any, needed: Iterable[Place], *, value: bool) -> Any:
        for place in needed:
            self._places.setdefault(self._projector.converter.name(place), place)
        return self._quiet(schema, value=value)

    def _quiet(self, schema: Any, *, value: bool) -> Any:
        if not isinstance(schema, dict):
            return schema
        kept: dict[str, Any] = {}
        for key, inner in cast("dict[str, Any]", schema).items():
            if key in _SILENT or key in {"$defs", "definitions"} or (key.startswith("x-") and key != "x-max-bytes"):
                continue
            if key in _DATA or key in _ALONE:
                kept[key] = inner if key in _DATA else _plain(inner)
            elif key in MAP and isinstance(inner, dict):
                of_value = key != "dependentSchemas"
                kept[key] = {name: self._quiet(s, value=of_value) for name, s in inner.items()}
            elif key in _MEMBERS:
                kept[key] = [self._quiet(s, value=False) for s in inner]
            elif isinstance(inner, list):
                kept[key] = [self._quiet(s, value=True) for s in inner]
            else:
                kept[key] = self._quiet(inner, value=key not in {"then", "else"})
        if self._closed:
            if kept.get("additionalProperties") is True and (kept.get("properties") or not value):
                del kept["additionalProperties"]
            decided = "additionalProperties" in kept or "unevaluatedProperties" in kept
            if value and not decided and self._names_properties(kept, 0):
                kept["unevaluatedProperties"] = False
                kept["patternProperties"] = {**kept.get("patternProperties", {}), UNDECLARED_PATTERN: True}
        return kept

    def _names_properties(self, schema: Any, depth: int) -> bool:
        if not isinstance(schema, dict) or depth > _DEEP:
            return False
        if schema.get("properties"):
            return True
        members = [m for key in _MEMBERS for m in schema.get(key, ())]
        if "$ref" in schema:
            place = self._places.get(_name(schema["$ref"]))
            members.append(None if place is None else self._written(place))
        return any(self._names_properties(member, depth + 1) for member in members)

    def _written(self, place: Place) -> Any:
        converted, needed = self._projector.converter.converted(place, self._direction)
        for other in needed:
            self._places.setdefault(self._projector.converter.name(other), other)
        return converted


def references(schema: Any) -> Iterable[str]:
    """
    List what *schema* refers to.
    """
    if isinstance(schema, list):
        for item in schema:
            yield from references(item)
    elif isinstance(schema, dict):
        for key, value in cast("dict[str, Any]", schema).items():
            if key == "$ref" and isinstance(value, str):
                yield value
            elif key in MAP and isinstance(value, dict):
                yield from references(list(cast("dict[str, Any]", value).values()))
            elif key not in _DATA:
                yield from references(value)


def _plain(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for key, value in cast("dict[str, Any]", schema).items():
        if key in _DATA:
            kept[key] = value
        elif key in MAP and isinstance(value, dict):
            kept[key] = {name: _plain(inner) for name, inner in cast("dict[str, Any]", value).items()}
        elif key not in _SILENT:
            kept[key] = _plain(value)
    return kept


def _name(reference: str) -> str:
    return unescape(reference.removeprefix("#/$defs/"))
