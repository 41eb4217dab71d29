"""
Records in the memory of one process.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider.stores._store import Entry, new_version

__all__ = ["MemoryStore"]


class MemoryStore:
    """
    Records in this process: for tests, and for a service of one process that may forget them when it restarts.

    Args:
        most: how many records there may be; the oldest go first.
        most_bytes: how many bytes they may hold together.
    """

    def __init__(self, *, most: int = 100_000, most_bytes: int = 64 * 1024 * 1024) -> None:
        if most < 1 or most_bytes < 1:
            raise ConfigurationError("MemoryStore: most and most_bytes must be at least 1")
        self._most = most
        self._most_bytes = most_bytes
        self._bytes = 0
        self._records: OrderedDict[str, tuple[Entry, float]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._records)

    async def read(self, key: str, now: float) -> Entry | None:
        with self._lock:
            return self._read(key, now)

    async def write(self, key: str, data: bytes, *, now: float, ends: float, over: int = 0) -> int:
        with self._lock:
            there = self._read(key, now)
            if (there.version if there else 0) != over:
                return 0
            self._drop(key)
            record = Entry(data, new_version())
            self._records[key] = (record, ends)
            self._bytes += len(key) + len(data)
            while len(self._records) > 1 and (len(self._records) > self._most or self._bytes > self._most_bytes):
                self._drop(next(iter(self._records)))
            return record.version

    async def delete(self, key: str, *, over: int) -> bool:
        with self._lock:
            there = self._records.get(key)
            if there is None or there[0].version != over:
                return False
            self._drop(key)
            return True

    async def aclose(self) -> None:
        return None

    def _read(self, key: str, now: float) -> Entry | None:
        there = self._records.get(key)
        if there is None:
            return None
        if there[1] <= now:
            self._drop(key)
            return None
        return there[0]

    def _drop(self, key: str) -> None:
        there = self._records.pop(key, None)
        if there is not None:
            self._bytes -= len(key) + len(there[0].data)
