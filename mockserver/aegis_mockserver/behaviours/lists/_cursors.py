"""
Cursors: where a page ended, and which part of a list is asked for.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

_CURSOR = re.compile(r"o([0-9]{1,18})(\[.*\])?")


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

    Args:
        before: the page ends before the item of this key.
    """

    start: int
    size: int
    number: int = 1
    cursor: Cursor | None = None
    before: str = ""
    total: int = 0
    shown: Sequence[Entry] = ()
    following: str = ""

    @property
    def more(self) -> bool:
        """
        Say whether items follow, in the direction that was asked for.
        """
        return self.start > 0 if self.before else self.start + self.size < self.total and self.size > 0

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
        elif self.before:
            end = next((index for index, key in enumerate(keys) if key == self.before), 0)
            self.start = max(0, end - self.size)
            self.size = end - self.start

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
