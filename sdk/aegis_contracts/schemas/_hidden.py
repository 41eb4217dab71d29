"""
Properties that do not travel: what ``readOnly`` and ``writeOnly`` mean for one direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from aegis_contracts.documents._documents import Documents, Place

Direction = Literal["request", "response", "reading", "none"]  # reading: an answer, as whoever gets it may rely on it

_DEEP = 8


class Hidden:
    """
    Finds the properties that do not travel, in a schema and in what it is composed of.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def marked(self, node: Any, place: Place, mark: str, depth: int) -> Iterator[str]:
        """
        Name the properties that carry *mark*, in the schema itself and in what it is composed of.
        """
        if depth > _DEEP or not isinstance(node, dict):
            return
        properties = node.get("properties")
        for name, schema in properties.items() if isinstance(properties, dict) else ():
            if self._says(schema, place.at("properties", name), mark, depth):
                yield name
        parts = node.get("allOf")
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            target, where = self._documents.follow(part, place.at("allOf", index))
            yield from self.marked(target, where, mark, depth + 1)

    def _says(self, schema: Any, place: Place, mark: str, depth: int) -> bool:
        """
        Say whether a property carries *mark*: itself, where it refers to, or in what that is composed of.
        """
        if depth > _DEEP or not isinstance(schema, dict):
            return False
        if schema.get(mark) is True:
            return True
        target, where = self._documents.follow(schema, place)
        if not isinstance(target, dict):
            return False
        parts = target.get("allOf")
        return target.get(mark) is True or any(
            self._says(part, where.at("allOf", index), mark, depth + 1)
            for index, part in enumerate(parts if isinstance(parts, list) else ())
        )

    def requires(self, node: Any, place: Place, hidden: frozenset[str], depth: int) -> bool:
        """
        Say whether a schema requires what another one hides, and does not name it itself.
        """
        if depth > _DEEP or not isinstance(node, dict):
            return False
        required = node.get("required")
        if isinstance(required, list) and not hidden.isdisjoint(map(str, required)):
            own = node.get("properties")
            return not isinstance(own, dict) or not hidden.intersection(map(str, required)) <= own.keys()
        parts = node.get("allOf")
        for index, part in enumerate(parts if isinstance(parts, list) else ()):
            target, where = self._documents.follow(part, place.at("allOf", index))
            if self.requires(target, where, hidden, depth + 1):
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
