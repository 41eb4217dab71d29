"""
What a schema says of one place in its instances.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aegis_contracts.compatibility._flat import Flat, Parts, below
from aegis_contracts.compatibility._universe import Node, Universe

_DEEP: Final = 12


def allowed(universe: Universe, node: Node, path: Sequence[str]) -> frozenset[str] | None:
    """
    Name the JSON types that may stand at *path*; None where the schema does not name the place, or forbids it.

    Args:
        path: names of properties; ``*`` for any item of an array or any property of a map.
    """
    return _allowed(universe, (node,), tuple(path), 0)


def required(universe: Universe, node: Node) -> frozenset[str]:
    """
    Name the properties that every object of a schema has.
    """
    return frozenset(Flat(universe, (node,)).required)


def _allowed(universe: Universe, parts: Parts, path: tuple[str, ...], depth: int) -> frozenset[str] | None:
    flat = Flat(universe, parts)
    if flat.never or depth > _DEEP:
        return None
    if flat.choices:
        choice = flat.choices[0]
        answers = [
            _allowed(
                universe,
                (
                    *parts,
                    below(choice.node, choice.keyword, i)._replace(choice=(id(choice.node.schema), choice.keyword)),
                ),
                path,
                depth + 1,
            )
            for i in range(len(choice.value))
        ]
        known = [answer for answer in answers if answer is not None]
        return frozenset().union(*known) if known else None
    if not path:
        return flat.types - {"number"} | {"integer"} if flat.whole and "number" in flat.types else flat.types
    step, rest = path[0], path[1:]
    if "array" in flat.types and (step == "*" or step.isdigit()) and flat.lists:
        return _allowed(universe, flat.item(int(step) if step.isdigit() else None), rest, depth)
    if "object" not in flat.types:
        return None
    if step in flat.names:
        member = flat.member(step)
        return (
            None
            if member is None or any(p.schema is False for p in member)
            else _allowed(universe, member, rest, depth)
        )
    found = tuple(part for group in flat.groups for part in group.of(step))
    if found and not any(part.schema is False for part in found):
        return _allowed(universe, found, rest, depth)
    named = any(group.properties or group.patterns or group.additional is not None for group in flat.groups)
    if not named and not flat.closed:
        return frozenset({"any"})  # an object of whatever its sender likes
    return None
