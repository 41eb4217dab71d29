"""
The core as an ASGI application, for those who have a server already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from aegis_mockserver.core._messages import Problem
from aegis_mockserver.core._provider import Provider
from aegis_mockserver.world._messages import Reply, Stream
from aegis_mockserver.world._steps import Begin, Break, Follow, Wait, play
from aegis_mockserver.world._steps import Send as Piece

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
MAX_BODY = 10 * 1024 * 1024
STREAM_SECONDS = 0.25


def asgi_app(site: Provider, *, max_body: int = MAX_BODY) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """
    Make an ASGI 3 application of a site.

    Delays and slow bodies are played as a server can; a reset and half a body end as an error of the application.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(site, receive, send)
            return
        if scope["type"] != "http":
            return
        body = await _body(receive, max_body)
        if body is None:
            reply = site.refuse(Problem("content_too_large", 413, f"At most {max_body} bytes are read."))
        else:
            target: bytes = scope.get("raw_path") or scope["path"].encode()
            if scope.get("query_string"):
                target = target.partition(b"?")[0] + b"?" + scope["query_string"]
            reply = site.respond(scope["method"], target, tuple(map(tuple, scope["headers"])), body)
        await _send(reply, receive, send)

    return app


async def _lifespan(site: Provider, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await site.aclose()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _body(receive: Receive, limit: int) -> bytes | None:
    message = await receive()
    if not message.get("more_body"):
        first: bytes = message.get("body", b"")
        return first if len(first) <= limit else None
    body = bytearray(message.get("body", b""))
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > limit:
            return None
    return bytes(body)


async def _send(reply: Reply, receive: Receive, send: Send) -> None:
    for step in play(reply):
        match step:
            case Begin():
                await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
            case Piece(content):
                await send({"type": "http.response.body", "body": content, "more_body": True})
            case Wait(seconds):
                await asyncio.sleep(seconds)
            case Follow(stream):
                await _stream(stream, receive, send)
                return
            case Break():
                raise ConnectionResetError("a fault of the mock ends this connection")
    await send({"type": "http.response.body", "body": b""})


async def _stream(stream: Stream, receive: Receive, send: Send) -> None:
    left = asyncio.ensure_future(receive())
    try:
        while not left.done():
            await asyncio.wait((left,), timeout=STREAM_SECONDS)
            if content := stream.poll():
                await send({"type": "http.response.body", "body": content, "more_body": True})
    finally:
        stream.close()
        left.cancel()
