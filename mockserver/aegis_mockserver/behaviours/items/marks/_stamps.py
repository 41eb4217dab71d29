"""
What a server alone says of an item whose name stands in a part of its own, such as ``metadata``: clients may send that
part, so what else is in it is not made up with the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aegis_mockserver.behaviours.items._views import put_at, value_at
from aegis_mockserver.behaviours.resources._names import plain, words
from aegis_mockserver.behaviours.resources._resource import Steps
from aegis_mockserver.behaviours.resources._shapes import Shape
from aegis_mockserver.world import Store, World

_UNIQUE = frozenset({"uid", "uuid", "guid"})
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"  # as names are ended that nobody chose: no word comes of it


class Stamps:
    """
    What stands beside a nested name, and of which kind an object is.

    Args:
        id_steps: where the item's name is.
        moment: makes a moment as a schema wants it.
    """

    def __init__(self, item: Shape, id_steps: Steps, moment: Callable[[Shape, Any, World], Any]) -> None:
        self._moment = moment
        beside = id_steps[:-1]
        around = item.at(beside).properties if beside else {}
        texts = {name: shape for name, shape in around.items() if "string" in shape.types}
        self._unique = [(*beside, name) for name in texts if plain(name) in _UNIQUE and (*beside, name) != id_steps]
        self._begun = [((*beside, name), one) for name, one in texts.items() if set(words(name)) & _BEGUN]
        self.prefix: Steps = next(((*beside, name) for name in texts if plain(name) == "generatename"), ())
        self.fixed = dict(_fixed(item))

    def put(self, item: dict[str, Any], address: str, world: World) -> None:
        """
        Say of a new item what its server says.

        Args:
            address: tells the item from all others.
        """
        for name, value in self.fixed.items():
            item.setdefault(name, value)
        for steps in self._unique:
            if not value_at(item, steps):
                put_at(item, steps, str(uuid5(NAMESPACE_URL, address)))
        for steps, shape in self._begun:
            if not value_at(item, steps):
                put_at(item, steps, self._moment(shape, world.clock.text(), world))

    def keep(self, item: dict[str, Any], old: dict[str, Any]) -> None:
        """
        Let a change leave what its server said of an item.
        """
        for name in self.fixed.keys() & old.keys():
            item.setdefault(name, old[name])
        for steps in (*self._unique, *(steps for steps, _ in self._begun)):
            kept = value_at(old, steps)
            if kept and isinstance(item.get(steps[0]), dict) and not value_at(item, steps):
                put_at(item, steps, kept)

    def named(self, body: Any, store: Store) -> str:
        """
        Make a name that begins as the client wants it to; empty where it does not say.
        """
        wanted = value_at(body, self.prefix) if self.prefix else None
        if not isinstance(wanted, str) or not wanted:
            return ""
        ending, base, number = "", len(_ALPHABET), store.next_number()
        for _ in range(5):
            number, digit = divmod(number, base)
            ending += _ALPHABET[digit]
        return wanted + ending


_BEGUN = frozenset({"creation", "created"})


def _fixed(item: Shape) -> list[tuple[str, Any]]:
    """
    Say of which kind all objects of a schema are.
    """
    given = item.node.get("x-kubernetes-group-version-kind")
    own = given[0] if isinstance(given, list) and given else None
    if not isinstance(own, dict) or not {"kind", "apiVersion"} <= item.properties.keys():
        return []
    group, version = own.get("group") or "", own.get("version") or ""
    said = (("kind", own.get("kind")), ("apiVersion", f"{group}/{version}" if group else version))
    return [(name, value) for name, value in said if value]
