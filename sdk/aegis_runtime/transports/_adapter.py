"""
Any httpx transport as one of ours: ``httpx.MockTransport``, ``ASGITransport``, or a mock server in the same process.
"""

from __future__ import annotations

import asyncio
import time
from typing import cast

import httpx

from aegis_runtime.transports._alerts import hearing
from aegis_runtime.transports._connections import ours, outgoing, spoil
from aegis_runtime.transports._deadlines import bounded
from aegis_runtime.transports._failures import failure_of, too_large
from aegis_runtime.transports._seam import (
    HandlesAsyncRequests,
    HandlesRequests,
    Headers,
    Request,
    Response,
    TransportFailure,
)

__all__ = ["AsyncHttpxAdapter", "HttpxAdapter"]


class HttpxAdapter:
    """
    Sends over an httpx transport of the caller's: ``UserClient(url, transport=MockTransport(…))`` wraps it by itself.
    """

    def __init__(self, inner: HandlesRequests) -> None:
        self._inner = inner
        self._deadline = bounded(inner)

    def send(self, request: Request, /) -> Response:
        """
        Send *request* and wait for the whole answer.
        """
        status = 0
        failure: TransportFailure
        ours.set(True)
        self._deadline.at = time.monotonic() + request.timeout
        try:
            answer = cast("httpx.Response", self._inner.handle_request(_outgoing(request)))
            status = answer.status_code
            stream = cast("httpx.SyncByteStream", answer.stream)
            try:
                size, chunks = 0, list[bytes]()
                for chunk in stream:
                    size += len(chunk)
                    if size > request.max_response_bytes:
                        raise too_large(request.max_response_bytes, status)
                    chunks.append(chunk)
                spoil(stream)
            finally:
                stream.close()
            return Response(status, Headers(answer.headers.raw), b"".join(chunks))
        except (httpx.HTTPError, OSError) as error:
            failure = failure_of(error, status)
        finally:
            ours.set(False)
            self._deadline.at = None
        raise failure

    def close(self) -> None:
        """
        Close the transport.
        """
        self._inner.close()


class AsyncHttpxAdapter:
    """
    Sends over an asynchronous httpx transport of the caller's.
    """

    def __init__(self, inner: HandlesAsyncRequests) -> None:
        self._inner = inner
        hearing(inner)

    async def send(self, request: Request, /) -> Response:
        """
        Send *request* and await the whole answer.
        """
        status = 0
        failure: TransportFailure
        ours.set(True)
        try:
            async with asyncio.timeout(request.timeout):
                answer = cast("httpx.Response", await self._inner.handle_async_request(_outgoing(request)))
                status = answer.status_code
                stream = cast("httpx.AsyncByteStream", answer.stream)
                try:
                    size, chunks = 0, list[bytes]()
                    async for chunk in stream:
                        size += len(chunk)
                        if size > request.max_response_bytes:
                            raise too_large(request.max_response_bytes, status)
                        chunks.append(chunk)
                    spoil(stream)
                finally:
                    await stream.aclose()
                return Response(status, Headers(answer.headers.raw), b"".join(chunks))
        except TimeoutError:
            failure = TransportFailure("timeout", status=status)
        except (httpx.HTTPError, OSError) as error:
            failure = failure_of(error, status)
        finally:
            ours.set(False)
        raise failure

    async def aclose(self) -> None:
        """
        Close the transport.
        """
        await self._inner.aclose()


def _outgoing(request: Request) -> httpx.Request:
    url = httpx.URL(request.url)
    limits = dict.fromkeys(("read", "write", "pool"), request.timeout)
    return outgoing(request, url, url.netloc, {**limits, "connect": request.connect_timeout})
