"""
The SMS gateway, with the texts that Aegis sends.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, Unpack

from aegis_runtime import OMIT, OperationSpec, Secret, concealed, discreet
from aegis_sdk._generated.sms.client import AsyncSmsClient as GeneratedAsyncClient
from aegis_sdk._generated.sms.client import SmsClient as GeneratedClient
from aegis_sdk._generated.sms.family import SmsError
from aegis_sdk._generated.sms.resources.messages import AsyncMessages, Messages
from aegis_sdk.clients._gateways import at, place, taken, text_for
from aegis_sdk.clients._options import AsyncClientOptions, ClientOptions
from aegis_sdk.clients._text import code_text, notification_text
from aegis_sdk.errors import ConfigurationError

if TYPE_CHECKING:
    from aegis_sdk._generated.sms import models

__all__ = ["AsyncSmsClient", "SmsClient"]

T = TypeVar("T")


class _At(Messages):
    """
    The gateway's operation, at an address of its own.
    """

    _client: SmsClient

    def _call(
        self,
        operation: OperationSpec[T],
        values: Sequence[object] = (),
        body: object = OMIT,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> T:
        moved: OperationSpec[T] = at(operation, self._client.path)
        return super()._call(moved, values, body, headers=headers, timeout=timeout, idempotency_key=idempotency_key)


class _AsyncAt(AsyncMessages):
    """
    The gateway's operation, at an address of its own.
    """

    _client: AsyncSmsClient

    async def _call(
        self,
        operation: OperationSpec[T],
        values: Sequence[object] = (),
        body: object = OMIT,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> T:
        moved: OperationSpec[T] = at(operation, self._client.path)
        return await super()._call(
            moved, values, body, headers=headers, timeout=timeout, idempotency_key=idempotency_key
        )


class SmsClient(GeneratedClient):
    """
    Sends texts to Korean mobile numbers. ``messages`` has the gateway's own operation.
    """

    @discreet
    def __init__(
        self,
        base_url: str | None = None,
        token: str | Secret | None = None,
        *,
        api_url: str | None = None,
        sender: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        """
        Args:
            base_url: of a gateway that keeps the contract; without it ``AEGIS_SMS_URL`` decides, then the contract.
            api_url: the whole address that texts are posted to, of any gateway that takes the contract's body: any
                2xx is success, whatever it says. Without it ``AEGIS_SMS_API_URL`` decides.
            token: without it ``AEGIS_SMS_TOKEN`` decides.
            sender: the registered number that texts come from; without it ``AEGIS_SMS_SENDER`` decides.
        """
        whole = api_url or (os.environ.get("AEGIS_SMS_API_URL") if base_url is None else None)
        self._path = ""
        if whole is not None:
            base_url, self._path = place(whole, base_url)
        super().__init__(base_url, token, **options)
        self._sender = sender or os.environ.get("AEGIS_SMS_SENDER")

    @property
    def path(self) -> str:
        """
        Where texts are posted to, when a whole address was given.
        """
        return self._path

    @cached_property
    def messages(self) -> Messages:
        """
        Send texts, as the gateway's own operation has it.
        """
        return _At(self) if self._path else Messages(self)

    @discreet
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

        Args:
            to: a mobile number in any usual form: 010-1234-5678, 01012345678, +82 10 1234 5678, (010) 1234-5678.
        """
        message = concealed(message)
        text = text_for(SmsError, "sendMessage", to, message, _sender(sender or self._sender))
        raw = self.messages.with_raw_response.send(
            to=text.to,
            message=text.message,
            from_=text.sender,
            idempotency_key=idempotency_key,
            timeout=timeout,
        )
        return taken(raw, text, strict=self._options.strict)

    @discreet
    def send_code(
        self, to: str, code: str | Secret, *, idempotency_key: str | None = None, timeout: float | None = None
    ) -> models.SentMessage:
        """
        Send a verification code: ``[이지스] 인증번호: {code} (5분 내 입력)``.
        """
        code = concealed(code)
        return self.send(to, code_text(code), idempotency_key=idempotency_key, timeout=timeout)

    @discreet
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

    @discreet
    def __init__(
        self,
        base_url: str | None = None,
        token: str | Secret | None = None,
        *,
        api_url: str | None = None,
        sender: str | None = None,
        **options: Unpack[AsyncClientOptions],
    ) -> None:
        """
        Args:
            base_url: of a gateway that keeps the contract; without it ``AEGIS_SMS_URL`` decides, then the contract.
            api_url: the whole address that texts are posted to, of any gateway that takes the contract's body: any
                2xx is success, whatever it says. Without it ``AEGIS_SMS_API_URL`` decides.
            token: without it ``AEGIS_SMS_TOKEN`` decides.
            sender: the registered number that texts come from; without it ``AEGIS_SMS_SENDER`` decides.
        """
        whole = api_url or (os.environ.get("AEGIS_SMS_API_URL") if base_url is None else None)
        self._path = ""
        if whole is not None:
            base_url, self._path = place(whole, base_url)
        super().__init__(base_url, token, **options)
        self._sender = sender or os.environ.get("AEGIS_SMS_SENDER")

    @property
    def path(self) -> str:
        """
        Where texts are posted to, when a whole address was given.
        """
        return self._path

    @cached_property
    def messages(self) -> AsyncMessages:
        """
        Send texts, as the gateway's own operation has it.
        """
        return _AsyncAt(self) if self._path else AsyncMessages(self)

    @discreet
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

        Args:
            to: a mobile number in any usual form: 010-1234-5678, 01012345678, +82 10 1234 5678, (010) 1234-5678.
        """
        message = concealed(message)
        text = text_for(SmsError, "sendMessage", to, message, _sender(sender or self._sender))
        raw = await self.messages.with_raw_response.send(
            to=text.to,
            message=text.message,
            from_=text.sender,
            idempotency_key=idempotency_key,
            timeout=timeout,
        )
        return taken(raw, text, strict=self._options.strict)

    @discreet
    async def send_code(
        self, to: str, code: str | Secret, *, idempotency_key: str | None = None, timeout: float | None = None
    ) -> models.SentMessage:
        """
        Send a verification code: ``[이지스] 인증번호: {code} (5분 내 입력)``.
        """
        code = concealed(code)
        return await self.send(to, code_text(code), idempotency_key=idempotency_key, timeout=timeout)

    @discreet
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
