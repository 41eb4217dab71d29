"""
The life of operations and parameters: announced to end (``deprecated``, ``x-sunset``), and gone when the day has come.

A day that was named is a promise: what is used by it may not go earlier, and the day may not be brought forward.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple, TypeAlias

from aegis_contracts import Operation, Parameter, Place
from aegis_verifier.diff.schemas import Pair

SUNSET: Final = "x-sunset"
Lived: TypeAlias = Operation | Parameter


class Calendar(NamedTuple):
    """
    When two versions are compared.

    Args:
        today: the day, in UTC.
        notice: days that must lie between an announcement and the end.
    """

    today: date
    notice: int = 0

    @classmethod
    def now(cls) -> Calendar:
        """
        Take the machine's day.
        """
        return cls(datetime.now(UTC).date())


def sunset_of(one: Lived) -> date | None:
    """
    Return the day on which something ends: a date (RFC 3339), or a moment as the header has it (RFC 8594).

    Raises:
        ValueError: what is written there is neither.
    """
    said = one.node.get(SUNSET)
    if said is None:
        return None
    if isinstance(said, datetime):
        return said.date()
    if isinstance(said, date):
        return said
    text = str(said)
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return parsedate_to_datetime(text).date()


def note_removal(pair: Pair, calendar: Calendar, before: Lived, gone: Place, subject: str, where: str = "") -> None:
    """
    Note that something is gone: as announced, before its day, or without a word.
    """
    rule = _rule(before)
    name = where or "the operation"
    try:
        end = sunset_of(before)
    except ValueError:
        end = None
    if end is None:
        pair.note(f"{rule}-removed", before.place, gone, subject, f"{where} is gone" if where else "")
    elif end > calendar.today:
        said = f"{name} is gone before {end.isoformat()}, until when it was promised"
        pair.note(f"{rule}-removed-early", before.place, gone, subject, said)
    else:
        said = f"{name} is gone, as was announced for {end.isoformat()}"
        pair.note(f"{rule}-retired", before.place, gone, subject, said)


def compare_life(pair: Pair, calendar: Calendar, before: Lived, after: Lived, subject: str, where: str = "") -> None:
    """
    Compare what is announced of the end of something that both versions have.
    """
    rule, name = _rule(before), where or "the operation"
    if after.deprecated and not before.deprecated:
        pair.note(f"{rule}-deprecated", before.place, after.place, subject, f"{where} is deprecated" if where else "")
    if before.node.get(SUNSET) == after.node.get(SUNSET):
        return
    try:
        was = sunset_of(before)
    except ValueError:
        was = None
    try:
        now = sunset_of(after)
    except ValueError:
        said = f"{name}: {SUNSET} is no date such as 2030-12-31, so that nothing is announced by it"
        pair.note(f"{rule}-sunset-unreadable", before.place, after.place, subject, said)
        return
    earliest = calendar.today + timedelta(days=calendar.notice)
    if was is not None and now is not None and now < was and was > calendar.today:
        said = f"{name} ends on {now.isoformat()}; {was.isoformat()} was promised"
        pair.note(f"{rule}-sunset-earlier", before.place, after.place, subject, said)
    elif was is None and now is not None and now < earliest:
        said = f"{name} ends on {now.isoformat()}, which is before {earliest.isoformat()}"
        pair.note(f"{rule}-sunset-too-soon", before.place, after.place, subject, said)
    elif now is not None:
        pair.note(f"{rule}-sunset-set", before.place, after.place, subject, f"{name} ends on {now.isoformat()}")
    elif was is not None:
        said = f"{name} no longer ends on {was.isoformat()}"
        pair.note(f"{rule}-sunset-set", before.place, after.place, subject, said)


def _rule(one: Lived) -> str:
    return "operation" if isinstance(one, Operation) else "request-parameter"
