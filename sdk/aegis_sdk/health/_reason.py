"""
Why something is unhealthy, in words that hold no secret.

Messages of foreign exceptions are never repeated: drivers put addresses with passwords, user names and whole queries
into them. What is told of an exception is its class, the system's own word for its error number, and a database's
error code. Reasons that a check gives on purpose are told as they are, less what looks like a credential.
"""

from __future__ import annotations

import os
import re
from typing import Final, cast

__all__ = ["Unhealthy", "of_error", "plain"]

_CREDENTIALS: Final = (
    # user:password@host, in addresses
    (re.compile(r"([a-z][a-z0-9+.-]*://)[^\s/@]*@", re.IGNORECASE), r"\1***@"),
    # password=…, token: …, Bearer …
    (
        re.compile(
            r"\b((?:[a-z0-9]+[_-])*(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|servicekey|key|credentials?|authorization|signature))"
            r"(\s*[=:]\s*)(?:(?:Bearer|Basic)\s+)?(\"[^\"]*\"|'[^']*'|[^\s,;&]+)",
            re.IGNORECASE,
        ),
        r"\1\2***",
    ),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+", re.IGNORECASE), r"\1 ***"),
    (re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), "***"),
    # Korean mobile and business registration numbers
    (re.compile(r"\b01[016-9]-?\d{3,4}-?\d{4}\b|\b\d{3}-\d{2}-\d{5}\b|\b\d{10}\b"), "***"),
)
_SQLSTATE: Final = re.compile(r"[0-9A-Z]{5}")


class Unhealthy(Exception):  # noqa: N818 -- says what was found
    """
    Raised by a check to say why something does not work, in words that everybody may read.
    """

    def __init__(self, why: str = "the check failed") -> None:
        super().__init__(why)
        self.why = why


def plain(text: str) -> str:
    """
    *text* on one line, without what looks like a credential or a person's data.
    """
    text = " ".join(text[:2000].split())
    for pattern, instead in _CREDENTIALS:
        text = pattern.sub(instead, text)
    return "".join(letter for letter in text if letter.isprintable()) or "the check failed"


def of_error(error: BaseException) -> str:
    """
    Say what *error* is without its message.
    """
    if isinstance(error, Unhealthy):
        return plain(error.why)
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        inner = list(dict.fromkeys(of_error(one) for one in group.exceptions[:3]))
        return ", ".join(inner)
    said = type(error).__name__
    if isinstance(error, TimeoutError):
        return f"it did not answer in time ({said})"
    number = getattr(error, "errno", None)
    if isinstance(error, OSError) and isinstance(number, int) and number > 0:
        return f"{os.strerror(number).lower()} ({said})"
    code = getattr(error, "sqlstate", None)
    if isinstance(code, str) and _SQLSTATE.fullmatch(code):
        return f"{said}, SQLSTATE {code}"
    return f"the check failed with {said}"
