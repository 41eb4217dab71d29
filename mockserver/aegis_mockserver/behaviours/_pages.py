"""
Pages, filters and orders of lists, by the query parameters that the contract declares.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours._shapes import Shape, plain

_SIZES = {
    "limit",
    "size",
    "perpage",
    "pagesize",
    "maxresults",
    "maxitems",
    "count",
    "take",
    "first",
    "top",
    "pagelimit",
}
_OFFSETS = {"offset", "skip", "start", "startindex", "from"}
_PAGES = {"page", "pagenumber", "pageno", "pageindex", "p"}
_CURSORS = {
    "cursor",
    "after",
    "next",
    "pagetoken",
    "startingafter",
    "nexttoken",
    "continuationtoken",
    "continue",
    "marker",
}
_SORTS = {"sort", "sortby", "orderby", "order"}
_TOTALS = {"total", "totalcount", "totalitems", "totalelements", "count", "totalresults", "matched"}
_NEXT = {"nextcursor", "nextpagetoken", "nexttoken", "next", "cursor", "continuationtoken", "endcursor", "nextpage"}
_MORE = {"hasmore", "hasnext", "hasnextpage", "more"}
_PAGE_COUNTS = {"totalpages", "pages", "pagecount", "lastpage"}
DEFAULT_SIZE = 20


@dataclass(slots=True)
class Window:
    """
    Which part of a list is asked for.
    """

    start: int
    size: int
    page: int
    total: int = 0

    @property
    def stop(self) -> int:
        return self.start + self.size

    @property
    def more(self) -> bool:
        return self.stop < self.total


class Pages:
    """
    How one list operation is paged and filtered.
    """

    def __init__(self, operation: Operation, item: Shape) -> None:
        named = {
            plain(parameter.name): parameter for parameter in operation.parameters if parameter.location == "query"
        }

        def find(names: set[str]) -> str | None:
            return next((parameter.name for name, parameter in named.items() if name in names), None)

        self.size, self.offset, self.page = find(_SIZES), find(_OFFSETS), find(_PAGES)
        self.cursor, self.sort = find(_CURSORS), find(_SORTS)
        paging = {self.size, self.offset, self.page, self.cursor, self.sort}
        properties = {plain(name): name for name in item.properties}
        self.filters = {
            parameter.name: properties[name]
            for name, parameter in named.items()
            if name in properties and parameter.name not in paging
        }
        schema = next((p.schema for p in operation.parameters if p.name == self.size and p.schema), None)
        default = Shape.of(schema, "request").node.get("default") if schema else None
        self.default = default if isinstance(default, int) and default > 0 else DEFAULT_SIZE if self.paged else 10_000

    @property
    def paged(self) -> bool:
        return bool(self.size or self.offset or self.page or self.cursor)

    def window(self, reading: Reading) -> Window | None:
        """
        Read which part is asked for; None for a cursor that was never given out.
        """
        query = reading.query
        size = _number(query.get(self.size)) if self.size else None
        size = self.default if size is None else max(0, size)
        start, page = 0, 1
        if self.cursor and (given := query.get(self.cursor)) is not None and given != "":
            decoded = _decoded(str(given))
            if decoded is None:
                return None
            start = decoded
        elif self.offset and (offset := _number(query.get(self.offset))) is not None:
            start = max(0, offset)
        elif self.page and (number := _number(query.get(self.page))) is not None:
            page = number
            start = max(0, number - 1) * size
        return Window(start, size, page)

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

    def asks_filter(self, reading: Reading) -> bool:
        """
        Say whether the query filters or sorts at all.
        """
        return any(name in reading.query for name in self.filters) or bool(self.sort and self.sort in reading.query)

    def ordered(self, items: list[Any], reading: Reading) -> list[Any]:
        """
        Put items in the order that the query asks for, if it names a property.
        """
        wanted = reading.query.get(self.sort) if self.sort else None
        if isinstance(wanted, list) and wanted:
            wanted = wanted[0]
        if not isinstance(wanted, str):
            return items
        name, _, direction = wanted.replace(" ", ":").partition(":")
        descending = name.startswith("-") or direction.lower() == "desc"
        name = name.lstrip("+-")
        if not any(isinstance(item, dict) and name in item for item in items):
            return items
        return sorted(items, key=lambda item: _rank(item.get(name)), reverse=descending)


def fill(envelope: Any, shape: Shape, window: Window, given: int, depth: int = 0) -> None:
    """
    Write totals, cursors and flags into the envelope around a page.
    """
    if not isinstance(envelope, dict) or depth > 2:
        return
    for name, inner in shape.properties.items():
        key, types = plain(name), inner.types
        if key in _TOTALS and "integer" in types:
            envelope[name] = window.total if key != "count" else given
        elif key in _MORE and "boolean" in types:
            envelope[name] = window.more
        elif key in _NEXT and "string" in types:
            if window.more:
                envelope[name] = encoded(window.stop)
            elif "null" in types:
                envelope[name] = None
            elif name not in shape.required:
                envelope.pop(name, None)
        elif key in _PAGE_COUNTS and "integer" in types:
            envelope[name] = -(-window.total // window.size) if window.size else 0
        elif key in _OFFSETS and "integer" in types:
            envelope[name] = window.start
        elif key in _SIZES and "integer" in types:
            envelope[name] = window.size
        elif key in _PAGES and "integer" in types:
            envelope[name] = window.page
        elif "object" in types and isinstance(envelope.get(name), dict):
            fill(envelope[name], inner, window, given, depth + 1)


def encoded(position: int) -> str:
    """
    Make a cursor of a position.
    """
    return base64.urlsafe_b64encode(f"o{position}".encode()).decode().rstrip("=")


def _decoded(cursor: str) -> int | None:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return None
    return int(text[1:]) if text[:1] == "o" and text[1:].isdecimal() and len(text) < 19 else None


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _rank(value: Any) -> tuple[int, Any]:
    if value is None:
        return (2, 0)
    if isinstance(value, int | float):
        return (0, value)
    return (1, str(value))
