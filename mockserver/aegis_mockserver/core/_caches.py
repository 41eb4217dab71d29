"""
What is kept so that it need not be made again: two caches, and one rule.

The rule: a cache holds what follows from the contracts, the seed and its own key, and from nothing that a request, a
world or a clock can change. So a cache is never stale; it goes with the edition of the contracts that it was made for.
What answers the very same request again is therefore none: it would have to know of every world.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
NUMBER = 4_096
BYTES = 16 * 1024 * 1024


class Cache(Generic[K, V]):
    """
    Values by key, bounded in number and bytes; begins anew when it is full.
    """

    __slots__ = ("_bytes", "_values", "get")

    def __init__(self) -> None:
        self._values: dict[K, V] = {}
        self._bytes = 0
        self.get = self._values.get

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[V]:
        return iter(self._values.values())

    def put(self, key: K, value: V, size: int) -> V:
        """
        Keep a value of about *size* bytes.
        """
        if len(self._values) >= NUMBER or self._bytes + size > BYTES:
            self._values.clear()
            self._bytes = 0
        self._values[key] = value
        self._bytes += size
        return value

    def grow(self, size: int) -> None:
        """
        Note that what is kept grew by about *size* bytes; it begins anew when there is too much of it.
        """
        self._bytes += size
        if self._bytes > BYTES:
            self._values.clear()
            self._bytes = 0
