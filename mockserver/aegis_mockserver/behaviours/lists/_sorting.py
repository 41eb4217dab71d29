"""
The order of a list, by the query parameters that the contract declares for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.lists._cursors import Entry

_SORTS = {"sort", "sortby", "sortfield", "orderby", "ordering"}
_DIRECTIONS = {"order", "direction", "dir", "sortorder", "sortdirection", "orderdirection", "sortdir"}


class Sorting:
    """
    The order that the query of one operation asks for.

    Args:
        queries: names of its parameters, by what they come to without case and marks.
    """

    def __init__(self, queries: Mapping[str, str]) -> None:
        self.direction = next((name for plain, name in queries.items() if plain in _DIRECTIONS), None)
        self.by = next((name for plain, name in queries.items() if plain in _SORTS), self.direction)

    def asks(self, reading: Reading) -> bool:
        """
        Say whether the query asks for an order.
        """
        return any(name in reading.query for name in (self.by, self.direction) if name)

    def ordered(self, entries: list[Entry], reading: Reading) -> list[Entry]:
        """
        Put items in the order that the query asks for, by the properties that it names: ``-created_at,name``.
        """
        wanted = reading.query.get(self.by) if self.by else None
        names = wanted if isinstance(wanted, list) else str(wanted).split(",") if wanted is not None else []
        falling = str(reading.query.get(self.direction, "")).lower().startswith("desc") if self.direction else False
        if falling and (wanted is None or self.by == self.direction):
            return entries[::-1]
        for name in reversed([str(name).strip() for name in names]):
            entries = _sorted(entries, name, falling=falling)
        return entries


def _sorted(entries: list[Entry], wanted: str, *, falling: bool) -> list[Entry]:
    name, _, direction = wanted.replace(" ", ":").partition(":")
    falling = (falling and not direction) or name.startswith("-") or direction.lower() == "desc"
    name = name.lstrip("+-")
    if not any(isinstance(entry.item, dict) and name in entry.item for entry in entries):
        return entries
    return sorted(entries, key=lambda entry: _rank(entry.item.get(name)), reverse=falling)


def _rank(value: Any) -> tuple[int, Any]:
    if value is None:
        return (2, 0)
    if isinstance(value, int | float):
        return (0, value)
    return (1, str(value))
