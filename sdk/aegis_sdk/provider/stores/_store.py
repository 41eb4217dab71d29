"""
What a store does.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Entry", "Store", "new_version"]


@dataclass(frozen=True, slots=True)
class Entry:
    """
    What is kept under a key.

    Attributes:
        version: changes with every write, and is never the same twice.
    """

    data: bytes
    version: int

    def __repr__(self) -> str:
        return f"<Entry of {len(self.data)} bytes>"


class Store(Protocol):
    """
    Records by key, each written only over the version that was read.
    """

    async def read(self, key: str, now: float) -> Entry | None:
        """
        The record of *key* that has not ended by *now*, an epoch time.
        """
        ...

    async def write(self, key: str, data: bytes, *, now: float, ends: float, over: int = 0) -> int:
        """
        Write a record over the version *over*, 0 where there must be none; the new version, or 0 if it is another by
        now.
        """
        ...

    async def delete(self, key: str, *, over: int) -> bool:
        """
        Delete a record if it still has the version *over*.
        """
        ...

    async def aclose(self) -> None:
        """
        Let go of what the store itself opened.
        """
        ...


def new_version() -> int:
    """
    A version that no record had before: were it counted, a record made anew could be taken for the old one.
    """
    return secrets.randbits(62) + 1
