"""
Handled ids in PostgreSQL, through an asyncpg pool or connection.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Collection, Sequence
from typing import Any, Protocol

from aegis_sdk._databases._tables import together
from aegis_sdk.events.dedupe._table import TTL, mark, script

__all__ = ["PostgresDedupe"]

_SEEN = "SELECT event_id FROM aegis_handled_events WHERE scope = $1 AND event_id = ANY($2::text[])"
_ADD = (
    "INSERT INTO aegis_handled_events (scope, event_id) SELECT $1, id FROM unnest($2::text[]) AS id"
    " ON CONFLICT DO NOTHING"
)
_MARK = mark("postgresql").format("$1", "$2", "$3") + " RETURNING 1"
_FORGET = "DELETE FROM aegis_handled_events WHERE handled_at < now() - make_interval(secs => $1)"


class AsyncpgLike(Protocol):
    """
    What is used of asyncpg; a pool, a connection and a connection of a pool have it.
    """

    def execute(self, query: str, *args: Any) -> Awaitable[Any]: ...
    def fetch(self, query: str, *args: Any) -> Awaitable[Sequence[Any]]: ...


class PostgresDedupe:
    """
    Remembers ids in PostgreSQL, so that every process of a group shares them.

    Args:
        database: an asyncpg pool or connection of the service's; it is not closed here.
        scope: whose ids these are, normally the consumer group.
        ttl: seconds after which an id is forgotten.
    """

    def __init__(self, database: AsyncpgLike, scope: str, *, ttl: float = TTL) -> None:
        self._database = database
        self._scope = scope
        self._ttl = ttl
        self._swept = time.monotonic()

    @staticmethod
    async def create(database: AsyncpgLike) -> None:
        """
        Create the table where it is missing.
        """
        await database.execute(together(script("postgresql")))

    async def mark(self, connection: AsyncpgLike, event_id: str) -> bool:
        """
        Mark an event as handled inside the caller's transaction, and say whether it is new.

        A handler that does this first and stops on ``False`` has its effects exactly once, whatever is redelivered.
        """
        return bool(await connection.fetch(_MARK, self._scope, event_id, time.time()))

    async def seen(self, event_ids: Sequence[str]) -> Collection[str]:
        rows = await self._database.fetch(_SEEN, self._scope, list(event_ids))
        return {str(row[0]) for row in rows}

    async def add(self, event_ids: Sequence[str]) -> None:
        # Sorted, so that two processes that add the same ids wait for each other and never deadlock.
        await self._database.execute(_ADD, self._scope, sorted(event_ids))
        if time.monotonic() - self._swept > 60.0:
            self._swept = time.monotonic()
            await self._database.execute(_FORGET, self._ttl)

    async def aclose(self) -> None:
        return None
