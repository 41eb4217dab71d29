"""
The formats of JSON Schema, held as the contract's own verdict holds them: RFC 3339 and nothing else, mailboxes of
RFC 5321, URIs of RFC 3986. Python's and pydantic's readers take more.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import uuid
from collections.abc import Callable
from typing import Any

from pydantic_core import PydanticCustomError

__all__ = ["FORMATS", "day", "identifier", "moment", "written_day", "written_identifier", "written_moment"]

_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:)([0-9]{2})(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
).fullmatch
# As nearly everybody writes it: what is left to say no to is a day or an hour that does not exist.
_USUAL = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
).fullmatch
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}").fullmatch
_ATOM = r"[0-9A-Za-z!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?"
_MAILBOX = re.compile(
    rf'(?P<local>{_ATOM}(?:\.{_ATOM})*|"(?:[ !#-\[\]-~]|\\[ -~])*")@(?P<domain>{_LABEL}(?:\.{_LABEL})*|\[[^\[\]\\ ]+\])'
).fullmatch
_PCHAR = r"(?:[0-9A-Za-z._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})"
_AUTHORITY = (
    r"(?:(?:[0-9A-Za-z._~!$&'()*+,;=:-]|%[0-9A-Fa-f]{2})*@)?"
    r"(?:\[[0-9A-Fa-f:.]+\]|\[v[0-9A-Fa-f]+\.[0-9A-Za-z._~!$&'()*+,;=:-]+\]|(?:[0-9A-Za-z._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)"
    r"(?::[0-9]*)?"
)
_TAIL = rf"(?:\?(?:{_PCHAR}|[/?])*)?(?:\#(?:{_PCHAR}|[/?])*)?"
_URI = re.compile(
    rf"[A-Za-z][0-9A-Za-z+.-]*:(?://{_AUTHORITY}(?:/{_PCHAR}*)*|/(?:{_PCHAR}+(?:/{_PCHAR}*)*)?|{_PCHAR}+(?:/{_PCHAR}*)*)?{_TAIL}"
).fullmatch
_SEGMENT = _PCHAR.replace(":@", "@")
_LITERAL = re.compile(r"//(?:[^/?#]*@)?\[([0-9A-Fa-f:.]+)\]").search
_TIME = re.compile(
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.[0-9]+)?([Zz]|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
).fullmatch
_DURATION = re.compile(
    r"P(?:[0-9]+W|(?=[0-9T])(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)?"
    r"(?:T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S))?)"
).fullmatch
_HOSTNAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*").fullmatch
_POINTER = r"(?:/(?:[^~/]|~[01])*)*"
_RELATIVE = re.compile(
    rf"(?://{_AUTHORITY}(?:/{_PCHAR}*)*|/(?:{_PCHAR}+(?:/{_PCHAR}*)*)?|{_SEGMENT}+(?:/{_PCHAR}*)*)?{_TAIL}"
).fullmatch


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


def _mailbox(text: str) -> bool:
    found = _MAILBOX(text)
    if found is None or len(found["local"]) > 64 or len(found["domain"]) > 253:
        return False
    literal = found["domain"]
    return not literal.startswith("[") or _address(literal[1:-1])


def _address(literal: str) -> bool:
    try:
        if literal[:5].lower() == "ipv6:":
            return bool(ipaddress.IPv6Address(literal[5:]))
        return bool(ipaddress.IPv4Address(literal))
    except ValueError:
        return False


def _uri(text: str) -> bool:
    return _URI(text) is not None and _literal(text)


def _literal(text: str) -> bool:
    found = _LITERAL(text)
    return found is None or _holds_ipv6(found[1])


def _hostname(text: str) -> bool:
    return len(text) <= 253 and _HOSTNAME(text) is not None and all(map(_is_label, text.split(".")))


def _is_label(label: str) -> bool:
    if label[2:4] != "--":
        return True
    if label[:2].lower() != "xn":  # what such labels will mean is not said yet (RFC 5891 §4.2.3.1)
        return False
    try:
        return not label[4:].encode("ascii").decode("punycode").isascii()
    except UnicodeError:
        return False


def _time(text: str) -> bool:
    found = _TIME(text)
    return found is not None and (found[3] != "60" or _ends_a_day(f"{found[1]}:{found[2]}:", found[4]))


def _held(read: Callable[[Any], object]) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        try:
            read(text)
        except (PydanticCustomError, ValueError):
            return False
        return True

    return holds


_holds_ipv6 = _held(ipaddress.IPv6Address)
FORMATS: dict[str, tuple[Callable[[str], object], str]] = {
    "date": (_held(day), "a date of RFC 3339"),
    "date-time": (_held(moment), "a date and time of RFC 3339"),
    "duration": (_DURATION, "a duration of RFC 3339"),
    "email": (_mailbox, "an e-mail address"),
    "hostname": (_hostname, "a host name"),
    "ipv4": (_held(ipaddress.IPv4Address), "an IPv4 address"),
    "ipv6": (lambda text: "%" not in text and _holds_ipv6(text), "an IPv6 address"),
    "json-pointer": (re.compile(_POINTER, re.DOTALL).fullmatch, "a JSON pointer"),
    "relative-json-pointer": (
        re.compile(rf"(?:0|[1-9][0-9]*)(?:#|{_POINTER})", re.DOTALL).fullmatch,
        "a relative JSON pointer",
    ),
    "time": (_time, "a time of RFC 3339, with its offset"),
    "uri": (_uri, "a URI"),
    "uri-reference": (lambda text: (_URI(text) or _RELATIVE(text)) and _literal(text), "a URI, whole or relative"),
    "uuid": (_held(identifier), "a UUID of RFC 9562"),
}
"""What holds for each format, and how it is told."""
