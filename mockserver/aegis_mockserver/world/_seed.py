"""
Seed data: what a world remembers before anybody said anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
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
        wrong = next((item for item in _items(items) if not isinstance(item, dict)), None)
        if wrong is not None and named is seed:  # a store of a snapshot has more than its items
            raise ValueError(f"{name}: each item must be an object; one is of type {type(wrong).__name__}")
        if known is not None and name not in known and not any(_fits(name, template) for template in known):
            raise ValueError(f"nothing reads a store {name!r}; {meant(name, sorted(known))}")


def _fits(name: str, template: str) -> bool:
    parts, wanted = name.split("/"), template.split("/")
    if "{" not in template or len(parts) != len(wanted):
        return False
    return all(part == want or (want[:1] == "{" and part) for part, want in zip(parts, wanted, strict=True))


def id_members(resources: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """
    Read from the rows of resources where the items of each store have their id.
    """
    return {row["store"]: row["id"]["member"] for row in resources if row["id"]["member"]}


def load_state(world: World, seed: dict[str, Any], members: Callable[[], Mapping[str, str]] = dict) -> None:
    """
    Put seed data into a world: a snapshot, or lists (or objects) of items by store.

    Args:
        members: tells where the items of a store have their id, as names with dots between them.

    Raises:
        ValueError: two items of a list have one id.
    """
    if isinstance(seed.get("stores"), dict):
        world.restore(seed)
        return
    listed = {name: _by_id(name, items, members) for name, items in seed.items() if isinstance(items, list)}
    for name, items in seed.items():
        store = world.store(name)
        if isinstance(items, dict):
            store.load(items.items())
        store.load((identity or str(store.next_number()), item) for identity, item in listed.get(name, ()))


def _by_id(name: str, items: list[Any], members: Callable[[], Mapping[str, str]]) -> list[tuple[str, Any]]:
    told = members() if items else {}
    steps = next((path.split(".") for template, path in told.items() if template == name or _fits(name, template)), [])
    found = [(_id(item, steps), item) for item in items]
    named = [identity for identity, _ in found if identity]
    if len(set(named)) < len(named):
        identity, times = Counter(named).most_common(1)[0]
        raise ValueError(f"{name}: {times} items have the id {identity!r}")
    return found


def _id(item: Any, steps: list[str]) -> str:
    value = item
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    if value is None or not steps:
        named = item if isinstance(item, dict) else {}
        value = named["id"] if "id" in named else named["uuid"] if "uuid" in named else next(iter(named.values()), None)
    return "" if value is None else str(value)


def _items(items: Any) -> Iterable[Any]:
    return items.values() if isinstance(items, dict) else items
