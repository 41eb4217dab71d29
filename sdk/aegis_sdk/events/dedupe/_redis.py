"""
Handled ids in Redis, through whatever asynchronous client the service has already.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Sequence
from typing import Any, Protocol

__all__ = ["RedisDedupe"]


class _Pipeline(Protocol):
    def set(self, name: str, value: str, ex: int | None = None) -> Any: ...
    def execute(self) -> Awaitable[Any]: ...


class RedisClient(Protocol):
    """
    What is used of a client; ``redis.asyncio.Redis`` and its cluster client have it.
    """

    def mget(self, keys: list[str]) -> Awaitable[Sequence[Any]]: ...
    def pipeline(self, transaction: bool = False) -> _Pipeline: ...


class RedisDedupe:
    """
    Remembers ids in Redis, one key an id, so that every process of a group shares them.

    Args:
        client: the service's client; it is not closed here.
        scope: whose ids these are, normally the consumer group.
        ttl: seconds after which an id is forgotten.
        prefix: what the keys begin with.
    """

    def __init__(
        self, client: RedisClient, scope: str, *, ttl: int = 7 * 86_400, prefix: str = "aegis:handled"
    ) -> None:
        self._client = client
        self._ttl = ttl
        self._prefix = f"{prefix}:{scope}:"

    async def seen(self, event_ids: Sequence[str]) -> Collection[str]:
        if not event_ids:
            return ()
        values = await self._client.mget([self._prefix + event_id for event_id in event_ids])
        return {event_id for event_id, value in zip(event_ids, values, strict=True) if value is not None}

    async def add(self, event_ids: Sequence[str]) -> None:
        if not event_ids:
            return
        pipeline = self._client.pipeline(transaction=False)
        for event_id in event_ids:
            pipeline.set(self._prefix + event_id, "1", ex=self._ttl)
        await pipeline.execute()

    async def aclose(self) -> None:
        return None
