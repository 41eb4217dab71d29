"""
Dynamic scopes: where ``$dynamicRef`` leads depends on the resources that led there (JSON Schema 2020-12 §8.2.3.2).

A place carries its scope: the outermost schema of each dynamic anchor on the way. So a generic schema, such as a page
of ``T``, becomes a definition of its own for each ``T`` that it is used with, and a projection needs no dynamic scope.
"""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import unquote, urldefrag

from aegis_contracts._subschemas import mentions
from aegis_contracts.documents._documents import DanglingReferenceError, Documents, Place
from aegis_contracts.json_pointer import escape

_ANCHOR = "$dynamicAnchor"
# So many scopes are told apart in one document; what goes beyond is resolved as a plain reference is.
_MOST = 2_000


class Scopes:
    """
    The dynamic anchors of each resource of some documents.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._anchors: dict[Place, dict[str, Place]] = {}
        self._mentioned: dict[str, bool] = {}
        self._made: set[tuple[tuple[str, Place], ...]] = set()

    def enter(self, place: Place, scope: tuple[tuple[str, Place], ...]) -> Place:
        """
        Return *place* as seen by whoever comes there in *scope*.
        """
        own = self._of(place)
        if not own and not scope:
            return place
        seen = tuple(sorted({**own, **dict(scope)}.items()))
        if seen not in self._made:
            if len(self._made) >= _MOST:
                return Place(place.uri, place.pointer)
            self._made.add(seen)
        return Place(place.uri, place.pointer, seen)

    def follow(self, reference: str, place: Place) -> Place:
        """
        Say where a ``$dynamicRef`` leads that stands at *place*.

        Raises:
            DanglingReferenceError: it names nothing.
        """
        target = self._documents.target(reference, place)
        name = unquote(urldefrag(reference)[1])
        node = self._documents.node(target, reference)
        if name and isinstance(node, dict) and cast("dict[str, Any]", node).get(_ANCHOR) == name:
            return dict(place.scope).get(name, target)
        return target

    def _of(self, place: Place) -> dict[str, Place]:
        if not self._mentions(place.uri):
            return {}
        resource = self._documents.resource(place)
        found = self._anchors.get(resource)
        if found is None:
            found = self._anchors[resource] = self._read(resource)
        return found

    def _mentions(self, uri: str) -> bool:
        found = self._mentioned.get(uri)
        if found is None:
            try:
                text = self._documents.text(uri)
                there = (
                    mentions(self._documents.node(Place(uri, "")), _ANCHOR) if text is None else b"ynamicAnchor" in text
                )
            except (DanglingReferenceError, KeyError):
                return False
            found = self._mentioned[uri] = there
        return found

    def _read(self, resource: Place) -> dict[str, Place]:
        found: dict[str, Place] = {}
        stack: list[tuple[Any, str]] = [(self._documents.node(resource), resource.pointer)]
        while stack:
            node, pointer = stack.pop()
            if isinstance(node, dict):
                schema = cast("dict[str, Any]", node)
                if pointer != resource.pointer and isinstance(schema.get("$id"), str):
                    continue  # a resource of its own
                if isinstance(name := schema.get(_ANCHOR), str):
                    found.setdefault(name, Place(resource.uri, pointer))
                stack.extend((value, f"{pointer}/{escape(str(key))}") for key, value in schema.items())
            elif isinstance(node, list):
                stack.extend((value, f"{pointer}/{index}") for index, value in enumerate(node))
        return found
