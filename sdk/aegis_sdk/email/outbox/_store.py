"""
What a mail relay needs of the database.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from aegis_sdk.email.outbox._mail import MailBacklog, QueuedMail

__all__ = ["MailStore", "far_off"]


def far_off(lease: float) -> float:
    """
    How many seconds ahead no mail is due: what is, was written before the clock was put back.
    """
    return max(3600.0, 10 * lease)


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

    async def take(self, owner: str, most: int, lease: float) -> Sequence[QueuedMail]:
        """
        Take up to *most* mails that are due, for *lease* seconds; after that another relay may take them.
        """
        ...

    async def renew(self, owner: str, mails: Collection[int], lease: float) -> Collection[int]:
        """
        Begin the lease of these mails anew, and say which of them are still the owner's.
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
