"""
What the client would like to be answered: ``Prefer: code=…, example=…, dynamic=true`` (RFC 7240).

A gateway that drops the header lets the query through: ``?__code=404&__example=…&__dynamic=true`` says the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aegis_mockserver.core.contents import _fields

_PREFERENCE = re.compile(r'\s*(code|example|dynamic)\s*=\s*("(?:[^"\\]|\\.)*"|[^,;"]*)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Preference:
    """
    What is preferred, and whether it came in the header (then ``Preference-Applied`` confirms it).
    """

    code: int | None = None
    example: str | None = None
    dynamic: bool = False
    by_header: bool = True

    @property
    def refuses(self) -> bool:
        """
        Say whether a refusal is asked for.
        """
        return self.code is not None and self.code >= 400

    @property
    def applied(self) -> str:
        """
        The value of ``Preference-Applied``.
        """
        parts = [f"code={self.code}"] if self.code is not None else []
        if self.example is not None:
            name = self.example
            parts.append(
                f"example={name}" if re.fullmatch(r"[\w.~-]+", name, re.ASCII) else f'example="{_quoted(name)}"'
            )
        if self.dynamic:
            parts.append("dynamic=true")
        return ", ".join(parts)


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def preference(prefer: str, query: str) -> Preference | None:
    """
    Read the header ``Prefer`` and the query; None when they ask for nothing that the mock knows.
    """
    found: dict[str, str] = {}
    by_header = False
    for part in _fields.split(prefer[:4096], ",;"):
        if match := _PREFERENCE.fullmatch(part):
            value = match[2].strip()
            if value.startswith('"'):
                value = re.sub(r"\\(.)", r"\1", value[1:-1])
            found.setdefault(match[1].lower(), value)
            by_header = True
    if "__" in query:
        for name, value in parse_qsl(query, keep_blank_values=True):
            if name in {"__code", "__example", "__dynamic"}:
                found.setdefault(name[2:], value)
    if not found:
        return None
    code = found.get("code", "")
    number = int(code) if re.fullmatch(r"[1-5][0-9]{2}", code, re.ASCII) else None
    dynamic = found.get("dynamic", "").lower() in {"true", "1"}
    if number is None and "example" not in found and not dynamic:
        return None
    return Preference(number, found.get("example"), dynamic, by_header)
