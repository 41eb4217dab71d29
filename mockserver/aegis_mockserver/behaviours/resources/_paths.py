"""
Paths: of items, of what lies below an item, and of what stands beside a collection.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from aegis_contracts import Contract, Operation
from aegis_contracts._model import operations_of

NAMES = re.compile(r"\{([^{}]+)\}")
ITEM = re.compile(r"(.*?)(?:/\{([^{}/]+)\}|\('?\{([^{}/]+)\}'?\))(\.[a-z]+)?")
BELOW = re.compile(r"(.*(?:\}|\}'?\))(?:\.[a-z]+)?)[/:]([A-Za-z][\w.-]*)")
BESIDE = re.compile(
    r"(.+)[/:]_?(search|query|find|filter|list|lookup|count|batch|bulk|(?:batch|bulk)[/_-]?(?:create|update|delete|remove)|delete|(?<!batch[/_-])(?<!bulk[/_-])create)"
    r"(\.[a-z]+)?",
    re.IGNORECASE,
)


def shape_of(path: str) -> str:
    """
    Write a path without the names of its template expressions.
    """
    return NAMES.sub("{}", path)


class Paths:
    """
    The paths of one contract without what says nothing about what they are, and the operations at each.

    That is a slash at the end, a query, and ``/json`` where it only says how is told what has no other path to be read
    at: ``/containers/{id}/json`` shows ``/containers/{id}``.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._written: Mapping[str, Any] = contract.document.get("paths", {})
        self._operations: dict[str, dict[str, Operation]] = {}

    def plain(self, path: str) -> str:
        """
        Write a path plainly.
        """
        plain = path.partition("?")[0].rstrip("/") or "/"
        told = plain.removesuffix("/json")
        if told and told != plain and not self._reads(told) and self._reads(path):
            return told
        return plain

    def _reads(self, path: str) -> bool:
        node = self._written.get(path)
        return isinstance(node, Mapping) and ("get" in node or "$ref" in node)

    @cached_property
    def shapes(self) -> dict[str, list[str]]:
        """
        The paths as they are written by the shape of what they are, the plain one first.
        """
        found: dict[str, list[str]] = {}
        for path in self._written:
            plain = self.plain(path)
            here = found.setdefault(shape_of(plain), [])
            here.insert(0 if plain == path else len(here), path)
        return found

    @cached_property
    def items(self) -> dict[str, tuple[str, str, str]]:
        """
        Item path, template expression and suffix by the shape of the collection's path.
        """
        found: dict[str, tuple[str, str, str]] = {}
        for path in self._written:
            plain = self.plain(path)
            if match := ITEM.fullmatch(plain):
                suffix = match[4] or ""
                shape = shape_of(match[1])
                key = shape + suffix if shape + suffix in self.shapes else shape
                address = path if path.rstrip("/") == plain else plain
                found.setdefault(key, (address, match[2] or match[3], suffix))
        return found

    def parameter(self, collection: str) -> str:
        """
        Return the template expression of a collection's items; nothing where they have no path.
        """
        return self.items.get(shape_of(collection), ("", "", ""))[1]

    def at(self, path: str) -> dict[str, Operation]:
        """
        Return the operations of a path by method, whatever its template expressions are called.
        """
        shape = shape_of(path.rstrip("/") or "/")
        if shape not in self._operations:
            found: dict[str, Operation] = {}
            for written in self.shapes.get(shape, ()):
                found = {one.method: one for one in self._of(written)} | found
            self._operations[shape] = found
        return self._operations[shape]

    def operations(self, *paths: str) -> list[Operation]:
        """
        Return all operations of some paths, in the order of the document.
        """
        wanted = {shape_of(path.rstrip("/") or "/") for path in paths}
        here = {written for shape in wanted for written in self.shapes.get(shape, ())}
        return [operation for path in self._written if path in here for operation in self._of(path)]

    def _of(self, path: str) -> Iterator[Operation]:
        return operations_of(self._contract, path, self._written[path], self._contract.root.at("paths", path))
