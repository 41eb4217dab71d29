"""
Callbacks: what an operation promises to send back is sent, to this machine or to hosts that were allowed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from aegis_mockserver.core.effects._callbacks import Callback
from aegis_mockserver.world._messages import Reply, Request

log = logging.getLogger("aegis_mockserver")
SECONDS = 5.0


class CallbackSender:
    """
    Sends callbacks in the background; each is an exchange of the journal.

    Args:
        allowed: hosts beside this machine.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._allowed = frozenset(host.lower() for host in allowed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: Any = None

    @property
    def ready(self) -> bool:
        """
        Say whether there is an event loop that could send.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return False
        return True

    def may(self, url: str) -> bool:
        """
        Say whether anything may be sent there.
        """
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
        except ValueError:
            return False
        if parts.scheme not in {"http", "https"} or not host:
            return False
        if host in self._allowed or host == "localhost":
            return True
        try:
            return ip_address(host).is_loopback
        except ValueError:
            return False

    def send(self, callback: Callback) -> None:
        """
        Send *callback* soon.
        """
        if not self.may(callback.url):
            log.warning("callback %s is not sent: its host is neither this machine nor allowed", callback.name)
            return
        if not self.ready:
            log.warning("callback %s is not sent: there is no event loop in process", callback.name)
            return
        task = asyncio.get_running_loop().create_task(self._send(callback))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """
        Wait for what is on its way, a moment.
        """
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        for task in tuple(self._tasks):
            task.cancel()
        if self._client is not None:
            await self._client.aclose()

    async def _send(self, callback: Callback) -> None:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(timeout=SECONDS, follow_redirects=False, trust_env=False)
        headers = {"content-type": callback.media_type} if callback.media_type else {}
        started = time.perf_counter()
        try:
            answered: httpx.Response = await self._client.request(
                callback.method, callback.url, content=callback.content, headers=headers
            )
            status, content = answered.status_code, answered.content
        except httpx.HTTPError as error:
            log.warning("callback %s was not taken: %s", callback.name, type(error).__name__)
            status, content = 0, b""
        world = callback.world
        lines = tuple((name.encode(), value.encode()) for name, value in headers.items())
        request = Request(callback.method, callback.url, b"", lines, callback.content)
        seconds = time.perf_counter() - started
        reply = Reply(status, [], content)
        world.record(seconds, request, reply, operation=callback.name, origin="callback")
