"""
Properties that do not travel: what ``readOnly`` and ``writeOnly`` mean for one direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from aegis_contracts.documents._documents import Documents, Place

Direction = Literal["request", "response", "reading", "none"]  # reading: an answer, as whoever gets it may rely on it

_MANY = 200  # schemas that one is composed of


class Hidden:
    """
    Finds the properties that do not travel, in a schema and in what it is composed of.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def marked(self, node: Any, place: Place, mark: str, seen: set[int] | None = None) -> Iterator[str]:
        """
        Name the properties that carry *mark*, in the schema itself and in what it is composed of.

        Args:
            seen: what was looked at on the way: many ways may lead to the same schema.
        """
        seen = set() if seen is None else seen
        if len(seen) > _MANY or not isinstance(node, dict) or id(node) in seen:
            return
        seen.add(id(node))
        properties = node.get("properties")
        for name, schema in properties.items() if isinstance(properties, dict) else ():
            if self._says(schema, place.at("properties", name), mark, set()):
                yield name
        parts = node.get("allOf")
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            target, where = self._documents.follow(part, place.at("allOf", index))
            yield from self.marked(target, where, mark, seen)

    def _says(self, schema: Any, place: Place, mark: str, seen: set[int]) -> bool:
        """
        Say whether a property carries *mark*: itself, where it refers to, or in what that is composed of.
        """
        if len(seen) > _MANY or not isinstance(schema, dict) or id(schema) in seen:
            return False
        seen.add(id(schema))
        if schema.get(mark) is True:
            return True
        target, where = self._documents.follow(schema, place)
        if not isinstance(target, dict):
            return False
        parts = target.get("allOf")
        return target.get(mark) is True or any(
            self._says(part, where.at("allOf", index), mark, seen)
            for index, part in enumerate(parts if isinstance(parts, list) else ())
        )

    def requires(self, node: Any, place: Place, hidden: frozenset[str], seen: set[int] | None = None) -> bool:
        """
        Say whether a schema requires what another one hides, and does not name it itself.
        """
        seen = set() if seen is None else seen
        if len(seen) > _MANY or not isinstance(node, dict) or id(node) in seen:
            return False
        seen.add(id(node))
        required = node.get("required")
        if isinstance(required, list) and not hidden.isdisjoint(map(str, required)):
            own = node.get("properties")
            return not isinstance(own, dict) or not hidden.intersection(map(str, required)) <= own.keys()
        parts = node.get("allOf")
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            target, where = self._documents.follow(part, place.at("allOf", index))
            if self.requires(target, where, hidden, seen):
                return True
        return False


def hide(schema: dict[str, Any], hidden: frozenset[str], direction: Direction) -> None:
    """
    Ask for no property that does not travel in this direction, and refuse in answers what is for requests only.

    Whoever reads an answer was promised nothing of such a property, and passes over it if it comes.
    """
    if isinstance(schema.get("required"), list):
        schema["required"] = [name for name in schema["required"] if name not in hidden]
    if direction == "response" and "properties" in schema:
        schema["properties"] = {k: False if k in hidden else v for k, v in schema["properties"].items()}
    elif direction == "reading" and "properties" in schema:
        schema["properties"] = {k: True if k in hidden else v for k, v in schema["properties"].items()}
