"""
SENS of NAVER Cloud Platform: signed by HMAC-SHA256 of method, path, time and key; all recipients or none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, Unpack
from urllib.parse import quote, urlsplit

from aegis_runtime import Secret, concealed, discreet
from aegis_runtime.errors import CallError
from aegis_sdk._generated.sens.client import AsyncSensClient, SensClient
from aegis_sdk.clients._gateways import Text, receipt
from aegis_sdk.clients._options import AsyncClientOptions, ClientOptions
from aegis_sdk.clients._providers import MessageRefusedError, Receipts, Sender, configured, of_sms
from aegis_sdk.clients._text import code_text, notification_text

if TYPE_CHECKING:
    from aegis_sdk._generated.sens.models import SensResponse
    from aegis_sdk._generated.sms import models

__all__ = ["AsyncSensGateway", "SensGateway"]

SENS = "https://sens.apigw.ntruss.com"


class _Sens(Sender):
    @discreet
    def __init__(
        self,
        access_key: str | None,
        secret_key: str | Secret | None,
        service_id: str | None,
        sender: str | None,
        base_url: str | None,
    ) -> None:
        super().__init__(sender)
        self._key = configured(access_key, "AEGIS_SENS_ACCESS_KEY")
        self._secret = configured(secret_key, "AEGIS_SENS_SECRET_KEY")
        self._service = configured(service_id, "AEGIS_SENS_SERVICE_ID").reveal()
        self._path = urlsplit(base_url or os.environ.get("AEGIS_SENS_URL") or SENS).path.rstrip("/")

    def _call(self, texts: list[Text]) -> dict[str, Any]:
        """
        What one request says, signed.
        """
        at, first = str(time.time_ns() // 1_000_000), texts[0]
        # The path as it travels, colons encoded: that is what the other side has to sign, too.
        uri = f"{self._path}/sms/v2/services/{quote(self._service, safe='')}/messages"
        signed = f"POST {uri}\n{at}\n{self._key.reveal()}"
        made = hmac.new(self._secret.reveal().encode(), signed.encode(), hashlib.sha256).digest()
        return {
            "service_id": self._service,
            "x_ncp_apigw_timestamp": at,
            "x_ncp_apigw_signature_v2": base64.b64encode(made).decode(),
            "type": first.kind,
            "from_": first.sender,
            "content": first.message,
            "content_type": "COMM",
            "country_code": "82",
            "messages": [{"to": text.to} for text in texts],
        }


class SensGateway(_Sens):
    """
    Sends texts by SENS of NAVER Cloud Platform.

    Args:
        access_key, secret_key, service_id: without them ``AEGIS_SENS_ACCESS_KEY``, ``AEGIS_SENS_SECRET_KEY`` and
            ``AEGIS_SENS_SERVICE_ID`` decide.
        sender: the registered number; without it ``AEGIS_SMS_SENDER`` decides.
        base_url: without it ``AEGIS_SENS_URL`` decides, then SENS itself.
    """

    @discreet
    def __init__(
        self,
        access_key: str | None = None,
        secret_key: str | Secret | None = None,
        service_id: str | None = None,
        *,
        sender: str | None = None,
        base_url: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        super().__init__(access_key, secret_key, service_id, sender, base_url)
        self.client = SensClient(base_url, self._key, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    @discreet
    def send(self, to: str, message: str | Secret, *, sender: str | None = None) -> models.SentMessage:
        """
        Send *message* as it is.
        """
        return self.send_many([to], concealed(message), sender=sender).sent[0]

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
        Send one text to at most 100; SENS takes it for all of them or for none.

        Raises:
            MessageRefusedError: for none, in an answer that is 202.
        """
        texts = self.texts_for(to, concealed(message), sender, 100)
        failed: CallError
        try:
            answer = self.client.messages.send(**self._call(texts))
        except CallError as error:
            failed = error
        else:
            return _taken(answer, texts)
        raise of_sms(failed)


class AsyncSensGateway(_Sens):
    """
    ``SensGateway``, awaited.
    """

    @discreet
    def __init__(
        self,
        access_key: str | None = None,
        secret_key: str | Secret | None = None,
        service_id: str | None = None,
        *,
        sender: str | None = None,
        base_url: str | None = None,
        **options: Unpack[AsyncClientOptions],
    ) -> None:
        super().__init__(access_key, secret_key, service_id, sender, base_url)
        self.client = AsyncSensClient(base_url, self._key, **options)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    @discreet
    async def send(self, to: str, message: str | Secret, *, sender: str | None = None) -> models.SentMessage:
        """
        Send *message* as it is.
        """
        return (await self.send_many([to], concealed(message), sender=sender)).sent[0]

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
        Send one text to at most 100; SENS takes it for all of them or for none.

        Raises:
            MessageRefusedError: for none, in an answer that is 202.
        """
        texts = self.texts_for(to, concealed(message), sender, 100)
        failed: CallError
        try:
            answer = await self.client.messages.send(**self._call(texts))
        except CallError as error:
            failed = error
        else:
            return _taken(answer, texts)
        raise of_sms(failed)


def _taken(answer: SensResponse, texts: list[Text]) -> Receipts:
    if answer.status_code != "202":
        path = "/sms/v2/services/{serviceId}/messages"
        raise MessageRefusedError(
            operation="send", method="POST", path=path, attempts=1, code=answer.status_code, detail=answer.status_name
        )
    return Receipts(tuple(receipt(answer.request_id, text) for text in texts), ())
