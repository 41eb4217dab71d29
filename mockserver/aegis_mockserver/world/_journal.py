"""
Every exchange of a world, bounded in number and bytes, and rendered only when somebody looks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import attrgetter

from aegis_mockserver.world._backlog import Backlog
from aegis_mockserver.world._budget import Budget, History
from aegis_mockserver.world._exchange import Exchange

KEPT = 5_000
KEPT_BYTES = 8 * 1024 * 1024
ROW = 1_500  # about what Python needs for an exchange beside its bodies
_size = attrgetter("size")


class Journal(History):
    """
    The exchanges of one world, oldest first; the oldest are forgotten when there are too many or they are too big.

    Args:
        backlog: where exchanges wait to be taken.
    """

    __slots__ = ("_backlog", "_exchanges", "_size", "kept", "kept_bytes", "total")

    def __init__(
        self,
        kept: int = KEPT,
        kept_bytes: int = KEPT_BYTES,
        budget: Budget | None = None,
        backlog: Backlog | None = None,
    ) -> None:
        super().__init__(budget)
        self._backlog = backlog if backlog is not None else Backlog()
        self._exchanges: deque[Exchange] = deque()
        self._size = 0
        self.kept = kept
        self.kept_bytes = kept_bytes
        self.total = 0

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Exchange]:
        return iter(tuple(self._all))

    @property
    def _all(self) -> deque[Exchange]:
        self._backlog.settle()
        return self._exchanges

    @property
    def weight(self) -> int:
        self._backlog.settle()
        return self._weight

    def detach(self) -> None:
        self._backlog.settle()
        super().detach()

    def newest_first(self) -> Iterator[Exchange]:
        """
        Go through the exchanges from the newest.
        """
        return reversed(tuple(self._all))

    def get(self, number: int) -> Exchange | None:
        """
        Return one exchange, if it is still remembered.
        """
        exchanges = self._all
        index = number - (self.total - len(exchanges)) - 1
        return exchanges[index] if 0 <= index < len(exchanges) else None

    def since(self, number: int, most: int) -> list[Exchange]:
        """
        Return the exchanges after *number*, oldest first; if there are too many, the last of them.
        """
        exchanges = self._all
        count = max(0, min(self.total - number, most, len(exchanges)))
        return list(islice(reversed(exchanges), count))[::-1]

    def take(self, recorded: Sequence[Exchange]) -> None:
        """
        Take exchanges that are counted already.
        """
        exchanges = self._exchanges
        exchanges.extend(recorded)
        size = self._size + sum(map(_size, recorded))
        drop = exchanges.popleft
        for _ in range(len(exchanges) - self.kept):
            size -= drop().size
        while size > self.kept_bytes:
            size -= drop().size
        self._size = size
        self._weigh(size + len(exchanges) * ROW)
        if self._budget.used > self._budget.limit:
            self._budget.relieve()

    def halve(self) -> None:
        """
        Forget the older half.
        """
        exchanges = self._all
        for _ in range((len(exchanges) + 1) // 2):
            self._size -= exchanges.popleft().size
        self._weigh(self._size + len(exchanges) * ROW)

    def clear(self) -> None:
        """
        Forget all exchanges.
        """
        self._all.clear()
        self._size = 0
        self._weigh(0)
