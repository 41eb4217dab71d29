"""
An SMTP server that takes every mail and delivers none.
"""

from __future__ import annotations

import email
import threading
from email import policy
from email.message import EmailMessage
from typing import Any


class MailSink:
    """
    Listens on a free port of the loopback, and keeps what it is given.
    """

    def __init__(self) -> None:
        from aiosmtpd.controller import Controller

        self._lock = threading.Lock()
        self._mails: list[tuple[list[str], str]] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=0)
        self._controller.start()
        server: Any = self._controller.server
        self.port: int = server.sockets[0].getsockname()[1]

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
        self._controller.stop()


def _texts(message: Any) -> str:
    if not isinstance(message, EmailMessage):
        return str(message.get_payload())
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join(str(part.get_content()) for part in parts)
