"""
Two SMS providers of Korea in place of the Aegis gateway: Solapi, and SENS of NAVER Cloud Platform.

Both send what ``SmsClient`` sends, by the same methods, and raise errors of the same family. Neither has idempotency
keys: what may have been sent is not sent again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self, Unpack
from urllib.parse import quote, urlsplit

from aegis_runtime import Secret, concealed
from aegis_runtime.errors import CallError, SchemaViolation
from aegis_sdk._generated.sens.client import AsyncSensClient, SensClient
from aegis_sdk._generated.sms.api import SmsError
from aegis_sdk._generated.solapi.client import AsyncSolapiClient, SolapiClient
from aegis_sdk.clients._gateways import Text, receipt, text_for
from aegis_sdk.clients._options import AsyncClientOptions, ClientOptions
from aegis_sdk.clients._text import code_text, notification_text
from aegis_sdk.errors import ConfigurationError, InvalidRequestError, combined

if TYPE_CHECKING:
    from aegis_sdk._generated.sens.models import SensResponse
    from aegis_sdk._generated.sms import models
    from aegis_sdk._generated.solapi.models import SendResponse

__all__ = [
    "AsyncSensGateway",
    "AsyncSolapiGateway",
    "Delivery",
    "MessageRefusedError",
    "SensGateway",
    "SolapiGateway",
    "Undelivered",
]

SENS = "https://sens.apigw.ntruss.com"


class MessageRefusedError(SmsError):
    """
    The provider took the request, and refuses the text in it.

    Attributes:
        code: the provider's number for the reason.
    """

    happened = "the provider refuses the text"
    code: str = ""

    def __init__(self, *, code: str = "", **about: Any) -> None:
        super().__init__(**about)
        self.code = code


@dataclass(frozen=True, slots=True, repr=False)
class Undelivered:
    """
    A text that the provider refuses.

    Attributes:
        index: of its recipient, among those that were given.
        code: the provider's number for the reason.
    """

    index: int
    code: str


@dataclass(frozen=True, slots=True, repr=False)
class Delivery:
    """
    What became of one text to many: a partial failure is an answer.
    """

    sent: tuple[models.SentMessage, ...]
    failed: tuple[Undelivered, ...]


class _Sender:
    """
    What both providers have in common, sync and async.
    """

    _variable = ""

    def __init__(self, sender: str | None) -> None:
        self._sender = sender or os.environ.get("AEGIS_SMS_SENDER")

    def _texts(self, to: Sequence[str], message: str | Secret, sender: str | None, most: int) -> list[Text]:
        number = sender or self._sender
        if not number:
            raise ConfigurationError("a sender is needed: give sender=…, or set AEGIS_SMS_SENDER")
        if isinstance(to, str) or not 1 <= len(to) <= most:
            fault = SchemaViolation("/to", "maxItems", f"must be a list of 1 to {most:,} numbers")
            raise combined(SmsError, InvalidRequestError)(operation="send", violations=[fault])
        return [text_for(SmsError, "send", each, message, number) for each in to]


class _Solapi(_Sender):
    def __init__(self, api_key: str | None, api_secret: str | Secret | None, sender: str | None) -> None:
        super().__init__(sender)
        self._key = _configured(api_key, "AEGIS_SOLAPI_KEY").reveal()
        self._secret = _configured(api_secret, "AEGIS_SOLAPI_SECRET")

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

    def send(self, to: str, message: str | Secret, *, sender: str | None = None) -> models.SentMessage:
        """
        Send *message* as it is.

        Raises:
            MessageRefusedError: Solapi refuses it, in an answer that is 200.
        """
        return _only(self.send_many([to], concealed(message), sender=sender))

    def send_code(self, to: str, code: str | Secret) -> models.SentMessage:
        """
        Send a verification code: ``[이지스] 인증번호: {code} (5분 내 입력)``.
        """
        return self.send(to, code_text(concealed(code)))

    def send_notification(self, to: str, message: str) -> models.SentMessage:
        """
        Send a notification: ``[이지스] {message}``.
        """
        return self.send(to, notification_text(message))

    def send_many(self, to: Sequence[str], message: str | Secret, *, sender: str | None = None) -> Delivery:
        """
        Send one text to many, and say whom it does not go to.
        """
        texts = self._texts(to, concealed(message), sender, 10_000)
        failed: CallError
        try:
            answer = self.client.messages.send(messages=_solapi(texts), extra_headers=self._signed())
        except CallError as error:
            failed = error
        else:
            return _delivery(answer, texts)
        raise _of_sms(failed)


class AsyncSolapiGateway(_Solapi):
    """
    ``SolapiGateway``, awaited.
    """

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

    async def send(self, to: str, message: str | Secret, *, sender: str | None = None) -> models.SentMessage:
        """
        Send *message* as it is.

        Raises:
            MessageRefusedError: Solapi refuses it, in an answer that is 200.
        """
        return _only(await self.send_many([to], concealed(message), sender=sender))

    async def send_code(self, to: str, code: str | Secret) -> models.SentMessage:
        """
        Send a verification code: ``[이지스] 인증번호: {code} (5분 내 입력)``.
        """
        return await self.send(to, code_text(concealed(code)))

    async def send_notification(self, to: str, message: str) -> models.SentMessage:
        """
        Send a notification: ``[이지스] {message}``.
        """
        return await self.send(to, notification_text(message))

    async def send_many(self, to: Sequence[str], message: str | Secret, *, sender: str | None = None) -> Delivery:
        """
        Send one text to many, and say whom it does not go to.
        """
        texts = self._texts(to, concealed(message), sender, 10_000)
        failed: CallError
        try:
            answer = await self.client.messages.send(messages=_solapi(texts), extra_headers=self._signed())
        except CallError as error:
            failed = error
        else:
            return _delivery(answer, texts)
        raise _of_sms(failed)


class _Sens(_Sender):
    def __init__(
        self,
        access_key: str | None,
        secret_key: str | Secret | None,
        service_id: str | None,
        sender: str | None,
        base_url: str | None,
    ) -> None:
        super().__init__(sender)
        self._key = _configured(access_key, "AEGIS_SENS_ACCESS_KEY")
        self._secret = _configured(secret_key, "AEGIS_SENS_SECRET_KEY")
        self._service = _configured(service_id, "AEGIS_SENS_SERVICE_ID").reveal()
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

    def send(self, to: str, message: str | Secret, *, sender: str | None = None) -> models.SentMessage:
        """
        Send *message* as it is.
        """
        return self.send_many([to], concealed(message), sender=sender).sent[0]

    def send_code(self, to: str, code: str | Secret) -> models.SentMessage:
        """
        Send a verification code: ``[이지스] 인증번호: {code} (5분 내 입력)``.
        """
        return self.send(to, code_text(concealed(code)))

    def send_notification(self, to: str, message: str) -> models.SentMessage:
        """
        Send a notification: ``[이지스] {message}``.
        """
        return self.send(to, notification_text(message))

    def send_many(self, to: Sequence[str], message: str | Secret, *, sender: str | None = None) -> Delivery:
        """
        Send one text to at most 100; SENS takes it for all of them or for none.

        Raises:
            MessageRefusedError: for none, in an answer that is 202.
        """
        texts = self._texts(to, concealed(message), sender, 100)
        failed: CallError
        try:
            answer = self.client.messages.send(**self._call(texts))
        except CallError as error:
            failed = error
        else:
            return _taken(answer, texts)
        raise _of_sms(failed)


class AsyncSensGateway(_Sens):
    """
    ``SensGateway``, awaited.
    """

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

    async def send(self, to: str, message: str | Secret, *, sender: str | None = None) -> models.SentMessage:
        """
        Send *message* as it is.
        """
        return (await self.send_many([to], concealed(message), sender=sender)).sent[0]

    async def send_code(self, to: str, code: str | Secret) -> models.SentMessage:
        """
        Send a verification code: ``[이지스] 인증번호: {code} (5분 내 입력)``.
        """
        return await self.send(to, code_text(concealed(code)))

    async def send_notification(self, to: str, message: str) -> models.SentMessage:
        """
        Send a notification: ``[이지스] {message}``.
        """
        return await self.send(to, notification_text(message))

    async def send_many(self, to: Sequence[str], message: str | Secret, *, sender: str | None = None) -> Delivery:
        """
        Send one text to at most 100; SENS takes it for all of them or for none.

        Raises:
            MessageRefusedError: for none, in an answer that is 202.
        """
        texts = self._texts(to, concealed(message), sender, 100)
        failed: CallError
        try:
            answer = await self.client.messages.send(**self._call(texts))
        except CallError as error:
            failed = error
        else:
            return _taken(answer, texts)
        raise _of_sms(failed)


def _solapi(texts: list[Text]) -> list[Any]:
    return [{"to": text.to, "from": text.sender, "text": text.message, "type": text.kind} for text in texts]


def _delivery(answer: SendResponse, texts: list[Text]) -> Delivery:
    codes: dict[str, str] = {each.to: each.status_code for each in answer.failed_message_list}
    failed = tuple(Undelivered(index, codes[text.to]) for index, text in enumerate(texts) if text.to in codes)
    group = answer.group_info.group_id
    return Delivery(tuple(receipt(group, text) for text in texts if text.to not in codes), failed)


def _only(delivery: Delivery) -> models.SentMessage:
    if delivery.failed:
        about = {"operation": "send", "method": "POST", "path": "/messages/v4/send-many/detail", "attempts": 1}
        raise MessageRefusedError(code=delivery.failed[0].code, **about)
    return delivery.sent[0]


def _taken(answer: SensResponse, texts: list[Text]) -> Delivery:
    if answer.status_code != "202":
        path = "/sms/v2/services/{serviceId}/messages"
        raise MessageRefusedError(
            operation="send", method="POST", path=path, attempts=1, code=answer.status_code, detail=answer.status_name
        )
    return Delivery(tuple(receipt(answer.request_id, text) for text in texts), ())


def _configured(given: str | Secret | None, variable: str) -> Secret:
    value = given.reveal() if isinstance(given, Secret) else given or os.environ.get(variable)
    if not value:
        raise ConfigurationError(f"the environment variable {variable} is not set, and nothing is given in its place")
    return Secret(value)


def _of_sms(error: CallError) -> CallError:
    """
    The same error, of the family of texts too: who sends by another provider catches what it caught before.
    """
    if isinstance(error, SmsError):
        return error
    kind = combined(SmsError, type(error))
    made = kind.__new__(kind)
    made.__dict__.update(error.__dict__)
    return made
