"""
Solapi: signed by HMAC-SHA256 of date and salt; a partial failure is 200.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Unpack

from aegis_runtime import Secret, discreet
from aegis_sdk._generated.solapi.client import AsyncSolapiClient, SolapiClient
from aegis_sdk.clients._gateways import Text, receipt
from aegis_sdk.clients._options import AsyncClientOptions, ClientOptions
from aegis_sdk.clients._providers import AsyncSender, Receipts, Sender, SyncSender, Undelivered, configured

if TYPE_CHECKING:
    from aegis_sdk._generated.solapi.models import SendResponse

__all__ = ["AsyncSolapiGateway", "SolapiGateway"]


class _Solapi(Sender):
    POSTS_TO = "/messages/v4/send-many/detail"
    MOST = 10_000

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


class SolapiGateway(_Solapi, SyncSender[SolapiClient]):
    """
    Sends texts by Solapi; one text to at most 10,000, some of whom it may refuse.

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

    def _post(self, texts: list[Text]) -> Receipts:
        return _delivery(self.client.messages.send(messages=_solapi(texts), extra_headers=self._signed()), texts)


class AsyncSolapiGateway(_Solapi, AsyncSender[AsyncSolapiClient]):
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

    async def _post(self, texts: list[Text]) -> Receipts:
        answer = await self.client.messages.send(messages=_solapi(texts), extra_headers=self._signed())
        return _delivery(answer, texts)


def _solapi(texts: list[Text]) -> list[Any]:
    return [{"to": text.to, "from": text.sender, "text": text.message, "type": text.kind} for text in texts]


def _delivery(answer: SendResponse, texts: list[Text]) -> Receipts:
    codes: dict[str, str] = {each.to: each.status_code for each in answer.failed_message_list}
    failed = tuple(Undelivered(index, codes[text.to]) for index, text in enumerate(texts) if text.to in codes)
    group = answer.group_info.group_id
    return Receipts(tuple(receipt(group, text) for text in texts if text.to not in codes), failed)
