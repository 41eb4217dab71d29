"""
Mails and texts that were sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from aegis_testing.books._counting import Near, Times, told

_LINK = re.compile(r"https?://[^\s<>\"']+")
_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")


@dataclass(frozen=True, repr=False)
class SeenMessage:
    """
    One mail or text; ``repr`` shows its kind and subject only.
    """

    kind: Literal["mail", "sms"]
    to: str
    subject: str = ""
    text: str = ""
    html: str = ""
    sender: str = ""

    @property
    def link(self) -> str:
        """
        The first link of the text; empty if it has none.
        """
        found = _LINK.search(self.text)
        return found[0] if found else ""

    @property
    def token(self) -> str:
        """
        The ``token`` that the link carries; empty if it carries none.
        """
        return parse_qs(urlsplit(self.link).query).get("token", [""])[0]

    @property
    def code(self) -> str:
        """
        The first number of six digits in the text; empty if there is none.
        """
        found = _CODE.search(self.text)
        return found[0] if found else ""

    def __repr__(self) -> str:
        return f"<{self.kind} {self.subject!r}>"


class Inbox:
    """
    What was sent, oldest first.
    """

    def __init__(self, messages: Callable[[], Iterable[SeenMessage]]) -> None:
        self._messages = messages

    def __iter__(self) -> Iterator[SeenMessage]:
        return iter(list(self._messages()))

    def __len__(self) -> int:
        return len(list(self._messages()))

    def find(
        self,
        *,
        kind: Literal["mail", "sms"] | None = None,
        to: str | None = None,
        subject: str | None = None,
        contains: str | None = None,
    ) -> list[SeenMessage]:
        """
        Find messages; everything that is said must be so.

        Args:
            contains: a part of the subject, the text or the HTML.
        """
        return [one for one in self._messages() if not _differences(one, kind, to, subject, contains)]

    def verify(
        self,
        *,
        kind: Literal["mail", "sms"] | None = None,
        to: str | None = None,
        subject: str | None = None,
        contains: str | None = None,
        times: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
    ) -> list[SeenMessage]:
        """
        Return the messages that are meant, if there are as many as wanted; at least one, if nothing says how many.

        Raises:
            AssertionError: there are not; what came nearest is told.
        """
        counted = Times.of(times, at_least, at_most)
        found: list[SeenMessage] = []
        near: list[Near] = []
        for one in self._messages():
            if differing := _differences(one, kind, to, subject, contains):
                near.append(Near(f"{one.kind} {one.subject!r}", differing))
            else:
                found.append(one)
        if not counted.fits(len(found)):
            raise AssertionError(told(f"a {kind or 'message'} was sent", len(found), counted, near, map(repr, self)))
        return found


def _differences(
    message: SeenMessage, kind: str | None, to: str | None, subject: str | None, contains: str | None
) -> list[str]:
    found: list[str] = []
    if kind is not None and message.kind != kind:
        found.append(f"kind is {message.kind}, not {kind}")
    if to is not None and message.to.lower() != to.lower():
        found.append("to is another address; both are hidden")
    if subject is not None and message.subject != subject:
        found.append(f"subject is {message.subject!r}, not {subject!r}")
    if contains is not None and not any(contains in part for part in (message.subject, message.text, message.html)):
        found.append(f"neither subject nor text contains {contains!r}")
    return found
