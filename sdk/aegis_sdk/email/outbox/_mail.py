"""
A mail as it stands in the outbox: its bytes, under the Message-ID that it will always have.
"""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from aegis_sdk.errors import EmailError

__all__ = ["MailBacklog", "QueuedMail", "written"]


@dataclass(frozen=True, slots=True, repr=False)
class QueuedMail:
    """
    A mail on its way to the mail server.

    Attributes:
        attempts: how often a relay has taken it, this time included.
        age: seconds since it was added.
    """

    id: int
    content: bytes
    attempts: int
    age: float

    def message(self) -> EmailMessage:
        """
        The mail, the same each time, so that a mailbox which gets it twice can tell.
        """
        return message_from_bytes(self.content, _class=EmailMessage, policy=policy.SMTP)

    def __repr__(self) -> str:
        return f"<QueuedMail {self.id}, taken {self.attempts} times>"


@dataclass(frozen=True, slots=True)
class MailBacklog:
    """
    What waits in a mail outbox.

    Attributes:
        waiting: mails that no server is known to have taken.
        oldest: seconds that the oldest of them has waited; 0 when nothing waits.
        parked: mails that a server refused for good, or that nobody took in time.
    """

    waiting: int
    oldest: float
    parked: int


def written(message: EmailMessage) -> tuple[str, bytes]:
    """
    The Message-ID and the bytes of a mail.

    Raises:
        EmailError: it has no Message-ID or no recipient.
    """
    for name in ("Message-ID", "To"):
        if not message[name]:
            raise EmailError(f"a mail in the outbox has a header {name}; aegis_sdk.email.compose gives it one")
    return str(message["Message-ID"]), message.as_bytes(policy=policy.SMTP)
