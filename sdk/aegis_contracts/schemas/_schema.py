"""
A schema where it stands in a contract: its verdict, its projection, its violations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from aegis_contracts._violation import Violation
from aegis_contracts.documents._documents import Documents, Place
from aegis_contracts.schemas._dialects import without
from aegis_contracts.schemas._discriminators import discriminated
from aegis_contracts.schemas._hidden import Direction
from aegis_contracts.schemas._projection import Projection, Projector
from aegis_contracts.verdict._verdict import InvalidSchemaError, Verdict

if TYPE_CHECKING:
    from aegis_contracts.instances import Generator

# How many keywords that mean nothing are left out of one schema.
_MENDED = 50


class Schema:
    """
    A JSON Schema of a contract; everything about it is compiled at first use and kept.
    """

    __slots__ = ("_documents", "_projections", "_projector", "_verdicts", "node", "place")

    def __init__(self, documents: Documents, projector: Projector, node: Any, place: Place) -> None:
        self._documents = documents
        self._projector = projector
        self.node: Any = node
        self.place = place
        self._projections: dict[Direction, Projection] = {}
        self._verdicts: dict[Direction, Verdict] = {}

    def __repr__(self) -> str:
        return f"<Schema {self.location}>"

    @property
    def location(self) -> str:
        """
        Say where the schema stands, as ``file#/pointer``.
        """
        return self._documents.shown(self.place)

    @property
    def resolved(self) -> Any:
        """
        The node with its own ``$ref`` followed.
        """
        return self._documents.follow(self.node, self.place)[0]

    def projection(self, direction: Direction = "none") -> Projection:
        """
        Return the self-contained form and the origin of its parts.
        """
        found = self._projections.get(direction)
        if found is None:
            found = self._projector.project(self.node, self.place, direction, kinds=True)
            self._projections[direction] = found
        return found

    def projected(self, direction: Direction = "none") -> dict[str, Any] | bool:
        """
        Return a self-contained JSON Schema 2020-12 for one direction of travel.
        """
        return self.projection(direction).schema

    def discriminated(self, direction: Direction = "none") -> dict[str, Any] | bool:
        """
        Return the same with its discriminators as rules.
        """
        projection = self.projection(direction)
        if projection.entangled is not None and isinstance(projection.schema, dict):
            return projection.entangled.discriminated(projection.schema)
        return cast("dict[str, Any] | bool", discriminated(projection.schema))

    def verdict(self, direction: Direction = "none") -> Verdict:
        """
        Return the compiled schema.

        Raises:
            InvalidSchemaError: the schema itself is broken.
        """
        found = self._verdicts.get(direction)
        if found is None:
            found = self._verdicts[direction] = self._judged(direction)
        return found

    def _judged(self, direction: Direction) -> Verdict:
        projection = self.projection(direction)
        documents = self._documents
        if projection.entangled is not None:
            shared = projection
            verdict = projection.entangled.verdict(
                projection.name, lambda pointer: documents.shown(shared.place(pointer))
            )
            if verdict is not None:
                return verdict
            projection = self._projector.project(self.node, self.place, direction, alone=True, kinds=True)
            self._projections[direction] = projection
        for _ in range(_MENDED if documents.tolerant else 0):
            try:
                return self._compiled(projection)
            except InvalidSchemaError as error:
                # A keyword that means nothing can only be overlooked; lint has told of it.
                projection.schema = without(projection.schema, error.pointer)
        return self._compiled(projection)

    def _compiled(self, projection: Projection) -> Verdict:
        documents = self._documents
        return Verdict(discriminated(projection.schema), lambda pointer: documents.shown(projection.place(pointer)))

    def generator(self, direction: Direction, *, examples: bool = True) -> Generator:
        """
        Return a generator of instances that the verdict accepts.

        Args:
            examples: use the schema's own examples and defaults where they are valid.

        Raises:
            InvalidSchemaError: the schema itself is broken.
        """
        from aegis_contracts.instances import Generator

        verdict = self.verdict(direction)
        projection = self.projection(direction)
        if projection.entangled is not None:
            return projection.entangled.generator(projection.name, examples=examples, verdict=verdict)
        return Generator(projection.schema, examples=examples, is_valid=verdict.is_valid)

    def is_valid(self, instance: Any, direction: Direction = "none") -> bool:
        """
        Say whether *instance* meets the schema.
        """
        return self.verdict(direction).is_valid(instance)

    def violations(self, instance: Any, direction: Direction = "none", prefix: str = "") -> list[Violation]:
        """
        List every rule that *instance* breaks.
        """
        return self.verdict(direction).violations(instance, prefix)
