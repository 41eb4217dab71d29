"""
The formats of JSON Schema, held as the contract's own verdict holds them: RFC 3339 and nothing else, UUIDs with their
hyphens, and what stays text (``_texts``). Python's and pydantic's readers take more.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

from pydantic_core import PydanticCustomError

from aegis_runtime.models import _texts as texts

__all__ = ["FORMATS", "day", "identifier", "moment", "written_day", "written_identifier", "written_moment"]

_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:)([0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-5][0-9])"
).fullmatch
# As nearly everybody writes it: what is left to say no to is a day or an hour that does not exist.
_USUAL = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-5][0-9])"
).fullmatch
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}").fullmatch
_TIME = re.compile(r"([0-9]{2}:[0-9]{2}:)([0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-5][0-9])").fullmatch


def _refusal(what: str) -> PydanticCustomError:
    return PydanticCustomError("format", "must be {what}", {"what": what})


def moment(value: Any) -> dt.datetime:
    """
    A date and time of RFC 3339, with its offset. A leap second is read as the last microsecond before its end.
    """
    if isinstance(value, str) and _USUAL(value):
        try:
            return dt.datetime.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, dt.datetime):
        if value.tzinfo is not None:
            return value
    elif isinstance(value, str) and (found := _MOMENT(value)):
        date, time, second, fraction, offset = found.groups()
        leap = second == "60"
        text = f"{date}T{time}{'59' if leap else second}{fraction or ''}{offset.upper()}"
        try:
            read = dt.datetime.fromisoformat(text)
        except ValueError:
            read = None
        if read is not None and (not leap or _ends_a_day(time, offset)):
            return read.replace(microsecond=999_999) if leap else read
    raise _refusal(_of_year_0(value) or "a date and time of RFC 3339")


def _of_year_0(value: object) -> str:
    # RFC 3339 has it, and no date of Python can hold it: what is refused is well said.
    return "of a year from 0001 on: no date of Python holds an earlier one" if str(value).startswith("0000-") else ""


def _ends_a_day(time: str, offset: str) -> bool:
    # Leap seconds are put in at the end of a day in UTC, wherever it is told.
    minutes = int(time[:2]) * 60 + int(time[3:5])
    if offset not in ("Z", "z"):
        away = int(offset[1:3]) * 60 + int(offset[4:6])
        minutes -= away if offset[0] == "+" else -away
    return minutes % 1440 == 1439


def day(value: Any) -> dt.date:
    """
    A full-date of RFC 3339.
    """
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and _DAY(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise _refusal(_of_year_0(value) or "a date of RFC 3339")


def identifier(value: Any) -> uuid.UUID:
    """
    A UUID with its hyphens (RFC 9562 §4).
    """
    if isinstance(value, uuid.UUID):
        return value
    if isinstance(value, str) and _UUID(value):
        return uuid.UUID(value)
    raise _refusal("a UUID of RFC 9562")


def written_moment(value: Any) -> dt.datetime | str:
    """
    A moment to be sent: a value with its offset, or its text, which is sent as it is.
    """
    read = moment(value)
    return value if isinstance(value, str) else read


def written_day(value: Any) -> dt.date | str:
    """
    A day to be sent.
    """
    read = day(value)
    return value if isinstance(value, str) else read


def written_identifier(value: Any) -> uuid.UUID | str:
    """
    A UUID to be sent.
    """
    read = identifier(value)
    return value if isinstance(value, str) else read


def _time(text: str) -> bool:
    # A time is one of any day that has it: leap seconds come on the last of a year, say.
    return _TIME(text) is not None and _held(moment)(f"2016-12-31T{text}")


def _held(read: Callable[[Any], object]) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        try:
            read(text)
        except (PydanticCustomError, ValueError):
            return False
        return True

    return holds


FORMATS: dict[str, tuple[Callable[[str], object], str]] = {
    "date": (_held(day), "a date of RFC 3339"),
    "date-time": (_held(moment), "a date and time of RFC 3339"),
    "duration": (texts.duration, "a duration of RFC 3339"),
    "email": (texts.mailbox, "an e-mail address"),
    "hostname": (texts.hostname, "a host name"),
    "idn-email": (texts.international_mailbox, "an e-mail address"),
    "idn-hostname": (texts.international_hostname, "a host name"),
    "ipv4": (texts.ipv4, "an IPv4 address"),
    "ipv6": (texts.ipv6, "an IPv6 address"),
    "iri": (texts.iri, "an IRI"),
    "iri-reference": (texts.iri_reference, "an IRI, whole or relative"),
    "json-pointer": (texts.json_pointer, "a JSON Pointer"),
    "relative-json-pointer": (texts.relative_json_pointer, "a relative JSON Pointer"),
    "time": (_time, "a time of RFC 3339"),
    "uri": (texts.uri, "a URI"),
    "uri-reference": (texts.uri_reference, "a URI, whole or relative"),
    "uri-template": (texts.uri_template, "a URI template"),
    "uuid": (_held(identifier), "a UUID of RFC 9562"),
}
"""What holds for each format, and how it is told."""
