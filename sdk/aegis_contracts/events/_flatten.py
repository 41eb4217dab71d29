"""
Flattening: one self-contained schema from an event schema and the envelope it builds on.

``$ref`` and ``allOf`` are merged where the merge is exact, so that one bad field is reported once, at its own place.
Where two parts cannot be merged exactly they stay an ``allOf``: flattening never changes a verdict, and the tests prove
it with the engine's own algebra. Every keyword remembers the source file that it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from aegis_contracts._subschemas import LIST, MAP, ONE
from aegis_contracts.documents._documents import Documents, Place
from aegis_contracts.json_pointer import escape
from aegis_contracts.verdict._verdict import DIALECT, Verdict

SCHEMA = ONE - {"additionalItems"}
SCHEMA_MAP = MAP - {"$defs", "definitions"}
SCHEMA_LIST = LIST - {"allOf"}  # which is flattened
# What a keyword says depends on these keywords beside it, so two objects that share such a pair stay apart.
_MEMBERS = frozenset(("additionalProperties", "patternProperties", "properties"))
_ITEMS = frozenset(("items", "prefixItems"))
_CONTAINS = frozenset(("contains", "maxContains", "minContains"))
_CONDITION = frozenset(("else", "if", "then"))
_PLACED = frozenset(("$ref", "allOf", "anyOf", "dependentSchemas", "not", "oneOf"))
_DEPENDS: Mapping[str, frozenset[str]] = {
    "additionalProperties": _MEMBERS,
    **dict.fromkeys(_ITEMS, _ITEMS),
    **dict.fromkeys(_CONTAINS, _CONTAINS),
    **dict.fromkeys(_CONDITION, _CONDITION),
    "unevaluatedItems": _ITEMS | _CONTAINS | _CONDITION | _PLACED | {"unevaluatedItems"},
    "unevaluatedProperties": _MEMBERS | _CONDITION | _PLACED | {"unevaluatedProperties"},
}
UNEVALUATED = frozenset(("unevaluatedItems", "unevaluatedProperties"))
ASSERTIONS = frozenset(
    [
        "type",
        "enum",
        "const",
        "format",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
    ]
)
_DROPPED = frozenset(("$ref", "$id", "$schema", "$anchor", "$comment", "$defs", "allOf"))
_LOWEST: Mapping[str, Callable[..., Any]] = {
    **dict.fromkeys(("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum"), max),
    **dict.fromkeys(("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum"), min),
}


class Flat(NamedTuple):
    """
    A self-contained schema, and where each of its keywords comes from.
    """

    schema: dict[str, Any]
    sources: dict[str, str]


class _Entry(NamedTuple):
    value: Any  # plain data, a _Node, a mapping or list of _Node, or the places of required names
    place: Place


class _Node(dict[str, _Entry]):
    """
    One schema object, keyword by keyword; ``{"not": {}}`` stands for the schema ``false``.
    """


class _InexactError(Exception):
    """
    Two schema objects have no exact merge.
    """


def flatten(documents: Documents, place: Place, ids: Mapping[str, str] | None = None) -> Flat:
    """
    Flatten the schema at *place*.

    Args:
        ids: the document that each ``$id`` stands for.

    Raises:
        DanglingReferenceError: a reference points to nothing.
    """
    flattener = _Flattener(documents, ids or {})
    root = flattener.expand(place)
    schema: dict[str, Any] = {"$schema": DIALECT}
    sources: dict[str, str] = {}
    schema.update(_written(root, "", sources, documents))
    while flattener.pending:
        target, name = flattener.pending.pop()
        definition = flattener.expand(target)
        definitions = schema.setdefault("$defs", {})
        definitions[name] = _written(definition, f"/$defs/{escape(name)}", sources, documents)
    return Flat(schema, sources)


class _Flattener:
    def __init__(self, documents: Documents, ids: Mapping[str, str]) -> None:
        self.documents = documents
        self.ids = ids
        self.pending: list[tuple[Place, str]] = []
        self._names: dict[Place, str] = {}
        self._open: list[Place] = []

    def expand(self, place: Place) -> _Node:
        """
        Build the node at *place* with everything that it refers to merged into it.
        """
        self._open.append(place)
        try:
            return self._expand(self.documents.node(place), place)
        finally:
            self._open.pop()

    def _expand(self, schema: Any, place: Place) -> _Node:
        if schema is True:
            return _Node()
        if schema is False:
            return _Node({"not": _Entry(_Node(), place)})
        merged = _Node()
        for keyword, value in schema.items():
            if keyword not in _DROPPED:
                merged[keyword] = self._entry(keyword, value, place.at(keyword))
        parts: list[_Node] = []
        if isinstance(schema.get("$ref"), str):
            parts.append(self._referred(schema["$ref"], place))
        for index, part in enumerate(schema.get("allOf", ())):
            parts.append(self._expand(part, place.at("allOf", index)))
        return _reduced(_joined(merged, parts, place.at("allOf"), around=True))

    def _entry(self, keyword: str, value: Any, place: Place) -> _Entry:
        if keyword in SCHEMA:
            return _Entry(self._expand(value, place), place)
        if keyword in SCHEMA_MAP:
            return _Entry({name: self._expand(item, place.at(name)) for name, item in value.items()}, place)
        if keyword in SCHEMA_LIST:
            return _Entry([self._expand(item, place.at(index)) for index, item in enumerate(value)], place)
        if keyword == "required":  # names keep their own places: they come from several files
            return _Entry({name: place.at(index) for index, name in enumerate(value)}, place)
        return _Entry(value, place)

    def _referred(self, reference: str, place: Place) -> _Node:
        target = self.documents.target(reference, place.uri)
        target = Place(self.ids.get(target.uri, target.uri), target.pointer)
        if target not in self._open:
            return self.expand(target)
        # A schema inside itself: the reference stays, to a definition of its own.
        if target not in self._names:
            name = target.pointer.rsplit("/", 1)[-1] or "root"
            taken = set(self._names.values())
            while name in taken:
                name += "_"
            self._names[target] = name
            self.pending.append((target, name))
        return _Node({"$ref": _Entry(f"#/$defs/{escape(self._names[target])}", place.at("$ref"))})


def _joined(node: _Node, parts: list[_Node], place: Place, *, around: bool) -> _Node:
    kept: list[_Node] = []
    for part in parts:
        if len(parts) > 1 and UNEVALUATED & part.keys():  # it speaks of itself alone, not of the parts beside it
            kept.append(part)
            continue
        try:
            node = _merged(node, part, around=around)
        except _InexactError:
            kept.append(part)
    if not kept:
        return node
    inner = node.get("allOf")
    both = [*inner.value, *kept] if inner else kept
    return _Node({**node, "allOf": _Entry(both, inner.place if inner else place)})


def _merged(own: _Node, other: _Node, *, around: bool = False) -> _Node:
    """
    Merge two schema objects into one that admits exactly what both admit; *own* wins for titles and descriptions.

    Args:
        around: *own* is the schema that holds *other* in its ``allOf`` or ``$ref``, so its ``unevaluated…`` sees it.
    """
    if not own:
        return other
    if not other:
        return own
    if "$ref" in own or "$ref" in other or _bound(own, other, around) or _bound(other, own):
        raise _InexactError
    result = _Node(own)
    for keyword, entry in other.items():
        result[keyword] = _both(keyword, own[keyword], entry) if keyword in own else entry
    return result


def _bound(node: _Node, other: _Node, around: bool = False) -> bool:
    """
    Tell whether what *node* says would change with the keywords of *other* beside it.
    """
    said = _DEPENDS.keys() & node.keys()
    if around:
        said -= {word for word in UNEVALUATED if word not in other}
    return any(_DEPENDS[keyword] & other.keys() for keyword in said)


def _both(keyword: str, own: _Entry, other: _Entry) -> _Entry:
    if keyword == "properties":
        names = dict.fromkeys((*other.value, *own.value))  # the envelope's order first
        return _Entry({name: _property(name, own.value, other.value, own.place) for name in names}, own.place)
    if keyword == "required":
        return _Entry({**other.value, **own.value}, own.place)
    if keyword == "type":
        return _Entry(_types(own.value, other.value), own.place)
    if keyword == "propertyNames":
        return _Entry(_merged(own.value, other.value), own.place)
    if keyword == "allOf":
        return _Entry([*own.value, *other.value], own.place)
    if keyword in SCHEMA | SCHEMA_MAP | SCHEMA_LIST:
        if _plain(own.value) == _plain(other.value):
            return own
        raise _InexactError
    if keyword == "uniqueItems":
        return own if own.value else other
    if keyword in _LOWEST:
        return own if _LOWEST[keyword](own.value, other.value) == own.value else other
    if own.value == other.value and type(own.value) is type(other.value):
        return own
    if keyword in {"const", "enum", "format", "multipleOf", "pattern", "dependentRequired", "$dynamicRef"}:
        raise _InexactError
    return own  # titles, descriptions, examples, extensions: the nearer one is the better one


def _property(name: str, own: dict[str, _Node], other: dict[str, _Node], place: Place) -> _Node:
    if name not in own:
        return other[name]
    if name not in other:
        return own[name]
    return _reduced(_joined(own[name], [other[name]], place.at(name, "allOf"), around=False))


def _types(own: Any, other: Any) -> Any:
    left = [own] if isinstance(own, str) else list(own)
    right = [other] if isinstance(other, str) else list(other)
    common = [t for t in left if t in right or (t == "integer" and "number" in right)]
    common += [t for t in right if t == "integer" and "number" in left and t not in common]
    if not common:
        raise _InexactError
    return common[0] if len(common) == 1 else common


def _reduced(node: _Node) -> _Node:
    """
    Let a ``const`` stand alone when it satisfies the value rules beside it: they can refuse nothing more.
    """
    if "const" not in node:
        return node
    others = {k: e.value for k, e in node.items() if k in ASSERTIONS and k != "const"}
    if not others or not Verdict(others).is_valid(node["const"].value):
        return node
    return _Node({k: e for k, e in node.items() if k not in others})


def _plain(value: Any) -> Any:
    if isinstance(value, _Node):
        return {k: _plain(e.value) for k, e in value.items()}
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def _written(node: _Node, pointer: str, sources: dict[str, str], documents: Documents) -> dict[str, Any]:
    written: dict[str, Any] = {}
    for keyword, entry in node.items():
        value: Any = entry.value
        place = entry.place
        inside = f"{pointer}/{escape(keyword)}"
        sources[inside] = documents.shown(place)
        if isinstance(value, _Node):
            written[keyword] = _written(value, inside, sources, documents)
        elif isinstance(value, dict) and keyword in SCHEMA_MAP:
            written[keyword] = {
                name: _written(item, f"{inside}/{escape(name)}", sources, documents) for name, item in value.items()
            }
        elif keyword in SCHEMA_LIST or keyword == "allOf":
            written[keyword] = [_written(item, f"{inside}/{i}", sources, documents) for i, item in enumerate(value)]
        elif keyword == "required":
            places: dict[str, Place] = value
            written[keyword] = list(places)
            sources.update((f"{inside}/{i}", documents.shown(at)) for i, at in enumerate(places.values()))
        else:
            written[keyword] = value
    return written
