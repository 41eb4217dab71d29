"""
The end of an item.
"""

from __future__ import annotations

from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._actions import Act, shown, text_of
from aegis_mockserver.behaviours.items._views import View
from aegis_mockserver.behaviours.items._where import Where, not_found
from aegis_mockserver.behaviours.items.marks._versions import Preconditions
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import World


def delete(where: Where, operation: Operation, view: View) -> Act:
    """
    DELETE on an item.
    """
    text = text_of(operation, view)
    conditions = Preconditions(operation, where.resource.item, where.kind.versions)

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        store = where.store(reading, world, writes=True)
        key = where.found(store, where.key(reading))
        item = store.get(key)
        unmet = conditions.refuse(reading, store, key)
        if unmet is not None:
            return unmet
        if item is not None:
            store.delete(key)
            where.orphan(store, key, world)
        elif store.pristine and key not in store.gone:
            item = where.virtual(store, reading, world)
            store.forget(key)
        else:
            return not_found()
        if not view.shows:
            return view.answer(None) if view.says_nothing else text(key, {})
        if not view.item.properties.keys() & (item or {}).keys():
            return view.success()
        return shown(view, _deleted(view, item or {}), None, key)

    return act


def _deleted(view: View, item: dict[str, Any]) -> dict[str, Any]:
    """
    Let the answer say that the item is deleted, where it has a word for that.
    """
    told = view.item.properties.get("deleted")
    return {**item, "deleted": True} if told is not None and "boolean" in told.types else item
