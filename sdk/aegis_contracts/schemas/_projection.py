"""
From a schema inside a contract to a self-contained JSON Schema 2020-12.

References, also into other files and recursive ones, become ``#/$defs/…``; OpenAPI 3.0's own dialect becomes 2020-12;
``readOnly`` and ``writeOnly`` become what they mean for one direction. Every component is converted once per
direction, when something first needs it, so that a document of any size costs what is used of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, cast

from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place
from aegis_contracts.json_pointer import escape, unescape
from aegis_contracts.schemas._conversion import Converter
from aegis_contracts.schemas._hidden import Direction
from aegis_contracts.schemas._inheritance import Inheritance, is_parent, referring, union

if TYPE_CHECKING:
    from aegis_contracts.instances import Generator
    from aegis_contracts.verdict._verdict import Verdict

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

    def discriminated(self, schema: dict[str, Any]) -> dict[str, Any]:
        """
        Give *schema*, which stands beside all definitions, and them its discriminators as rules.
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
        self._inheritance = Inheritance(documents)
        self.converter = Converter(documents, version)
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
            scope = self.converter.scopes.enter(place, place.scope).scope
            place = self.converter.scopes.enter(self._documents.target(node["$ref"], place), scope)
            node = self._documents.node(place, node["$ref"])
            self.converter.name(place)
        root, needed = self.converter.convert(node, place, direction)
        if not isinstance(root, dict) or not (needed or (kinds and is_parent(root))):
            return Projection(root, place, {})
        reached = self.converter.closure(needed, direction)
        self._reached += len(reached)
        if not alone and self.entangled is not None and self._is_entangled(len(reached)):
            shared = self.entangled(direction)
            standing = shared.name(place)
            if standing is not None:
                return Projection(shared.standing(root), place, shared.places, shared, standing)
        unions = self._unions(root, place, reached, direction) if kinds else {}
        name, refer = self.converter.name, self.converter.refer
        places = {name(target): target for target in reached} | {title: at for title, (_, at) in unions.items()}
        definitions = {name(target): converted for target, converted in reached.items()}
        if unions:
            known = {refer(at): f"#/$defs/{escape(title)}" for title, (_, at) in unions.items()}
            definitions = {one: referring(converted, known) for one, converted in definitions.items()}
            for _, at in unions.values():
                definitions[name(at)].pop("discriminator")  # the union has it
            definitions |= {title: made for title, (made, _) in unions.items()}
            meant = known.get(refer(place))
            root = {"$ref": meant} if meant else cast("dict[str, Any]", referring(root, known))
        own = cast("dict[str, Any]", root.get("$defs", {}))
        own_first = {**own, **{one: definitions[one] for one in sorted(definitions)}}
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
                    closure = self.converter.closure(frozenset(kinds), direction)
                except DanglingReferenceError:
                    continue  # a kind that is broken breaks who refers to it, and not its parent
                parents[at] = kinds
                fresh = {kind: node for kind, node in closure.items() if kind not in grown}
                grown |= fresh
                pending.extend(fresh)
        made: dict[str, tuple[Any, Place]] = {}
        converter = self.converter
        for at, kinds in parents.items() if len(grown) < _FAR else ():
            named = {converter.refer(kind): (grown[kind], unescape(kind.pointer.rpartition("/")[2])) for kind in kinds}
            if (one := union(grown[at], converter.refer(at), named)) is not None:
                made[converter.free(f"{converter.name(at)}.kinds")] = (one, at)
        if made:
            reached |= {at: node for at, node in grown.items() if at != place or at in parents}
        return made

    def _is_entangled(self, reached: int) -> bool:
        return reached >= _FAR or (self._reached > _ALL_IN_ALL and reached >= _NEAR)
