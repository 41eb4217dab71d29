"""
Content codings, which are the client's to undo.
"""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from aegis_runtime import (
    AsyncFastTransport,
    AsyncHttpxTransport,
    FastTransport,
    Headers,
    HttpxTransport,
    Request,
    Response,
)
from aegis_runtime.content._coding import inflated
from tests.unit.runtime.harness import BOOK, Wire, replies


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
@pytest.mark.parametrize("make", [HttpxTransport, FastTransport, AsyncHttpxTransport, AsyncFastTransport])
def test_a_transport_undoes_no_coding(wire: Callable[..., Wire], make: type[Any], coding: str) -> None:
    """
    Content codings are undone within the client's limit, so a transport hands on the bytes that came.
    """
    body = gzip.compress(BOOK) if coding == "gzip" else zlib.compress(BOOK)
    url = f"{wire(replies(body=body, headers=[('content-encoding', coding)])).url}/"
    request = Request("GET", url, [], None, 10.0, 10.0, 1000)

    async def sent(transport: AsyncHttpxTransport | AsyncFastTransport) -> Response:
        try:
            return await transport.send(request)
        finally:
            await transport.aclose()

    transport = make()
    if isinstance(transport, AsyncHttpxTransport | AsyncFastTransport):
        got = asyncio.run(sent(transport))
    else:
        got = transport.send(request)
        transport.close()
    assert (got.body, got.headers["content-encoding"]) == (body, coding)


@pytest.mark.parametrize("body", [b'{"a": 1}', b'\n{"a": 1}', b"\xef\xbb\xbf{}", b"\x1f"])
@pytest.mark.parametrize("coding", ["gzip", "x-gzip"])
def test_what_somebody_has_undone_already_is_as_it_is(body: bytes, coding: str) -> None:
    """
    A transport of somebody else's may hand over the content itself and leave the header in place.
    """
    assert inflated(Response(200, Headers([("content-encoding", coding)]), body), 100) == body
