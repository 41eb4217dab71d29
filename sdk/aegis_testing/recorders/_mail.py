"""
Senders that hand their mails to nobody.
"""

from __future__ import annotations

from email.message import EmailMessage

from aegis_sdk.email import AsyncEmailSender, EmailSender, EmailSettings, EmailUnavailableError
from aegis_testing.books import Inbox, SeenMessage

_NOWHERE = EmailSettings(host="mail.invalid", tls="none")


class _Sent:
    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.failures = 0
        self.inbox = Inbox(lambda: [_seen(message) for message in self.messages])

    def take(self, message: EmailMessage) -> str:
        if self.failures:
            self.failures -= 1
            raise EmailUnavailableError("the mail server could not be reached (as the test wants it)", code=None)
        self.messages.append(message)
        return str(message["Message-ID"])


class RecordingEmailSender(EmailSender):
    """
    An ``EmailSender`` that writes its mails and keeps them.
    """

    def __init__(self, settings: EmailSettings | None = None) -> None:
        super().__init__(settings or _NOWHERE)
        self._sent = _Sent()

    @property
    def sent(self) -> list[EmailMessage]:
        """
        The mails as they would have left.
        """
        return self._sent.messages

    @property
    def inbox(self) -> Inbox:
        """
        The same, to be found and verified.
        """
        return self._sent.inbox

    def fail(self, times: int = 1) -> None:
        """
        Let the next mails fail as if there were no mail server.
        """
        self._sent.failures = times

    def send(self, message: EmailMessage) -> str:
        """
        Keep a mail; returns its Message-ID.

        Raises:
            EmailUnavailableError: ``fail`` wants it.
        """
        return self._sent.take(message)


class AsyncRecordingEmailSender(AsyncEmailSender):
    """
    An ``AsyncEmailSender`` that writes its mails and keeps them.
    """

    def __init__(self, settings: EmailSettings | None = None) -> None:
        super().__init__(settings or _NOWHERE)
        self._sent = _Sent()

    @property
    def sent(self) -> list[EmailMessage]:
        """
        The mails as they would have left.
        """
        return self._sent.messages

    @property
    def inbox(self) -> Inbox:
        """
        The same, to be found and verified.
        """
        return self._sent.inbox

    def fail(self, times: int = 1) -> None:
        """
        Let the next mails fail as if there were no mail server.
        """
        self._sent.failures = times

    async def send(self, message: EmailMessage) -> str:
        """
        Keep a mail; returns its Message-ID.

        Raises:
            EmailUnavailableError: ``fail`` wants it.
        """
        return self._sent.take(message)


def _seen(message: EmailMessage) -> SeenMessage:
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    return SeenMessage(
        "mail",
        str(message["To"]),
        str(message["Subject"]),
        str(text.get_content()) if text is not None else "",
        str(html.get_content()) if html is not None else "",
        str(message["From"]),
    )
