"""
The server around the connections: listens, keeps time, stops in order.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

from aegis_mockserver.adapters.socket import _wire
from aegis_mockserver.adapters.socket._http import Connection
from aegis_mockserver.adapters.socket._serving import Limits, Serving
from aegis_mockserver.core._provider import Provider


class Server(Serving):
    """
    A site on a socket.
    """

    def __init__(self, site: Provider, *, limits: Limits | None = None) -> None:
        super().__init__(site, limits or Limits())
        self._listening: asyncio.Server | None = None
        self._tick: asyncio.TimerHandle | None = None

    async def start(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> tuple[str, int]:
        """
        Listen, and return where.

        Raises:
            OSError: the port is taken, or the host is not ours.
        """
        self.loop = asyncio.get_running_loop()
        self.scheme = self.site.scheme = "http" if tls is None else "https"
        self._listening = await self.loop.create_server(lambda: Connection(self), host, port, backlog=2048, ssl=tls)
        self._keep_time()
        address: Any = self._listening.sockets[0].getsockname()
        self.site.callbacks.here(host, int(address[1]))
        return str(address[0]), int(address[1])

    def url(self, host: str, port: int) -> str:
        """
        Write the address that clients are given.
        """
        return f"{self.scheme}://{f'[{host}]' if ':' in host else host}:{port}"

    async def stop(self, seconds: float = 3.0) -> None:
        """
        Take no more connections, let answers that are on their way arrive, and let the sinks finish.
        """
        self.stopping = True
        if self._listening is not None:
            self._listening.close()
        deadline = self.loop.time() + seconds
        while self.connections and self.loop.time() < deadline:
            for connection in tuple(self.connections):
                if connection.idle:
                    connection.end()
            if self.connections:
                await asyncio.sleep(0.02)
        for connection in tuple(self.connections):
            connection.end()
        if self._tick is not None:
            self._tick.cancel()
        if self.proxy is not None:
            await self.proxy.aclose()
        await self.site.aclose()

    def _keep_time(self) -> None:
        self.date = _wire.date_line()
        self.now = self.loop.time()
        for connection in tuple(self.connections):
            silent = self.now - connection.since
            if connection.idle:
                if silent > self.limits.idle_seconds:
                    connection.end()
            elif silent > self.limits.message_seconds and not connection.busy:
                connection.end()
        self._tick = self.loop.call_later(1.0, self._keep_time)
