"""
``--smtp``: a mail server that takes every mail and delivers none; what it takes stands in the inbox of a world.

The protocol is aiosmtpd's. A mail belongs to the world that its field ``X-Mock-World`` names, as a request does. A
recipient whose local part ends with ``+`` and a reply code, such as ``kim+550@example.com``, is refused with that code.
"""

from __future__ import annotations

import asyncio
import email
import logging
import re
import ssl
from email import policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

from aegis_mockserver.world import Worlds

CONNECTIONS = 200
RECIPIENTS = 100
SECONDS = 60.0
_ASKED_FOR = re.compile(r"\+([45][0-9]{2})@").search


class Mailroom:
    """
    Listens for mails.

    Args:
        worlds: where they go.
        size: bytes of the largest mail.
        tls: lets clients ask for TLS (STARTTLS).
    """

    def __init__(self, worlds: Worlds, *, size: int, tls: ssl.SSLContext | None = None) -> None:
        self._worlds = worlds
        self._size = size
        self._tls = tls
        self._server: asyncio.Server | None = None
        self.open: set[_Connection] = set()
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # it tells every address

    async def start(self, host: str, port: int) -> int:
        """
        Listen; returns the port.

        Raises:
            OSError: it cannot.
        """
        self._server = await asyncio.get_running_loop().create_server(self._connection, host, port)
        chosen: int = self._server.sockets[0].getsockname()[1]
        return chosen

    async def stop(self) -> None:
        """
        Listen no more, and hang up.
        """
        if self._server is not None:
            self._server.close()
        for each in list(self.open):
            each.hang_up()

    def _connection(self) -> asyncio.Protocol:
        if len(self.open) >= CONNECTIONS:
            return _Busy()
        return _Connection(
            self,
            data_size_limit=self._size,
            enable_SMTPUTF8=True,
            hostname="aegis-mock",
            ident="aegis mock",
            tls_context=self._tls,
            timeout=SECONDS,
            auth_require_tls=False,
            authenticator=_authenticated,
            loop=asyncio.get_running_loop(),
        )

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """
        Take a recipient, or refuse one that asks for it.
        """
        del server, session
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 Too many recipients"
        if asked := _ASKED_FOR(address):
            return f"{asked[1]} <{address}> is refused, as its address asks"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """
        Put a mail into the inbox of its world, once for each recipient.
        """
        del server, session
        mail = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        world = self._worlds.get(_field(mail, "X-Mock-World")[:200])
        names = ("Message-ID", "Reply-To")
        variables: dict[str, Any] = {
            name.lower().replace("-", "_"): value for name in names if (value := _field(mail, name))
        }
        if attached := [str(part.get_filename() or part.get_content_type()) for part in _attachments(mail)]:
            variables["attachments"] = attached
        for address in envelope.rcpt_tos:
            world.mail(
                address,
                _field(mail, "Subject"),
                _text(mail, "plain"),
                html=_text(mail, "html"),
                sender=_field(mail, "From") or str(envelope.mail_from or ""),
                variables=variables,
            )
        return "250 OK"


class _Connection(SMTP):
    def __init__(self, room: Mailroom, **settings: Any) -> None:
        super().__init__(room, **settings)
        self._room = room

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._room.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._room.open.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()


class _Busy(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"421 Too many connections\r\n")
        transport.close()


def _authenticated(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    del server, session, envelope, mechanism
    # As for the APIs: any credential will do, but for one that says that it will not.
    return AuthResult(success=b"invalid" not in bytes(getattr(data, "password", None) or b""), handled=False)


def _field(mail: EmailMessage, name: str) -> str:
    try:
        return str(mail.get(name) or "")
    except (ValueError, LookupError, AttributeError):  # a field that nobody can read
        return ""


def _text(mail: EmailMessage, kind: str) -> str:
    try:
        part = mail.get_body((kind,))
        return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
    except (ValueError, LookupError, AttributeError):
        return ""


def _attachments(mail: EmailMessage) -> list[Any]:
    try:
        return list(mail.iter_attachments())
    except (ValueError, LookupError, AttributeError):
        return []
