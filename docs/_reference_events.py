"""
The event catalogue: topics, and every event type with its schema and an example.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from _reference_text import HEAD, block, cell, code, properties, written

from aegis_contracts.events import EventCatalog, EventType

DAY = 86_400_000


def events(catalog: EventCatalog) -> Iterator[str]:
    """
    Write the catalogue.
    """
    yield "## Topics {#topics}\n"
    yield "| Topic | Event types | Partitions, replicas | Kept | Read by |\n|---|---|---|---|---|"
    for channel in catalog.channels.values():
        kept = f"{channel.retention_ms // DAY} days" if channel.retention_ms else "the broker's choice"
        types = ", ".join(f"[{e.name}](#{anchor(e)})" for e in catalog.values() if e.topic == channel.address)
        spread = f"{channel.partitions}, {channel.replicas}"
        yield f"| {code(channel.address)} | {types} | {spread} | {kept} | {', '.join(channel.consumers)} |"
    for event_type in catalog.values():
        yield from _event(event_type)


def anchor(event_type: EventType) -> str:
    """
    Return the anchor of an event type.
    """
    return event_type.name.lower() if event_type.version == 1 else event_type.id.lower().replace(".", "-")


def _event(event_type: EventType) -> Iterator[str]:
    yield f"\n## {event_type.name} {{#{anchor(event_type)}}}\n"
    model = event_type.name if event_type.version == 1 else f"{event_type.name}V{event_type.version}"
    yield f"Version {event_type.version} on `{event_type.topic}`, key `{event_type.key}`, from"
    yield f"`schemas/{event_type.source.rsplit('/', 1)[-1]}`; model `aegis_sdk.events.{model}`.\n"
    yield cell(event_type.description) + "\n"
    schema = dict(event_type.schema)
    yield HEAD
    yield from properties(schema, schema)
    valid = [example for example in event_type.examples if example.valid]
    if valid:
        yield '\n??? example "Example"\n'
        shown = next(block("json", written(json.loads(valid[0].read()))))
        yield "\n".join(f"    {line}" for line in shown.split("\n"))
