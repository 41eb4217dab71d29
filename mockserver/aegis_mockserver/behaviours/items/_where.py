"""
Where the items of a resource are remembered, as one request meets them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._kinds import Kind, path_key
from aegis_mockserver.behaviours.items._views import put_at, value_at
from aegis_mockserver.behaviours.resources._names import id_in
from aegis_mockserver.behaviours.resources._resource import Resource
from aegis_mockserver.behaviours.resources._shapes import Shape, key_text
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.world import Store, World


@dataclass(slots=True)
class Where:
    """
    The stores of one resource, one for each combination of parents.

    Args:
        owner: where the item is that the collection belongs to, if there is one.
    """

    resource: Resource
    kind: Kind
    owner: Where | None = None

    def lacks(self, reading: Reading, world: World) -> bool:
        """
        Say whether the item that the path names does not exist: nothing was written under that name, or it is gone.
        """
        if self.owner is not None and self.owner.lacks(reading, world):
            return True
        store, key = self.store(reading, world), self.key(reading)
        return key in store.gone if store.pristine else key not in store

    def begun(self, reading: Reading, world: World) -> bool:
        """
        Say whether anything was ever written to where the path's item is.
        """
        return not self.store(reading, world).pristine

    def store(self, reading: Reading, world: World) -> Store:
        """
        Return the store.
        """
        name = self.resource.store
        if not self.resource.parents:
            return world.store(name)
        for parent in self.resource.parents:
            name = name.replace(f"{{{parent}}}", key_text(reading.path.get(parent, "")))
        return world.store(name)

    def key(self, reading: Reading) -> str:
        """
        Return the key of the item that the path names.
        """
        parameter = self.resource.identity.parameter
        return path_key(reading, parameter) if parameter else "@"

    def address(self, reading: Reading, key: str) -> str:
        """
        Return the path of an item.
        """
        path = self.resource.item.replace(f"{{{self.resource.identity.parameter}}}", _segment(key))
        for parent in self.resource.parents:
            path = path.replace(f"{{{parent}}}", _segment(key_text(reading.path.get(parent, ""))))
        return path

    def addressed(self, item: dict[str, Any], taken: Shape, reading: Reading, key: str) -> None:
        """
        Let an item tell its own address, where it has a place for that which no request fills.

        Args:
            taken: what a request may say of an item.
        """
        steps = self.kind.own_addresses
        if not steps:
            return
        path = self.address(reading, key)
        for one in steps:
            if one[0] in taken.properties:
                continue
            old = value_at(item, one)
            if isinstance(old, str) and key in old.split("/"):
                continue
            relative = isinstance(old, str) and old.startswith("/")
            put_at(item, one, path if relative else self.kind.home + path)

    def belong(self, item: dict[str, Any], body: Any, reading: Reading) -> None:
        """
        Let an item say whose it is, where it has a place for that.
        """
        for parent in self.resource.parents:
            name = id_in(self.kind.view.item.properties, [parent])
            if name and (name,) != self.resource.identity.steps and not (isinstance(body, dict) and name in body):
                item[name] = reading.path.get(parent)

    def virtual(self, store: Store, key: str) -> dict[str, Any] | None:
        """
        Return the contract's own item under this key, as long as nothing was ever put into the store.
        """
        if not store.pristine or key in store.gone:
            return None
        item = self.kind.view.base_item()
        steps = self.resource.identity.steps
        own = value_at(item, steps)
        if own is not None and self.resource.identity.parameter:
            counts = isinstance(own, int) and key.lstrip("-").isdecimal()
            put_at(item, steps, int(key) if counts else key)
        return item


def not_found() -> Problem:
    """
    Say that there is no such item.
    """
    return Problem("not_found", 404, "The item does not exist in this world.", "There is no such item")


def _segment(text: str) -> str:
    """
    Write a text as a segment of a path.
    """
    return text if text.isalnum() and text.isascii() else quote(text, safe="~@:!$&'()*+,;=")
