"""
What an action does to an item, by its name: ``cancel`` → ``status: canceled``, ``canceled_at``: now.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from aegis_mockserver.behaviours.resources._names import plain, words
from aegis_mockserver.behaviours.resources._shapes import Shape
from aegis_mockserver.world import World

_STATES = ("status", "state", "lifecycle_status", "phase")
_STEM = 4
_PAST = {"pay": "paid", "send": "sent", "hold": "held", "begin": "begun", "take": "taken", "freeze": "frozen",
         "withdraw": "withdrawn", "run": "running", "leave": "left", "win": "won", "lose": "lost"}  # fmt: skip
# What a text of an item's state can be is often told in words alone: "`OPEN`, `COMPLETED` or `CANCELED`".
_WORDS = re.compile(r"`\"?([A-Za-z][A-Za-z_-]{2,40})\"?`|\b([A-Z][A-Z_]{2,40})\b")
_READ = 4000


def _described(shape: Shape) -> list[str]:
    """
    List the values that the description of a text names as such.
    """
    said = shape.node.get("description")
    if "string" not in shape.types or not isinstance(said, str):
        return []
    return [found[1] or found[2] for found in _WORDS.finditer(said[:_READ])]


def ended(verb: str, item: Shape) -> Callable[[dict[str, Any], World], None] | None:
    """
    Return what changes an item as the verb says; None where nothing of the item is called so.
    """
    stem = plain(next(iter(words(verb)), ""))
    undoes = stem.startswith("un") and len(stem) > _STEM
    stem = stem.removeprefix("un") if undoes else stem
    if len(stem) < _STEM - 1:
        return None
    root = _PAST.get(stem, "")
    if not root:
        root = stem.rstrip("e")
        root = root[: max(_STEM, len(root) - 1)]
    changes: list[tuple[str, Any]] = []
    for name, shape in item.properties.items():
        if name in _STATES and not undoes:
            values = [value for value in shape.node.get("enum", ()) if isinstance(value, str)] or _described(shape)
            meant = next((value for value in values if plain(value).startswith(root)), None)
            if meant is not None:
                changes.append((name, meant))
        elif plain(name).startswith(root) and "boolean" in shape.types:
            changes.append((name, not undoes))
        elif plain(name).startswith(root) and plain(name).endswith(("at", "on", "date")):
            changes.append((name, None if undoes else shape))
    if not changes:
        return None

    def change(value: dict[str, Any], world: World) -> None:
        for name, wanted in changes:
            if not isinstance(wanted, Shape):
                value[name] = wanted
            elif "string" in wanted.types:
                dated = wanted.node.get("format") == "date"
                value[name] = world.clock.now().date().isoformat() if dated else world.clock.text()
            else:
                value[name] = int(world.clock.timestamp())

    return change
