"""
Connections that say nothing, or not enough: they end by themselves, and those that wait for an answer do not.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Site
from aegis_mockserver.adapters.socket._server import Server
from aegis_mockserver.adapters.socket._serving import Limits

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HALF = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nhalf"
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Silence", "version": "1"},
    "paths": {
        "/": {
            "get": {"operationId": "ask", "responses": {"204": {"description": "Nothing."}}},
            "post": {
                "operationId": "tell",
                "requestBody": {"content": {"text/plain": {"schema": {"type": "string"}}}},
                "responses": {"204": {"description": "Nothing."}},
            },
        }
    },
}


@asynccontextmanager
async def connected(limits: Limits) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """
    Connect to a server with these limits.
    """
    server = Server(Site([load(DOCUMENT)]), limits=limits)
    host, port = await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await server.stop(0.1)


async def ends(reader: asyncio.StreamReader, within: float) -> bytes | None:
    """
    Read to the end of a connection; None when it did not end in time.
    """
    try:
        return await asyncio.wait_for(reader.read(), within)
    except TimeoutError:
        return None


@pytest.mark.parametrize("said", [b"", GET], ids=["nothing", "one request"])
async def test_an_idle_connection_is_kept_as_long_as_it_may_be_idle(said: bytes) -> None:
    """
    Whoever connects and asks nothing, or nothing more, is let go after the idle time; half a message has its own.
    """
    async with connected(Limits(idle_seconds=0.1, message_seconds=600)) as (reader, writer):
        writer.write(said)
        assert (await ends(reader, 30) or b"").startswith(b"HTTP/1.1 204" if said else b"")


@pytest.mark.parametrize("said", [GET[:9], HALF], ids=["half a head", "half a body"])
async def test_half_a_message_does_not_hold_a_connection(said: bytes) -> None:
    """
    Who sends half a request and stops is let go after the message's time, however long idle connections are kept.
    """
    async with connected(Limits(idle_seconds=600, message_seconds=0.1)) as (reader, writer):
        writer.write(said)
        assert await ends(reader, 30) is not None


@pytest.mark.parametrize(
    ("said", "limits"),
    [(GET, Limits(idle_seconds=600, message_seconds=0.1)), (HALF, Limits(idle_seconds=0.1, message_seconds=600))],
    ids=["idle", "half a message"],
)
async def test_each_kind_of_silence_has_its_own_bound(said: bytes, limits: Limits) -> None:
    """
    An idle connection is not held to the time of half a message, nor half a message to the idle time.
    """
    async with connected(limits) as (reader, writer):
        writer.write(said)
        if said is GET:
            await reader.readuntil(b"\r\n\r\n")
        assert await ends(reader, 2.5) is None  # the server looks once in a second
        writer.write(GET if said is GET else b" more")
        assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).startswith(b"HTTP/1.1 204")


@pytest.mark.parametrize(("count", "status"), [(5, b"204"), (6, b"431")])
async def test_headers_are_counted(count: int, status: bytes) -> None:
    """
    As many headers are read as may be, however small they are; one more is refused.
    """
    lines = b"".join(b"a%d: 1\r\n" % number for number in range(count - 1))
    async with connected(Limits(header_count=5)) as (reader, writer):
        writer.write(GET[:-2] + lines + b"\r\n")
        assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).startswith(b"HTTP/1.1 " + status)
