"""
How many items there are.
"""

from __future__ import annotations

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._actions import Act
from aegis_mockserver.behaviours.items._views import View, planted
from aegis_mockserver.behaviours.items._where import Where
from aegis_mockserver.behaviours.lists._filters import Filters
from aegis_mockserver.behaviours.resources._resource import Page, Use
from aegis_mockserver.core._messages import Answer
from aegis_mockserver.world import World


def count(where: Where, use: Use, operation: Operation) -> Act | None:
    """
    GET on ``/things/count``: of the items, those that the query lets through.
    """
    view, filters = View(operation), Filters(operation, where.kind.view.item, Page())
    checker = view.checker
    if checker is None:
        return None

    def act(reading: Reading, world: World) -> Answer | None:
        store = where.store(reading, world)
        if store.pristine:
            return None
        all_count = not filters.asks(reading)
        number = len(store) if all_count else sum(filters.keeps(item, reading) for _, item in store.items())
        value = planted(view.base(), use.shown, number)
        proof = checker.make(value)
        return view.answer(proof) if proof is not None else view.truth(value)

    return act
