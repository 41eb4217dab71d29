"""
From a schema where it stands to JSON Schema 2020-12, for one direction: references become ``#/$defs/…``.
"""

from __future__ import annotations

import re
from typing import Any

from aegis_contracts._subschemas import LIST, MAP, ONE
from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place
from aegis_contracts.json_pointer import escape, unescape
from aegis_contracts.schemas._circles import Circles, Turn
from aegis_contracts.schemas._dialects import is_null, modern, readable
from aegis_contracts.schemas._formats import formatted
from aegis_contracts.schemas._hidden import Direction, Hidden, hide
from aegis_contracts.schemas._scopes import Scopes

# References become pointers, so that nothing needs an anchor; two of one name would be refused beside each other.
_DROPPED = frozenset({"$schema", "$id", "$anchor", "$dynamicAnchor", "$comment", "externalDocs", "deprecated"})
_NO_FRAGMENT = re.compile(r"[/~%\s\"<>\\^`{|}#\[\]]")  # what a reference cannot say as it stands (RFC 3986 §3.5)


class Converter:
    """
    Converts the schemas of one contract, each once for a direction, and names them.
    """

    def __init__(self, documents: Documents, version: str) -> None:
        self.documents = documents
        self.scopes = Scopes(documents)
        self.hidden = Hidden(documents)
        self.circles = Circles(documents)
        self.legacy = version.startswith("3.0")
        self._names: dict[Place, str] = {}
        self._taken: set[str] = set()
        self._converted: dict[tuple[Place, Direction], tuple[Any, frozenset[Place]]] = {}

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
            node = self.documents.node(target) if node is None else node
            known = self._converted[key] = self.convert(node, target, direction)
        return known

    def name(self, place: Place) -> str:
        """
        Return the name that the schema at *place* has among definitions.
        """
        name = self._names.get(place)
        if name is None:
            last = unescape(place.pointer.rsplit("/", 1)[-1]) or "document"
            name = self._names[place] = self.free(_NO_FRAGMENT.sub("_", last))
            self._taken.add(name)
        return name

    def free(self, base: str) -> str:
        """
        Return a name that no schema has: *base*, or that with a number.
        """
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}.{number}"
        return name

    def refer(self, place: Place) -> str:
        """
        Write the reference to the schema at *place*.
        """
        return f"#/$defs/{escape(self.name(place))}"

    def convert(self, node: Any, place: Place, direction: Direction) -> tuple[Any, frozenset[Place]]:
        """
        Convert *node*, which stands at *place*; answers what it refers to as well.
        """
        one = _Conversion(self, direction)
        converted = one.schema(node, self.scopes.enter(place, place.scope), turn=self.circles.turn(place, node))
        return converted, frozenset(one.needed)


