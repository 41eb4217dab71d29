"""
Sequences written: server-sent events, JSON Lines, JSON text sequences (OpenAPI 3.2 §4.14.2.1).
"""

from __future__ import annotations

from typing import Any

import msgspec

from aegis_contracts.exchange import essence

_FIELDS = frozenset({"data", "event", "id", "retry", "comment"})


def write_sequence(value: Any, media_type: str) -> bytes:
    """
    Write the items of a list one after another; a text is the sequence itself, anything else its only item.
    """
    events = media_type.startswith("text/event-stream")
    if isinstance(value, str):
        if not events or value.endswith("\n\n"):
            return value.encode("utf-8", "surrogatepass")
        if not value.startswith(("data:", "event:", "id:", ":")):
            return _event(value)
        return value.rstrip("\n").encode("utf-8", "surrogatepass") + b"\n\n"
    items: list[Any] = value if isinstance(value, list) else [value]
    if events:
        return b"".join(map(_event, items))
    start = b"\x1e" if essence(media_type).endswith("json-seq") else b""
    return b"".join(start + msgspec.json.encode(item) + b"\n" for item in items)


def _event(item: Any) -> bytes:
    """
    Write one server-sent event (WHATWG HTML §9.2.6): its fields, if it is made of them, else JSON as its data.
    """
    fields: dict[str, Any] = {"data": item}
    if isinstance(item, dict):
        if item.keys() <= _FIELDS and item.keys() & {"data", "event"}:
            fields = {"data": "", **item}
        elif isinstance(item.get("type"), str):
            fields = {"event": item["type"], "data": item}
    lines: list[str] = []
    for name in ("comment", "event", "id", "retry", "data"):
        if name in fields and fields[name] is not None:
            field = "" if name == "comment" else name
            lines += [f"{field}: {line}" for line in _text(fields[name]).split("\n")]
    return ("\n".join(lines) + "\n\n").encode("utf-8", "surrogatepass")


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text.replace("\r\n", "\n").replace("\r", "\n")
