"""
Which outcome is worth another attempt, and after how long.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from aegis_runtime._numbers import LONGEST, checked_number
from aegis_runtime.errors import ConfigurationError

__all__ = ["RetryPolicy", "asked_to_wait", "retry_after", "worth_retrying"]

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?").fullmatch

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


def asked_to_wait(headers: Mapping[str, str], now: float) -> float | None:
    """
    Seconds that an answer asks to wait: ``retry-after-ms`` where it is, which says it finer, else ``Retry-After``.
    """
    finer = headers.get("retry-after-ms", "").strip()
    if _NUMBER(finer):
        return min(float(finer) / 1000, LONGEST)
    return retry_after(headers.get("retry-after"), now)


def retry_after(value: str | None, now: float) -> float | None:
    """
    Read a ``Retry-After`` header: seconds from *now* (an epoch time), or ``None`` when it says nothing usable.
    """
    if not value:
        return None
    text = value.strip()
    if _NUMBER(text):
        return min(float(text), LONGEST)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, moment.timestamp() - now)
