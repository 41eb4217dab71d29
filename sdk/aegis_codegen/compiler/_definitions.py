"""
The definitions of one API, as those who make them share them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, cast

from aegis_codegen._names import IMPORTED, free, pascal
from aegis_codegen.compiler._compose import Composer, is_annotation
from aegis_codegen.compiler._refusals import Refusals
from aegis_codegen.compiler._source import Node, Source
from aegis_codegen.plan import Definition, Direction, Named, Type
from aegis_contracts import Contract, Place


class Definitions(ABC):
    """
    What is defined already and which names are taken; how a schema inside of another becomes a type is known above.
    """

    def __init__(self, contract: Contract, refusals: Refusals, taken: Iterable[str] = ()) -> None:
        self.source = Source(contract)
        self.refusals = refusals
        self.composer = Composer(self.source, refusals)
        self.definitions: dict[tuple[str, Direction], Definition] = {}
        self.places: dict[tuple[str, Direction], Place] = {}
        self._taken: set[str] = {*IMPORTED, *taken}

    @abstractmethod
    def named(self, name: str, direction: Direction) -> Type:
        """
        Return the definition *name*, made now if it is not yet.
        """

    @abstractmethod
    def of(self, node: Any, direction: Direction, hint: str, place: Place, *, name: str = "") -> Type:
        """
        Return the type of a projected schema; *name* is taken when it becomes a definition, else *hint* is used.
        """

    def name(self, hint: str, direction: Direction) -> str:
        """
        Take a free class name.
        """
        base = pascal(hint)
        if direction == "write" and not base.endswith(("Request", "Input", "Params")):
            base = f"{base}Input"
        python = free(base, self._taken)
        self._taken.add(python)
        return python

    def define(self, definition: Definition) -> Named:
        """
        Keep a definition.
        """
        self.definitions[definition.name, definition.direction] = definition
        return Named(definition.name, definition.direction)

    def text(self, node: Any, direction: Direction) -> str:
        """
        Describe *node*: in its own words, else in those of what it refers to.
        """
        while isinstance(node, dict):
            schema = cast("Node", node)
            if text := described(schema) or described(self.source.raw(schema)):
                return text
            reference = only_reference(schema)
            if reference is None:
                return ""
            node = self.source.definition(self.source.target(reference), direction)
        return ""


def described(node: Node) -> str:
    """
    Return what *node* says of itself in prose.
    """
    return str(node.get("description") or "").strip()


def only_reference(node: Node) -> str | None:
    """
    Return the reference that is all that *node* says, if it is.
    """
    if any(not is_annotation(key) and key not in ("$ref", "allOf") for key in node):
        return None
    parts = [*([node] if "$ref" in node else []), *node.get("allOf", ())]
    if len(parts) != 1:
        return None
    part = parts[0]
    if part is node:
        return str(node["$ref"])
    return only_reference(part) if isinstance(part, dict) else None
