"""
Seed data: what a world remembers before anybody said anything.
"""

from __future__ import annotations

from typing import Any

from aegis_mockserver.world import World


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
