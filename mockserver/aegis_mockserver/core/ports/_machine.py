"""
What the core is lent by whoever runs it: it reads no clock, draws no id and writes no log of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """
    Time, identity, and somewhere to say what was noticed.

    Args:
        seconds: a clock that only runs forward.
        new_id: a UUID that nobody had before, as text.
        warn: told of what in a contract is odd.
        fail: told of what is a bug of the mock, while its exception is handled if there is one.
    """

    seconds: Callable[[], float]
    new_id: Callable[[], str]
    warn: Callable[[str], None]
    fail: Callable[[str], None]
