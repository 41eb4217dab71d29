"""
How long to wait before another attempt: the one formula of this package.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

__all__ = ["Backoff"]


@dataclass(frozen=True, slots=True)
class Backoff:
    """
    Waits that grow, with jitter between half and whole, so that those who failed together do not come back together.

    Args:
        base: seconds before the first retry.
        longest: the longest wait in seconds.
        factor: how much longer each further wait is.
    """

    base: float
    longest: float
    factor: float = 2.0

    def delay(self, retries: int, chance: float | None = None) -> float:
        """
        Seconds before the next attempt when *retries* have been made already.

        Args:
            chance: a number from 0 to 1 in place of a random one.
        """
        try:
            whole = min(self.base * self.factor**retries, self.longest)
        except OverflowError:
            whole = self.longest
        return whole * (0.5 + 0.5 * (random.random() if chance is None else chance))
