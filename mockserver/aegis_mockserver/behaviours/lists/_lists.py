"""
Lists: the items of a store, filtered, in the order that is asked for, a page at a time.
"""

from __future__ import annotations

import copy
from collections.abc import Collection
from functools import cached_property
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._mend import mended
from aegis_mockserver.behaviours.items._views import View, planted, put_at, value_at
from aegis_mockserver.behaviours.items._where import Where, typed
from aegis_mockserver.behaviours.lists._cursors import Entry, Window
from aegis_mockserver.behaviours.lists._filters import Filters
from aegis_mockserver.behaviours.lists._pages import Pages
from aegis_mockserver.behaviours.resources._envelopes import list_at
from aegis_mockserver.behaviours.resources._names import id_in
from aegis_mockserver.behaviours.resources._paging import page_of
from aegis_mockserver.behaviours.resources._resource import Page, Steps, Use
from aegis_mockserver.behaviours.resources._shapes import key_text
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.contents._proofs import Proof
from aegis_mockserver.world import Store, World

_TRIES = 5


class Listing:
    """
    How one operation lists the items of a store.

    Args:
        use: where in the response the items are, and how they are paged.
        where: the items are remembered; left out, it is a list of what a behaviour gives it.
    """

    def __init__(self, operation: Operation, view: View, use: Use, where: Where | None = None) -> None:
        self._view = view
        self._use = use
        self._where = where
        self._id_steps = where.resource.identity.steps if where is not None else ()
        page = use.page or Page()
        entry = view.shape.at(use.shown).items
        self._item = entry.at(use.entry)
        # An item that nobody shows with its id may have one in the list.
        unnamed = where is not None and not self._id_steps and bool(where.resource.identity.parameter)
        own = id_in(self._item.properties, where.resource.identity.names) if where is not None and unnamed else None
        self._entry_id: Steps = (*use.entry, own) if own is not None else ()
        self._filters = Filters(operation, self._item, page)
        self._pages = Pages(page, operation, view.shape)
        self._own: tuple[str | None, dict[str, Any]] = (None, {})  # of the owner that was asked about last

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

    def answer(self, store: Store, reading: Reading, world: World | None = None) -> Answer | Problem | None:
        """
        Answer the page that is asked for; None where the contract's own answer is as good.

        Args:
            world: where one is, a store that nothing was ever put into shows the contract's own items, without those
                deleted.
        """
        untouched = store.pristine and world is not None
        own: list[Entry] = []
        if untouched and world is not None:
            invented = self._invented(reading, world)
            if invented is None and not store.gone and not self._pages.lead_on and not self._pages.beyond(reading):
                return None
            own = [entry for entry in invented or self._exemplary if entry.key not in store.gone]
        window = self._pages.window(reading, {entry.key for entry in own} if untouched else store)
        if isinstance(window, Problem):
            return window
        if untouched:
            window.of(own)
            return self._page([entry.item for entry in window.shown], window, reading)
        where = self._where
        partial = where if where is not None and where.partial and world is not None else None
        if partial is not None or self._filters.asks(reading):
            entries = [Entry(key, item) for key, item in store.items() if self._filters.keeps(item, reading)]
            if partial is not None and world is not None:
                entries = [one for one in entries if partial.has(one.key, one.item, reading, world)]
            window.of(self._filters.sorting.ordered(entries, reading))
        else:
            window.start_in(store)
            window.show([Entry(*pair) for pair in store.page(window.start, window.size + 1)], len(store))
        return self._page(
            [self._named(entry_of(self._view, self._use, entry.item, entry.key), entry.key) for entry in window.shown],
            window,
            reading,
        )

    def _named(self, entry: Any, key: str) -> Any:
        """
        Let an entry tell its id, where the item itself does not.
        """
        if not self._entry_id or not isinstance(entry, dict) or value_at(entry, self._entry_id) is not None:
            return entry
        item_id = typed(key, self._item.at(self._entry_id[-1:]))
        if item_id is not None:
            entry = copy.copy(entry)
            put_at(entry, self._entry_id, item_id)
        return entry

    def own(self, reading: Reading, world: World) -> dict[str, Any]:
        """
        Return the contract's own items by their ids, without what is around them; nobody changes them.
        """
        where = self._where
        # Where there is but one owner, only the world makes a difference.
        home = world.seed if where is None or where.only else where.seed(reading, world, "")
        if self._own[0] != home:  # whoever asks for one item, asks for others of the same owner
            entries = self._invented(reading, world) or self._exemplary
            self._own = (
                home,
                {key: value_at(item, self._use.entry) if self._use.entry else item for key, item in entries},
            )
        return self._own[1]

    @cached_property
    def _exemplary(self) -> list[Entry]:
        """
        The items of the contract's own example.
        """
        return [Entry(self._key(item), item) for item in self._items(self._view.base())]

    @cached_property
    def _as_it_is(self) -> bool:
        """
        Whether the contract's own example can be told as it is, wherever it is asked for.
        """
        where = self._where
        if not self._view.exemplary or where is None:
            return where is None
        taken = all(where.kind.takes(key) for key, _ in self._exemplary) if self._id_steps else True
        return taken and not where.resource.parents

    def _invented(self, reading: Reading, world: World) -> list[Entry] | None:
        """
        Make up items: the contract's own, with ids that their paths take, of the owner that is asked about.

        Returns:
            None where the contract's example can be told as it is, or where nothing is made up.
        """
        where = self._where
        if where is None or self._as_it_is:
            return None
        entries: dict[str, Entry] = {}
        home = where.seed(reading, world, "")
        for number, made in enumerate(self._items(self._view.made(home))):
            entry = copy.deepcopy(made)
            key = self._key(entry)
            item = value_at(entry, self._use.entry) if self._use.entry else entry
            if self._id_steps and not where.kind.takes(key):
                tries = (where.kind.made_up_id(number, f"{home}{'+' * more}") for more in range(_TRIES))
                item_id = next((one for one in tries if key_text(one) not in entries), "")
                key = key_text(item_id)
                if isinstance(item, dict):
                    put_at(item, self._id_steps, item_id)
                elif isinstance(item, str | int):
                    entry = item_id
            if isinstance(item, dict):
                where.belong(item, None, reading)
            entries.setdefault(key if self._id_steps else str(number), Entry(key, entry))
        return list(entries.values())

    def _items(self, answer: Any) -> list[Any]:
        items = value_at(answer, self._use.shown) if self._use.shown else answer
        return items if isinstance(items, list) else []

    def _key(self, entry: Any) -> str:
        """
        Return the id of an entry; empty where it has none.
        """
        if isinstance(entry, str | int):
            return key_text(entry)
        return key_text(value_at(entry, (*self._use.entry, *self._id_steps))) if self._id_steps else ""

    def _page(self, entries: list[Any], window: Window, reading: Reading) -> Answer:
        view, steps = self._view, self._use.shown
        assert view.checker is not None
        value: Any = entries
        if steps:
            value = planted(copy.deepcopy(view.base()), steps, entries)
            self._pages.tell(value, window, reading)
        headers = self._pages.headers(window, reading)
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
