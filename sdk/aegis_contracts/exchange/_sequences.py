"""
Sequences: JSON Lines, JSON text sequences (RFC 7464) and server-sent events, as arrays of their items.
"""

from __future__ import annotations

from typing import Any

from aegis_contracts.exchange import _media
from aegis_contracts.exchange._json import json
from aegis_contracts.exchange._parameters import UndecodableError
from aegis_contracts.exchange._scalars import members, types

MAX_ITEMS = 100_000
FIELDS = frozenset({"data", "event", "id", "retry", "comment"})


def read(body: bytes, content_type: str) -> list[Any]:
    """
    Read every item of *body*.

    Raises:
        UndecodableError: an item is not what the media type says.
    """
    name = _media.essence(content_type)
    if name == "text/event-stream":
        return _events(body)
    separator = b"\x1e" if name.endswith("json-seq") else b"\n"
    found: list[Any] = []
    for line in body.split(separator):
        if line.strip():
            found.append(json(line.strip()))
            _bounded(found)
    return found


def _events(body: bytes) -> list[Any]:
    """
    Read server-sent events (WHATWG HTML §9.2.6): an object of ``data``, ``event``, ``id`` and ``retry`` for each.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UndecodableError("must be UTF-8 (WHATWG HTML §9.2.5)") from None
    found: list[Any] = []
    event: dict[str, Any] = {}
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line:
            if "data" in event:
                found.append(event)
                _bounded(found)
            event = {}
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            event["data"] = f"{event['data']}\n{value}" if "data" in event else value
        elif name in {"event", "id"}:
            event[name] = value
        elif name == "retry" and value.isascii() and value.isdecimal():
            event[name] = int(value[:18])
    return found


def payloads(events: list[Any], schema: Any, *, whole: bool) -> list[Any]:
    """
    Return what a schema speaks of: whole events, if it names their fields, else what their ``data`` says as JSON.

    Args:
        whole: a schema that names nothing speaks of events.
    """
    named = members(schema, schema)
    if named.keys() <= FIELDS and (named or whole):
        if "data" not in named or types(named["data"], schema) & {"string"}:
            return events
        return [{**event, "data": _decoded(event["data"])} for event in events]
    found = [_decoded(event["data"]) for event in events]
    return [each for each in found if each != "[DONE]"]


def _decoded(text: str) -> Any:
    try:
        return json(text.encode())
    except UndecodableError:
        return text


def _bounded(found: list[Any]) -> None:
    if len(found) > MAX_ITEMS:
        raise UndecodableError(f"must have at most {MAX_ITEMS} items")
