"""
Which operation a method and a path mean: concrete paths before templated ones (OpenAPI 3.1 §4.8.8.2).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import unquote

T = TypeVar("T")
_EXPRESSION = re.compile(r"\{([^{}]+)\}")
SPAN = 32  # segments that one template expression takes at most


@dataclass(slots=True)
class Match(Generic[T]):
    """
    What a path leads to, and the decoded values of its template expressions.
    """

    value: T
    path_values: dict[str, str]


@dataclass(frozen=True, slots=True)
class MethodNotAllowed:
    """
    The path exists, the method does not; ``allowed`` are those that do.
    """

    allowed: tuple[str, ...]


class _Node(Generic[T]):
    __slots__ = ("literal", "methods", "plain", "spanning", "templated")

    def __init__(self) -> None:
        self.literal: dict[str, _Node[T]] = {}
        self.templated: dict[str, tuple[tuple[str, ...] | None, tuple[str, ...], _Node[T]]] = {}
        self.methods: dict[str, tuple[T, tuple[str, ...]]] = {}
        self.plain: _Node[T] | None = None  # the only templated child, if it takes a whole segment
        self.spanning: _Node[T] | None = None  # the child whose expression takes one segment or more


class Routes(Generic[T]):
    """
    A table from method and path to something.
    """

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        self._exact: dict[str, dict[str, Match[T]]] = {}
        self._parents: dict[str, _Node[T]] = {}  # of one template expression at the end, by the path before it

    def add(self, method: str, path: str, value: T, spanning: Collection[str] = ()) -> T | None:
        """
        Add a path template; answers what already stood there, which then stays.

        Args:
            spanning: template expressions that take several segments (``x-multi-segment``).
        """
        node = parent = self._root
        names: list[str] = []
        for segment in path.split("/")[1:]:
            parent = node
            if "{" not in segment:
                node = node.literal.setdefault(segment, _Node())
                continue
            shape = _EXPRESSION.sub("{}", segment)
            inside = tuple(_EXPRESSION.findall(segment))
            names.extend(inside)
            if shape == "{}" and inside[0] in spanning:
                node.spanning = node.spanning or _Node()
                node = node.spanning
                continue
            if shape not in node.templated:
                pattern = None if shape == "{}" else tuple(_EXPRESSION.split(segment)[::2])
                node.templated[shape] = (pattern, inside, _Node())
                node.templated = dict(sorted(node.templated.items(), key=lambda item: item[0] == "{}"))
                node.plain = node.templated[shape][2] if len(node.templated) == 1 and shape == "{}" else None
            node = node.templated[shape][2]
        taken = node.methods.get(method)
        if taken is not None:
            return taken[0]
        node.methods[method] = (value, tuple(names))
        before = path.rpartition("/")[0]
        if "{" in path and "{" not in before:
            self._parents[before] = parent
        if "{" not in path:
            self._exact.setdefault(path, {})[method] = Match(value, {})
        return None

    def find(self, method: str, path: str) -> Match[T] | MethodNotAllowed | None:
        """
        Find what *method* and the raw (still percent-encoded) *path* lead to.
        """
        exact = self._exact.get(path)
        if exact is not None and (here := exact.get(method)) is not None:
            return here
        before, _, last = path.rpartition("/")
        parent = self._parents.get(before)
        if parent is not None and parent.plain is not None and last and last not in parent.literal and "%" not in last:
            item = parent.plain.methods.get(method)
            if item is not None:
                value, names = item
                return Match(value, {names[0]: last})
        segments = path.split("/")
        del segments[0]
        straight = self._straight(method, segments)
        if straight is not None:
            return straight
        allowed: set[str] = set()
        for node, values in _walk(self._root, segments, 0, ()):
            found = node.methods.get(method)
            if found is not None:
                return Match(found[0], dict(zip(found[1], values, strict=True)))
            allowed.update(node.methods)
        return MethodNotAllowed(tuple(sorted(allowed))) if allowed else None

    def _straight(self, method: str, segments: list[str]) -> Match[T] | None:
        """
        Go down where there is only one way; None as soon as there is a choice.
        """
        node = self._root
        values: list[str] = []
        for segment in segments:
            child = node.literal.get(segment)
            if child is not None:
                if node.templated or node.spanning is not None:
                    return None
                node = child
            elif node.plain is not None and node.spanning is None and segment and "%" not in segment:
                node = node.plain
                values.append(segment)
            else:
                return None
        found = node.methods.get(method)
        if found is None:
            return None
        value, names = found
        return Match(value, {names[0]: values[0]} if len(values) == 1 else dict(zip(names, values, strict=True)))


def _between(literals: tuple[str, ...], segment: str) -> tuple[str, ...] | None:
    """
    Find what stands between *literals* in *segment*: each value as short as can be, none empty, in linear time.
    """
    first, *inner, last = literals
    end = len(segment) - len(last)
    if not segment.startswith(first) or not segment.endswith(last):
        return None
    values: list[str] = []
    start = len(first)
    for literal in inner:
        at = segment.find(literal, start + 1, end)
        if at < 0:
            return None
        values.append(segment[start:at])
        start = at + len(literal)
    return (*values, segment[start:end]) if start < end else None


def _walk(
    node: _Node[T], segments: list[str], index: int, values: tuple[str, ...]
) -> Iterable[tuple[_Node[T], tuple[str, ...]]]:
    if index == len(segments):
        if node.methods:
            yield node, values
        return
    segment = segments[index]
    literal = node.literal.get(segment)
    if literal is None and "%" in segment:
        literal = node.literal.get(unquote(segment))
    if literal is not None:
        yield from _walk(literal, segments, index + 1, values)
    for pattern, _names, child in node.templated.values():
        if pattern is None:
            if segment:
                yield from _walk(child, segments, index + 1, (*values, segment))
        elif (found := _between(pattern, segment)) is not None:
            yield from _walk(child, segments, index + 1, (*values, *found))
    if node.spanning is not None and segment:
        for end in range(index + 1, min(len(segments), index + SPAN) + 1):
            yield from _walk(node.spanning, segments, end, (*values, "/".join(segments[index:end])))
