"""
Seed data: what a world remembers before anybody said anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from aegis_mockserver.world import World
from aegis_mockserver.world._nearest import meant


def check_state(seed: Mapping[str, Any], known: Collection[str] | None) -> None:
    """
    Do nothing if every store of *seed* is one that somebody reads.

    Args:
        known: names of stores, which may have template expressions in them; None if any may be.

    Raises:
        ValueError: a store is none, or holds no items.
    """
    stores = seed.get("stores")
    named: Mapping[str, Any] = stores if isinstance(stores, dict) else seed
    for name, items in named.items():
        if not isinstance(items, dict | list):
            raise ValueError(f"{name} must be an object of items by id, or a list of items")
        if known is not None and name not in known and not any(_fits(name, template) for template in known):
            raise ValueError(f"nothing reads a store {name!r}; {meant(name, sorted(known))}")


def _fits(name: str, template: str) -> bool:
    parts, wanted = name.split("/"), template.split("/")
    if "{" not in template or len(parts) != len(wanted):
        return False
    return all(part == want or (want[:1] == "{" and part) for part, want in zip(parts, wanted, strict=True))


def load_state(world: World, seed: dict[str, Any]) -> None:
    """
    Put seed data into a world: a snapshot, or lists (or objects) of items by store.
    """
    if isinstance(seed.get("stores"), dict):
        world.restore(seed)
        return
    for name, items in seed.items():
        store = world.store(name)
        if isinstance(items, dict):
            store.load(items.items())
            continue
        for item in items if isinstance(items, list) else ():
            identity = (
                next((item[key] for key in ("id", "uuid", *item) if key in item), None)
                if isinstance(item, dict)
                else None
            )
            store.put(str(identity if identity is not None else store.next_number()), item)
