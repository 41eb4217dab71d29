"""
The default transports: httpx's own, called directly.
"""

from __future__ import annotations

import httpx
from aegis_sdk._runtime._transport import Headers, Request, Response, TransportFailure

__all__ = ["AsyncHttpxTransport", "HttpxTransport"]


def _outgoing(request: Request) -> httpx.Request:
    timeout = request.timeout
    limits = {"connect": request.connect_timeout, "read": timeout, "write": timeout, "pool": timeout}
    return httpx.Request(
        request.method, request.url, headers=request.headers, content=request.body, extensions={"timeout": limits}
    )


def _failure(error: Exception) -> TransportFailure:
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        return TransportFailure("connect_timeout")
    if isinstance(error, httpx.TimeoutException):
        return TransportFailure("timeout")
    if isinstance(error, httpx.ConnectError):
        return TransportFailure("connect")
    return TransportFailure("broken")


def _incoming(answer: httpx.Response) -> Response:
    return Response(answer.status_code, Headers(answer.headers.multi_items()), answer.content)


class HttpxTransport:
    """
    Sends over ``httpx.HTTPTransport``.
    """

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport()

    def send(self, request: Request, /) -> Response:
        failure: TransportFailure
        try:
            answer = self._inner.handle_request(_outgoing(request))
            answer.read()
            answer.close()
            return _incoming(answer)
        except httpx.HTTPError as error:
            failure = _failure(error)
        raise failure

    def close(self) -> None:
        self._inner.close()


class AsyncHttpxTransport:
    """
    Sends over ``httpx.AsyncHTTPTransport``.
    """

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport()

    async def send(self, request: Request, /) -> Response:
        failure: TransportFailure
        try:
            answer = await self._inner.handle_async_request(_outgoing(request))
            await answer.aread()
            await answer.aclose()
            return _incoming(answer)
        except httpx.HTTPError as error:
            failure = _failure(error)
        raise failure

    async def aclose(self) -> None:
        await self._inner.aclose()
