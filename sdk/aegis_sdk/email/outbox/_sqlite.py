"""
The mail outbox in a service's SQLite file.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Final

from aegis_sdk._databases._connections import Connections, aexecute, execute
from aegis_sdk._databases._sqlite import SqliteFile
from aegis_sdk.email.outbox._mail import MailBacklog, QueuedMail, written
from aegis_sdk.email.outbox._store import FURTHEST, MailLease
from aegis_sdk.errors import EmailError

__all__ = ["SqliteMailOutbox", "SqliteMailStore"]

_CONNECTIONS: Final = Connections(EmailError, "sqlite", "PostgresMailOutbox")

_TABLES: Final = (
    """
    CREATE TABLE IF NOT EXISTS aegis_mail_outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message_id TEXT NOT NULL UNIQUE,
        content BLOB NOT NULL,
        added_at REAL NOT NULL,
        due_at REAL NOT NULL,
        owner TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        parked TEXT
    )
    """,
    "CREATE INDEX IF NOT EXISTS aegis_mail_outbox_due ON aegis_mail_outbox (due_at) WHERE parked IS NULL",
    "CREATE INDEX IF NOT EXISTS aegis_mail_outbox_held ON aegis_mail_outbox (owner) WHERE owner IS NOT NULL",
)
# What is new is due whatever the clock says.
_ADD: Final = "INSERT INTO aegis_mail_outbox (message_id, content, added_at, due_at) VALUES ({0}, {1}, {2}, 0)"
# Of what is taken, due_at says when its owner last said that it has it.
_TAKE: Final = """
UPDATE aegis_mail_outbox SET owner = ?1, due_at = ?2, attempts = attempts + 1 WHERE id IN (
SELECT id FROM aegis_mail_outbox WHERE parked IS NULL AND owner IS NULL AND (due_at <= ?2 OR due_at > ?2 + ?4)
ORDER BY due_at, id LIMIT ?3)
RETURNING id, content, attempts, ?2 - added_at
"""
_HELD: Final = "SELECT id, owner, due_at FROM aegis_mail_outbox WHERE owner IS NOT NULL"
_BACKLOG: Final = "SELECT count(*) - count(parked), min(added_at) FILTER (WHERE parked IS NULL), count(parked)"


class SqliteMailOutbox:
    """
    Writes mails into a service's SQLite database, in the service's own transactions.

    ```python
    mails = SqliteMailOutbox()
    mails.create(connection)  # once, or in a migration
    with connection:
        connection.execute("INSERT INTO users …")
        mails.add(connection, verification(settings, email, user_name=name, token=token))
    ```
    """

    def create(self, connection: sqlite3.Connection) -> None:
        """
        Create the table where it is missing, as part of the caller's transaction if it has begun one.
        """
        for statement in _TABLES:
            connection.execute(statement)

    def add(self, connection: Any, message: EmailMessage) -> str:
        """
        Add a mail to the transaction that runs on *connection*; returns its Message-ID.

        Raises:
            EmailError: no transaction runs, so the mail would leave even if the rest fails; or the mail has no
                Message-ID or recipient.
        """
        joined = _CONNECTIONS.joined(connection)
        message_id, content = written(message)
        execute(*joined, _ADD, (message_id, content, time.time()))
        return message_id

    async def add_async(self, connection: Any, message: EmailMessage) -> str:
        """
        Add a mail to the transaction that runs on an asynchronous connection, likewise.
        """
        joined = await _CONNECTIONS.joined_async(connection)
        message_id, content = written(message)
        await aexecute(*joined, _ADD, (message_id, content, time.time()))
        return message_id


class SqliteMailStore:
    """
    Reads a mail outbox in a SQLite file. Several relays, on the machine that has the file, may do so at once.

    Args:
        path: the service's database.
    """

    def __init__(self, path: str | Path) -> None:
        # A mail that was handed over must not be forgotten by a power cut, or it would leave again.
        self._file = SqliteFile(path, "aegis-mails", "PRAGMA synchronous = FULL", absent=EmailError)

    async def open(self) -> None:
        try:
            await self._file.run(lambda database: database.execute("SELECT 1 FROM aegis_mail_outbox LIMIT 1"))
        except sqlite3.DatabaseError:
            said = f"{self._file.path} has no mail outbox; SqliteMailOutbox().create(connection) makes one"
            raise EmailError(said) from None

    async def take(self, owner: str, most: int) -> Sequence[QueuedMail]:
        rows = await self._file.run(
            lambda database: database.execute(_TAKE, (owner, time.time(), most, FURTHEST)).fetchall()
        )
        return [QueuedMail(*row) for row in sorted(rows)]

    async def hold(self, owner: str, mails: Collection[int]) -> Mapping[int, MailLease]:
        def hold(database: sqlite3.Connection) -> list[Any]:
            statement = "UPDATE aegis_mail_outbox SET due_at = ? WHERE id = ? AND owner = ?"
            database.executemany(statement, [(time.time(), mail, owner) for mail in mails])
            return database.execute(_HELD).fetchall()

        return {mail: MailLease(*lease) for mail, *lease in await self._file.run(hold)}

    async def free(self, leases: Mapping[int, MailLease]) -> None:
        statement = "UPDATE aegis_mail_outbox SET owner = NULL, due_at = 0 WHERE id = ? AND owner = ? AND due_at = ?"
        rows = [(mail, *lease) for mail, lease in leases.items()]
        await self._file.run(lambda database: database.executemany(statement, rows))

    async def sent(self, mail: QueuedMail) -> None:
        await self._change("DELETE FROM aegis_mail_outbox WHERE id = ?", mail.id)

    async def later(self, owner: str, mail: QueuedMail, seconds: float) -> None:
        statement = "UPDATE aegis_mail_outbox SET owner = NULL, due_at = ? WHERE id = ? AND owner = ?"
        await self._change(statement, time.time() + seconds, mail.id, owner)

    async def park(self, owner: str, mail: QueuedMail, reason: str) -> None:
        statement = "UPDATE aegis_mail_outbox SET owner = NULL, parked = ? WHERE id = ? AND owner = ?"
        await self._change(statement, reason, mail.id, owner)

    async def retry(self) -> int:
        # Its age counts anew, or the next failure would park it again.
        statement = "UPDATE aegis_mail_outbox SET parked = NULL, due_at = 0, added_at = ? WHERE parked IS NOT NULL"
        return await self._change(statement, time.time())

    async def backlog(self) -> MailBacklog:
        waiting, oldest, parked = await self._file.run(
            lambda database: database.execute(f"{_BACKLOG} FROM aegis_mail_outbox").fetchone()
        )
        return MailBacklog(waiting, max(0.0, time.time() - oldest) if waiting else 0.0, parked)

    async def aclose(self) -> None:
        await self._file.aclose()

    async def _change(self, statement: str, *values: Any) -> int:
        return await self._file.run(lambda database: database.execute(statement, values).rowcount)
