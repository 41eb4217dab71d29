"""
The formats of JSON Schema 2020-12, checked from their grammars and by nothing that the first engine uses.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import date

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII)
_TIME = re.compile(r"(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[zZ]|([+-])(\d{2}):(\d{2}))\Z", re.ASCII)
_DURATION = re.compile(
    r"P(?:\d+W|(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)?(?:T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S))?)\Z",
    re.ASCII,
)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*\Z")
_RELATIVE = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*\Z")
_POINTER = re.compile(r"(?:/(?:[^~/]|~0|~1)*)*\Z")


def _date(text: str) -> bool:
    found = _DATE.match(text)
    if not found:
        return False
    try:
        date(*map(int, found.groups()))
    except ValueError:
        return False
    return True


def _time(text: str) -> bool:
    found = _TIME.match(text)
    if not found:
        return False
    hour, minute, second = (int(found.group(n)) for n in (1, 2, 3))
    off_hour, off_minute = int(found.group(5) or 0), int(found.group(6) or 0)
    if hour > 23 or minute > 59 or off_hour > 23 or off_minute > 59:
        return False
    if second == 60:  # a leap second is the last of a day in UTC
        sign = -1 if found.group(4) == "+" else 1
        return (hour * 60 + minute + sign * (off_hour * 60 + off_minute)) % 1440 == 1439
    return second < 60


def _date_time(text: str) -> bool:
    return len(text) > 10 and text[10] in "tT" and _date(text[:10]) and _time(text[11:])


def _email(text: str) -> bool:
    local, at, domain = text.rpartition("@")
    return bool(at) and len(local) <= 64 and bool(_ATOM.match(local)) and _hostname(domain)


def _hostname(text: str) -> bool:
    return 0 < len(text) <= 253 and all(_LABEL.match(label) for label in text.split("."))


def _address(make: Callable[[str], object]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            make(text)
        except ValueError:
            return False
        return "%" not in text

    return check


def _regex(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


FORMATS: dict[str, Callable[[str], bool]] = {
    "date": _date,
    "date-time": _date_time,
    "duration": lambda text: bool(_DURATION.match(text)) and text != "P" and not text.endswith("T"),
    "email": _email,
    "hostname": _hostname,
    "ipv4": _address(ipaddress.IPv4Address),
    "ipv6": _address(ipaddress.IPv6Address),
    "json-pointer": lambda text: bool(_POINTER.match(text)),
    "regex": _regex,
    "time": _time,
    "uri": lambda text: bool(_URI.match(text)),
    "uri-reference": lambda text: bool(_RELATIVE.match(text)),
    "uuid": lambda text: bool(_UUID.match(text)),
    "iri": lambda text: bool(re.match(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]*\Z", text)),
    "idn-email": lambda text: text.count("@") == 1 and all(text.split("@")) and not re.search(r"\s", text),
}
