"""
Handing mails to a mail server: one connection a mail, one deadline over all attempts, one circuit for a server.
"""

from __future__ import annotations

import asyncio
import contextlib
import smtplib
import ssl
import time
from collections.abc import Mapping
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Literal, Self

from aegis_runtime import Circuit, RetryPolicy, Secret
from aegis_sdk.email._attempts import Attempts, Failure, circuit_of, tls_failed
from aegis_sdk.email._deadline import GOODBYE, connection
from aegis_sdk.email._message import compose, password_reset, verification
from aegis_sdk.email._settings import EmailSettings, Language
from aegis_sdk.errors import MissingExtraError

_POLICY = RetryPolicy()


class EmailSender:
    """
    Sends mails, blocking.

    Args:
        settings: where to; read from the environment (``AEGIS_EMAIL_HOST``, …) when not given.
        context: the TLS context; the system's trust store when not given.
        retry: how long to wait between attempts.
        circuit_breaker: one of your own; ``False`` for none. Unless given, all senders of a process share one for a
            server, which opens after 5 failures in a row for 60 s.
    """

    def __init__(
        self,
        settings: EmailSettings | None = None,
        *,
        context: ssl.SSLContext | None = None,
        retry: RetryPolicy = _POLICY,
        circuit_breaker: Circuit | Literal[False] | None = None,
    ) -> None:
        self.settings = settings or EmailSettings.from_environment()
        self._context = context
        self._retry = retry
        self._circuit = circuit_of(self.settings, circuit_breaker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def send_verification(
        self, to: str, *, token: str | Secret, user_name: str | None = None, language: Language | None = None
    ) -> str:
        """
        Send the mail that asks to confirm an e-mail address; returns its Message-ID.
        """
        message = verification(self.settings, to, user_name=user_name, token=token, language=language)
        return self.send(message)

    def send_password_reset(
        self, to: str, *, token: str | Secret, user_name: str | None = None, language: Language | None = None
    ) -> str:
        """
        Send the mail that lets a user choose a new password; returns its Message-ID.
        """
        message = password_reset(self.settings, to, user_name=user_name, token=token, language=language)
        return self.send(message)

    def send_template(
        self,
        to: str,
        template: str,
        variables: Mapping[str, object],
        subject: str,
        *,
        language: Language | None = None,
    ) -> str:
        """
        Send a mail from any template of the settings' folder, or ours; returns its Message-ID.
        """
        return self.send(compose(self.settings, to, template, variables, subject, language=language))

    def send(self, message: EmailMessage) -> str:
        """
        Hand a mail to the server; returns its Message-ID.

        Raises:
            EmailRefusedError: the server refused it for good (5yz).
            EmailTlsError: TLS cannot be agreed on; nothing was sent.
            EmailCircuitOpenError: the server failed too often in a row.
            EmailUnavailableError: no attempt succeeded before the deadline.
        """
        attempts = Attempts(self.settings, self._retry, self._circuit)
        while True:
            attempts.begin()
            try:
                failure = self._attempt(message, attempts.left)
            except BaseException:
                attempts.abandoned()
                raise
            if failure is None:
                attempts.succeeded()
                return str(message["Message-ID"])
            time.sleep(attempts.after(failure))

    def _attempt(self, message: EmailMessage, seconds: float) -> Failure | None:
        settings = self.settings
        context = self._context or ssl.create_default_context()
        try:
            with connection(settings, context, seconds) as client:
                if settings.tls == "starttls":
                    client.starttls(context=context)
                if settings.username:
                    client.login(settings.username, settings.password)
                client.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            return Failure("recipient", max(code for code, _ in error.recipients.values()))
        except smtplib.SMTPResponseException as error:
            return Failure(type(error).__name__, error.smtp_code)
        except smtplib.SMTPNotSupportedError as error:
            # The server can do no STARTTLS, no login or no SMTPUTF8; the first is met before anything else is.
            starttls = settings.tls == "starttls" and "STARTTLS" in str(error)
            return Failure(type(error).__name__, 502, tls=starttls)
        except (smtplib.SMTPException, OSError) as error:
            return Failure(type(error).__name__, tls=tls_failed(error))
        except (ValueError, UnicodeError) as error:  # an address or a field that cannot be written
            return Failure(type(error).__name__, 553)
        return None


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
        circuit_breaker: Circuit | Literal[False] | None = None,
    ) -> None:
        self.settings = settings or EmailSettings.from_environment()
        self._context = context
        self._retry = retry
        self._circuit = circuit_of(self.settings, circuit_breaker)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    async def send_verification(
        self, to: str, *, token: str | Secret, user_name: str | None = None, language: Language | None = None
    ) -> str:
        """
        Send the mail that asks to confirm an e-mail address; returns its Message-ID.
        """
        message = verification(self.settings, to, user_name=user_name, token=token, language=language)
        return await self.send(message)

    async def send_password_reset(
        self, to: str, *, token: str | Secret, user_name: str | None = None, language: Language | None = None
    ) -> str:
        """
        Send the mail that lets a user choose a new password; returns its Message-ID.
        """
        message = password_reset(self.settings, to, user_name=user_name, token=token, language=language)
        return await self.send(message)

    async def send_template(
        self,
        to: str,
        template: str,
        variables: Mapping[str, object],
        subject: str,
        *,
        language: Language | None = None,
    ) -> str:
        """
        Send a mail from any template of the settings' folder, or ours; returns its Message-ID.
        """
        return await self.send(compose(self.settings, to, template, variables, subject, language=language))

    async def send(self, message: EmailMessage) -> str:
        """
        Hand a mail to the server; returns its Message-ID.

        Raises:
            EmailRefusedError: the server refused it for good (5yz).
            EmailTlsError: TLS cannot be agreed on; nothing was sent.
            EmailCircuitOpenError: the server failed too often in a row.
            EmailUnavailableError: no attempt succeeded before the deadline.
            MissingExtraError: aiosmtplib is not installed.
        """
        return await self.deliver(message, patience=0.0)

    async def deliver(self, message: EmailMessage, *, patience: float) -> str:
        """
        Hand over a mail as ``send`` does, and wait *patience* seconds beyond the deadline for the server's answer once
        it is given the mail itself: whoever does not wait for that answer and sends the mail again, sends it twice (RFC
        5321 §4.5.3.2.6 asks for ten minutes).

        Raises:
            EmailError: as ``send`` raises it.
            MissingExtraError: aiosmtplib is not installed.
        """
        try:
            import aiosmtplib
        except ModuleNotFoundError:
            raise MissingExtraError("e-mail", "email") from None
        del aiosmtplib
        attempts = Attempts(self.settings, self._retry, self._circuit)
        while True:
            attempts.begin()
            try:
                failure = await self._attempt(message, attempts.left, patience)
            except BaseException:
                attempts.abandoned()
                raise
            if failure is None:
                attempts.succeeded()
                return str(message["Message-ID"])
            await asyncio.sleep(attempts.after(failure))

    async def _attempt(self, message: EmailMessage, seconds: float, patience: float) -> Failure | None:
        import aiosmtplib

        settings = self.settings
        client = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.actual_port,
            username=settings.username or None,
            password=settings.password or None,
            use_tls=settings.tls == "implicit",
            start_tls=settings.tls == "starttls",
            tls_context=self._context,
            timeout=seconds + patience,
        )
        try:
            async with asyncio.timeout(seconds) as deadline:

                async def data(message: str | bytes, /, **more: Any) -> Any:
                    deadline.reschedule((deadline.when() or 0.0) + patience)
                    return await transmit(message, **more)

                transmit = client.data
                client.data = data  # type: ignore[method-assign]  # aiosmtplib says nowhere else that DATA begins
                await client.connect()
                await client.send_message(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            return Failure("recipient", max(one.code for one in error.recipients))
        except aiosmtplib.SMTPResponseException as error:
            return Failure(type(error).__name__, error.code)
        except aiosmtplib.SMTPNotSupported as error:
            return Failure(type(error).__name__, 502)
        except (aiosmtplib.SMTPException, OSError) as error:
            if type(error) is aiosmtplib.SMTPException and error.__cause__ is None:
                # What the server cannot do has no class of its own: STARTTLS, or a login of a kind that it knows.
                return Failure(type(error).__name__, 502, tls="STARTTLS" in str(error))
            return Failure(type(error).__name__, tls=tls_failed(error))
        except (ValueError, UnicodeError) as error:  # an address or a field that cannot be written
            return Failure(type(error).__name__, 553)
        else:
            # The mail is taken: however the server says goodbye, it is not sent again.
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=GOODBYE)
            return None
        finally:
            client.close()
