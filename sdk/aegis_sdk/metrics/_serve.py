"""
Giving the metrics to Prometheus, over ASGI.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.exposition import choose_encoder

__all__ = ["MetricsApp"]

_log = logging.getLogger("aegis_sdk.metrics")


class MetricsApp:
    """
    An ASGI application that answers every GET with the metrics: mount it where Prometheus scrapes.

    It is not the User API's ``GET /metrics``, which is JSON; give it another path or a port of its own.

    Args:
        before: is awaited before the metrics are read; when it fails, they are read all the same.
    """

    def __init__(
        self, registry: CollectorRegistry = REGISTRY, *, before: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        self._registry = registry
        self._before = before

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[MutableMapping[str, Any]]],  # noqa: ARG002 -- ASGI
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the metrics application answers HTTP, and nothing of the kind {scope['type']}")
        if scope["method"] not in {"GET", "HEAD"}:
            await send({"type": "http.response.start", "status": 405, "headers": [(b"allow", b"GET, HEAD")]})
            await send({"type": "http.response.body", "body": b""})
            return
        accept = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), "")
        encode, content_type = choose_encoder(accept)
        if self._before is not None:
            try:
                await self._before()
            except Exception as error:  # noqa: BLE001 — what else there is to see is wanted most when something fails
                _log.warning("the active users could not be counted: %s", type(error).__name__)
        # Collectors may ask a database (count_active_users), and must not hold up the loop.
        content = await asyncio.to_thread(encode, self._registry)
        headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})
