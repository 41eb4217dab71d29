"""
Moments as the contract writes them.
"""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["timestamp"]


def timestamp(moment: datetime | None = None) -> str:
    """
    A moment as the contract writes it: RFC 3339, UTC, to the millisecond, with ``Z``; the present unless given. As
    texts, timestamps sort as moments do.
    """
    if moment is not None and moment.tzinfo is None:
        raise ValueError("a moment needs its offset from UTC")
    return (moment or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
