"""
How long an answer asks its client to wait.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

from aegis_runtime._numbers import LONGEST

__all__ = ["asked_to_wait", "retry_after"]

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?").fullmatch


def asked_to_wait(headers: Mapping[str, str], now: float) -> float | None:
    """
    Seconds that an answer asks to wait: ``retry-after-ms`` where it is, which says it finer, else ``Retry-After``.

    Args:
        now: an epoch time, for an answer without a ``Date`` of its own.
    """
    finer = headers.get("retry-after-ms", "").strip()
    if _NUMBER(finer):
        return min(float(finer) / 1000, LONGEST)
    # Whoever names a date names it by the clock of ``Date``, which may be far from ours: RFC 9110, 10.2.3 and 6.6.1.
    said = _epoch(headers.get("date", ""))
    return retry_after(headers.get("retry-after"), now if said is None else said)


def retry_after(value: str | None, now: float) -> float | None:
    """
    Read a ``Retry-After`` header: seconds from *now* (an epoch time), or ``None`` when it says nothing usable.
    """
    text = (value or "").strip()
    if _NUMBER(text):
        return min(float(text), LONGEST)
    moment = _epoch(text)
    return None if moment is None else min(max(0.0, moment - now), LONGEST)


def _epoch(date: str) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
