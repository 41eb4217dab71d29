"""
Where messages are read: the inbox of a mock, over its control API, and several inboxes as one.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from aegis_verifier._settings import Inbox

_SECONDS = 5.0
_NOT_DIGITS = re.compile(r"[^0-9]")


class MockInbox:
    """
    Mails and SMS that a mock has taken, read at ``/__mock__/inbox``.

    Args:
        url: of the mock.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def texts(self, to: str) -> list[str]:
        """
        Return the texts of all messages to an address or number so far, oldest first.
        """
        if "@" in to:
            return [_text(message) for message in self._messages(f"mails?to={quote(to)}")]
        # A gateway writes a number in its own way: the digits are what counts.
        wanted = digits(to)
        return [_text(m) for m in self._messages("sms") if digits(str(m.get("to", ""))) == wanted]

    def _messages(self, what: str) -> list[dict[str, Any]]:
        try:
            with urllib.request.urlopen(f"{self._url}/__mock__/inbox/{what}", timeout=_SECONDS) as answer:  # noqa: S310 - an address that the user gave
                value = json.load(answer)
        except (OSError, ValueError, urllib.error.URLError):
            return []
        if isinstance(value, dict):
            value = next((member for member in value.values() if isinstance(member, list)), [])
        return [message for message in value if isinstance(message, dict)]


def _text(message: dict[str, Any]) -> str:
    links = [value for value in (message.get("variables") or {}).values() if isinstance(value, str)]
    return "\n".join([str(message.get("text") or ""), str(message.get("html") or ""), *links])


def digits(number: str) -> str:
    """
    Return a number's digits, those of Korea without the country's code.
    """
    found = _NOT_DIGITS.sub("", number)
    return "0" + found[2:] if found.startswith("82") else found


class Inboxes:
    """
    Several inboxes as one.
    """

    def __init__(self, inboxes: Iterable[Inbox]) -> None:
        self._inboxes = list(inboxes)

    def texts(self, to: str) -> list[str]:
        """
        Return the texts of all messages to an address or number so far.
        """
        return [text for inbox in self._inboxes for text in inbox.texts(to)]
