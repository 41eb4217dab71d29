"""
Where in a body the item is, or the list of items, and where in an entry of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from aegis_mockserver.behaviours.resources._names import id_steps, plain, singular_of
from aegis_mockserver.behaviours.resources._resource import Steps
from aegis_mockserver.behaviours.resources._shapes import FIRST, Shape

_LISTS = ("data", "items", "results", "records", "content", "list", "values", "entries", "rows", "objects", "value",
          "resources", "elements", "entities", "members", "docs", "documents", "hits", "collection", "edges",
          "nodes")  # fmt: skip
_WRAPPERS = ("data", "item", "result", "record", "response", "payload", "object", "attributes", "entity", "resource",
             "entry", "body", "value", "content")  # fmt: skip
# Members beside an item that are about the answer, not about the item.
_ABOUT = frozenset({"meta", "metadata", "links", "link", "errors", "error", "warnings", "message", "messages",
                    "status", "success", "ok", "code", "included", "jsonapi", "requestid", "request", "info",
                    "pagination", "statuscode", "timestamp", "msg", "type", "version"})  # fmt: skip
_DEPTH = 3


class Listed(NamedTuple):
    """
    Where the items of a list are.
    """

    steps: Steps
    entry: Steps = ()


def item_at(shape: Shape, names: Sequence[str], noun: str, known: Iterable[str] = ()) -> Steps:
    """
    Say where the item of an answer is: () for the whole of it, else inside its envelope.

    Args:
        known: names of properties that the item has, where that is known already.
    """
    return _at(shape, names, _wrapped(noun), frozenset(known), 0) or ()


def _wrapped(noun: str) -> frozenset[str]:
    return frozenset({plain(noun), plain(singular_of(noun)), *_WRAPPERS})


def _at(
    shape: Shape, names: Sequence[str], wrappers: frozenset[str], known: frozenset[str], depth: int
) -> Steps | None:
    properties = shape.properties
    if id_steps(properties, names):
        return ()
    around = [name for name in properties if plain(name) not in _ABOUT]
    few = len(around) <= 2
    inner = [(name, properties[name]) for name in properties if "object" in properties[name].types]
    inner.sort(key=lambda pair: (plain(pair[0]) not in wrappers, plain(pair[0]) in _ABOUT))
    for name, part in inner:
        if depth < _DEPTH and (few or plain(name) in wrappers):
            deeper = _at(part, names, wrappers, known, depth + 1)
            if deeper is not None:
                return (name, *deeper)
    for name, part in properties.items():
        entry = part.items if "array" in part.types else None
        if entry is not None and (few or plain(name) in wrappers) and not known & properties.keys() and depth < _DEPTH:
            if id_steps(entry.properties, names):
                return (name, FIRST)
            deeper = _at(entry, names, wrappers, known, depth + 1) if len(entry.properties) == 1 else None
            if deeper:
                return (name, FIRST, *deeper)
    if "array" in shape.types and id_steps(shape.items.properties, names):
        return (FIRST,)
    if depth == 0 and not known & properties.keys():
        # Nothing is called an id: an envelope is still one, if there is nothing else, or it has what the item has.
        for name, part in inner:
            if known & part.properties.keys() or (plain(name) in wrappers and few and part.properties):
                return (name,)
    return None


def list_at(shape: Shape, noun: str, names: Sequence[str] = (), known: Iterable[str] = ()) -> Listed | None:
    """
    Say where the items of a list are: () for a bare array; None where there is no list.
    """
    item = frozenset(known)
    found = [(_likeness(steps, array, noun, names, item), steps, array) for steps, array in _arrays(shape, (), 0)]
    if not found:
        return None
    best = max(found, key=lambda one: one[0])
    if best[0] < 0:
        return None
    return Listed(best[1], _entry(best[2].items, names, noun, item))


def number_at(shape: Shape) -> Steps | None:
    """
    Say where the only number of an answer is: () for a bare one; None where there is none, or several.
    """
    if shape.types & {"integer", "number"}:
        return ()
    inner = ((name, number_at(part)) for name, part in shape.properties.items() if plain(name) not in _ABOUT)
    found = [(name, *steps) for name, steps in inner if steps is not None and len(steps) < _DEPTH]
    return found[0] if len(found) == 1 else None


def _arrays(shape: Shape, steps: Steps, depth: int) -> Iterator[tuple[Steps, Shape]]:
    if "array" in shape.types:
        yield steps, shape
    elif depth < _DEPTH:
        for name, part in shape.properties.items():
            if part.types & {"array", "object"}:
                yield from _arrays(part, (*steps, name), depth + 1)


def _likeness(steps: Steps, array: Shape, noun: str, names: Sequence[str], known: frozenset[str]) -> float:
    if not steps:
        return 100
    name, item = plain(steps[-1]), array.items
    own = _lists_of(item, names, known)
    listed = {plain(noun), plain(singular_of(noun)) + "list", plain(singular_of(noun)) + "s"}
    points = -len(steps) * 1.5
    points += 6 if name in listed else 3 if name in _LISTS else 0
    points += 5 * own
    if not known and not names:
        points += 2
    elif item.types and "object" not in item.types:
        points += 6 if name in {"ids", f"{plain(singular_of(noun))}ids"} else -2
    elif not own and name not in listed and name not in _LISTS:
        points -= 3
    return points + 2


def _lists_of(item: Shape, names: Sequence[str], known: frozenset[str]) -> float:
    """
    Say how much an entry looks like the item, from 0 to 1.
    """
    properties = item.properties
    if len(properties) == 1:
        properties = {**properties, **next(iter(properties.values())).properties}
    elif len(properties) <= 3 and "node" in properties:  # an edge of a connection: the item with its cursor
        properties = properties["node"].properties
    shared = len(known & properties.keys()) / max(1, min(len(known), len(properties))) if known else 0.0
    return max(shared, 0.6 if names and id_steps(properties, names) else 0.0)


def _entry(item: Shape, names: Sequence[str], noun: str, known: frozenset[str]) -> Steps:
    properties = item.properties
    if not properties or (names and id_steps(properties, names)) or (known and known & properties.keys()):
        return ()
    for name, part in properties.items():
        wraps = len(properties) <= 3 or plain(name) in _wrapped(noun)
        if wraps and part.properties and (known & part.properties.keys() or id_steps(part.properties, names)):
            return (name,)
    return ()
