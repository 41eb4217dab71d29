"""
``aegis events catalog``: what the contracts say of each event type.
"""

from __future__ import annotations

from typing import Any

from aegis_contracts.events import nearest
from aegis_sdk._generated.events import EVENT_TYPES, TOPICS, EventInfo
from aegis_sdk.events.cli._json import as_json
from aegis_sdk.events.codec._generated import Generated
from aegis_shell import CommandError

__all__ = ["select", "show_catalog", "type_names"]

_DAY = 86_400_000
_GENERATED = Generated("aegis_sdk._generated.events")


def show_catalog(name: str | None, style: str) -> int:
    """
    Print all event types, or one with its schema.

    Raises:
        CommandError: *name* is no declared event type.
    """
    infos = select(name) if name else list(EVENT_TYPES)
    if style == "json":
        print(as_json([_entry(info, schema=name is not None) for info in infos]))
        return 0
    for info in infos:
        topic = TOPICS[info.topic]
        print(f"{info.id}\n    {info.description}")
        kept = f"kept {topic.retention_ms / _DAY:g} days" if topic.retention_ms else "kept as the broker says"
        print(f"    topic {info.topic}: {topic.partitions} partitions, {topic.replicas} replicas, {kept}")
        print(f"    key {info.key}; read by {', '.join(topic.consumers) or 'nobody named'}")
        print(f"    schema {info.source}, model aegis_sdk.events.{info.model.__name__}")
        if name:
            print(as_json(_GENERATED.schema(info.id)))
    return 0


def select(name: str) -> list[EventInfo]:
    """
    Find the versions of an event type by its name, or one version by ``Name.vN``.

    Raises:
        CommandError: there is none; the nearest is named.
    """
    found = [info for info in EVENT_TYPES if name in {info.name, info.id, info.model.__name__}]
    if not found:
        guess = nearest(name, tuple(info.name for info in EVENT_TYPES))
        hint = f"did you mean {guess}?" if guess else "aegis events catalog shows them all"
        raise CommandError(f"{name} is no declared event type; {hint}")
    return found


def type_names() -> list[str]:
    """
    Name every event type of the contracts, each once.
    """
    return list(dict.fromkeys(info.name for info in EVENT_TYPES))


def _entry(info: EventInfo, *, schema: bool) -> dict[str, Any]:
    topic = TOPICS[info.topic]
    entry: dict[str, Any] = {
        "eventType": info.name,
        "version": info.version,
        "description": info.description,
        "topic": info.topic,
        "key": info.key,
        "partitions": topic.partitions,
        "replicas": topic.replicas,
        "retentionMs": topic.retention_ms,
        "consumers": list(topic.consumers),
        "source": info.source,
        "model": f"aegis_sdk.events.{info.model.__name__}",
    }
    return entry | {"schema": _GENERATED.schema(info.id)} if schema else entry
