"""
Filters and orders of lists, by the query parameters that the contract declares.
"""

from __future__ import annotations

from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.lists._cursors import Entry
from aegis_mockserver.behaviours.resources._names import plain
from aegis_mockserver.behaviours.resources._resource import Page
from aegis_mockserver.behaviours.resources._shapes import Shape

_SORTS = {"sort", "sortby", "sortfield", "orderby", "ordering"}
_DIRECTIONS = {"order", "direction", "dir", "sortorder", "sortdirection", "orderdirection", "sortdir"}


class Filters:
    """
    What the query of one operation lets through, and in which order.

    Args:
        item: the schema of an entry's item.
    """

    def __init__(self, operation: Operation, item: Shape, page: Page) -> None:
        named = {
            plain(parameter.name): parameter for parameter in operation.parameters if parameter.location == "query"
        }

        def find(names: set[str]) -> str | None:
            return next((parameter.name for name, parameter in named.items() if name in names), None)

        self.direction = find(_DIRECTIONS)
        self.sort = find(_SORTS) or self.direction
        inputs = (page.size, page.after, page.before, page.offset, page.number)
        paging = {self.sort, self.direction, *(one.name for one in inputs if one is not None)}
        properties = {plain(name): name for name in item.properties}
        self.filters = {
            parameter.name: properties[name]
            for name, parameter in named.items()
            # What every request must say tells whose list is meant, not what of it.
            if name in properties and parameter.name not in paging and not parameter.required
        }

    def keeps(self, item: Any, reading: Reading) -> bool:
        """
        Say whether an item passes the filters of the query.
        """
        for parameter, name in self.filters.items():
            if parameter in reading.query:
                wanted = reading.query[parameter]
                value = item.get(name) if isinstance(item, dict) else None
                wanted_values = wanted if isinstance(wanted, list) else [wanted]
                values = value if isinstance(value, list) else [value]
                if not any(one == want or str(one) == str(want) for one in values for want in wanted_values):
                    return False
        return True

    def asks(self, reading: Reading) -> bool:
        """
        Say whether the query filters or sorts at all.
        """
        return any(name in reading.query for name in (*self.filters, self.sort, self.direction) if name)

    def ordered(self, entries: list[Entry], reading: Reading) -> list[Entry]:
        """
        Put items in the order that the query asks for, by the properties that it names: ``-created_at,name``.
        """
        wanted = reading.query.get(self.sort) if self.sort else None
        names = wanted if isinstance(wanted, list) else str(wanted).split(",") if wanted is not None else []
        falling = str(reading.query.get(self.direction, "")).lower().startswith("desc") if self.direction else False
        if falling and (wanted is None or self.sort == self.direction):
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
