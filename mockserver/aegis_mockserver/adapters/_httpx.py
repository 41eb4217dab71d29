"""
The core as transports for httpx clients: no socket, no thread, one world for each transport if wanted.
"""

from __future__ import annotations

import asyncio
import time

import httpx

from aegis_mockserver.core._provider import Provider
from aegis_mockserver.world._messages import Disturbance, Reply

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
        how = reply.disturbance
        if how is not None:
            _delay(request, how, sleep=True)
        return self._response(request, reply)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reply = self._respond(request, await request.aread())
        how = reply.disturbance
        if how is not None:
            delay = _delay(request, how, sleep=False)
            if delay:
                await asyncio.sleep(delay)
        return self._response(request, reply)

    def _respond(self, request: httpx.Request, body: bytes) -> Reply:
        headers = tuple((name.lower(), value) for name, value in request.headers.raw)
        if self._world_header and not any(name == _MUST_HAVE for name, _ in headers):
            headers += self._world_header
        return self.site.respond(request.method, request.url.raw_path, headers, body)

    @staticmethod
    def _response(request: httpx.Request, reply: Reply) -> httpx.Response:
        how = reply.disturbance
        if how is not None and how.reset:
            raise httpx.RemoteProtocolError("a fault of the mock ended this connection", request=request)
        if how is not None and how.stream is not None:
            how.stream.close()  # nothing goes on in process: what there is to say is said
        if how is not None and how.truncate is not None:
            message = "peer closed connection without sending complete message body"
            raise httpx.RemoteProtocolError(message, request=request)
        return httpx.Response(reply.status, headers=reply.headers, content=reply.body, request=request)


def _delay(request: httpx.Request, how: Disturbance, *, sleep: bool) -> float:
    """
    Wait as the fault says, but no longer than the client would.
    """
    limit = request.extensions.get("timeout", {}).get("read")
    if limit is not None and how.delay > limit:
        if sleep:
            time.sleep(limit)
        raise httpx.ReadTimeout("the mock's delay is longer than the timeout", request=request)
    if sleep and how.delay:
        time.sleep(how.delay)
    return how.delay
