"""
Solapi: signed by HMAC-SHA256 of date and salt; a partial failure is 200.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, Unpack

from aegis_runtime import Secret, concealed, discreet
from aegis_runtime.errors import CallError
from aegis_sdk._generated.solapi.client import AsyncSolapiClient, SolapiClient
from aegis_sdk.clients._gateways import Text, receipt
from aegis_sdk.clients._options import AsyncClientOptions, ClientOptions
from aegis_sdk.clients._providers import MessageRefusedError, Receipts, Sender, Undelivered, configured, of_sms
from aegis_sdk.clients._text import code_text, notification_text

if TYPE_CHECKING:
    from aegis_sdk._generated.sms import models
    from aegis_sdk._generated.solapi.models import SendResponse

__all__ = ["AsyncSolapiGateway", "SolapiGateway"]


class _Solapi(Sender):
    @discreet
    def __init__(self, api_key: str | None, api_secret: str | Secret | None, sender: str | None) -> None:
        super().__init__(sender)
        self._key = configured(api_key, "AEGIS_SOLAPI_KEY").reveal()
        self._secret = configured(api_secret, "AEGIS_SOLAPI_SECRET")

    def _signed(self) -> Mapping[str, str]:
        """
        The credential of one request.
        """
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        salt = secrets.token_hex(16)
        signature = hmac.new(self._secret.reveal().encode(), f"{at}{salt}".encode(), hashlib.sha256).hexdigest()
        return {"Authorization": f"HMAC-SHA256 apiKey={self._key}, date={at}, salt={salt}, signature={signature}"}


class SolapiGateway(_Solapi):
    """
    Sends texts by Solapi.

    Args:
        api_key, api_secret: without them ``AEGIS_SOLAPI_KEY`` and ``AEGIS_SOLAPI_SECRET`` decide.
        sender: the registered number; without it ``AEGIS_SMS_SENDER`` decides.
        base_url: without it ``AEGIS_SOLAPI_URL`` decides, then Solapi itself.
    """

    @discreet
    def __init__(
        self,
        api_key: str | None = None,
        api_secret: str | Secret | None = None,
        *,
        sender: str | None = None,
        base_url: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        super().__init__(api_key, api_secret, sender)
        self.client = SolapiClient(base_url, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    @discreet
    def send(self, to: str, message: str | Secret, *, sender: str | None = None) -> models.SentMessage:
        """
        Send *message* as it is.

        Raises:
            MessageRefusedError: Solapi refuses it, in an answer that is 200.
        """
        return _only(self.send_many([to], concealed(message), sender=sender))

    @discreet
    def send_code(self, to: str, code: str | Secret) -> models.SentMessage:
        """
        Send a verification code: ``[이지스] 인증번호: {code} (5분 내 입력)``.
        """
        return self.send(to, code_text(concealed(code)))

    @discreet
    def send_notification(self, to: str, message: str) -> models.SentMessage:
        """
        Send a notification: ``[이지스] {message}``.
        """
        return self.send(to, notification_text(message))

    @discreet
    def send_many(self, to: Sequence[str], message: str | Secret, *, sender: str | None = None) -> Receipts:
        """
        Send one text to many, and say whom it does not go to.
        """
        texts = self.texts_for(to, concealed(message), sender, 10_000)
        failed: CallError
        try:
            answer = self.client.messages.send(messages=_solapi(texts), extra_headers=self._signed())
        except CallError as error:
            failed = error
        else:
            return _delivery(answer, texts)
        raise of_sms(failed)


class AsyncSolapiGateway(_Solapi):
    """
    ``SolapiGateway``, awaited.
    """

    @discreet
    def __init__(
        self,
        api_key: str | None = None,
        api_secret: str | Secret | None = None,
        *,
        sender: str | None = None,
        base_url: str | None = None,
        **options: Unpack[AsyncClientOptions],
    ) -> None:
        super().__init__(api_key, api_secret, sender)
        self.client = AsyncSolapiClient(base_url, **options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    @discreet
    async def send(self, to: str, message: str | Secret, *, sender: str | None = None) -> models.SentMessage:
        """
        Send *message* as it is.

        Raises:
            MessageRefusedError: Solapi refuses it, in an answer that is 200.
        """
        return _only(await self.send_many([to], concealed(message), sender=sender))

    @discreet
    async def send_code(self, to: str, code: str | Secret) -> models.SentMessage:
        """
        Send a verification code: ``[이지스] 인증번호: {code} (5분 내 입력)``.
        """
        return await self.send(to, code_text(concealed(code)))

    @discreet
    async def send_notification(self, to: str, message: str) -> models.SentMessage:
        """
        Send a notification: ``[이지스] {message}``.
        """
        return await self.send(to, notification_text(message))

    @discreet
    async def send_many(self, to: Sequence[str], message: str | Secret, *, sender: str | None = None) -> Receipts:
        """
        Send one text to many, and say whom it does not go to.
        """
        texts = self.texts_for(to, concealed(message), sender, 10_000)
        failed: CallError
        try:
            answer = await self.client.messages.send(messages=_solapi(texts), extra_headers=self._signed())
        except CallError as error:
            failed = error
        else:
            return _delivery(answer, texts)
        raise of_sms(failed)


def _solapi(texts: list[Text]) -> list[Any]:
    return [{"to": text.to, "from": text.sender, "text": text.message, "type": text.kind} for text in texts]


def _delivery(answer: SendResponse, texts: list[Text]) -> Receipts:
    codes: dict[str, str] = {each.to: each.status_code for each in answer.failed_message_list}
    failed = tuple(Undelivered(index, codes[text.to]) for index, text in enumerate(texts) if text.to in codes)
    group = answer.group_info.group_id
    return Receipts(tuple(receipt(group, text) for text in texts if text.to not in codes), failed)


def _only(delivery: Receipts) -> models.SentMessage:
    if delivery.failed:
        about = {"operation": "send", "method": "POST", "path": "/messages/v4/send-many/detail", "attempts": 1}
        raise MessageRefusedError(code=delivery.failed[0].code, **about)
    return delivery.sent[0]
