"""
SENS of NAVER Cloud Platform: signed by HMAC-SHA256 of method, path, time and key; all recipients or none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import time
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import quote, urlsplit

from aegis_runtime import Secret, discreet
from aegis_sdk._generated.sens.client import AsyncSensClient, SensClient
from aegis_sdk.clients._gateways import Text, receipt
from aegis_sdk.clients._options import AsyncClientOptions, ClientOptions
from aegis_sdk.clients._providers import AsyncSender, Receipts, Sender, SyncSender, configured

if TYPE_CHECKING:
    from aegis_sdk._generated.sens.models import SensResponse

__all__ = ["AsyncSensGateway", "SensGateway"]

SENS = "https://sens.apigw.ntruss.com"


class _Sens(Sender):
    POSTS_TO = "/sms/v2/services/{serviceId}/messages"
    MOST = 100

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

    def _taken(self, answer: SensResponse, texts: list[Text]) -> Receipts:
        if answer.status_code != "202":
            raise self.refused(answer.status_code, answer.status_name)
        return Receipts(tuple(receipt(answer.request_id, text) for text in texts), ())


class SensGateway(_Sens, SyncSender[SensClient]):
    """
    Sends texts by SENS of NAVER Cloud Platform; one text to at most 100, to all of them or to none.

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

    def _post(self, texts: list[Text]) -> Receipts:
        return self._taken(self.client.messages.send(**self._call(texts)), texts)


class AsyncSensGateway(_Sens, AsyncSender[AsyncSensClient]):
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

    async def _post(self, texts: list[Text]) -> Receipts:
        return self._taken(await self.client.messages.send(**self._call(texts)), texts)
