"""
Lists: the items of a store, filtered, in the order that is asked for, a page at a time.
"""

from __future__ import annotations

import copy
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours._items import View, fitted
from aegis_mockserver.behaviours._pages import Entry, Pages, Window, fill
from aegis_mockserver.behaviours._shapes import key_text, list_at
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import Store


class Listing:
    """
    How one operation lists the items of a store.

    Args:
        steps: where in the response the items are.
        id_name: the property that identifies an item.
    """

    def __init__(self, operation: Operation, view: View, steps: tuple[str, ...], id_name: str | None) -> None:
        self._view = view
        self._steps = steps
        self._id_name = id_name
        self._item = view.shape.at(steps).items
        self._pages = Pages(operation, self._item)

    @classmethod
    def of(cls, operation: Operation, noun: str, id_name: str | None = None) -> Listing | None:
        """
        Look at an operation; None where its response is no list.
        """
        view = View(operation, [])
        steps = list_at(view.shape, noun)
        return None if view.checker is None or steps is None else cls(operation, view, steps, id_name)

    def answer(self, store: Store, reading: Reading, *, invents: bool = True) -> Answer | Problem | None:
        """
        Answer the page that is asked for; None when it does not fit the response.

        Args:
            invents: a store that nothing was ever put into shows the contract's own items, without those deleted.
        """
        untouched = store.pristine and invents
        if untouched and not store.gone:
            return None
        window = self._pages.window(reading)
        if isinstance(window, Problem):
            return window
        if untouched:
            window.of([Entry("", item) for item in self._own(store)])
        elif self._pages.asks(reading):
            entries = [Entry(key, item) for key, item in store.items() if self._pages.keeps(item, reading)]
            window.of(self._pages.ordered(entries, reading))
        else:
            window.start_in(store)
            window.show([Entry(*pair) for pair in store.page(window.start, window.size + 1)], len(store))
        return self._page([entry.item for entry in window.shown], window)

    def _own(self, store: Store) -> list[Any]:
        items = _items_of(self._view.base(), self._steps)
        name = self._id_name
        if name is None:
            return items
        return [item for item in items if not (isinstance(item, dict) and key_text(item.get(name)) in store.gone)]

    def _page(self, items: list[Any], window: Window) -> Answer | None:
        view, steps = self._view, self._steps
        assert view.checker is not None
        base = view.base()
        for attempt in range(2):
            if attempt:
                template: Any = next(iter(_items_of(base, steps)), {})
                likeness = template if isinstance(template, dict) else {}
                items = [fitted(item, self._item, likeness) for item in items if isinstance(item, dict)]
            value = _with_items(base, steps, items)
            if steps:
                fill(value, view.shape, window)
            if (shown := view.checker.make(value)) is not None:
                return view.answer(shown)
        return None


def _items_of(value: Any, steps: tuple[str, ...]) -> list[Any]:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def _with_items(base: Any, steps: tuple[str, ...], items: list[Any]) -> Any:
    if not steps:
        return items
    out: dict[str, Any] = copy.deepcopy(base) if isinstance(base, dict) else {}
    node = out
    for step in steps[:-1]:
        node = node.setdefault(step, {})
    node[steps[-1]] = items
    return out
