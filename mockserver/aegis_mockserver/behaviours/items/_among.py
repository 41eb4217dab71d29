"""
Items that are asked for elsewhere than they live: ``/lists/{id}/cards`` are cards of ``/cards/{id}``, and ``/pods`` has
those of every ``/namespaces/{namespace}/pods``.
"""

from __future__ import annotations

import re
from typing import Any

from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._views import put_at, value_at
from aegis_mockserver.behaviours.items._where import Where, typed
from aegis_mockserver.behaviours.resources._owners import belongings
from aegis_mockserver.behaviours.resources._shapes import key_text
from aegis_mockserver.world import Store, World

_EXPRESSION = re.compile(r"\{([^{}]+)\}")


class Among(Where):
    """
    Those items of a resource that belong to the owner in the path.

    What an item tells of its owner decides; where it tells nothing, who was made below whom is remembered.

    Args:
        where: all items of the resource.
        path: the path below the owner.
    """

    partial = True

    def __init__(self, where: Where, path: str) -> None:
        super().__init__(where.resource, where.kind, where.owner, where.makes_lists)
        own = set(where.resource.parents)
        self._path = path
        self._told = [
            one for one in belongings(path, where.kind.view.item, where.resource.identity.steps) if one[0] not in own
        ]
        self.belongs = self.belongs or bool(self._told)

    def belong(self, item: dict[str, Any], body: Any, reading: Reading) -> None:
        """
        Let an item say whose it is; the path decides, whatever the body says.
        """
        super().belong(item, body, reading)
        for parent, steps, shape in self._told:
            value = typed(reading.path.get(parent), shape)
            if value is not None:
                put_at(item, steps, value)

    def joined(self, key: str, reading: Reading, world: World) -> None:
        """
        Remember whose an item is that does not tell it.
        """
        if not self._told:
            world.store(self._name(reading)).put(key, key)

    def has(self, key: str, item: Any, reading: Reading, world: World) -> bool:
        """
        Say whether an item belongs to the owner in the path.
        """
        if not self._told:
            members = world.stores.get(self._name(reading))
            return members is not None and key in members
        return all(
            key_text(value_at(item, steps)) == key_text(reading.path.get(parent, "")) for parent, steps, _ in self._told
        )

    def _name(self, reading: Reading) -> str:
        return _EXPRESSION.sub(lambda found: key_text(reading.path.get(found[1], "")), self._path)


class Above(Where):
    """
    All items of a resource, whomever they belong to; they are only looked at here.

    Args:
        where: the items of one owner.
    """

    def __init__(self, where: Where) -> None:
        super().__init__(where.resource, where.kind, None, where.makes_lists)

    def store(self, reading: Reading, world: World, *, writes: bool = False) -> Store:
        """
        Return the items of all owners, by their stores' names and their own keys.
        """
        del reading, writes
        found = Store(self.resource.store)
        for name, store in list(world.stores.items()):
            if self._fits(name):
                found.load((f"{name}/{key}", item) for key, item in store.items())
                found.pristine = found.pristine and store.pristine
        return found
