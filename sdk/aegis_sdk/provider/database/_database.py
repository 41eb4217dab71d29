"""
What a service may ask of its database, whichever it is.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias

from aegis_sdk._generated.user.problems import INVALID_REQUEST
from aegis_sdk.provider.stores import Store

if TYPE_CHECKING:
    from aegis_sdk.email.outbox import MailRelay
    from aegis_sdk.events.outbox import OutboxRelay

__all__ = ["Database", "DatabaseRow", "Transaction", "keepable"]

DatabaseRow: TypeAlias = dict[str, Any]
Refusals: TypeAlias = type[BaseException] | tuple[type[BaseException], ...]


class Transaction(Protocol):
    """
    All of it happens, or none.

    Attributes:
        store: records in this transaction: ``tokens.using(transaction.store)``.
    """

    store: Store

    async def fetch(self, statement: str, *values: Any) -> list[DatabaseRow]:
        """
        Run a statement and give the rows that it returns; ``$1``, ``$2`` … stand for *values*.
        """
        ...

    async def publish(self, event: Any) -> None:
        """
        Put an event into the outbox; it reaches Kafka once this transaction is committed.

        Raises:
            EventValidationError: it breaks its schema.
        """
        ...

    async def send(self, message: EmailMessage) -> None:
        """
        Put a mail into the mail outbox; it leaves once this transaction is committed.
        """
        ...


class Database(Protocol):
    """
    A service's database, with the kit's tables beside the service's own.
    """

    store: Store
    """Records outside of transactions, such as idempotency keys."""

    async def open(self, tables: str = "") -> Self:
        """
        Connect, and create the kit's tables and the service's own where they are missing.
        """
        ...

    def transaction(self, *, keep: Refusals = ()) -> AbstractAsyncContextManager[Transaction]:
        """
        A transaction: committed at its end, rolled back by an exception.

        Args:
            keep: exceptions that commit it all the same; a wrong code (``ProblemError``) has to be counted.
        """
        ...

    async def fetch(self, statement: str, *values: Any) -> list[DatabaseRow]:
        """
        Read, outside of any transaction.
        """
        ...

    async def ping(self) -> None:
        """
        Ask whether it answers: a health check.
        """
        ...

    def relay(self, **options: Any) -> OutboxRelay:
        """
        What brings the events to Kafka.
        """
        ...

    def mail_relay(self, **options: Any) -> MailRelay:
        """
        What brings the mails to the mail server.
        """
        ...

    async def aclose(self) -> None:
        """
        Disconnect.
        """
        ...


def keepable(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """
    Refuse texts with U+0000, which PostgreSQL cannot keep and SQLite ends at; a contract seldom says so.

    Raises:
        ProblemError: 400 ``invalid_request``.
    """
    if any(isinstance(value, str) and "\0" in value for value in values):
        raise INVALID_REQUEST.error("A text holds the character U+0000, which cannot be kept.")
    return values
