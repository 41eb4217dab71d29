"""
The core as transports for httpx clients: no socket, no thread, one world for each transport if wanted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import httpx

from aegis_mockserver.core._provider import Provider
from aegis_mockserver.world._messages import WORLD, Reply
from aegis_mockserver.world._steps import Begin, Break, Follow, Send, Step, Wait, play

_MUST_HAVE = b"x-mock-world"


class MockTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """
    A transport for ``httpx.Client`` and ``httpx.AsyncClient``.

    Args:
        world: the world that requests without ``X-Mock-World`` are answered from.
    """

    def __init__(self, site: Provider, world: str = "") -> None:
        self.site = site
        self.world = site.worlds.get(world)
        self._world_header = ((_MUST_HAVE, world.encode()),) if world else ()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        reply = self._respond(request, request.read())
        if reply.disturbance is None:
            return httpx.Response(reply.status, headers=reply.headers, content=reply.body, request=request)
        played = _Played(request, play(reply))
        played.begin()
        return httpx.Response(reply.status, headers=reply.headers, stream=played, request=request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reply = self._respond(request, await request.aread())
        if reply.disturbance is None:
            return httpx.Response(reply.status, headers=reply.headers, content=reply.body, request=request)
        played = _Played(request, play(reply))
        await played.abegin()
        return httpx.Response(reply.status, headers=reply.headers, stream=played, request=request)

    def _respond(self, request: httpx.Request, body: bytes) -> Reply:
        headers = tuple((name.lower(), value) for name, value in request.headers.raw)
        addressed = request.url.raw_path.startswith(WORLD.encode())  # then the address says which world is meant
        if self._world_header and not addressed and not any(name == _MUST_HAVE for name, _ in headers):
            headers += self._world_header
        return self.site.respond(request.method, request.url.raw_path, headers, body)


class _Played(httpx.SyncByteStream, httpx.AsyncByteStream):
    """
    The body of a reply as it is played; no wait is longer than the client's own timeout.
    """

    def __init__(self, request: httpx.Request, steps: Iterator[Step]) -> None:
        self._request = request
        self._steps = steps
        self._limit: float | None = request.extensions.get("timeout", {}).get("read")

    def begin(self) -> None:
        """
        Play what comes before the head.
        """
        for step in self._steps:
            if isinstance(step, Begin):
                return
            self._wait(step)

    async def abegin(self) -> None:
        """
        The same, without blocking the loop.
        """
        for step in self._steps:
            if isinstance(step, Begin):
                return
            await self._await(step)

    def __iter__(self) -> Iterator[bytes]:
        for step in self._steps:
            if isinstance(step, Send):
                yield step.content
            else:
                self._wait(step)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for step in self._steps:
            if isinstance(step, Send):
                yield step.content
            else:
                await self._await(step)

    def _wait(self, step: Step) -> None:
        seconds, late = self._seconds(step)
        time.sleep(seconds)
        self._end(late)

    async def _await(self, step: Step) -> None:
        seconds, late = self._seconds(step)
        await asyncio.sleep(seconds)
        self._end(late)

    def _seconds(self, step: Step) -> tuple[float, bool]:
        match step:
            case Wait(seconds):
                late = self._limit is not None and seconds > self._limit
                return (self._limit or 0.0) if late else seconds, late
            case Break("reset"):
                raise httpx.RemoteProtocolError("a fault of the mock ended this connection", request=self._request)
            case Break():
                message = "peer closed connection without sending complete message body"
                raise httpx.RemoteProtocolError(message, request=self._request)
            case Follow(stream):
                stream.close()  # nothing goes on in process: what there is to say is said
            case Begin() | Send():
                pass
        return 0.0, False

    def _end(self, late: bool) -> None:
        if late:
            raise httpx.ReadTimeout("the mock's delay is longer than the timeout", request=self._request)
