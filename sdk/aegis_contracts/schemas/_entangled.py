"""
All schemas of a contract together, for one direction: compiled once, however many reach each other.

In some public documents every object refers to every other. A compiled schema holds what it reaches, so one for each
operation would hold the whole document hundreds of times.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from aegis_contracts._subschemas import mapped
from aegis_contracts.documents._documents import DanglingReferenceError, Place
from aegis_contracts.json_pointer import escape, join
from aegis_contracts.schemas._discriminators import discriminated
from aegis_contracts.schemas._hidden import Direction
from aegis_contracts.schemas._projection import Projector
from aegis_contracts.schemas._schema import Schema
from aegis_contracts.verdict._verdict import Engine, InvalidSchemaError, Verdict, compiled

if TYPE_CHECKING:
    from aegis_contracts.instances import Generator

_SILENT = frozenset({"description", "summary", "externalDocs", "xml"})


class Entangled:
    """
    The schemas of a contract's components and of its operations' bodies, in one document.
    """

    def __init__(self, schemas: Iterable[Schema], projector: Projector, direction: Direction) -> None:
        self._projector = projector
        self._direction: Direction = direction
        self._named: dict[Place, str] = {}
        self.places: dict[str, Place] = {}
        self._definitions: dict[str, Any] = {}
        self._engine: Engine | None = None
        self._broken = False
        self._generator: Generator | None = None
        for schema in schemas:
            self._add(schema.node, schema.place)

    def _add(self, node: Any, place: Place) -> None:
        projector = self._projector
        pending: list[tuple[Place, Any]] = [(place, node)]
        while pending:
            target, given = pending.pop()
            if target in self._named:
                continue
            try:
                converted, needed = projector.converter.converted(target, self._direction, given)
            except DanglingReferenceError:
                continue  # whatever refers to nothing is reported where it is used
            # Only components have names that others may refer to by; the rest is counted.
            component = given is not node or target.pointer.startswith("/components/schemas/")
            name = projector.converter.name(target) if component else f"body.{len(self._named)}"
            self._named[target] = name
            self.places[name] = target
            self._definitions[name] = _quiet(converted)
            pending.extend((other, None) for other in needed)

    def name(self, place: Place) -> str | None:
        """
        Return the name of the schema at *place*, if it is one of these.
        """
        return None if self._broken else self._named.get(place)

    def standing(self, root: dict[str, Any]) -> dict[str, Any]:
        """
        Put *root* beside all definitions, which are the same for every one that stands here.
        """
        return {**root, "$defs": self._definitions}

    @cached_property
    def _told(self) -> dict[str, Any]:
        return cast("dict[str, Any]", discriminated({"$defs": self._definitions})["$defs"])

    def discriminated(self, schema: dict[str, Any]) -> dict[str, Any]:
        """
        Give *schema*, which stands beside all definitions, and them its discriminators as rules; theirs are found once.
        """
        root = {keyword: value for keyword, value in schema.items() if keyword != "$defs"}
        return {**discriminated(root, self.standing(root)), "$defs": self._told}

    def verdict(self, name: str, locate: Any) -> Verdict | None:
        """
        Return the verdict of one schema; None when one of them all is broken, so that each must speak for itself.
        """
        if self._engine is None and not self._broken:
            properties = {name: {"$ref": f"#/$defs/{escape(name)}"} for name in self._definitions}
            try:
                self._engine = compiled({"properties": properties, "$defs": self._told})
            except InvalidSchemaError:
                self._broken = True
        if self._engine is None:
            return None
        alone = {"$ref": f"#/$defs/{escape(name)}", "$defs": self._definitions}
        return Verdict(alone, locate, shared=(self._engine, name))

    def generator(self, name: str, *, examples: bool, verdict: Verdict) -> Generator:
        """
        Return a generator of instances of one schema, which shares what it finds out with all others.
        """
        from aegis_contracts.instances import Generator

        if self._generator is None:
            self._generator = Generator({"$defs": self._definitions}, engine=self._engine)
        return self._generator.at(join("$defs", name), is_valid=verdict.is_valid, examples=examples)


def _quiet(node: Any) -> Any:
    """
    Leave out what only people read; names of properties stay, whatever they are.
    """
    if not isinstance(node, dict):
        return node
    return mapped(
        {
            key: value
            for key, value in cast("dict[str, Any]", node).items()
            if key not in _SILENT and (not key.startswith("x-") or key == "x-max-bytes")
        },
        _quiet,
    )
