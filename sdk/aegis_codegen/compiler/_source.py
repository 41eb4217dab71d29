"""
Schemas as the ground floor projects them: self-contained, in 2020-12, for one direction; and where each part stands.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote

from aegis_codegen.plan import Direction
from aegis_contracts import Contract, DanglingReferenceError, Place, Schema
from aegis_contracts import Direction as Travel
from aegis_contracts.json_pointer import unescape

_TRAVEL: dict[Direction, Travel] = {"read": "response", "write": "request"}
Node = dict[str, Any]


class Source:
    """
    The schemas of one contract, by the projection's names.
    """

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self._nodes: dict[tuple[str, Direction], Any] = {}
        self._bases: dict[str, Place] = {}
        self._places: dict[int, Place] = {}
        self._kept: list[Node] = []

    def name_of(self, schema: Schema, direction: Direction) -> str:
        """
        Load *schema* with everything it refers to, and return its name.
        """
        # A reference to the schema itself makes the projection give the root a name like any other definition.
        reference = f"{schema.place.uri}#{quote(schema.place.pointer, safe='/~')}"
        projection = self.contract.projector.project({"allOf": [{"$ref": reference}]}, schema.place, _TRAVEL[direction])
        root = cast("Node", projection.schema)
        for name, node in root["$defs"].items():
            if (name, direction) not in self._nodes:
                self._nodes[name, direction] = node
                place = projection.place(f"/$defs/{name}")
                self._bases[name] = place
                self._remember(node, place)
        return _name(root["allOf"][0]["$ref"])

    def definition(self, name: str, direction: Direction) -> Any:
        """
        Return the definition *name*.
        """
        return self._nodes[name, direction]

    def meant(self, name: str, direction: Direction) -> str:
        """
        Follow definitions that are nothing but a reference: an alias is the class that it is an alias of.
        """
        passed = {name}
        while isinstance(node := self._nodes[name, direction], dict) and set(node) == {"$ref"}:
            following = self.target(str(node["$ref"]))
            if following in passed or (following, direction) not in self._nodes:
                break
            passed.add(following)
            name = following
        return name

    def base(self, name: str) -> Place:
        """
        Say where the definition *name* stands.
        """
        return self._bases[name]

    def target(self, reference: str) -> str:
        """
        Name the definition that a projected ``$ref`` points to.
        """
        return _name(reference)

    def place(self, node: Node) -> Place:
        """
        Say where *node* stands in the contract.
        """
        return self._places[id(node)]

    def made(self, node: Node, of: Node) -> Node:
        """
        Give a node that was made *of* another the place of that one.
        """
        self._kept.append(node)  # an id is only unique while its object lives
        self._places[id(node)] = self._places[id(of)]
        return node

    def raw(self, node: Node) -> Node:
        """
        The node as the contract writes it, before projection.
        """
        place = self._places[id(node)]
        # The projection writes 3.0's "nullable" beside a reference as anyOf: the contract has no such step.
        for pointer in (place.pointer, place.pointer.replace("/anyOf/0", "")):
            try:
                found = self.contract.documents.node(Place(place.uri, pointer))
            except DanglingReferenceError:
                continue
            return cast("Node", found) if isinstance(found, dict) else {}
        return {}

    def _remember(self, node: Any, place: Place) -> None:
        if isinstance(node, dict):
            self._places[id(node)] = place
            for key, value in cast("Node", node).items():
                self._remember(value, place.at(key))
        elif isinstance(node, list):
            for index, value in enumerate(node):
                self._remember(value, place.at(index))


def _name(reference: str) -> str:
    return unescape(reference.removeprefix("#/$defs/"))
