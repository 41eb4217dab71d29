"""
An SMTP server that takes every mail and delivers none.
"""

from __future__ import annotations

import asyncio
import email
import threading
from email import policy
from email.message import EmailMessage
from typing import Any

_SECONDS = 5.0


class MailSink:
    """
    Listens on a free port of the loopback, and keeps what it is given.
    """

    def __init__(self) -> None:
        from aiosmtpd.smtp import SMTP

        self._lock = threading.Lock()
        self._mails: list[tuple[list[str], str]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="aegis verify mail", daemon=True)
        self._thread.start()

        async def listen() -> asyncio.Server:
            # Not aiosmtpd's own controller: that needs to know its port before it has one.
            return await self._loop.create_server(lambda: SMTP(self, enable_SMTPUTF8=True), "127.0.0.1", 0)

        self._server = asyncio.run_coroutine_threadsafe(listen(), self._loop).result(_SECONDS)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """
        Take a mail.
        """
        del server, session
        message = email.message_from_bytes(envelope.content, policy=policy.default)
        with self._lock:
            self._mails.append(([address.lower() for address in envelope.rcpt_tos], _texts(message)))
        return "250 OK"

    def texts(self, to: str) -> list[str]:
        """
        Return the texts of all mails to an address so far, oldest first.
        """
        with self._lock:
            return [text for addresses, text in self._mails if to.lower() in addresses]

    def close(self) -> None:
        """
        Stop listening.
        """
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_SECONDS)


def _texts(message: Any) -> str:
    if not isinstance(message, EmailMessage):
        return str(message.get_payload())
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join(str(part.get_content()) for part in parts)
