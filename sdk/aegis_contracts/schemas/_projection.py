"""
From a schema inside a contract to a self-contained JSON Schema 2020-12.

References, also into other files and recursive ones, become ``#/$defs/…``; OpenAPI 3.0's own dialect becomes 2020-12;
``readOnly`` and ``writeOnly`` become what they mean for one direction. Every component is converted once per
direction, when something first needs it, so that a document of any size costs what is used of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, cast

from aegis_contracts._subschemas import LIST, MAP, ONE
from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place
from aegis_contracts.json_pointer import escape, unescape
from aegis_contracts.schemas._dialects import is_null, modern, readable
from aegis_contracts.schemas._hidden import Direction, Hidden, hide
from aegis_contracts.schemas._inheritance import Inheritance, is_parent, referring, union
from aegis_contracts.schemas._scopes import Scopes

if TYPE_CHECKING:
    from aegis_contracts.instances import Generator
    from aegis_contracts.verdict._verdict import Verdict

_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_BASE64 = "^(?:[A-Za-z0-9+/_-]{4})*(?:[A-Za-z0-9+/_-]{2}(?:==)?|[A-Za-z0-9+/_-]{3}=?)?$"
# References become pointers, so that nothing needs an anchor; two of one name would be refused beside each other.
_DROPPED = frozenset({"$schema", "$id", "$anchor", "$dynamicAnchor", "$comment", "externalDocs", "deprecated"})
_NO_FRAGMENT = re.compile(r"[/~%\s\"<>\\^`{|}#\[\]]")  # what a reference cannot say as it stands (RFC 3986 §3.5)
# A compiled schema holds all that it reaches. Where that is much, or many schemas reach the same again and again, all
# schemas of the contract are compiled together, once.
_FAR = 150
_NEAR = 12
_ALL_IN_ALL = 4_000


class Shared(Protocol):
    """
    What all schemas of a contract that reach each other have in common.
    """

    places: dict[str, Place]

    def name(self, place: Place) -> str | None:
        """
        Return the name of the schema at *place*, if it is one of these.
        """
        ...

    def standing(self, root: dict[str, Any]) -> dict[str, Any]:
        """
        Put *root* beside all definitions.
        """
        ...

    def verdict(self, name: str, locate: Callable[[str], str]) -> Verdict | None:
        """
        Return the verdict of one schema; None when each must speak for itself.
        """
        ...

    def generator(self, name: str, *, examples: bool, verdict: Verdict) -> Generator:
        """
        Return a generator of instances of one schema.
        """
        ...


class Projection:
    """
    A self-contained schema, and where each of its parts came from.
    """

    __slots__ = ("_places", "_root", "entangled", "name", "schema")

    def __init__(
        self,
        schema: dict[str, Any] | bool,
        root: Place,
        places: dict[str, Place],
        entangled: Shared | None = None,
        name: str = "",
    ) -> None:
        self.schema = schema
        self._root = root
        self._places = places
        self.entangled = entangled  # what all entangled schemas share, and the name of this one in it
        self.name = name

    def place(self, pointer: str) -> Place:
        """
        Say where the part of the projection at *pointer* stands in the contract.
        """
        steps = pointer.split("/")
        if len(steps) > 2 and steps[1] == "$defs" and steps[2] in self._places:
            base = self._places[steps[2]]
            return Place(base.uri, base.pointer + "".join(f"/{step}" for step in steps[3:]))
        base = self._root
        return Place(base.uri, base.pointer + pointer)


class Projector:
    """
    Projects the schemas of one contract.
    """

    def __init__(self, documents: Documents, version: str) -> None:
        self._documents = documents
        self._scopes = Scopes(documents)
        self._hidden = Hidden(documents)
        self._inheritance = Inheritance(documents)
        self._legacy = version.startswith("3.0")
        self._names: dict[Place, str] = {}
        self._taken: set[str] = set()
        self._converted: dict[tuple[Place, Direction], tuple[Any, frozenset[Place]]] = {}
        self._reached = 0
        self.entangled: Callable[[Direction], Shared] | None = None

    def project(
        self, node: Any, place: Place, direction: Direction, *, alone: bool = False, kinds: bool = False
    ) -> Projection:
        """
        Make *node*, which stands at *place*, self-contained.

        Args:
            alone: do not share definitions with others, however many there are.
            kinds: a reference to a schema whose discriminator leaves its kinds to ``allOf`` means one of them.

        Raises:
            DanglingReferenceError: it refers to nothing.
        """
        reference = isinstance(node, dict) and len(node) == 1 and node.get("$ref")
        if reference:
            scope = self._scopes.enter(place, place.scope).scope
            place = self._scopes.enter(self._documents.target(node["$ref"], place), scope)
            node = self._documents.node(place, node["$ref"])
            self._name(place)
        root, needed = self._convert(node, place, direction)
        if not isinstance(root, dict) or not (needed or (kinds and is_parent(root))):
            return Projection(root, place, {})
        reached = self.closure(needed, direction)
        self._reached += len(reached)
        if not alone and self.entangled is not None and self._is_entangled(len(reached)):
            shared = self.entangled(direction)
            name = shared.name(place)
            if name is not None:
                return Projection(shared.standing(root), place, shared.places, shared, name)
        unions = self._unions(root, place, reached, direction) if kinds else {}
        places = {self._name(target): target for target in reached} | {name: at for name, (_, at) in unions.items()}
        definitions = {self._name(target): converted for target, converted in reached.items()}
        if unions:
            known = {self._refer(at): f"#/$defs/{escape(name)}" for name, (_, at) in unions.items()}
            definitions = {name: referring(converted, known) for name, converted in definitions.items()}
            for _, at in unions.values():
                definitions[self._name(at)].pop("discriminator")  # the union has it
            definitions |= {name: made for name, (made, _) in unions.items()}
            meant = known.get(self._refer(place))
            root = {"$ref": meant} if meant else cast("dict[str, Any]", referring(root, known))
        own = cast("dict[str, Any]", root.get("$defs", {}))
        own_first = {**own, **{name: definitions[name] for name in sorted(definitions)}}
        return Projection({**root, "$defs": own_first}, place, places)

    def _unions(
        self, root: Any, place: Place, reached: dict[Place, Any], direction: Direction
    ) -> dict[str, tuple[Any, Place]]:
        """
        Write the unions that references to parents mean, by name, each with its parent; *reached* grows by their kinds.
        """
        grown = {place: root, **reached}
        parents: dict[Place, list[Place]] = {}
        pending = list(grown)
        while pending and len(grown) < _FAR:
            at = pending.pop()
            if kinds := self._inheritance.kinds(at, grown[at]):
                try:
                    closure = self.closure(frozenset(kinds), direction)
                except DanglingReferenceError:
                    continue  # a kind that is broken breaks who refers to it, and not its parent
                parents[at] = kinds
                fresh = {kind: node for kind, node in closure.items() if kind not in grown}
                grown |= fresh
                pending.extend(fresh)
        made: dict[str, tuple[Any, Place]] = {}
        for at, kinds in parents.items() if len(grown) < _FAR else ():
            named = {self._refer(kind): (grown[kind], unescape(kind.pointer.rpartition("/")[2])) for kind in kinds}
            if (one := union(grown[at], self._refer(at), named)) is not None:
                made[self._free(f"{self._name(at)}.kinds")] = (one, at)
        if made:
            reached |= {at: node for at, node in grown.items() if at != place or at in parents}
        return made

    def _is_entangled(self, reached: int) -> bool:
        return reached >= _FAR or (self._reached > _ALL_IN_ALL and reached >= _NEAR)

    def closure(self, needed: frozenset[Place], direction: Direction) -> dict[Place, Any]:
        """
        Convert everything that can be reached from *needed*.
        """
        found: dict[Place, Any] = {}
        pending = list(needed)
        while pending:
            target = pending.pop()
            if target not in found:
                found[target], more = self.converted(target, direction)
                pending.extend(more)
        return found

    def converted(self, target: Place, direction: Direction, node: Any = None) -> tuple[Any, frozenset[Place]]:
        """
        Convert the schema at *target*, once; answers what it refers to as well.
        """
        key = (target, direction)
        known = self._converted.get(key)
        if known is None:
            node = self._documents.node(target) if node is None else node
            known = self._converted[key] = self._convert(node, target, direction)
        return known

    def name(self, place: Place) -> str:
        """
        Return the name that the schema at *place* has among definitions.
        """
        return self._name(place)

    def _name(self, place: Place) -> str:
        name = self._names.get(place)
        if name is None:
            last = unescape(place.pointer.rsplit("/", 1)[-1]) or "document"
            name = self._names[place] = self._free(_NO_FRAGMENT.sub("_", last))
            self._taken.add(name)
        return name

    def _free(self, base: str) -> str:
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}.{number}"
        return name

    def _convert(self, node: Any, place: Place, direction: Direction) -> tuple[Any, frozenset[Place]]:
        needed: set[Place] = set()
        return self._schema(node, self._scopes.enter(place, place.scope), direction, needed), frozenset(needed)

    def _schema(
        self,
        node: Any,
        place: Place,
        direction: Direction,
        needed: set[Place],
        hidden: frozenset[str] = frozenset(),
    ) -> Any:
        """
        Convert one schema.

        Args:
            hidden: properties that do not travel, as the schemas say that this one is composed with.
        """
        if not isinstance(node, dict):
            return node if isinstance(node, bool) else True
        reference = node.get("$ref")
        if self._legacy and isinstance(reference, str):
            node = {"$ref": reference}  # OpenAPI 3.0.3 §4.7.23: siblings of $ref are ignored
        elif isinstance(node.get("$id"), str):
            place = self._scopes.enter(place, place.scope)
        if direction != "none" and ("properties" in node or "allOf" in node or ("required" in node and hidden)):
            mark = "readOnly" if direction == "request" else "writeOnly"
            hidden = hidden.union(self._hidden.marked(node, place, mark, 0))
        out: dict[str, Any] = {}
        for key, value in node.items():
            if key in _DROPPED:
                continue
            if key == "allOf" and hidden and isinstance(value, list):
                placed = [(part, place.at(key, index)) for index, part in enumerate(value)]
                out[key] = [self._composed(part, where, direction, needed, hidden) for part, where in placed]
            elif key in ONE:
                out[key] = self._schema(value, place.at(key), direction, needed)
            elif key in LIST and isinstance(value, list):
                parts = [{"type": "null"} if key != "allOf" and is_null(part) else part for part in value]
                out[key] = [self._schema(v, place.at(key, i), direction, needed) for i, v in enumerate(parts)]
            elif key in MAP and isinstance(value, dict):
                out[key] = {k: self._schema(v, place.at(key, k), direction, needed) for k, v in value.items()}
            elif key in {"$ref", "$dynamicRef"} and isinstance(value, str):
                try:
                    _refer(out, self._reference(value, place, needed, dynamic=key == "$dynamicRef"))
                except DanglingReferenceError:
                    if not self._documents.tolerant:
                        raise
            elif key == "discriminator" and isinstance(value, dict):
                out[key] = self._discriminator(value, place, needed)
            else:
                out[key] = value
        if self._legacy:
            out = modern(out)
        out = readable(out)
        if out.get("format") in _RANGES:
            _bound(out, *_RANGES[out["format"]])
        if direction == "request" and out.get("format") == "byte" and "pattern" not in out:
            out["pattern"] = _BASE64  # what clients send is held to it; answers are as the provider writes them
        if hidden:
            hide(out, hidden, direction)
        return out

    def _composed(
        self, part: Any, place: Place, direction: Direction, needed: set[Place], hidden: frozenset[str]
    ) -> Any:
        """
        Convert one schema of an ``allOf``: where it requires what another one hides, it is written out in place.
        """
        target, where = self._documents.follow(part, place)
        if where != place and not self._hidden.requires(target, where, hidden, 0):
            target, where = part, place
        where = self._scopes.enter(where, place.scope)
        return self._schema(target, where, direction, needed, hidden)

    def _reference(self, reference: str, place: Place, needed: set[Place], *, dynamic: bool = False) -> str:
        found = self._scopes.follow(reference, place) if dynamic else self._documents.target(reference, place)
        self._documents.node(found, reference)
        target = self._scopes.enter(found, place.scope)
        needed.add(target)
        return self._refer(target)

    def _refer(self, place: Place) -> str:
        return f"#/$defs/{escape(self._name(place))}"

    def _discriminator(self, value: dict[str, Any], place: Place, needed: set[Place]) -> dict[str, Any]:
        mapping: dict[str, str] = {}
        given = value.get("mapping")
        for name, target in given.items() if isinstance(given, dict) else ():
            if not isinstance(target, str):
                continue
            pointer = target if "/" in target or "#" in target or "." in target else f"#/components/schemas/{target}"
            try:
                mapping[name] = self._reference(pointer, place, needed)
            except DanglingReferenceError:
                continue  # a mapping is a hint: one that leads nowhere changes no verdict
        out = {**value, "mapping": mapping} if mapping else dict(value)
        default = value.get("defaultMapping")
        if isinstance(default, str):
            pointer = default if "/" in default or "#" in default else f"#/components/schemas/{default}"
            try:
                out["defaultMapping"] = self._reference(pointer, place, needed)
            except DanglingReferenceError:
                del out["defaultMapping"]
        return out


def _refer(schema: dict[str, Any], reference: str) -> None:
    """
    Let *schema* refer to one more, beside ``$ref`` when both ``$ref`` and ``$dynamicRef`` are there.
    """
    if "$ref" in schema:
        schema.setdefault("allOf", []).append({"$ref": reference})
    else:
        schema["$ref"] = reference


def _bound(schema: dict[str, Any], low: int, high: int) -> None:
    for key, limit, tighter in (("minimum", low, max), ("maximum", high, min)):
        given = schema.get(key)
        schema[key] = tighter(given, limit) if isinstance(given, int | float) else limit
