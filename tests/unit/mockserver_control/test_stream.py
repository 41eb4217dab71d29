"""
The stream over the wire: a socket, an ASGI server, and in process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import httpx
import pytest

from aegis_mockserver import asgi_app, transport
from aegis_mockserver.adapters.socket._server import Server
from tests.unit.mockserver_control.conftest import Control

ASKED = b"GET /__mock__/stream HTTP/1.1\r\nHost: x\r\n\r\n"


async def _readers(control: Control, number: int) -> None:
    async with asyncio.timeout(30):
        while len(control.site.streams) != number:  # noqa: ASYNC110 - nobody is told of it, by design
            await asyncio.sleep(0.01)


@pytest.fixture
async def address(control: Control) -> AsyncIterator[tuple[str, int]]:
    """
    The site on a socket.
    """
    server = Server(control.site)
    yield await server.start("127.0.0.1", 0)
    async with asyncio.timeout(30):  # an open stream does not hold the stop
        await server.stop(60)


async def test_a_socket_streams_what_happens(control: Control, address: tuple[str, int]) -> None:
    """
    A reader gets an exchange as it happens, and its place is free when it leaves.
    """
    reader, writer = await asyncio.open_connection(*address)
    writer.write(ASKED)
    head = await reader.readuntil(b"\r\n\r\n")
    assert b"text/event-stream" in head
    assert b"content-length" not in head
    assert b"pulse" in await reader.readuntil(b"event: pulse")
    control("GET", "/health")
    async with asyncio.timeout(30):
        assert b"getHealth" in await reader.readuntil(b"event: journal") + await reader.readuntil(b"\n\n")
    assert len(control.site.streams) == 1
    writer.close()
    await _readers(control, 0)


async def test_an_open_stream_does_not_hold_the_stop(control: Control, address: tuple[str, int]) -> None:
    """
    A server that stops ends its streams at once.
    """
    reader, writer = await asyncio.open_connection(*address)
    writer.write(ASKED)
    await reader.readuntil(b"event: pulse")
    assert len(control.site.streams) == 1
    del writer


async def test_a_reader_that_does_not_read_costs_no_memory(control: Control, address: tuple[str, int]) -> None:
    """
    What a slow reader has not taken is not piled up for it: it misses some, and is told how many.
    """
    _, writer = await asyncio.open_connection(*address, limit=1_024)
    writer.write(ASKED)
    await _readers(control, 1)
    for turn in range(2_000):
        control("GET", f"/{'x' * 1_000}{turn}")
        if turn % 200 == 0:
            await asyncio.sleep(0.01)
    assert len(control.site.streams) == 1
    writer.close()


async def test_head_is_no_reader(control: Control, address: tuple[str, int]) -> None:
    """
    HEAD asks for the headers only, and takes no place.
    """
    async with httpx.AsyncClient() as client:
        answer = await client.head(f"http://127.0.0.1:{address[1]}/__mock__/stream")
    assert answer.headers["content-type"] == "text/event-stream"
    assert not control.site.streams


async def test_an_asgi_server_streams_until_the_reader_leaves(control: Control) -> None:
    """
    Under any ASGI server the stream goes on until the client disconnects.
    """
    sent: list[MutableMapping[str, Any]] = []
    left = asyncio.Event()
    came = asyncio.Event()
    asked = False

    async def receive() -> MutableMapping[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b""}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)
        if b"getHealth" in message.get("body", b""):
            came.set()

    scope = {"type": "http", "method": "GET", "path": "/__mock__/stream", "query_string": b"", "headers": []}
    task = asyncio.ensure_future(asgi_app(control.site)(scope, receive, send))
    await _readers(control, 1)
    async with asyncio.timeout(30):
        control("GET", "/health")
        await came.wait()
        left.set()
        await task
    assert not control.site.streams


def test_in_process_it_says_what_there_is_and_ends(control: Control) -> None:
    """
    A transport in process answers with what there is to say now; nobody is kept waiting.
    """
    with httpx.Client(transport=transport(site=control.site), base_url="http://mock") as client:
        assert "event: pulse" in client.get("/__mock__/stream").text
    assert not control.site.streams
