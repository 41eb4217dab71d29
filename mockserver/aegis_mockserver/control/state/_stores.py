"""
What a world remembers: stores, snapshots, worlds as a whole.
"""

from __future__ import annotations

from typing import Any

from aegis_mockserver.control._routes import Call, control
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world._nearest import meant
from aegis_mockserver.world._seed import check_state, id_members, load_state

AT_ONCE = 20_000  # items; they take some 30 ms
_SNAPSHOT = frozenset({"stores", "facts", "clock", "drawn"})


@control.on("GET", "/state")
def get_state(call: Call) -> Answer:
    """
    List the stores of the world, or the items of one.

    Query:
        store: name of the store whose items are wanted.
        contains: only the items that have this text in their id or in themselves.
        offset: how many items to pass over.
        limit: how many items at most; 1000 if left out.

    Answers:
        200: The stores with how many items they have, or the items of one.
    """
    name = call.query.get("store")
    stores = call.world.stores
    if name is None:
        counts = {store: len(items) for store, items in stores.items()}
        size = {"bytes": call.world.size, "dropped": call.world.dropped}
        return Answer(200, {"world": call.world.name, "stores": counts, **size}, origin="control")
    offset, limit = call.number("offset", 0), call.number("limit", 1_000)
    store = stores.get(name)
    if store is None:
        check_state({name: []}, call.site.stores())
    items = dict(store.page(offset, limit, call.query.get("contains", ""))) if store is not None else {}
    return Answer(200, {"store": name, "items": items, "total": len(store or ())}, origin="control")


def _count(given: dict[str, Any]) -> int:
    """
    Count the items of stores, or of a snapshot.
    """
    stores = given.get("stores")
    if not isinstance(stores, dict):
        return sum(map(len, given.values()))
    held = [store.get("items") for store in stores.values() if isinstance(store, dict)]
    return sum(len(items) for items in held if isinstance(items, dict | list))


def _bound(items: int, done: str, mend: str) -> None:
    if items > AT_ONCE:
        raise ValueError(f"at most {AT_ONCE} items are {done}: others wait meanwhile; {mend}")


@control.on("POST", "/state")
def put_state(call: Call) -> Answer:
    """
    Put items into stores, 20,000 at most: {store: {id: item}}, or {store: [items]} with an id in each.

    Body:
        *: a store.

    Answers:
        200 {stores}: How many items each has now.
    """
    given = call.members()
    check_state(given, call.site.stores())
    _bound(_count(given), "put at once", "send several calls")
    load_state(call.world, given, lambda: id_members(call.site.resources()))
    return Answer(200, {"stores": {name: len(call.world.store(name)) for name in given}}, origin="control")


@control.on("DELETE", "/state")
def delete_state(call: Call) -> Answer | Problem:
    """
    Forget a store, or one item of it.

    Query:
        store: name of the store.
        item: id of the item; left out, all of them.

    Answers:
        204: It is forgotten.
        404: There is no such store or item.
    """
    name, item = call.query.get("store"), call.query.get("item")
    if name is None:
        raise ValueError("store must name a store; POST /__mock__/reset forgets them all")
    store = call.world.stores.get(name)
    if store is None or (item is not None and item not in store):
        near = meant(name, call.world.stores) if store is None else "the store has no such item."
        return Problem("no_such_item", 404, f"{near} GET /__mock__/state lists the stores and their items.")
    if item is None:
        store.clear()
    else:
        store.delete(item)
    return Answer(204, origin="control")


@control.on("GET", "/snapshot")
def get_snapshot(call: Call) -> Answer:
    """
    Read everything that the world remembers, 20,000 items at most, to restore it later.

    Answers:
        200 {stores, facts, clock}: The snapshot.
    """
    _bound(sum(map(len, call.world.stores.values())), "read at once", "GET /__mock__/state reads a store by pages")
    return Answer(200, call.world.snapshot(), origin="control")


@control.on("PUT", "/snapshot")
def put_snapshot(call: Call) -> Answer:
    """
    Go back to what a snapshot says, 20,000 items at most.

    Body:
        *: what GET /__mock__/snapshot answered.

    Answers:
        204: The world is as it was.
    """
    snapshot = call.members()
    if not isinstance(snapshot.get("stores"), dict):
        raise ValueError("a snapshot has stores; GET /__mock__/snapshot writes one")
    if unknown := sorted(set(snapshot) - _SNAPSHOT):
        raise ValueError(f"unknown member {unknown[0]!r}; {meant(unknown[0], sorted(_SNAPSHOT))}")
    check_state(snapshot, call.site.stores())
    _bound(_count(snapshot), "put at once", "POST /__mock__/state puts them by several calls")
    try:
        call.world.restore(snapshot)
    except (TypeError, AttributeError, KeyError):
        raise ValueError("the snapshot is not one that GET /__mock__/snapshot wrote") from None
    return Answer(204, origin="control")


@control.on("POST", "/reset")
def reset(call: Call) -> Answer:
    """
    Make the world as new: stores, clock, inbox, events, journal, faults; seed data is there again.

    Query:
        all: true for every world; then only the default one is left.

    Answers:
        204: It is as new.
    """
    worlds = call.site.worlds
    if call.query.get("all") == "true":
        worlds.reset()
    else:
        worlds.renew(call.world)
    return Answer(204, origin="control")


@control.on("PUT", "/worlds/{name}", worldly=False)
def make_world(call: Call) -> Answer:
    """
    Make a world, if there is none of that name.

    Answers:
        204: There is one.
    """
    call.site.worlds.get(call.values["name"][:200])
    return Answer(204, origin="control")


@control.on("GET", "/worlds", worldly=False)
def list_worlds(call: Call) -> Answer:
    """
    List the worlds.

    Answers:
        200 {worlds}: The worlds.
    """
    listed = [
        {
            "name": world.name,
            "bytes": world.size,
            "exchanges": world.journal.total,
            "events": len(world.events),
            "messages": len(world.inbox),
        }
        for world in call.site.worlds
    ]
    return Answer(200, {"worlds": listed}, origin="control")


@control.on("DELETE", "/worlds/{name}", worldly=False)
def drop_world(call: Call) -> Answer | Problem:
    """
    Forget a world.

    Answers:
        204: It is forgotten; the default world is as new instead.
        404: There is no such world.
    """
    if call.site.worlds.drop(call.values["name"]):
        return Answer(204, origin="control")
    near = meant(call.values["name"], (world.name for world in call.site.worlds))
    return Problem("no_such_world", 404, f"{near} GET /__mock__/worlds lists the worlds.")