class _Conversion:
    """
    The conversion of one schema, with what it turns out to refer to.
    """

    def __init__(self, converter: Converter, direction: Direction) -> None:
        self._converter = converter
        self._documents = converter.documents
        self._direction: Direction = direction
        self.needed: set[Place] = set()

    def schema(self, node: Any, place: Place, hidden: frozenset[str] = frozenset(), turn: Turn | None = None) -> Any:
        """
        Convert one schema.

        Args:
            hidden: properties that do not travel, as the schemas say that this one is composed with.
            turn: it holds for the same instance as one that comes back to itself.
        """
        if not isinstance(node, dict):
            return node if isinstance(node, bool) else True
        reference = node.get("$ref")
        if self._converter.legacy and isinstance(reference, str):
            node = {"$ref": reference}  # OpenAPI 3.0.3 §4.7.23: siblings of $ref are ignored
        elif isinstance(node.get("$id"), str):
            place = self._converter.scopes.enter(place, place.scope)
        inner: Any = None
        if turn is not None and isinstance(reference, str):
            inner = self._written_out(reference, place, hidden, turn)
            if inner is not None and len(node) == 1:
                return inner
        if self._direction != "none" and ("properties" in node or "allOf" in node or ("required" in node and hidden)):
            mark = "readOnly" if self._direction == "request" else "writeOnly"
            hidden = hidden.union(self._converter.hidden.marked(node, place, mark))
        made = self._converter.circles.made(node, place, turn) if turn is not None else frozenset[str]()
        out: dict[str, Any] = {}
        for key, value in node.items():
            if key in _DROPPED or key in made:
                continue
            beside = turn.at(key) if turn is not None else None
            if key == "allOf" and hidden and isinstance(value, list):
                placed = [(part, place.at(key, index)) for index, part in enumerate(value)]
                out[key] = [self._composed(part, where, hidden, beside) for part, where in placed]
            elif key in ONE:
                out[key] = self.schema(value, place.at(key), turn=beside)
            elif key in LIST and isinstance(value, list):
                parts = [{"type": "null"} if key != "allOf" and is_null(part) else part for part in value]
                placed = [(part, place.at(key, index)) for index, part in enumerate(parts)]
                out[key] = [self.schema(part, where, turn=beside) for part, where in placed]
            elif key in MAP and isinstance(value, dict):
                out[key] = {k: self.schema(v, place.at(key, k)) for k, v in value.items()}
            elif key == "$ref" and inner is not None:
                continue
            elif key in {"$ref", "$dynamicRef"} and isinstance(value, str):
                try:
                    _refer(out, self._reference(value, place, dynamic=key == "$dynamicRef"))
                except DanglingReferenceError:
                    if not self._documents.tolerant:
                        raise
            elif key == "discriminator" and isinstance(value, dict):
                out[key] = self._discriminator(value, place)
            else:
                out[key] = value
        if inner is not None:
            out["allOf"] = [*out.get("allOf", ()), inner]
        if self._converter.legacy:
            out = modern(out)
        out = readable(out)
        formatted(out, sent=self._direction == "request")
        if hidden:
            hide(out, hidden, self._direction)
        return out

    def _composed(self, part: Any, place: Place, hidden: frozenset[str], turn: Turn | None) -> Any:
        """
        Convert one schema of an ``allOf``: where it requires what another one hides, it is written out in place.
        """
        target, where = self._documents.follow(part, place)
        back = turn is not None and Place(where.uri, where.pointer) in turn.circle
        if back or (where != place and not self._converter.hidden.requires(target, where, hidden)):
            target, where = part, place
        where = self._converter.scopes.enter(where, place.scope)
        return self.schema(target, where, hidden, turn)

    def _written_out(self, reference: str, place: Place, hidden: frozenset[str], turn: Turn) -> Any:
        """
        Convert what a reference of a schema that comes back to itself means; None where it can stay a reference.
        """
        try:
            target = self._documents.target(reference, place)
            node = self._documents.node(target, reference)
        except DanglingReferenceError:
            return None
        plain = Place(target.uri, target.pointer)
        if plain in turn.within:
            return not turn.chosen
        if plain not in (turn.choices if turn.chosen else turn.circle):
            return None
        return self.schema(node, self._converter.scopes.enter(target, place.scope), hidden, turn.into(plain))

    def _reference(self, reference: str, place: Place, *, dynamic: bool = False) -> str:
        found = self._converter.scopes.follow(reference, place) if dynamic else self._documents.target(reference, place)
        self._documents.node(found, reference)
        target = self._converter.scopes.enter(found, place.scope)
        self.needed.add(target)
        return self._converter.refer(target)

    def _discriminator(self, value: dict[str, Any], place: Place) -> dict[str, Any]:
        mapping: dict[str, str] = {}
        given = value.get("mapping")
        for name, target in given.items() if isinstance(given, dict) else ():
            if not isinstance(target, str):
                continue
            pointer = target if "/" in target or "#" in target or "." in target else f"#/components/schemas/{target}"
            try:
                mapping[name] = self._reference(pointer, place)
            except DanglingReferenceError:
                continue  # a mapping is a hint: one that leads nowhere changes no verdict
        out = {**value, "mapping": mapping} if mapping else dict(value)
        default = value.get("defaultMapping")
        if isinstance(default, str):
            pointer = default if "/" in default or "#" in default else f"#/components/schemas/{default}"
            try:
                out["defaultMapping"] = self._reference(pointer, place)
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
