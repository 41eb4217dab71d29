"""
What a mail relay needs of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aegis_sdk.email.outbox._mail import MailBacklog, QueuedMail

__all__ = ["MailStore"]


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

    async def sent(self, owner: str, mail: QueuedMail) -> None:
        """
        Delete a mail that the server has taken: what stands in it is nobody's business any more.
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
