"""
Lists: the items of a store, filtered, in the order that is asked for, a page at a time.
"""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._mend import mended
from aegis_mockserver.behaviours.items._views import View, planted, value_at
from aegis_mockserver.behaviours.lists._cursors import Entry, Window
from aegis_mockserver.behaviours.lists._filters import Filters
from aegis_mockserver.behaviours.lists._pages import Pages
from aegis_mockserver.behaviours.resources._envelopes import list_at
from aegis_mockserver.behaviours.resources._paging import page_of
from aegis_mockserver.behaviours.resources._resource import Page, Steps, Use
from aegis_mockserver.behaviours.resources._shapes import key_text
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.contents._proofs import Proof
from aegis_mockserver.world import Store


class Listing:
    """
    How one operation lists the items of a store.

    Args:
        use: where in the response the items are, and how they are paged.
        id_steps: where in an item its name is.
    """

    def __init__(self, operation: Operation, view: View, use: Use, id_steps: Steps = ()) -> None:
        self._view = view
        self._use = use
        self._id_steps = id_steps
        page = use.page or Page()
        entry = view.shape.at(use.shown).items
        self._item = entry.at(use.entry)
        self._filters = Filters(operation, self._item, page)
        self._pages = Pages(page, operation, view.shape)

    @classmethod
    def of(cls, operation: Operation, noun: str) -> Listing | None:
        """
        Look at an operation; None where its response is no list.
        """
        view = View(operation)
        found = list_at(view.shape, noun) if view.checker is not None else None
        if found is None:
            return None
        page = page_of(operation, view.shape, found.steps)
        return cls(operation, view, Use(operation.key, "list", (), found.steps, found.entry, "", page))

    def answer(self, store: Store, reading: Reading, *, invents: bool = True) -> Answer | Problem | None:
        """
        Answer the page that is asked for; None where the contract's own answer is as good.

        Args:
            invents: a store that nothing was ever put into shows the contract's own items, without those deleted.
        """
        untouched = store.pristine and invents
        if untouched and not store.gone and not self._pages.lead_on:
            return None
        own = self._own(store) if untouched else []
        window = self._pages.window(reading, {entry.key for entry in own} if untouched else store)
        if isinstance(window, Problem):
            return window
        if untouched:
            window.of(own)
            return self._page([entry.item for entry in window.shown], window, reading)
        if self._filters.asks(reading):
            entries = [Entry(key, item) for key, item in store.items() if self._filters.keeps(item, reading)]
            window.of(self._filters.ordered(entries, reading))
        else:
            window.start_in(store)
            window.show([Entry(*pair) for pair in store.page(window.start, window.size + 1)], len(store))
        return self._page(
            [entry_of(self._view, self._use, entry.item, entry.key) for entry in window.shown], window, reading
        )

    def _own(self, store: Store) -> list[Entry]:
        items = value_at(self._view.base(), self._use.shown) if self._use.shown else self._view.base()
        found = items if isinstance(items, list) else []
        steps = (*self._use.entry, *self._id_steps)
        entries = [Entry(key_text(value_at(item, steps)) if self._id_steps else "", item) for item in found]
        return [entry for entry in entries if not self._id_steps or entry.key not in store.gone]

    def _page(self, entries: list[Any], window: Window, reading: Reading) -> Answer:
        view, steps = self._view, self._use.shown
        assert view.checker is not None
        value: Any = entries
        if steps:
            value = planted(copy.deepcopy(view.base()), steps, entries)
            self._pages.tell(value, window, reading)
        link = self._pages.links(window, reading)
        headers = {"Link": link} if link else {}
        shown = view.checker.make(value)
        if shown is None:
            value = _fitted(view, value, steps, self._pages.told) or value
            shown = view.checker.make(value)
        if shown is None:  # it is the truth all the same: nothing that was not written is told instead
            return Answer(view.status, value, headers, view.checker.sent_type, origin="state")
        return view.answer(shown, headers)


def entry_of(view: View, use: Use, item: Any, key: str) -> Any:
    """
    Make the entry of a list out of an item.
    """
    shape = view.shape.at(use.shown).items
    if shape.types and "object" not in shape.types and not shape.properties:
        return int(key) if shape.types & {"integer", "number"} and key.isdecimal() else key
    if not isinstance(item, dict):
        return item
    inner = shape.at(use.entry)
    if inner.names_all and not item.keys() <= inner.properties.keys():
        item = {name: value for name, value in item.items() if name in inner.properties}
    return planted(_likeness(view, use), use.entry, item) if use.entry else item


def _likeness(view: View, use: Use) -> Any:
    items = value_at(view.base(), use.shown) if use.shown else view.base()
    return items[0] if isinstance(items, list) and items else None


def _fitted(view: View, value: Any, steps: Steps, told: Collection[Steps] = ()) -> Any:
    """
    Change what the schema does not allow, but neither the list nor what is told of its pages; None where that fails.
    """
    schema = view.schema
    if schema is None:
        return None
    likeness = view.base() if steps else view.base() if isinstance(view.base(), list) else []
    kept = {steps, *told}
    return mended(value, likeness, view.shape, lambda each: schema.violations(each, "response"), kept)


def shown_list(view: View, use: Use, items: list[Any]) -> Proof | None:
    """
    Show items that were just made.
    """
    assert view.checker is not None
    entries = [entry_of(view, use, item, "") for item in items]
    value = planted(copy.deepcopy(view.base()), use.shown, entries) if use.shown else entries
    if not use.shown and "array" not in view.shape.types:
        return None
    proof = view.checker.make(value)
    if proof is None and (value := _fitted(view, value, use.shown)) is not None:
        proof = view.checker.make(value)
    return proof
