"""
ASGI messages: reading a body whole, giving it on, and catching an answer before it leaves.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

__all__ = [
    "Application",
    "Caught",
    "Disconnected",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "TooLarge",
    "headers_of",
    "read_body",
    "replay",
]

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class TooLarge(Exception):  # noqa: N818 -- says what is
    """
    A body has more bytes than are read.

    Attributes:
        read: those that were.
    """

    def __init__(self, read: bytes) -> None:
        super().__init__()
        self.read = read


class Disconnected(Exception):  # noqa: N818 -- says what happened
    """
    The caller went away before the body was complete.
    """


def headers_of(scope: Scope) -> dict[str, str]:
    """
    The headers by lower-case name; repeated ones are joined (RFC 9110 §5.3).
    """
    found: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1").lower()
        text = value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


async def read_body(receive: Receive, headers: dict[str, str], most: int) -> bytes:
    """
    Read the whole body.

    Raises:
        TooLarge: it has more than *most* bytes.
        Disconnected: it never came to its end.
    """
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length[:20]) > most:
        raise TooLarge(b"")
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        part = message.get("body", b"")
        size += len(part)
        parts.append(part)
        if size > most:
            raise TooLarge(b"".join(parts))
        if not message.get("more_body", False):
            return b"".join(parts)


def replay(body: bytes, receive: Receive, *, more: bool = False) -> Receive:
    """
    Give the body on that was read, and then what really comes.

    Args:
        more: the body goes on after that.
    """
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": more}

    return again


class Caught:
    """
    An answer that is held back until it is complete, or too long to be held.

    Attributes:
        whole: whether all of it is here, and none was sent.
        passed: whether it was let through instead.
    """

    def __init__(self, send: Send, most: int) -> None:
        self._send = send
        self._most = most
        self._start: Message | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self.whole = False
        self.passed = False

    @property
    def status(self) -> int:
        return int(self._start["status"]) if self._start else 0

    @property
    def headers(self) -> list[tuple[str, str]]:
        """
        Its headers, names in lower case.
        """
        given = self._start.get("headers", ()) if self._start else ()
        return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in given]

    @property
    def content(self) -> bytes:
        return b"".join(self._parts)

    async def take(self, message: Message) -> None:
        """
        Take what the application sends.
        """
        if self.passed:
            await self._send(message)
            return
        if message["type"] == "http.response.start":
            self._start = message
            if dict(self.headers).get("content-type", "").startswith("text/event-stream"):
                await self._pass()
            return
        if message["type"] != "http.response.body":
            # Trailers, files and early hints are for the server; an answer with them cannot be held.
            await self._pass()
            await self._send(message)
            return
        part = message.get("body", b"")
        self._parts.append(part)
        self._size += len(part)
        if not message.get("more_body", False):
            self.whole = True
        elif self._size > self._most:
            await self._pass()

    async def let_go(self) -> None:
        """
        Send the whole answer.
        """
        if self._start is not None:
            await self._send(self._start)
            await self._send({"type": "http.response.body", "body": self.content})

    async def _pass(self) -> None:
        self.passed = True
        if self._start is not None:
            await self._send(self._start)
        for part in self._parts:
            await self._send({"type": "http.response.body", "body": part, "more_body": True})
        self._parts.clear()
