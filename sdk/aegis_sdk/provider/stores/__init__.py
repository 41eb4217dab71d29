"""
Where a provider keeps what must be changed by one at a time: idempotency keys, one-time tokens and codes.

One small contract (``Store``), four places: memory, SQLite, PostgreSQL, Redis. Each record has a version, is written
only over the version that was read, and ends by itself.
"""

from __future__ import annotations

from aegis_sdk.provider.stores._memory import MemoryStore
from aegis_sdk.provider.stores._postgres import PostgresStore
from aegis_sdk.provider.stores._redis import RedisStore
from aegis_sdk.provider.stores._sqlite import SqliteStore
from aegis_sdk.provider.stores._store import Entry, Store

__all__ = ["Entry", "MemoryStore", "PostgresStore", "RedisStore", "SqliteStore", "Store"]
