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
