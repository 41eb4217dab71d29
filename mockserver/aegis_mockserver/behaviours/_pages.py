"""
Pages, filters and orders of lists, by the query parameters that the contract declares.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from aegis_contracts import Operation, Violation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours._shapes import Shape, plain
from aegis_mockserver.core._messages import Problem

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
_SORTS = {"sort", "sortby", "sortfield", "orderby", "ordering"}
_DIRECTIONS = {"order", "direction", "dir", "sortorder", "sortdirection", "orderdirection", "sortdir"}
_CURSOR = re.compile(r"o([0-9]{1,18})(\[.*\])?")
_TOTALS = {"total", "totalcount", "totalitems", "totalelements", "count", "totalresults", "matched"}
_NEXT = {"nextcursor", "nextpagetoken", "nexttoken", "next", "cursor", "continuationtoken", "endcursor", "nextpage"}
_MORE = {"hasmore", "hasnext", "hasnextpage", "more"}
_PAGE_COUNTS = {"totalpages", "pages", "pagecount", "lastpage"}
DEFAULT_SIZE = 20


class Entry(NamedTuple):
    """
    An item with its key in the store.
    """

    key: str
    item: Any


@dataclass(frozen=True, slots=True)
class Cursor:
    """
    Where a page ended: by the items around its end, so that none is passed over when others were deleted meanwhile.

    Args:
        position: how many items there were up to there.
        last: key of the last item of the page.
        following: key of the first item of the next one.
    """

    position: int
    last: str = ""
    following: str = ""

    def __str__(self) -> str:
        text = msgspec.json.encode([self.last, self.following])
        return base64.urlsafe_b64encode(b"o%d%b" % (self.position, text)).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """
        Read a cursor; None for one that was never given out.
        """
        try:
            decoded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            match = _CURSOR.fullmatch(decoded)
            if match is None:
                return None
            last, following = msgspec.json.decode(match[2] or '["",""]', type=tuple[str, str])
            return cls(int(match[1]), last, following)
        except (binascii.Error, ValueError, msgspec.MsgspecError):
            return None

    def start_in(self, keys: Iterable[str]) -> int:
        """
        Return where the next page begins.
        """
        following = -1
        for index, key in enumerate(keys):
            if key == self.last:
                return index + 1
            if key == self.following:
                following = index
        if following >= 0:
            return following
        return max(0, self.position - 1) if self.last else self.position


@dataclass(slots=True)
class Window:
    """
    Which part of a list is asked for, and what is in it.
    """

    start: int
    size: int
    page: int
    cursor: Cursor | None = None
    total: int = 0
    shown: Sequence[Entry] = ()
    following: str = ""

    @property
    def more(self) -> bool:
        """
        Say whether items follow.
        """
        return self.start + self.size < self.total

    @property
    def next(self) -> Cursor:
        """
        Say where the next page begins.
        """
        last = self.shown[-1].key if self.shown else ""
        return Cursor(self.start + self.size, last, self.following)

    def start_in(self, keys: Iterable[str]) -> None:
        """
        Find the start of a page that a cursor asks for.
        """
        if self.cursor is not None:
            self.start = self.cursor.start_in(keys) if self.cursor.last else self.cursor.position

    def of(self, entries: Sequence[Entry]) -> None:
        """
        Show a part of all *entries*.
        """
        self.start_in(entry.key for entry in entries)
        self.show(entries[self.start : self.start + self.size + 1], len(entries))

    def show(self, entries: Sequence[Entry], total: int) -> None:
        """
        Show *entries*, which may be one more than the page has.
        """
        self.total = total
        self.shown = entries[: self.size]
        self.following = entries[self.size].key if len(entries) > self.size else ""


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
        self.cursor = find(_CURSORS)
        self.direction = find(_DIRECTIONS)
        self.sort = find(_SORTS) or self.direction
        self._cursor_source = next((p.source for p in operation.parameters if p.name == self.cursor), "")
        paging = {self.size, self.offset, self.page, self.cursor, self.sort, self.direction}
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

    def window(self, reading: Reading) -> Window | Problem:
        """
        Read which part is asked for.
        """
        query = reading.query
        size = _number(query.get(self.size)) if self.size else None
        size = self.default if size is None else max(0, size)
        if self.cursor and (given := query.get(self.cursor)) is not None and given != "":
            cursor = Cursor.read(str(given))
            return Window(cursor.position, size, 1, cursor) if cursor is not None else self._unknown()
        if self.offset and (offset := _number(query.get(self.offset))) is not None:
            return Window(max(0, offset), size, 1)
        if self.page and (number := _number(query.get(self.page))) is not None:
            return Window(max(0, number - 1) * size, size, number)
        return Window(0, size, 1)

    def _unknown(self) -> Problem:
        violation = Violation(
            f"/query/{self.cursor}",
            "cursor",
            "must be a cursor that this service gave out",
            self._cursor_source,
            "send the cursor that came with the page before, or leave it out",
        )
        return Problem("invalid_request", 400, "1 rule is violated.", violations=(violation,))

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


def fill(envelope: Any, shape: Shape, window: Window, depth: int = 0) -> None:
    """
    Write totals, cursors and flags into the envelope around a page.
    """
    if not isinstance(envelope, dict) or depth > 2:
        return
    for name, inner in shape.properties.items():
        key, types = plain(name), inner.types
        if key in _TOTALS and "integer" in types:
            envelope[name] = window.total if key != "count" else len(window.shown)
        elif key in _MORE and "boolean" in types:
            envelope[name] = window.more
        elif key in _NEXT and "string" in types:
            if window.more:
                envelope[name] = str(window.next)
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
            fill(envelope[name], inner, window, depth + 1)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _rank(value: Any) -> tuple[int, Any]:
    if value is None:
        return (2, 0)
    if isinstance(value, int | float):
        return (0, value)
    return (1, str(value))
