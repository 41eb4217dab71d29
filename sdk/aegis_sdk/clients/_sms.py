"""
The SMS gateway, with the texts that Aegis sends.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Unpack

from aegis_runtime import Secret, concealed
from aegis_sdk._generated.sms.client import AsyncSmsClient as GeneratedAsyncClient
from aegis_sdk._generated.sms.client import SmsClient as GeneratedClient
from aegis_sdk.clients._options import AsyncClientOptions, ClientOptions
from aegis_sdk.clients._text import code_text, notification_text
from aegis_sdk.errors import ConfigurationError

if TYPE_CHECKING:
    from aegis_sdk._generated.sms import models

__all__ = ["AsyncSmsClient", "SmsClient"]


class SmsClient(GeneratedClient):
    """
    Sends texts to Korean mobile numbers. ``messages`` has the gateway's own operation.
    """

    def __init__(
        self,
        base_url: str | None = None,
        token: str | Secret | None = None,
        *,
        sender: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        """
        Args:
            base_url: without it ``AEGIS_SMS_URL`` decides, then the contract.
            token: without it ``AEGIS_SMS_TOKEN`` decides.
            sender: the registered number that texts come from; without it ``AEGIS_SMS_SENDER`` decides.
        """
        super().__init__(base_url, token, **options)
        self._sender = sender or os.environ.get("AEGIS_SMS_SENDER")

    def send(
        self,
        to: str,
        message: str | Secret,
        *,
        sender: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> models.SentMessage:
        """
        Send *message* as it is: up to 90 bytes in cp949 leave as SMS, up to 2,000 as LMS.
        """
        message = concealed(message)
        return self.messages.send(
            to=to,
            message=message,
            from_=_sender(sender or self._sender),
            idempotency_key=idempotency_key,
            timeout=timeout,
        )

    def send_code(
        self, to: str, code: str | Secret, *, idempotency_key: str | None = None, timeout: float | None = None
    ) -> models.SentMessage:
        """
        Send a verification code: ``[이지스] 인증번호: {code} (5분 내 입력)``.
        """
        code = concealed(code)
        return self.send(to, code_text(code), idempotency_key=idempotency_key, timeout=timeout)

    def send_notification(
        self, to: str, message: str, *, idempotency_key: str | None = None, timeout: float | None = None
    ) -> models.SentMessage:
        """
        Send a notification: ``[이지스] {message}``.
        """
        return self.send(to, notification_text(message), idempotency_key=idempotency_key, timeout=timeout)


class AsyncSmsClient(GeneratedAsyncClient):
    """
    Sends texts to Korean mobile numbers. ``messages`` has the gateway's own operation.
    """

    def __init__(
        self,
        base_url: str | None = None,
        token: str | Secret | None = None,
        *,
        sender: str | None = None,
        **options: Unpack[AsyncClientOptions],
    ) -> None:
        """
        Args:
            base_url: without it ``AEGIS_SMS_URL`` decides, then the contract.
            token: without it ``AEGIS_SMS_TOKEN`` decides.
            sender: the registered number that texts come from; without it ``AEGIS_SMS_SENDER`` decides.
        """
        super().__init__(base_url, token, **options)
        self._sender = sender or os.environ.get("AEGIS_SMS_SENDER")

    async def send(
        self,
        to: str,
        message: str | Secret,
        *,
        sender: str | None = None,
        idempotency_key: str | None = None,
        timeout: float | None = None,
    ) -> models.SentMessage:
        """
        Send *message* as it is: up to 90 bytes in cp949 leave as SMS, up to 2,000 as LMS.
        """
        message = concealed(message)
        return await self.messages.send(
            to=to,
            message=message,
            from_=_sender(sender or self._sender),
            idempotency_key=idempotency_key,
            timeout=timeout,
        )

    async def send_code(
        self, to: str, code: str | Secret, *, idempotency_key: str | None = None, timeout: float | None = None
    ) -> models.SentMessage:
        """
        Send a verification code: ``[이지스] 인증번호: {code} (5분 내 입력)``.
        """
        code = concealed(code)
        return await self.send(to, code_text(code), idempotency_key=idempotency_key, timeout=timeout)

    async def send_notification(
        self, to: str, message: str, *, idempotency_key: str | None = None, timeout: float | None = None
    ) -> models.SentMessage:
        """
        Send a notification: ``[이지스] {message}``.
        """
        return await self.send(to, notification_text(message), idempotency_key=idempotency_key, timeout=timeout)


def _sender(number: str | None) -> str:
    if not number:
        raise ConfigurationError("SmsClient needs sender=… or the environment variable AEGIS_SMS_SENDER")
    return number
