"""
An ASGI application in this process, on an event loop of its own.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes

from aegis_verifier._values import Exchange, Request, Response

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]
_LIFESPAN = 10.0


class AsgiTransport:
    """
    An ASGI 3 application; its lifespan runs as long as the transport is open.
    """

    def __init__(self, app: App) -> None:
        self.address = "http://provider"
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="aegis verify asgi", daemon=True)
        self._thread.start()
        self._events: asyncio.Queue[Message] | None = None
        self._ended: asyncio.Event | None = None
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(_LIFESPAN)

    async def _start(self) -> None:
        self._events, self._ended = asyncio.Queue(), asyncio.Event()
        started = asyncio.Event()
        await self._events.put({"type": "lifespan.startup"})

        async def send(message: Message) -> None:
            if message["type"].startswith("lifespan.startup"):
                started.set()
            else:
                ended.set()

        events, ended = self._events, self._ended

        async def live() -> None:
            try:
                await self._app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, events.get, send)
            except Exception:  # noqa: BLE001, S110 - an application that knows no lifespan raises as it likes (ASGI)
                pass
            finally:
                started.set()
                ended.set()

        self._task = asyncio.ensure_future(live())
        await asyncio.wait_for(started.wait(), _LIFESPAN)

    def send(self, request: Request, timeout: float) -> Exchange:
        """
        Call the application, and wait at most *timeout* seconds.
        """
        started = time.perf_counter()
        future = asyncio.run_coroutine_threadsafe(self._call(request, timeout), self._loop)
        try:
            response = future.result(timeout + 1.0)
        except TimeoutError:
            future.cancel()
            return Exchange(request, None, "hang", f"must answer within {timeout:g} s", time.perf_counter() - started)
        except Exception as error:  # noqa: BLE001 - whatever the application raises is what we report
            said = f"must answer; the application raised {type(error).__name__}"
            return Exchange(request, None, "connection", said, time.perf_counter() - started)
        return Exchange(request, response, seconds=time.perf_counter() - started)

    async def _call(self, request: Request, timeout: float) -> Response:
        path, _, query = request.target.partition("?")
        body = request.body or b""
        headers = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in request.headers]
        headers.append((b"host", b"provider"))
        if request.body is not None or request.method in {"POST", "PUT", "PATCH"}:
            headers.append((b"content-length", str(len(body)).encode()))
        scope: Message = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": "http",
            "path": unquote_to_bytes(path).decode("utf-8", "replace"),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("provider", 80),
            "state": {},
        }
        given = iter([{"type": "http.request", "body": body, "more_body": False}])
        gone = asyncio.Event()
        started: Message = {}
        content = bytearray()

        async def receive() -> Message:
            for message in given:
                return message
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            elif message["type"] == "http.response.body":
                content.extend(message.get("body", b""))
                if not message.get("more_body"):
                    gone.set()

        async with asyncio.timeout(timeout):
            await self._app(scope, receive, send)
        if not started:
            raise RuntimeError("the application returned without an answer")
        found: dict[str, str] = {}
        for raw, value in started.get("headers", ()):
            key, told = bytes(raw).decode("latin-1").lower(), bytes(value).decode("latin-1")
            found[key] = f"{found[key]}, {told}" if key in found else told
        return Response(started["status"], found, bytes(content))

    def close(self) -> None:
        """
        End the lifespan and the loop.
        """

        async def end() -> None:
            assert self._events is not None
            assert self._ended is not None
            await self._events.put({"type": "lifespan.shutdown"})
            try:
                async with asyncio.timeout(_LIFESPAN):
                    await self._ended.wait()
            except TimeoutError:
                pass
            self._task.cancel()

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(_LIFESPAN + 1)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
