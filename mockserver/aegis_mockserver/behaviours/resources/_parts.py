"""
Paths that are called like a part of an item, and show the whole of it: what is written there is that part alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aegis_contracts import Operation
from aegis_mockserver.behaviours.resources._bodies import answer_of
from aegis_mockserver.behaviours.resources._paths import BELOW, ITEM


def whole_of(path: str, at: Callable[[str], Mapping[str, Operation]]) -> tuple[str, str, str] | None:
    """
    Return the collection, the template expression and the part, where *path* shows an item as its own path does.

    Args:
        at: returns the operations of a path by their methods.
    """
    below = BELOW.fullmatch(path)
    item = ITEM.fullmatch(below[1]) if below is not None else None
    own = at(below[1]).get("GET") if below is not None else None
    here, there = answer_of(at(path)["GET"]), answer_of(own) if own is not None else None
    if below is None or item is None or here is None or there is None or here.node != there.node:
        return None
    part = there.properties.get(below[2])
    # Whoever answers with an item's like, such as its parent, answers with another item.
    if part is None or not part.properties or part.properties.keys() == there.properties.keys():
        return None
    return item[1], item[2] or item[3], below[2]
