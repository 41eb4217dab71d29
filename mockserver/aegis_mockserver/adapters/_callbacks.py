"""
Callbacks: what an operation promises to send back is sent, to this machine or to hosts that were allowed.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from aegis_mockserver.core.ports._callbacks import HOPS, Callback
from aegis_mockserver.world._messages import Reply, Request

log = logging.getLogger("aegis_mockserver")
SECONDS = 5.0
AT_ONCE = 64
MOST_HOPS = 4
KEPT = 65_536  # of what is answered


class CallbackSender:
    """
    Sends callbacks in the background; each is an exchange of the journal.

    Args:
        allowed: hosts beside this machine.
        pages: pages of other origins may cause some.
    """

    def __init__(self, allowed: Iterable[str] = (), *, pages: bool = False) -> None:
        self._allowed = frozenset(host.lower().strip("[]") for host in allowed)
        self._pages = pages
        self._own: set[tuple[str, int]] = set()
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

    def here(self, host: str, port: int) -> None:
        """
        Note where the mock itself listens: nothing is sent there.
        """
        self._own.add((host.lower(), port))

    def refusal(self, url: str) -> str:
        """
        Say why nothing may be sent there; nothing when something may.
        """
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower().rstrip(".")
            port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            return "the address cannot be read"
        if parts.scheme not in {"http", "https"} or not host:
            return "the address must begin with http:// or https:// and name a host"
        near = host == "localhost" or _is_loopback(host)
        if any(port == own and (near or host in {name, _this_machine()}) for name, own in self._own):
            return "the address is the mock's own"
        if near or host in self._allowed:
            return ""
        return "only this machine is sent to, and hosts that the mock was started with --allow-callbacks for"

    def send(self, callback: Callback) -> None:
        """
        Send *callback* soon.
        """
        if why := self._why_not(callback):
            log.warning("callback %s is not sent: %s", callback.name, why)
            return
        task = asyncio.get_running_loop().create_task(self._send(callback))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _why_not(self, callback: Callback) -> str:
        if callback.foreign and not self._pages:
            return "a page of another origin caused it; --cors lets those in"
        if callback.hops > MOST_HOPS:
            return f"{MOST_HOPS} callbacks led to it, one after the other"
        if len(self._tasks) >= AT_ONCE:
            return f"{AT_ONCE} others are on their way"
        if not self.ready:
            return "there is no event loop in process"
        return self.refusal(callback.url)

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
        headers = {HOPS: str(callback.hops)}
        if callback.media_type:
            headers["content-type"] = callback.media_type
        started = time.perf_counter()
        status, content = 0, b""
        try:
            async with (
                asyncio.timeout(SECONDS),
                self._client.stream(
                    callback.method, callback.url, content=callback.content, headers=headers
                ) as answered,
            ):
                status = answered.status_code
                async for chunk in answered.aiter_bytes():
                    content += chunk
                    if len(content) > KEPT:
                        content = content[:KEPT]
                        break
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            log.warning("callback %s was not taken: %s", callback.name, type(error).__name__)
        address, _, query = callback.url.partition("?")
        lines = tuple((name.encode(), value.encode()) for name, value in headers.items())
        request = Request(callback.method, address, query.encode(), lines, callback.content)
        seconds = time.perf_counter() - started
        callback.world.record(seconds, request, Reply(status, [], content), operation=callback.name, origin="callback")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=1)
def _this_machine() -> str:
    return socket.gethostname().lower()
