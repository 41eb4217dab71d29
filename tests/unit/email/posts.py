"""
A mail server of the tests' own, and a database with a mail outbox.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from aiosmtpd.controller import UnthreadedController

from aegis_sdk.email import AsyncEmailSender, EmailSettings, verification
from aegis_sdk.email.outbox import (
    MailBacklog,
    MailRelay,
    PostgresMailOutbox,
    PostgresMailStore,
    SqliteMailOutbox,
    SqliteMailStore,
)

TO = "canary-7d2e@example.com"


class MailServer:
    """
    A mail server's handler: keeps what it takes, and answers what it is told to.
    """

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.taken: list[bytes] = []
        self.asked = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            self.taken.append(envelope.content)
        return answer


class Post:
    """
    A mail server, and a database with a mail outbox.
    """

    def __init__(self, address: str, server: MailServer, port: int, *, timeout: float = 5.0) -> None:
        self.address = address
        self.server = server
        self.settings = EmailSettings(host="127.0.0.1", port=port, tls="none", timeout=timeout, max_retries=0)

    async def make(self) -> None:
        if self.address.startswith("postgresql"):
            connection = await asyncpg.connect(self.address)
            await PostgresMailOutbox().create_async(connection)
            await connection.execute("TRUNCATE aegis_mail_outbox")
            await connection.close()
        else:
            with sqlite3.connect(self.address) as database:
                SqliteMailOutbox().create(database)

    async def add(self, number: int) -> set[str]:
        """
        Add mails in one transaction; their Message-IDs.
        """
        mails = [verification(self.settings, TO, user_name="김서연", token=f"token-{one}") for one in range(number)]
        if self.address.startswith("postgresql"):
            connection = await asyncpg.connect(self.address)
            async with connection.transaction():
                said = {await PostgresMailOutbox().add_async(connection, mail) for mail in mails}
            await connection.close()
            return said
        with sqlite3.connect(self.address) as database:
            return {SqliteMailOutbox().add(database, mail) for mail in mails}

    def store(self) -> SqliteMailStore | PostgresMailStore:
        sqlite = not self.address.startswith("postgresql")
        return SqliteMailStore(self.address) if sqlite else PostgresMailStore(self.address)

    def relay(self, **more: Any) -> MailRelay:
        return MailRelay(self.store(), AsyncEmailSender(self.settings), **{"poll_interval": 0.02, **more})

    async def change(self, assignment: str) -> None:
        """
        Set a column of every mail that waits, as neither side of the outbox would.
        """
        statement = f"UPDATE aegis_mail_outbox SET {assignment}"
        if self.address.startswith("postgresql"):
            connection = await asyncpg.connect(self.address)
            await connection.execute(statement)
            await connection.close()
        else:
            with sqlite3.connect(self.address) as database:
                database.execute(statement)

    async def backlog(self) -> MailBacklog:
        """
        What waits, as a store of its own sees it.
        """
        store = self.store()
        await store.open()
        found = await store.backlog()
        await store.aclose()
        return found


@asynccontextmanager
async def listening(server: MailServer, address: str, **settings: Any) -> AsyncIterator[Post]:
    """
    Let *server* listen, with an empty outbox at *address* whose mails go there.
    """
    controller = UnthreadedController(server, hostname="127.0.0.1", port=0, loop=asyncio.get_running_loop())
    door = await controller._create_server()
    post = Post(address, server, door.sockets[0].getsockname()[1], **settings)
    await post.make()
    yield post
    door.close()
