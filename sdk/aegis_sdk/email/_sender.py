"""
Handing mails to a mail server: one connection a mail, one deadline over all attempts.
"""

from __future__ import annotations

import asyncio
import logging
import smtplib
import ssl
import time
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from aegis_runtime import RetryPolicy
from aegis_sdk.email._message import compose, password_reset, verification
from aegis_sdk.email._settings import EmailSettings
from aegis_sdk.errors import EmailRefusedError, EmailUnavailableError, MissingExtraError

_log = logging.getLogger("aegis_sdk.email")
_POLICY = RetryPolicy()


class _Attempts:
    """
    Decides, for both senders, whether and when a failed mail is tried again.
    """

    def __init__(self, settings: EmailSettings, policy: RetryPolicy) -> None:
        self._settings = settings
        self._policy = policy
        self._deadline = time.monotonic() + settings.timeout
        self.made = 0

    @property
    def left(self) -> float:
        """
        Seconds until the deadline.
        """
        return max(0.001, self._deadline - time.monotonic())

    def after(self, code: int | None, kind: str) -> float:
        """
        Return the pause before the next attempt.

        Args:
            code: the server's reply code (RFC 5321 §4.2), or ``None`` when the connection failed.

        Raises:
            EmailRefusedError: the server says that it will never take the mail.
            EmailUnavailableError: no attempt is left, or no time for one.
        """
        self.made += 1
        where = f"{self._settings.host}:{self._settings.actual_port}"
        if code is not None and code >= 500:
            raise EmailRefusedError(f"{where} refused the mail with {code} ({kind})", code=code)
        pause = self._policy.delay(self.made - 1)
        if self.made > self._settings.max_retries or pause >= self.left:
            said = f"answered {code}" if code else f"could not be reached ({kind})"
            times = f"{self.made} attempt{'s' if self.made > 1 else ''}"
            raise EmailUnavailableError(f"{where} {said}, {times} in {self._settings.timeout:g} s at most", code=code)
        _log.info("mail not taken yet: attempt=%d code=%s kind=%s", self.made, code, kind)
        return pause


class EmailSender:
    """
    Sends mails, blocking.

    Args:
        settings: where to; read from the environment (``AEGIS_EMAIL_HOST``, …) when not given.
        context: the TLS context; the system's trust store when not given.
        retry: how long to wait between attempts.
    """

    def __init__(
        self,
        settings: EmailSettings | None = None,
        *,
        context: ssl.SSLContext | None = None,
        retry: RetryPolicy = _POLICY,
    ) -> None:
        self.settings = settings or EmailSettings.from_environment()
        self._context = context
        self._retry = retry

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def send_verification(self, to: str, *, user_name: str, token: str) -> str:
        """
        Send the mail that asks to confirm an e-mail address; returns its Message-ID.
        """
        return self.send(verification(self.settings, to, user_name=user_name, token=token))

    def send_password_reset(self, to: str, *, user_name: str, token: str) -> str:
        """
        Send the mail that lets a user choose a new password; returns its Message-ID.
        """
        return self.send(password_reset(self.settings, to, user_name=user_name, token=token))

    def send_template(self, to: str, template: str, variables: dict[str, str], subject: str) -> str:
        """
        Send a mail from any template of the package; returns its Message-ID.
        """
        return self.send(compose(self.settings, to, template, variables, subject))

    def send(self, message: EmailMessage) -> str:
        """
        Hand a mail to the server; returns its Message-ID.

        Raises:
            EmailRefusedError: the server refused it for good (5yz).
            EmailUnavailableError: no attempt succeeded before the deadline.
        """
        attempts = _Attempts(self.settings, self._retry)
        while True:
            try:
                self._attempt(message, attempts.left)
            except smtplib.SMTPRecipientsRefused as error:
                code = max(code for code, _ in error.recipients.values())
                time.sleep(attempts.after(code, "recipient"))
            except smtplib.SMTPResponseException as error:
                time.sleep(attempts.after(error.smtp_code, type(error).__name__))
            except smtplib.SMTPNotSupportedError as error:
                time.sleep(attempts.after(502, type(error).__name__))
            except (smtplib.SMTPException, OSError) as error:
                time.sleep(attempts.after(None, type(error).__name__))
            else:
                return str(message["Message-ID"])

    def _attempt(self, message: EmailMessage, timeout: float) -> None:
        settings = self.settings
        context = self._context or ssl.create_default_context()
        if settings.tls == "implicit":
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.host, settings.actual_port, timeout=timeout, context=context
            )
        else:
            client = smtplib.SMTP(settings.host, settings.actual_port, timeout=timeout)
        with client:
            if settings.tls == "starttls":
                client.starttls(context=context)
            if settings.username:
                client.login(settings.username, settings.password)
            client.send_message(message)


class AsyncEmailSender:
    """
    Sends mails without blocking the event loop; otherwise like ``EmailSender``.
    """

    def __init__(
        self,
        settings: EmailSettings | None = None,
        *,
        context: ssl.SSLContext | None = None,
        retry: RetryPolicy = _POLICY,
    ) -> None:
        self.settings = settings or EmailSettings.from_environment()
        self._context = context
        self._retry = retry

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def send_verification(self, to: str, *, user_name: str, token: str) -> str:
        """
        Send the mail that asks to confirm an e-mail address; returns its Message-ID.
        """
        return await self.send(verification(self.settings, to, user_name=user_name, token=token))

    async def send_password_reset(self, to: str, *, user_name: str, token: str) -> str:
        """
        Send the mail that lets a user choose a new password; returns its Message-ID.
        """
        return await self.send(password_reset(self.settings, to, user_name=user_name, token=token))

    async def send_template(self, to: str, template: str, variables: dict[str, str], subject: str) -> str:
        """
        Send a mail from any template of the package; returns its Message-ID.
        """
        return await self.send(compose(self.settings, to, template, variables, subject))

    async def send(self, message: EmailMessage) -> str:
        """
        Hand a mail to the server; returns its Message-ID.

        Raises:
            EmailRefusedError: the server refused it for good (5yz).
            EmailUnavailableError: no attempt succeeded before the deadline.
            MissingExtraError: aiosmtplib is not installed.
        """
        try:
            import aiosmtplib
        except ModuleNotFoundError:
            raise MissingExtraError("e-mail", "email") from None
        settings, attempts = self.settings, _Attempts(self.settings, self._retry)
        while True:
            try:
                async with asyncio.timeout(attempts.left):
                    await aiosmtplib.send(
                        message,
                        hostname=settings.host,
                        port=settings.actual_port,
                        username=settings.username or None,
                        password=settings.password or None,
                        use_tls=settings.tls == "implicit",
                        start_tls=settings.tls == "starttls",
                        tls_context=self._context,
                        timeout=attempts.left,
                    )
            except aiosmtplib.SMTPRecipientsRefused as error:
                await asyncio.sleep(attempts.after(max(one.code for one in error.recipients), "recipient"))
            except aiosmtplib.SMTPResponseException as error:
                await asyncio.sleep(attempts.after(error.code, type(error).__name__))
            except (aiosmtplib.SMTPException, OSError) as error:
                await asyncio.sleep(attempts.after(None, type(error).__name__))
            else:
                return str(message["Message-ID"])
