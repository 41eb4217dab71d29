"""
Twilio: its host cannot be set, so its documented seam is used: an HTTP client that writes another one into the address.
"""

from __future__ import annotations

from typing import Any

from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

ACCOUNT = "AC" + "0a" * 16


class Led(TwilioHttpClient):
    """
    The client's own HTTP, led to another host.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def request(self, method: str, url: str, *arguments: Any, **more: Any) -> Response:
        return super().request(method, url.replace("https://api.twilio.com", self._url), *arguments, **more)


class Calls:
    """
    Messages.
    """

    def __init__(self, url: str) -> None:
        self.api = Client(ACCOUNT, "token", http_client=Led(url))

    def create(self, text: str) -> str:
        made = self.api.messages.create(to="+821012345678", from_="+15017122661", body=text)
        assert (made.to, made.account_sid) == ("+821012345678", ACCOUNT)
        return made.sid

    def read(self, key: str) -> str:
        return self.api.messages(key).fetch().body

    def update(self, key: str, text: str) -> None:
        assert self.api.messages(key).update(body=text).sid == key

    def walk(self, size: int) -> list[str]:
        return [message.sid for message in self.api.messages.stream(page_size=size)]

    def delete(self, key: str) -> None:
        assert self.api.messages(key).delete()

    def refuse(self) -> None:
        self.api.messages.create(to="+821012345678", body="x", validity_period="long")
