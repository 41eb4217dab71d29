"""
Two wires to the same mock: a real socket, and none at all.
"""

from __future__ import annotations

import httpx

from aegis_mockserver.adapters._httpx import MockTransport
from aegis_runtime import Headers, Request, Response

__all__ = ["InProcess"]


class InProcess:
    """
    A transport of the SDK, sync and async, that hands every request to the mock in this process.
    """

    def __init__(self, mock: MockTransport) -> None:
        self._mock = mock

    def send(self, request: Request, /) -> Response:
        """
        Answer from the mock.
        """
        answer = self._mock.handle_request(_request(request))
        return _response(answer, answer.read())

    def close(self) -> None:
        """
        There is nothing to close.
        """


class AsyncInProcess(InProcess):
    """
    The same, awaited.
    """

    async def send(self, request: Request, /) -> Response:  # type: ignore[override]  # the other protocol
        answer = await self._mock.handle_async_request(_request(request))
        return _response(answer, await answer.aread())

    async def aclose(self) -> None:
        """
        There is nothing to close.
        """


def _request(request: Request) -> httpx.Request:
    return httpx.Request(request.method, request.url, headers=request.headers, content=request.body)


def _response(answer: httpx.Response, body: bytes) -> Response:
    return Response(answer.status_code, Headers(answer.headers.multi_items()), body)
