"""
Dates and times around a fixed day, so that what was created precedes what was updated and what expires lies ahead.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from aegis_contracts.instances._context import Context

REFERENCE: Final = datetime(2026, 1, 15, 0, 0, tzinfo=UTC)

_DAY: Final = 86_400
# Words in a name, and the span around the reference day that they speak of, in days.
_SPANS: Final = (
    (("birth", "birthday", "birthdate", "dob"), (-20_000, -7_500)),
    (("founded", "established", "establishment", "incorporated"), (-6_000, -400)),
    (
        ("created", "registered", "joined", "issued", "start", "started", "since", "begin", "from", "inserted"),
        (-90, -31),
    ),
    (("updated", "modified", "changed", "last", "pushed", "verified", "confirmed", "completed", "finished"), (-30, -1)),
    (("deleted", "closed", "cancelled", "canceled", "revoked", "archived", "read"), (-30, -1)),
    (
        ("expires", "expire", "expiry", "expiration", "end", "ends", "until", "due", "deadline", "to", "valid", "next"),
        (1, 60),
    ),
)


def moment(context: Context, tokens: tuple[str, ...]) -> datetime:
    """
    A moment that suits a property with *tokens* in its name.
    """
    first, last = next((span for words, span in _SPANS if any(token in words for token in tokens)), (-60, -1))
    return REFERENCE + timedelta(seconds=context.between(first * _DAY, last * _DAY))


def instant(context: Context, tokens: tuple[str, ...]) -> str:
    """
    An RFC 3339 timestamp in UTC.
    """
    at = moment(context, tokens)
    return f"{at.year:04d}-{at.month:02d}-{at.day:02d}T{at.hour:02d}:{at.minute:02d}:{at.second:02d}Z"


def day(context: Context, tokens: tuple[str, ...]) -> str:
    """
    A full-date.
    """
    at = moment(context, tokens)
    return f"{at.year:04d}-{at.month:02d}-{at.day:02d}"
