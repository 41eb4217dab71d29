"""
The mail outbox in a service's PostgreSQL database, by way of asyncpg.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from email.message import EmailMessage
from typing import Any, Final

from aegis_sdk._databases._connections import Connections, aexecute, execute
from aegis_sdk._databases._postgres import PostgresPool, the_library
from aegis_sdk._databases._tables import together
from aegis_sdk.email.outbox._mail import MailBacklog, QueuedMail, written
from aegis_sdk.email.outbox._store import FURTHEST, MailLease
from aegis_sdk.errors import EmailError

__all__ = ["PostgresMailOutbox", "PostgresMailStore"]

_FEATURE: Final = "The mail relay for PostgreSQL"
_CONNECTIONS: Final = Connections(EmailError, "postgresql", "SqliteMailOutbox")
_ADD: Final = "INSERT INTO aegis_mail_outbox (message_id, content) VALUES ({0}, {1})"
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS aegis_mail_outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id text NOT NULL UNIQUE,
    content bytea NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT '-infinity',
    owner text,
    attempts integer NOT NULL DEFAULT 0,
    parked text
);
CREATE INDEX IF NOT EXISTS aegis_mail_outbox_due ON aegis_mail_outbox (due_at, id) WHERE parked IS NULL;
CREATE INDEX IF NOT EXISTS aegis_mail_outbox_held ON aegis_mail_outbox (owner) WHERE owner IS NOT NULL;
"""
# Of what is taken, due_at says when its owner last said that it has it. What another relay takes now is left to it.
_TAKE: Final = """
UPDATE aegis_mail_outbox SET owner = $1, due_at = now(), attempts = attempts + 1 WHERE id IN (
SELECT id FROM aegis_mail_outbox WHERE parked IS NULL AND owner IS NULL
AND (due_at <= now() OR due_at > now() + make_interval(secs => $3)) ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING id, content, attempts, extract(epoch FROM now() - added_at)::float8
"""
_BACKLOG: Final = """
SELECT count(*) - count(parked), coalesce(extract(epoch FROM now() - min(added_at) FILTER (WHERE parked IS NULL)),
0)::float8, count(parked) FROM aegis_mail_outbox
"""


class PostgresMailOutbox:
    """
    Writes mails into a service's PostgreSQL database, in the service's own transactions.

    ```python
    async with connection.transaction():
        await connection.execute("INSERT INTO users …")
        await mails.add_async(connection, verification(settings, email, user_name=name, token=token))
    ```
    """

    @property
    def tables(self) -> str:
        """
        The SQL that creates the table, for a migration.
        """
        return _TABLES

    def create(self, connection: Any) -> None:
        """
        Create the table where it is missing.
        """
        execute(*_CONNECTIONS.way(connection, ("create", "create_async")), together(_TABLES), ())

    async def create_async(self, connection: Any) -> None:
        """
        Create the table where it is missing, through an asynchronous connection.
        """
        await aexecute(
            *_CONNECTIONS.way(connection, ("create", "create_async"), asynchronous=True), together(_TABLES), ()
        )

    def add(self, connection: Any, message: EmailMessage) -> str:
        """
        Add a mail to the transaction that runs on *connection*; returns its Message-ID.

        Raises:
            EmailError: no transaction runs, so the mail would leave even if the rest fails; or the mail has no
                Message-ID or recipient.
        """
        joined = _CONNECTIONS.joined(connection)
        message_id, content = written(message)
        execute(*joined, _ADD, (message_id, content))
        return message_id

    async def add_async(self, connection: Any, message: EmailMessage) -> str:
        """
        Add a mail to the transaction that runs on an asynchronous connection, likewise.
        """
        joined = await _CONNECTIONS.joined_async(connection)
        message_id, content = written(message)
        await aexecute(*joined, _ADD, (message_id, content))
        return message_id


class PostgresMailStore:
    """
    Reads a mail outbox in PostgreSQL. Several relays, on any machine, may do so at once.

    Args:
        dsn: where the service's database is, as asyncpg takes it.
        timeout: seconds that one statement may take.
    """

    def __init__(self, dsn: str, *, timeout: float = 10.0) -> None:
        self._pool = PostgresPool(dsn, _FEATURE, EmailError, connections=2, timeout=timeout)

    async def open(self) -> None:
        await self._pool.open()
        asyncpg = the_library(_FEATURE)
        try:
            async with self._pool.transaction() as connection:
                await connection.fetchval("SELECT 1 FROM aegis_mail_outbox LIMIT 1")
        except asyncpg.UndefinedTableError:
            said = "the database has no mail outbox; PostgresMailOutbox().create_async(connection) makes one"
            raise EmailError(said) from None
        except asyncpg.PostgresError as error:
            raise EmailError(f"the mail outbox cannot be read ({type(error).__name__})") from None

    async def take(self, owner: str, most: int) -> Sequence[QueuedMail]:
        async with self._pool.transaction() as connection:
            rows = await connection.fetch(_TAKE, owner, most, FURTHEST)
        return [QueuedMail(*row) for row in sorted(tuple(row) for row in rows)]

    async def hold(self, owner: str, mails: Collection[int]) -> Mapping[int, MailLease]:
        statement = "UPDATE aegis_mail_outbox SET due_at = now() WHERE id = ANY($1::bigint[]) AND owner = $2"
        async with self._pool.transaction() as connection:
            await connection.execute(statement, list(mails), owner)
            rows = await connection.fetch("SELECT id, owner, due_at FROM aegis_mail_outbox WHERE owner IS NOT NULL")
        return {mail: MailLease(*lease) for mail, *lease in rows}

    async def free(self, leases: Mapping[int, MailLease]) -> None:
        statement = (
            "UPDATE aegis_mail_outbox SET owner = NULL, due_at = '-infinity'"
            " WHERE id = $1 AND owner = $2 AND due_at = $3"
        )
        async with self._pool.transaction() as connection:
            for mail, lease in leases.items():
                await connection.execute(statement, mail, *lease)

    async def sent(self, mail: QueuedMail) -> None:
        await self._change("DELETE FROM aegis_mail_outbox WHERE id = $1", mail.id)

    async def later(self, owner: str, mail: QueuedMail, seconds: float) -> None:
        statement = (
            "UPDATE aegis_mail_outbox SET owner = NULL, due_at = now() + make_interval(secs => $3)"
            " WHERE id = $1 AND owner = $2"
        )
        await self._change(statement, mail.id, owner, seconds)

    async def park(self, owner: str, mail: QueuedMail, reason: str) -> None:
        statement = "UPDATE aegis_mail_outbox SET owner = NULL, parked = $3 WHERE id = $1 AND owner = $2"
        await self._change(statement, mail.id, owner, reason)

    async def retry(self) -> int:
        # Its age counts anew, or the next failure would park it again.
        statement = (
            "UPDATE aegis_mail_outbox SET parked = NULL, due_at = '-infinity', added_at = now()"
            " WHERE parked IS NOT NULL"
        )
        return await self._change(statement)

    async def backlog(self) -> MailBacklog:
        async with self._pool.transaction() as connection:
            return MailBacklog(*await connection.fetchrow(_BACKLOG))

    async def aclose(self) -> None:
        await self._pool.aclose()

    async def _change(self, statement: str, *values: Any) -> int:
        async with self._pool.transaction() as connection:
            return int(str(await connection.execute(statement, *values)).rpartition(" ")[2])
