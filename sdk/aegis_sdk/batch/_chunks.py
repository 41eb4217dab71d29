"""
From rows to chunks: what one row asks, and which rows are asked for together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Literal

from aegis_sdk.batch._rows import Row
from aegis_sdk.business_number import BusinessNumber, BusinessNumberError
from aegis_sdk.clients._business import BusinessVerdict

if TYPE_CHECKING:
    from aegis_sdk._generated.registry import inputs

__all__ = ["Chunk", "chunks"]

ROWS = 2000
"""Rows of one chunk, however few of them can be asked."""
_DATE = re.compile(r"([0-9]{4})([-./]?)([0-9]{2})\2([0-9]{2})").fullmatch


class Chunk:
    """
    Rows that are asked for together. Which rows those are is told by the input alone, so a later run finds the same.

    Attributes:
        number: counts from 0.
        first: the index of its first row.
        verdicts: one for each row, ``None`` until it is known.
        states: numbers whose state is asked, and the places of their rows.
        claims: numbers that are compared with start date and representative, and the places of their rows.
    """

    __slots__ = ("claims", "first", "number", "queries", "states", "verdicts")

    def __init__(self, number: int, first: int) -> None:
        self.number = number
        self.first = first
        self.verdicts: list[BusinessVerdict | None] = []
        self.states: dict[str, list[int]] = {}
        self.claims: dict[str, list[int]] = {}
        self.queries: dict[str, inputs.BusinessQueryInput] = {}

    def add(self, row: Row, check_digit: Literal["warn", "refuse"]) -> bool:
        """
        Take *row*, if it can be asked for together with the others.
        """
        place = len(self.verdicts)
        asked = _asked(row, check_digit)
        if isinstance(asked, str):
            status: Literal["invalid", "unreadable"] = "unreadable" if row.trouble else "invalid"
            self.verdicts.append(BusinessVerdict(row.number, status, index=self.first + place, reason=asked))
            return True
        digits, query = asked
        if query is None:
            self.states.setdefault(digits, []).append(place)
        elif self.queries.setdefault(digits, query) == query:
            self.claims.setdefault(digits, []).append(place)
        else:
            return False
        self.verdicts.append(None)
        return True

    def full(self, size: int) -> bool:
        """
        Whether another row might need another call.
        """
        return len(self.states) >= size or len(self.claims) >= size or len(self.verdicts) >= ROWS


def chunks(
    rows: Iterable[Row | str | BusinessNumber], size: int, check_digit: Literal["warn", "refuse"]
) -> Iterator[Chunk]:
    """
    Cut *rows* into chunks, as they come.
    """
    chunk = Chunk(0, 0)
    for given in rows:
        row = given if isinstance(given, Row) else _row(given)
        if chunk.full(size) or not chunk.add(row, check_digit):
            yield chunk
            chunk = Chunk(chunk.number + 1, chunk.first + len(chunk.verdicts))
            chunk.add(row, check_digit)
    if chunk.verdicts:
        yield chunk


def _row(given: object) -> Row:
    if isinstance(given, BusinessNumber):
        return Row(given.digits)
    return Row(given) if isinstance(given, str) else Row("", trouble="it is neither a row nor a number")


def _asked(row: Row, check_digit: str) -> tuple[str, inputs.BusinessQueryInput | None] | str:
    """
    What to ask for *row*, or why nothing can be asked.
    """
    if row.trouble:
        return row.trouble
    try:
        number = BusinessNumber(row.number)
    except BusinessNumberError as error:
        return str(error)
    except (TypeError, AttributeError):
        return "a business number is text"
    if check_digit == "refuse" and not number.has_valid_check_digit:
        return "the check digit of the business number does not match"
    if not row.start_date or not row.representative:
        return number.digits, None
    opened = _day(row.start_date)
    if opened is None:
        return "the start date is no date, such as 1969-01-13"
    if len(row.representative) > 100:
        return "the representative's name has more than 100 characters"
    return number.digits, {"b_no": number.digits, "start_dt": opened, "p_nm": row.representative}


def _day(text: str) -> str | None:
    match = _DATE(text)
    if match is None:
        return None
    year, _, month, day = match.groups()
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return None
    return year + month + day
