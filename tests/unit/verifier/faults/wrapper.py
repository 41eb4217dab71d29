"""
An ASGI application around another one, which spoils requests or answers as one fault says.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote

Message = MutableMapping[str, Any]
App = Callable[..., Awaitable[None]]


@dataclass
class Asked:
    """
    A request that may be changed before it is passed on.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes

    @property
    def value(self) -> Any:
        """
        The body as JSON; None where it is none.
        """
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @value.setter
    def value(self, value: Any) -> None:
        self.body = json.dumps(value, ensure_ascii=False).encode()

    @property
    def asked(self) -> dict[str, str]:
        """
        The query.
        """
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @asked.setter
    def asked(self, values: dict[str, str]) -> None:
        self.query = "&".join(f"{k}={quote(str(v), safe='')}" for k, v in values.items())


@dataclass
class Said:
    """
    An answer that may be changed before it is given.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    @property
    def value(self) -> Any:
        """
        The body as JSON; None where it is none.
        """
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @value.setter
    def value(self, value: Any) -> None:
        self.body = json.dumps(value, ensure_ascii=False).encode()


Call = Callable[[Asked], Awaitable[Said]]
Fault = Callable[[Call, Asked], Awaitable[Said]]


def spoiled(app: App, fault: Fault) -> App:
    """
    Put *fault* around *app*.
    """

    async def outer(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[..., Awaitable[None]]
    ) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        asked = Asked(scope["method"], scope["raw_path"].decode(), scope["query_string"].decode(), headers, body)

        async def call(changed: Asked) -> Said:
            return await _call(app, scope, changed)

        said = await fault(call, asked)
        sent = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in said.headers.items() if k != "content-length"]
        await send({"type": "http.response.start", "status": said.status, "headers": sent})
        await send({"type": "http.response.body", "body": said.body})

    return outer


async def _call(app: App, scope: Message, asked: Asked) -> Said:
    changed = {
        **scope,
        "method": asked.method,
        "path": asked.path,
        "raw_path": asked.path.encode(),
        "query_string": asked.query.encode(),
        "headers": [
            (k.encode("latin-1"), v.encode("latin-1")) for k, v in asked.headers.items() if k != "content-length"
        ]
        + [(b"content-length", str(len(asked.body)).encode())],
    }
    said = Said(500)

    async def receive() -> Message:
        return {"type": "http.request", "body": asked.body, "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            said.status = message["status"]
            said.headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in message["headers"]}
        else:
            said.body += message.get("body", b"")

    await app(changed, receive, send)
    return said
