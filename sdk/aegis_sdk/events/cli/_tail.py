"""
``aegis events tail``: events as they come, judged, with personal values hidden.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from typing import Any

import msgspec

from aegis_sdk._generated.events import EVENT_TYPES, TOPICS, Model
from aegis_sdk.errors import EventValidationError
from aegis_sdk.events.cli._reading import reading
from aegis_sdk.events.codec._codec import parse
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._record import FetchedRecord
from aegis_shell import FOUND, OK, CommandError

__all__ = ["redacted", "tail"]

_HIDDEN = "***"


async def tail(connection: KafkaConnection, options: argparse.Namespace) -> int:
    """
    Print events until there are enough of them or the user has enough.
    """
    wanted = set(options.event_type or ())
    if unknown := sorted(wanted - {info.name for info in EVENT_TYPES}):
        raise CommandError(f"no event type {', '.join(unknown)}; `aegis events catalog` lists them")
    topics = options.topic or sorted(TOPICS)
    shown = broken = 0
    async with reading(connection, topics) as source:
        await source.begin(from_beginning=options.from_beginning)
        print(f"following {', '.join(topics)}; Ctrl-C ends", file=sys.stderr)
        while not (options.until_end and await source.at_end()):
            async for record in source.records():
                line = described(record, show_values=options.show_values)
                if wanted and line.get("eventType") not in wanted:
                    continue
                print(json.dumps(line, ensure_ascii=False), flush=True)
                shown += 1
                broken += "violations" in line
                if options.count and shown >= options.count:
                    return FOUND if broken else OK
    return FOUND if broken else OK


def described(record: FetchedRecord, *, show_values: bool) -> dict[str, Any]:
    """
    Describe a record: where it is, and its event or the rules that it breaks.
    """
    line: dict[str, Any] = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(timespec="milliseconds"),
    }
    try:
        event = parse(record.value or b"")
    except EventValidationError as error:
        line["violations"] = [
            {"pointer": one.pointer, "rule": one.rule, "message": one.message} for one in error.violations
        ]
        if show_values:
            line["value"] = (record.value or b"").decode("utf-8", "replace")
        return line
    line["eventType"] = event.event_type
    line["event"] = msgspec.to_builtins(event) if show_values else redacted(event)
    return line


def redacted(event: Model) -> dict[str, Any]:
    """
    An event as JSON values, with what the contract marks as sensitive hidden.
    """
    plain: dict[str, Any] = msgspec.to_builtins(event)
    _hide(event, plain)
    return plain


def _hide(part: Model, plain: dict[str, Any]) -> None:
    for field in msgspec.structs.fields(part):
        name, value = field.encode_name, getattr(part, field.name)
        if name not in plain or value is None:
            continue
        if field.name in part.__sensitive__:
            plain[name] = _HIDDEN
        elif isinstance(value, Model):
            _hide(value, plain[name])
