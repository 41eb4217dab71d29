"""
Copies of items: ``POST /documents/{id}/copy``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._actions import Act, create
from aegis_mockserver.behaviours.items._spelling import sent_item
from aegis_mockserver.behaviours.items._views import View
from aegis_mockserver.behaviours.items._where import Where, not_found
from aegis_mockserver.behaviours.resources._resource import Use
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import World


def copied(where: Where, use: Use, operation: Operation, view: View) -> Act:
    """
    Make an item like another one: what is its own alone is new, what is sent with it is as it was sent.
    """
    make = create(where, replace(use, taken=()), operation, view)
    own = where.kind.its_own

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        store = where.store(reading, world, writes=True)
        key = where.found(store, where.key(reading))
        old = store.get(key) or where.virtual(store, reading, world)
        if old is None:
            return not_found()
        sent: Any = sent_item(reading.body, use.taken)
        like = {name: value for name, value in old.items() if name not in own}
        return make(replace(reading, body={**like, **(sent if isinstance(sent, dict) else {})}), world)

    return act
