"""
Making metric families, and what all of them have in common.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

from aegis_sdk.errors import ConfigurationError

__all__ = ["BUCKETS", "Bounded", "Recent", "once_per_registry", "seconds"]

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@contextmanager
def once_per_registry(what: str) -> Generator[None, None, None]:
    """
    Say plainly that a registry has these metrics already.
    """
    try:
        yield
    except ValueError as error:
        if "uplicated" not in str(error):
            raise
        said = f"{what}: the registry has these metrics already; make one for a process, or one for each registry"
        raise ConfigurationError(said) from None


class Bounded:
    """
    Label values of which there may be only so many; what comes later is *instead*.
    """

    __slots__ = ("_instead", "_known", "_most")

    def __init__(self, most: int, instead: str) -> None:
        self._most = most
        self._instead = instead
        self._known: set[str] = set()

    def __call__(self, value: str) -> str:
        """
        *value*, or what stands for all those that there is no room for.
        """
        if value in self._known:
            return value
        if len(self._known) >= self._most:
            return self._instead
        self._known.add(value)
        return value


class Recent:
    """
    The mean of what was observed within the last seconds, in a slot for each second.

    Args:
        window: how many seconds count.
    """

    def __init__(self, window: int, now: Callable[[], float] = time.monotonic) -> None:
        self._window = window
        self._now = now
        self._slots = [(-window, 0.0, 0)] * window
        self._lock = threading.Lock()

    def add(self, value: float) -> None:
        """
        Observe *value* now.
        """
        second = int(self._now())
        with self._lock:
            there, total, count = self._slots[second % self._window]
            fresh = there != second
            self._slots[second % self._window] = (second, value if fresh else total + value, 1 if fresh else count + 1)

    def mean(self) -> float:
        """
        The mean, 0 where nothing was observed.
        """
        oldest = int(self._now()) - self._window
        with self._lock:
            slots = [(total, count) for second, total, count in self._slots if second > oldest]
        number = sum(count for _, count in slots)
        return sum(total for total, _ in slots) / number if number else 0.0


def seconds(duration: float) -> float:
    """
    A duration that a histogram can take: a clock that was set back gives 0, and no number is refused.
    """
    if not math.isfinite(duration):
        raise ValueError("a duration must be a number of seconds")
    return max(0.0, float(duration))
