"""
Schemas that come back to themselves at the same instance, which JSON Schema leaves undefined (2020-12 §9.4.1).

Most are kinds that extend, by ``allOf``, the parent that lists them by ``oneOf``. The kind means the parent's own rules
and not the choice, which is made already. So what would come back is written out in place, without the lists that lead
there; what is being written out already says nothing more, and as a branch of its own it adds none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, cast

from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place

CHOICES = frozenset({"oneOf", "anyOf"})
_OF_CHOICES = ("discriminator", "unevaluatedItems", "unevaluatedProperties")  # what is said about choices
_BESIDE = frozenset({"if", "then", "else"})  # what holds for the same instance as the schema that has it
_DEEP = 16


class Edge(NamedTuple):
    """
    A reference that holds for the same instance as the schema that has it.

    Args:
        chosen: it is a branch of a choice.
    """

    target: Place
    chosen: bool


class Turn(NamedTuple):
    """
    Where the conversion of a schema stands that is part of a circle.

    Args:
        circle: the schemas that lead to it and that it leads to.
        choices: those that do so by choices alone.
        within: what is being written out.
        inlined: this is another schema than the one that is converted, so its choice is made.
        chosen: this is a branch of a choice.
    """

    circle: frozenset[Place]
    choices: frozenset[Place]
    within: frozenset[Place]
    inlined: bool = False
    chosen: bool = False

    def at(self, keyword: str) -> Turn | None:
        """
        Go on to what *keyword* says; None where that is about another instance, or about this one otherwise.
        """
        if keyword == "allOf" or keyword in _BESIDE or keyword in CHOICES:
            return self._replace(chosen=keyword in CHOICES)
        return None

    def into(self, target: Place) -> Turn:
        """
        Go on to a schema that is written out in place.
        """
        return self._replace(within=self.within | {target}, inlined=not self.chosen, chosen=False)


class Circles:
    """
    Which schemas of some documents come back to themselves.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._edges: dict[Place, tuple[Edge, ...]] = {}
        self._turns: dict[Place, Turn | None] = {}
        self._circles: dict[tuple[Place, bool], frozenset[Place]] = {}

    def turn(self, place: Place, node: Any) -> Turn | None:
        """
        Begin with the schema at *place*; None where it never comes back, as what was written for the occasion cannot.
        """
        place = Place(place.uri, place.pointer)
        if not self._stands(node, place):
            return None
        if place not in self._turns:
            self._edges.setdefault(place, tuple(self.edges(node, place)))
            circle = self._around(place, choices=False)
            choices = self._around(place, choices=True) if circle else circle
            self._turns[place] = Turn(circle, choices, frozenset({place})) if circle else None
        return self._turns[place]

    def edges(self, node: Any, place: Place, *, chosen: bool = False, depth: int = 0) -> Iterator[Edge]:
        """
        List the references of a schema that hold for the same instance.
        """
        if not isinstance(node, dict) or depth > _DEEP:
            return
        schema = cast("dict[str, Any]", node)
        if isinstance(reference := schema.get("$ref"), str):
            with suppress(DanglingReferenceError):
                yield Edge(self._target(reference, place), chosen)
        for key, value in schema.items():
            if key in _BESIDE:
                yield from self.edges(value, place.at(key), depth=depth + 1)
            elif (key == "allOf" or key in CHOICES) and isinstance(value, list):
                for index, part in enumerate(value):
                    yield from self.edges(part, place.at(key, index), chosen=key in CHOICES, depth=depth + 1)

    def made(self, node: Mapping[str, Any], place: Place, turn: Turn) -> frozenset[str]:
        """
        Name the choices that are made already, since a branch of theirs led here, and what is said about them.
        """
        if not turn.inlined:
            return frozenset()
        found = {
            key
            for key in CHOICES & node.keys()
            if any(edge.target in turn.circle for edge in self.edges({key: node[key]}, place))
        }
        return frozenset({*found, *_OF_CHOICES} if found else ())

    def _stands(self, node: Any, place: Place) -> bool:
        try:
            there = self._documents.node(place)
        except DanglingReferenceError:
            return False
        return there is node or there == node

    def _target(self, reference: str, place: Place) -> Place:
        target = self._documents.target(reference, place)
        return Place(target.uri, target.pointer)

    def _around(self, place: Place, *, choices: bool) -> frozenset[Place]:
        """
        Return what *place* leads to and is led to by; nothing where it never comes back to itself.
        """
        known = self._circles.get((place, choices))
        if known is None:
            onward = self._reached(place, choices=choices)
            found = {other for other in onward if place in self._reached(other, choices=choices)}
            known = frozenset(found if place in onward else ())
            self._circles |= {(member, choices): known for member in known or {place}}
        return known

    def _reached(self, place: Place, *, choices: bool) -> set[Place]:
        found: set[Place] = set()
        pending = [place]
        while pending:
            for edge in self._of(pending.pop()):
                if edge.target not in found and (edge.chosen or not choices):
                    found.add(edge.target)
                    pending.append(edge.target)
        return found

    def _of(self, place: Place) -> tuple[Edge, ...]:
        found = self._edges.get(place)
        if found is None:
            try:
                node = self._documents.node(place)
            except DanglingReferenceError:
                node = None
            found = self._edges[place] = tuple(self.edges(node, place))
        return found
