"""
The outbox: events written in a service's own database transaction, published afterwards, each once.

``SqliteOutbox`` and ``PostgresOutbox`` write; ``OutboxRelay`` publishes. What exactly is guaranteed stands with the
relay.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aegis_sdk.events.outbox._debezium import connector, hand_over
    from aegis_sdk.events.outbox._postgres import PostgresOutbox
    from aegis_sdk.events.outbox._postgres_store import PostgresOutboxStore
    from aegis_sdk.events.outbox._rows import OutboxBacklog, ParkedEvent
    from aegis_sdk.events.outbox._sqlite import SqliteOutbox
    from aegis_sdk.events.outbox._sqlite_store import SqliteOutboxStore
    from aegis_sdk.events.outbox._store import LeaseLostError, OutboxError, OutboxStore, RelayStoppedError
    from aegis_sdk.events.outbox.relay._health import RelayHealth
    from aegis_sdk.events.outbox.relay._relay import OutboxRelay
    from aegis_sdk.events.outbox.relay._runner import RelayStats
    from aegis_sdk.events.outbox.relay._settings import RelaySettings

_HOMES = {
    "LeaseLostError": "_store",
    "OutboxBacklog": "_rows",
    "OutboxError": "_store",
    "OutboxRelay": "relay._relay",
    "OutboxStore": "_store",
    "ParkedEvent": "_rows",
    "PostgresOutbox": "_postgres",
    "PostgresOutboxStore": "_postgres_store",
    "RelayHealth": "relay._health",
    "RelaySettings": "relay._settings",
    "RelayStats": "relay._runner",
    "RelayStoppedError": "_store",
    "SqliteOutbox": "_sqlite",
    "SqliteOutboxStore": "_sqlite_store",
    "connector": "_debezium",
    "hand_over": "_debezium",
}

__all__ = [
    "LeaseLostError",
    "OutboxBacklog",
    "OutboxError",
    "OutboxRelay",
    "OutboxStore",
    "ParkedEvent",
    "PostgresOutbox",
    "PostgresOutboxStore",
    "RelayHealth",
    "RelaySettings",
    "RelayStats",
    "RelayStoppedError",
    "SqliteOutbox",
    "SqliteOutboxStore",
    "connector",
    "hand_over",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
