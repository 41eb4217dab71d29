"""
What a mail relay needs of the database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

from aegis_sdk.email.outbox._mail import MailBacklog, QueuedMail

__all__ = ["FURTHEST", "MailLease", "MailStore"]

FURTHEST: Final = 300.0
"""Seconds ahead that a mail is due at most: what is due later was put off before the clock was put back."""


class MailLease(NamedTuple):
    """
    Who has a mail, and when that was last said: a mark that changes while its owner lives, and no time to judge by.
    """

    owner: str
    said_at: Any


class MailStore(Protocol):
    """
    The relay's side of the table of mails. Every method is one transaction.
    """

    async def open(self) -> None:
        """
        Connect.

        Raises:
            EmailError: there is no mail outbox in this database.
        """
        ...

    async def take(self, owner: str, most: int) -> Sequence[QueuedMail]:
        """
        Take up to *most* mails that are due and nobody's; they are the owner's until they are freed.
        """
        ...

    async def hold(self, owner: str, mails: Collection[int]) -> Mapping[int, MailLease]:
        """
        Say anew of these mails that they are the owner's, where they still are; return every mail that is somebody's.
        """
        ...

    async def free(self, leases: Mapping[int, MailLease]) -> None:
        """
        Make mails nobody's whose owners have said nothing since.
        """
        ...

    async def sent(self, mail: QueuedMail) -> None:
        """
        Delete a mail that the server has taken, whoever has it by now: what stands in it is nobody's business any more.
        """
        ...

    async def later(self, owner: str, mail: QueuedMail, seconds: float) -> None:
        """
        Give a mail back, due again after so many seconds.
        """
        ...

    async def park(self, owner: str, mail: QueuedMail, reason: str) -> None:
        """
        Set a mail aside that will not be taken as it is.
        """
        ...

    async def retry(self) -> int:
        """
        Make all parked mails due again; return how many.
        """
        ...

    async def backlog(self) -> MailBacklog:
        """
        Say how much waits.
        """
        ...

    async def aclose(self) -> None:
        """
        Disconnect.
        """
        ...
