"""
How far a partition is done: the offset before which nothing is unfinished.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

__all__ = ["OffsetTracker"]


class OffsetTracker:
    """
    Keeps which offsets of one partition are taken and done; they finish in any order.

    Offsets may have gaps (compaction, transaction markers): only offsets that were really taken are waited for.
    """

    __slots__ = ("_done", "_pending", "next")

    def __init__(self) -> None:
        self._pending: deque[int] = deque()
        self._done: set[int] = set()
        self.next: int | None = None
        """
        The offset after the last one taken.
        """

    def take(self, offsets: Iterable[int]) -> None:
        """
        Wait for these offsets too; they ascend.
        """
        pending = self._pending
        pending.extend(offsets)
        if pending:
            self.next = pending[-1] + 1

    def done_all(self, offsets: Iterable[int]) -> None:
        """
        The events at *offsets* need nothing more.
        """
        pending, done = self._pending, self._done
        done.update(offsets)
        while pending and pending[0] in done:
            done.remove(pending.popleft())

    @property
    def watermark(self) -> int | None:
        """
        The offset to commit: everything before it is done. ``None`` before anything was taken.
        """
        return self._pending[0] if self._pending else self.next

    @property
    def idle(self) -> bool:
        """
        Whether everything taken is done.
        """
        return not self._pending

    @property
    def window(self) -> int:
        """
        How many offsets lie between the watermark and the last one taken, done or not.
        """
        return len(self._pending)
