"""
Mails and SMS that a world's services would have sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from aegis_mockserver.world._budget import Budget, History

KEPT = 10_000
OVERHEAD = 1_000  # about what Python needs for a message beside its texts


@dataclass(frozen=True, slots=True)
class Message:
    """
    One mail or SMS.

    Args:
        number: counts from 1 in its world.
        kind: mail or sms.
        to: the recipient's address or number.
        sent_at: the world's time, RFC 3339.
        subject: of a mail.
        text: the whole text.
        html: the HTML part of a mail.
        sender: address or number of the sender.
        template: name of the template that it was written from.
        variables: what the template was filled with, so that a test need not parse the text.
    """

    number: int
    kind: Literal["mail", "sms"]
    to: str
    sent_at: str
    subject: str = ""
    text: str = ""
    html: str = ""
    sender: str = ""
    template: str = ""
    variables: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def as_value(self) -> dict[str, Any]:
        """
        Return the message as JSON.
        """
        return asdict(self)


class Inbox(History):
    """
    The messages of one world, oldest first; the oldest are forgotten when there are too many.
    """

    __slots__ = ("_count", "_messages")

    def __init__(self, budget: Budget | None = None) -> None:
        super().__init__(budget)
        self._messages: deque[Message] = deque()
        self._count = 0

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Message]:
        return iter(self._messages)

    def add(self, kind: Literal["mail", "sms"], to: str, sent_at: str, **more: Any) -> Message:
        """
        Put a message into the inbox.
        """
        self._count += 1
        message = Message(self._count, kind, to, sent_at, **more)
        self._messages.append(message)
        self._weigh(self._weight + _size(message))
        if len(self._messages) > KEPT:
            self._forget()
        if self._budget.used > self._budget.limit:
            self._budget.relieve()
        return message

    def halve(self) -> None:
        """
        Forget the older half.
        """
        for _ in range((len(self._messages) + 1) // 2):
            self._forget()

    def _forget(self) -> None:
        self._weigh(self._weight - _size(self._messages.popleft()))

    def clear(self) -> None:
        """
        Forget all messages.
        """
        self._messages.clear()
        self._weigh(0)

    def find(self, *, kind: str = "", to: str = "", contains: str = "") -> list[Message]:
        """
        Find messages by kind, recipient and a part of subject or text.
        """
        return [
            message
            for message in self._messages
            if (not kind or message.kind == kind)
            and (not to or message.to == to)
            and (not contains or contains in message.subject or contains in message.text)
        ]


def _size(message: Message) -> int:
    return OVERHEAD + 2 * (len(message.text) + len(message.html))
