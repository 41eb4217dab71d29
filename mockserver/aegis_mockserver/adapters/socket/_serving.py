"""
What the connections of a server share: the site, the limits, the time, and whether it goes on.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aegis_mockserver.adapters.socket import _wire
from aegis_mockserver.core._provider import Provider
from aegis_mockserver.world._messages import Reply

if TYPE_CHECKING:
    from aegis_mockserver.adapters.proxy._proxy import Proxy


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How much of a request is read, and how long a connection may be silent.
    """

    target: int = 8_192
    headers: int = 65_536
    header_count: int = 200
    body: int = 10 * 1024 * 1024
    head: int = 98_304  # the request line and all headers with what stands between them
    message_seconds: float = 30.0
    idle_seconds: float = 75.0


class Open(Protocol):
    """
    A connection, as far as the server looks at it.
    """

    since: float

    @property
    def idle(self) -> bool:
        """
        Say whether nothing is half received or half sent.
        """
        ...

    @property
    def busy(self) -> bool:
        """
        Say whether an answer is being sent on purpose slowly, or awaited.
        """
        ...

    def end(self) -> None:
        """
        Close the connection.
        """
        ...


class Serving:
    """
    A site, and how it is served.
    """

    def __init__(self, site: Provider, limits: Limits) -> None:
        self.site = site
        self.limits = limits
        # So many bytes of headers are not too many yet, as each has one at least.
        self.few = min(limits.headers, limits.header_count)
        self.connections: set[Open] = set()
        self.date = _wire.date_line()
        self.now = 0.0
        self.stopping = False
        self.proxy: Proxy | None = None
        self.scheme = "http"
        self.loop: asyncio.AbstractEventLoop

    def about(self) -> Reply:
        """
        Answer ``OPTIONS *``, which asks for the server as a whole (RFC 9110 §9.3.7).
        """
        return Reply(204, [(b"allow", b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")], b"")
