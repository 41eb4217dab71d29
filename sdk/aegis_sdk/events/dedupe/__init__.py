"""
Which events were handled already: a small protocol and stores for it.
"""

from __future__ import annotations

from aegis_sdk.events.dedupe._memory import DedupeStore, MemoryDedupe, NoDedupe
from aegis_sdk.events.dedupe._postgres import PostgresDedupe
from aegis_sdk.events.dedupe._redis import RedisDedupe
from aegis_sdk.events.dedupe._sqlite import SqliteDedupe
from aegis_sdk.events.dedupe._transactions import HandledEvents

__all__ = [
    "DedupeStore",
    "HandledEvents",
    "MemoryDedupe",
    "NoDedupe",
    "PostgresDedupe",
    "RedisDedupe",
    "SqliteDedupe",
]
