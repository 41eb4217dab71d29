"""
What a world remembers: stores of JSON items by id, kept as bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

encode = msgspec.json.encode
decode = msgspec.json.decode
OVERHEAD = 200  # what Python needs for one item beside its bytes


class Store:
    """
    Items by id, in the order in which they came; an item is kept as the bytes that would be sent.

    Args:
        touch: told how many bytes more are kept.
        began: told when the first item is put, and when all is forgotten.
    """

    __slots__ = ("_began", "_indexes", "_items", "_sequence", "_touch", "gone", "name", "pristine")

    def __init__(
        self, name: str, touch: Callable[[int], None] = lambda grown: None, began: Callable[[], None] = lambda: None
    ) -> None:
        self.name = name
        self._began = began
        self.pristine = True  # nothing was ever put here: reads may answer with the contract's examples
        self.gone: set[str] = set()
        self._items: dict[str, bytes] = {}
        self._indexes: dict[str, dict[Any, str]] = {}
        self._sequence = 0
        self._touch = touch

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, key: object) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._items)

    def next_number(self) -> int:
        """
        Count up: 1, 2, 3, …
        """
        self._sequence += 1
        return self._sequence

    def count_up(self, number: Callable[[int], int]) -> int:
        """
        Count up to the next number whose text names no item, and never named one that is gone.

        Args:
            number: of the *n*-th item, from 1.
        """
        items, gone = self._items, self.gone
        while True:
            self._sequence = count = self._sequence + 1
            found = number(count)
            key = str(found)
            if key not in items and key not in gone:
                return found

    def get(self, key: str) -> Any:
        """
        Return a fresh copy of the item, or None.
        """
        found = self._items.get(key)
        return None if found is None else decode(found)

    def get_bytes(self, key: str) -> bytes | None:
        """
        Return the item as JSON bytes, or None.
        """
        return self._items.get(key)

    def put(self, key: str, item: Any, content: bytes | None = None) -> None:
        """
        Keep *item* under *key*, new or instead of the old one.

        Args:
            content: the item as JSON, if somebody wrote it already.
        """
        if content is None:
            content = encode(item)
        old = self._items.get(key)
        if self._indexes:
            self._unindex(key)
            self._index(key, item)
        self._items[key] = content
        if self.pristine:
            self.begin()
        if self.gone:
            self.gone.discard(key)
        self._touch(len(content) - len(old) if old is not None else len(content) + len(key) + OVERHEAD)

    def delete(self, key: str) -> bool:
        """
        Forget the item; False when there was none.
        """
        if key not in self._items:
            return False
        if self._indexes:
            self._unindex(key)
        content = self._items.pop(key)
        self.gone.add(key)
        self._touch(-len(content) - len(key) - OVERHEAD)
        return True

    def begin(self) -> None:
        """
        From now on there is what was put here, and nothing else.
        """
        if self.pristine:
            self.pristine = False
            self._began()

    def forget(self, key: str) -> None:
        """
        Remember that *key* is gone, though it was only ever an example.
        """
        self.gone.add(key)
        self._touch(len(key))

    def drop_oldest(self, share: int = 32) -> int:
        """
        Make room: drop one of *share* parts of the items, those that came first; answers how many.
        """
        number = -(-len(self._items) // share)
        freed = 0
        # Few at a time, and no new dictionary: others wait meanwhile. The gap at its front closes when it grows next.
        for key in list(islice(self._items, number)):
            if self._indexes:
                self._unindex(key)
            freed += len(key) + len(self._items.pop(key)) + OVERHEAD
        self.gone.clear()
        if number:
            self._touch(-freed)
        return number

    def items(self) -> Iterator[tuple[str, Any]]:
        """
        Go through keys and fresh copies of the items.
        """
        for key, content in self._items.items():
            yield key, decode(content)

    def values(self) -> Iterator[Any]:
        """
        Go through fresh copies of the items.
        """
        return (decode(content) for content in self._items.values())

    def slice(self, start: int, stop: int) -> list[bytes]:
        """
        Return the bytes of the items at positions *start* to *stop*.
        """
        size = len(self._items)
        return list(islice(self._items.values(), min(start, size), min(stop, size)))

    def page(self, offset: int, limit: int, contains: str = "") -> list[tuple[str, Any]]:
        """
        Return some items with their keys; only those that have a text in key or content, if one is given.
        """
        found: Iterable[tuple[str, bytes]] = self._items.items()
        if contains:
            sought = contains.encode()
            found = (pair for pair in found if contains in pair[0] or sought in pair[1])
        return [(key, decode(content)) for key, content in islice(found, offset, offset + limit)]

    def find(self, field: str, value: Any) -> str | None:
        """
        Return the id of an item whose *field* is *value*; the first call for a field builds an index.
        """
        index = self._indexes.get(field)
        if index is None:
            index = self._indexes[field] = {}
            for key, item in self.items():
                if isinstance(item, dict) and field in item:
                    index[_hashable(item[field])] = key
        return index.get(_hashable(value))

    def clear(self) -> None:
        """
        Forget everything: the store is pristine again.
        """
        self._touch(-sum(len(key) + len(content) + OVERHEAD for key, content in self._items.items()))
        self._items.clear()
        self._indexes.clear()
        self.gone.clear()
        self._sequence = 0
        self.pristine = True
        self._began()

    def load(self, items: Iterable[tuple[str, Any]]) -> None:
        """
        Put many items, as a seed file or a snapshot gives them.
        """
        kept, grown, write = self._items, 0, encode
        if self._indexes:
            self._indexes.clear()  # made anew when somebody asks
        for key, item in items:
            content, old = write(item), kept.get(key)
            kept[key] = content
            grown += len(content) - len(old) if old is not None else len(content) + len(key) + OVERHEAD
            if self.gone:
                self.gone.discard(key)
        if kept:
            self.begin()
        self._touch(grown)

    @property
    def state(self) -> dict[str, Any]:
        """
        Everything about the store as JSON, for snapshots.
        """
        return {
            "items": dict(self.items()),
            "gone": sorted(self.gone),
            "sequence": self._sequence,
            "pristine": self.pristine,
        }

    @state.setter
    def state(self, value: dict[str, Any]) -> None:
        self.clear()
        self.load(value.get("items", {}).items())
        self.gone = set(value.get("gone", ()))
        self._sequence = int(value.get("sequence", len(self._items)))
        self.pristine = bool(value.get("pristine", not self._items))
        self._began()

    def _index(self, key: str, item: Any) -> None:
        for field, index in self._indexes.items():
            if isinstance(item, dict) and field in item:
                index[_hashable(item[field])] = key

    def _unindex(self, key: str) -> None:
        content = self._items.get(key)
        if content is None:
            return
        item = decode(content)
        for field, index in self._indexes.items():
            if isinstance(item, dict) and index.get(_hashable(item.get(field))) == key:
                del index[_hashable(item[field])]


def _hashable(value: Any) -> Any:
    return encode(value) if isinstance(value, dict | list) else value
