"""
Callbacks: what an operation promises to send back is sent, to this machine or to hosts that were allowed.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aegis_contracts import Operation
from aegis_mockserver.core._messages import Reply, Request
from aegis_mockserver.core.contents import _content
from aegis_mockserver.core.effects._expressions import MISSING, Scene, compile_value

if TYPE_CHECKING:
    from aegis_mockserver.core._served import Served
    from aegis_mockserver.core._site import Site
    from aegis_mockserver.world import World

log = logging.getLogger("aegis_mockserver")
SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Callback:
    """
    One request that the provider would send.
    """

    name: str
    method: str
    url: str
    media_type: str
    content: bytes
    world: World


def callbacks_of(served: Served, scene: Scene, world: World, seed: str) -> Iterable[Callback]:
    """
    Build the callbacks that an exchange causes.
    """
    for name, expressions in served.operation.callbacks.items():
        for expression, operations in expressions.items():
            url = compile_value(expression)(scene)
            if url is MISSING or not isinstance(url, str):
                continue
            for operation in operations:
                media_type, content = body_of(operation, seed)
                yield Callback(name, operation.method, url, media_type, content, world)


def running() -> bool:
    """
    Say whether there is an event loop that could send.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def body_of(operation: Operation, seed: str) -> tuple[str, bytes]:
    """
    Write the body that a callback or webhook has: its example, else a generated one.
    """
    content = operation.request_body.content if operation.request_body is not None else {}
    for media_type, declared in content.items():
        example = next((example for example in declared.examples.values() if example.has_value), None)
        if example is not None:
            return media_type, _content.write(example.value, media_type, declared)
        if declared.schema is not None:
            from aegis_contracts.instances import generate

            value: Any = generate(declared.schema.projected("request"), f"{seed}|{operation.key}")
            return media_type, _content.write(value, media_type, declared)
    return "", b""


class CallbackSender:
    """
    Sends callbacks in the background; each is an exchange of the journal.

    Args:
        allowed: hosts beside this machine.
    """

    def __init__(self, site: Site, allowed: Iterable[str] = ()) -> None:
        self._site = site
        self._allowed = frozenset(host.lower() for host in allowed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._client: Any = None

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
        if not running():
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
        row = (world.clock.timestamp(), seconds, "", callback.name, "callback", request, reply, (), ())
        self._site.record(world, row)
