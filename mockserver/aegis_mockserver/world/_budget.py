"""
What all worlds together may remember of what happened: a thousand busy worlds take no more memory than a few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

LIMIT = 64 * 1024 * 1024


class History:
    """
    Something that remembers what happened, oldest first, and can forget the older half of it.
    """

    __slots__ = ("_budget", "_weight")

    def __init__(self, budget: Budget | None = None) -> None:
        self._budget = budget if budget is not None else Budget()
        self._weight = 0

    @property
    def weight(self) -> int:
        """
        About how many bytes it takes.
        """
        return self._weight

    def halve(self) -> None:
        """
        Forget the older half.
        """
        raise NotImplementedError("each kind of history forgets in its own way")

    def detach(self) -> None:
        """
        Count no more: its world is forgotten, and whoever still looks at it may do so.
        """
        self._budget.used -= self._weight
        self._budget = Budget()
        self._budget.used = self._weight

    def _weigh(self, weight: int) -> None:
        self._budget.used += weight - self._weight
        self._weight = weight


class Budget:
    """
    A limit for many histories; when it is reached, the heaviest of them are halved.

    Args:
        limit: bytes.
        histories: says which there are.
    """

    __slots__ = ("_histories", "limit", "stored", "used")

    def __init__(self, limit: int = LIMIT, histories: Callable[[], Iterable[History]] | None = None) -> None:
        self.limit = limit
        self.used = 0
        self.stored = 0  # bytes of items, which have a limit of their own
        self._histories = histories

    def relieve(self) -> None:
        """
        Make room, an eighth of the limit, so that it is long until the next time.
        """
        enough = self.limit - self.limit // 8
        while self._histories is not None and self.used > enough:
            before = self.used
            for history in sorted(self._histories(), key=lambda one: one.weight, reverse=True):
                history.halve()
                if self.used <= enough:
                    return
            if self.used == before:
                return
