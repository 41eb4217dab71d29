"""
Where the items of a resource are remembered, as one request meets them.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import quote
from zlib import crc32

from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._kinds import Kind
from aegis_mockserver.behaviours.items._views import put_at, value_at
from aegis_mockserver.behaviours.resources._names import id_in, words
from aegis_mockserver.behaviours.resources._owners import belongings
from aegis_mockserver.behaviours.resources._resource import Resource, Steps
from aegis_mockserver.behaviours.resources._shapes import Shape, key_text
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.world import Store, World

LIKENESSES = 128
_NUMBER = re.compile(r"-?[0-9]{1,18}").fullmatch
_EXPRESSION = re.compile(r"\{[^{}]+\}")


class Lists(Protocol):
    """
    What lists the items of a resource.
    """

    def own(self, reading: Reading, world: World) -> Mapping[str, Any]:
        """
        Return the contract's own items by their ids, as the list shows them.
        """
        ...


class Where:
    """
    The stores of one resource, one for each combination of parents.

    Args:
        owner: where the item is that the collection belongs to, if there is one.
        lists: makes what lists the items, if anything does.
    """

    partial = False  # whether these are some of the items only

    def __init__(
        self,
        resource: Resource,
        kind: Kind,
        owner: Where | None = None,
        lists: Callable[[Where], Lists | None] = lambda where: None,
    ) -> None:
        self.resource = resource
        self.kind = kind
        self.owner = owner
        self.makes_lists = lists
        self._belongings = list(belongings(resource.collection, kind.view.item, resource.identity.steps))
        self.belongs = bool(self._belongings)  # an item says whose it is
        self.only = "" if resource.parents else resource.store  # the name of the store, where there is but one
        self._parameter = resource.identity.parameter
        steps = resource.identity.steps
        self._identify = _naming(steps, kind.view.item.at(steps)) if steps else None
        self._also = _second(resource, kind.view.item)
        also = kind.view.item.properties.get(self._also)
        self._also_counts = also is not None and "string" not in also.types
        before, _, after = resource.item.partition(f"{{{resource.identity.parameter}}}")
        # The paths of items that belong to nobody differ in nothing else.
        self._around = (before, after) if resource.identity.parameter and "{" not in before + after else None
        pattern = _EXPRESSION.sub("\0", resource.store)
        self._fits = re.compile(re.escape(pattern).replace("\0", "[^/]+")).fullmatch

    @cached_property
    def listing(self) -> Lists | None:
        """
        What lists the items.
        """
        return self.makes_lists(self)

    def lacks(self, reading: Reading, world: World) -> bool:
        """
        Say whether the item that the path names does not exist: nothing was written under that name, or it is gone.
        """
        if self.owner is not None and self.owner.lacks(reading, world):
            return True
        store = self.store(reading, world)
        key = self.found(store, self.key(reading))
        if store.pristine or key in store.gone or key in store:
            return key in store.gone
        return not self._assumed(key, reading, world)

    def _assumed(self, key: str, reading: Reading, world: World) -> bool:
        """
        Say whether an item that nobody made owns what was made below it, when nobody had made any of its kind.
        """
        below = self.resource.item.replace(f"{{{self._parameter}}}", key)
        for parent in self.resource.parents:
            below = below.replace(f"{{{parent}}}", key_text(reading.path.get(parent, "")))
        return any(len(store) and name.startswith(f"{below}/") for name, store in world.stores.items())

    def begun(self, world: World) -> bool:
        """
        Say whether anything was ever written to a store of this kind, or to one that owns it.
        """
        kind = self.resource.store
        found = world.begun.get(kind)
        if found is None:
            found = any(self._fits(name) and not store.pristine for name, store in world.stores.items())
            world.begun[kind] = found
        return found or (self.owner is not None and self.owner.begun(world))

    def store(self, reading: Reading, world: World, *, writes: bool = False) -> Store:
        """
        Return the store; one that nobody writes to is not remembered.
        """
        name = self.resource.store
        if self.only:
            return world.store(name)
        for parent in self.resource.parents:
            name = name.replace(f"{{{parent}}}", key_text(reading.path.get(parent, "")))
        found = world.store(name) if writes else world.stores.get(name)
        found = Store(name) if found is None else found
        if found.pristine and self.begun(world):
            found.pristine = False
        return found

    def key(self, reading: Reading) -> str:
        """
        Return the key of the item that the path names.
        """
        parameter = self._parameter
        return key_text(reading.path.get(parameter, "")) if parameter else "@"

    def found(self, store: Store, key: str) -> str:
        """
        Return the key of the item that is called so by another of its names: of ``/companies/{company_id}`` by its
        ``id``, where it has both; of ``/roles/{roleIdOrLabel}`` by either.
        """
        if not self._also or key in store or key in store.gone:
            return key
        number = int(key) if self._also_counts and _NUMBER(key) else key
        return store.find(self._also, number) or key

    def address(self, reading: Reading, key: str) -> str:
        """
        Return the path of an item.
        """
        if self._around is not None and (not key or (key.isalnum() and key.isascii())):
            return f"{self._around[0]}{key}{self._around[1]}"
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
            if isinstance(old, str) and old.partition("?")[0].endswith(path):
                continue  # an address that no operation has is not the item's own, whatever the example says
            if isinstance(old, str) and old.startswith("/"):
                # The contract's own example says below which path its server has them.
                below = old.find(self.resource.item.partition("{")[0])
                put_at(item, one, old[: max(0, below)] + path)
            else:
                put_at(item, one, self.kind.home + path)

    def belong(self, item: dict[str, Any], body: Any, reading: Reading) -> None:
        """
        Let an item say whose it is, where it has a place for that.
        """
        beside = self.resource.identity.steps[:-1]
        for parent, steps, shape in self._belongings:
            said = steps if steps[:-1] == beside else steps[:1]
            if value_at(body, said) is not None or (len(said) == 1 and isinstance(body, dict) and said[0] in body):
                continue
            value = typed(reading.path.get(parent), shape)
            if value is not None:
                put_at(item, steps, value)

    def orphan(self, store: Store, key: str, world: World) -> None:
        """
        Let what belonged to an item that is gone be gone with it.
        """
        below = f"{store.name}/{key}/"
        for name, each in world.stores.items():
            if name.startswith(below):
                each.clear()
                each.begin()

    def joined(self, key: str, reading: Reading, world: World) -> None:
        """
        Hear that an item was made here.
        """
        del key, reading, world

    def has(self, key: str, item: Any, reading: Reading, world: World) -> bool:
        """
        Say whether an item is one of those that are meant.
        """
        del key, item, reading, world
        return True

    def seed(self, reading: Reading, world: World, key: str) -> str:
        """
        Say what an item that is made up depends on.
        """
        return f"{world.seed}|{self.address(reading, key)}"

    def likeness(self, world: World, address: str) -> str:
        """
        Say what an item that is made up is like: one of many likenesses, the same for the same address.

        Beside its own id and its owner's it needs to be like no other; each that is made costs a hundred times as much
        as one that is told again.
        """
        return f"{world.seed}|{crc32(address.encode('utf-8', 'surrogatepass')) % LIKENESSES}"

    def is_listed(self, reading: Reading, world: World) -> bool:
        """
        Say whether the contract's own list has the item that the path names.
        """
        return self.listing is not None and self.key(reading) in self.listing.own(reading, world)

    def virtual(self, store: Store, reading: Reading, world: World) -> dict[str, Any] | None:
        """
        Return the contract's own item that the path names, as long as nothing was ever put into the store.
        """
        key = self.key(reading)
        return self.made_up(key, reading, world) if store.pristine and key not in store.gone else None

    def made_up(self, key: str, reading: Reading, world: World) -> dict[str, Any]:
        """
        Return the item of this key that nobody made.
        """
        view, listing = self.kind.view, self.listing
        item = view.made_item(self.likeness(world, self.address(reading, key)))
        if self._parameter:
            listed = listing.own(reading, world).get(key) if listing is not None else None
            if isinstance(listed, dict):
                names = view.item.properties
                item |= copy.deepcopy({name: value for name, value in listed.items() if name in names})
            if self._identify is not None:
                self._identify(item, key)
        if self.belongs:
            self.belong(item, None, reading)
        return item


def _second(resource: Resource, item: Shape) -> str:
    """
    Name the second member that an item's path calls it by; empty where there is none.
    """
    steps, spoken = resource.identity.steps, words(resource.identity.parameter)
    if len(steps) != 1:
        return ""
    if "or" in spoken[1:-1]:
        at = spoken.index("or")
        names = [spoken[at - 1], "_".join(spoken[at + 1 :])]
    else:
        names = ["id"] if resource.identity.parameter.lower().endswith("id") else []
    found = id_in({name for name in item.properties if name != steps[0]}, names)
    return found if found is not None and not item.properties[found].types & {"object", "array"} else ""


def _naming(steps: Steps, shape: Shape) -> Callable[[dict[str, Any], str], None]:
    """
    Return what lets an item that has an id have the one that a path says.
    """
    (first, *deeper) = steps
    counts = "string" not in shape.types and shape.types & {"integer", "number"} and "enum" not in shape.node

    def name(item: dict[str, Any], key: str) -> None:
        if not deeper and item.get(first) is None:
            return
        own = (int(key) if _NUMBER(key) else None) if counts else typed(key, shape)
        if own is None:
            return
        if not deeper:
            item[first] = own
        elif value_at(item, steps) is not None:
            put_at(item, steps, own)

    return name


def typed(value: Any, shape: Shape) -> Any:
    """
    Write an id from a path as a member of this shape has it; None where it cannot be one.
    """
    types = shape.types
    if isinstance(value, str) and types & {"integer", "number"} and "string" not in types:
        return int(value) if _NUMBER(value) else None
    if isinstance(value, int) and types and not types & {"integer", "number"}:
        value = str(value) if "string" in types else None
    allowed = shape.node.get("enum")
    return value if not isinstance(allowed, list) or value in allowed else None


def not_found() -> Problem:
    """
    Say that there is no such item.
    """
    return Problem("not_found", 404, "Not found: the item does not exist in this world.", "There is no such item")


def _segment(text: str) -> str:
    """
    Write a text as a segment of a path.
    """
    return text if text.isalnum() and text.isascii() else quote(text, safe="~@:!$&'()*+,;=")
