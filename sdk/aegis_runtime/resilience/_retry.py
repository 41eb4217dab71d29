"""
Which outcome is worth another attempt, and after how long.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from aegis_runtime._numbers import checked_number
from aegis_runtime.errors import ConfigurationError

__all__ = ["RetryPolicy", "worth_retrying"]

_NOT_SERVER_TROUBLE = frozenset({501, 505})
_TRANSIENT = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetryPolicy:
    """
    How long to wait between attempts: *base* seconds, times *factor* each time, at most *maximum*, shortened by up to
    half.
    """

    base: float = 1.0
    factor: float = 2.0
    maximum: float = 60.0
    random: Callable[[], float] = random.random

    def __post_init__(self) -> None:
        for name in ("base", "factor", "maximum"):
            checked_number(f"RetryPolicy: {name}", getattr(self, name))
        if not callable(self.random):
            raise ConfigurationError("RetryPolicy: random must be a function without arguments")

    def delay(self, retries: int) -> float:
        """
        Seconds to wait before the next attempt when *retries* have been made already.
        """
        try:
            whole = min(self.base * self.factor**retries, self.maximum)
        except OverflowError:  # after a thousand retries
            whole = self.maximum if self.base else 0.0
        return whole * (0.5 + 0.5 * self.random())


def worth_retrying(status: int) -> bool:
    """
    Say whether another attempt may fare better after *status*.
    """
    return status in _TRANSIENT or (500 <= status < 600 and status not in _NOT_SERVER_TROUBLE)
