"""
Owners: whose an item is, how it tells that, and where the items live that are asked for below their owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from os.path import commonpath

from aegis_mockserver.behaviours.resources._names import (
    ANYBODYS,
    id_in,
    id_names,
    id_steps,
    noun_of,
    plain,
    singular_of,
)
from aegis_mockserver.behaviours.resources._paths import ITEM, NAMES, shape_of
from aegis_mockserver.behaviours.resources._resource import Resource, Steps
from aegis_mockserver.behaviours.resources._shapes import Shape

_OWNER = re.compile(r"/[^/{}]+/\{[^{}/]+\}(?=/)")


def owner_names(path: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """
    Say by which names a member tells whose an item is: for each template expression in a collection's path, what the
    owner is called, and what a member with its id may be called, likeliest first.
    """
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    parts = [part for part in path.split("/") if part]
    last = next((number for number in reversed(range(len(parts))) if "{" in parts[number]), -1)
    for number, part in enumerate(parts):
        for parameter in NAMES.findall(part):
            noun = singular_of(next((each for each in reversed(parts[:number]) if "{" not in each), ""))
            own = plain(parameter)
            names = [] if own in ANYBODYS else [own]
            if noun:
                names += [f"{plain(noun)}id", plain(noun) + own, f"{plain(noun)}uuid", plain(noun)]
            if number == last:
                names.append("parentid")
            found[parameter] = (noun, tuple(dict.fromkeys(names)))
    return found


def belongings(collection: str, item: Shape, identity: Steps) -> Iterator[tuple[str, Steps, Shape]]:
    """
    Find where an item tells whose it is: by a member with the owner's id, or in one that is the owner.

    Args:
        identity: where in the item its own id is.
    """
    beside = identity[:-1]
    around = item.at(beside).properties if beside else {}
    for parent, (noun, names) in owner_names(collection).items():
        name = id_in(around, [*names, noun]) if beside else None
        if name is not None and (*beside, name) != identity:
            if not around[name].types & {"object", "array"}:
                yield parent, (*beside, name), around[name]
            continue
        name = id_in(item.properties, names)
        shape = item.properties[name] if name is not None else None
        owns = name is not None and (name,) == identity
        if name is not None and shape is not None and not owns and not shape.types & {"object", "array"}:
            yield parent, (name,), shape
        name = id_in(item.properties, [noun])
        if name is not None and "object" in item.properties[name].types:
            inner = item.properties[name].properties
            steps = id_steps(inner, id_names(parent, noun))
            if len(steps) == 1:
                yield parent, (name, *steps), inner[steps[0]]
        above = item.properties["parent"].properties if "parent" in item.properties else {}
        if (name := id_in(above, names)) is not None and not above[name].types & {"object", "array"}:
            yield parent, ("parent", name), above[name]


def tells_whose(below: str, resource: Resource, item: Shape) -> bool:
    """
    Say whether an item tells whose it is of the owners in a path.
    """
    return any(parent not in resource.parents for parent, _, _ in belongings(below, item, resource.identity.steps))


def elsewhere(below: str, items: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """
    Find the resources whose items may be meant below an owner: what is called the same, the nearest first; below the
    owner itself, any.

    Args:
        items: item path, template expression and suffix of each resource.

    Returns:
        Collection path and template expression.
    """
    of_owner, names = ITEM.fullmatch(below) is not None, set(NAMES.findall(below))
    noun, shape = noun_of(below), shape_of(below)
    found: list[tuple[int, str, str]] = []
    for path, parameter, _ in items:
        match = ITEM.fullmatch(path)
        collection = match[1] if match is not None else ""
        named = bool(collection) and (of_owner or noun_of(collection) == noun) and shape_of(collection) != shape
        if named and set(NAMES.findall(collection)) < names and not below.startswith(path):
            found.append((-len(commonpath((below, collection))), collection, parameter))
    return [(collection, parameter) for _, collection, parameter in sorted(found)]


def above(path: str, items: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:
    """
    Find the resources whose collection is this path with an owner put into it.

    Args:
        items: item path, template expression and suffix of each resource.

    Returns:
        Collection path and template expression.
    """
    found: list[tuple[str, str]] = []
    noun = noun_of(path)
    for one, parameter, _ in items:
        match = ITEM.fullmatch(one)
        collection = match[1] if match is not None else ""
        if (
            collection
            and noun_of(collection) == noun
            and shape_of(_OWNER.sub("", collection, count=1)) == shape_of(path)
        ):
            found.append((collection, parameter))
    return found


def is_alike(shown: Shape, item: Shape) -> bool:
    """
    Say whether what is shown is an item, or most of one.
    """
    shared = shown.properties.keys() & item.properties.keys()
    return bool(shared) and len(shared) * 2 >= min(len(shown.properties), len(item.properties))
