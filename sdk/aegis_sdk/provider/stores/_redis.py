"""
Records in Redis, through whatever asynchronous client the service has already.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Final, Protocol, cast

from aegis_sdk.provider.stores._store import Entry, new_version

__all__ = ["RedisStore"]

# Read, compare and write in one go: Redis runs nothing else meanwhile. A record is its version, a space, and its data.
_WRITE: Final = """
local there = redis.call('GET', KEYS[1])
local version = '0'
if there then version = string.match(there, '^(%d+) ') end
if version ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
_DELETE: Final = """
local there = redis.call('GET', KEYS[1])
if not there or string.match(there, '^(%d+) ') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class RedisClient(Protocol):
    """
    What is used of a client; ``redis.asyncio.Redis`` and its cluster client have it.
    """

    def get(self, name: str) -> Awaitable[Any]: ...
    def eval(self, script: str, numkeys: int, *keys_and_args: Any) -> Any: ...


class RedisStore:
    """
    Records in Redis, one key each, which Redis ends by itself; shared by all processes.

    Args:
        client: the service's client; it is not closed here. One with ``decode_responses`` cannot hold bytes.
        prefix: what the keys begin with.
    """

    def __init__(self, client: RedisClient, *, prefix: str = "aegis:records:") -> None:
        self._client = client
        self._prefix = prefix

    async def read(self, key: str, now: float) -> Entry | None:  # noqa: ARG002 -- Redis has its own clock
        there = await self._client.get(self._prefix + key)
        if there is None:
            return None
        version, _, data = cast("bytes", there).partition(b" ")
        return Entry(data, int(version))

    async def write(self, key: str, data: bytes, *, now: float, ends: float, over: int = 0) -> int:
        version = new_version()
        record = b"%d %s" % (version, data)
        lifetime = max(1, int((ends - now) * 1000))
        done = await self._client.eval(_WRITE, 1, self._prefix + key, str(over), record, lifetime)
        return version if done else 0

    async def delete(self, key: str, *, over: int) -> bool:
        return bool(await self._client.eval(_DELETE, 1, self._prefix + key, str(over)))

    async def aclose(self) -> None:
        return None
