"""
Response headers that the contract declares: values in the simple style (OpenAPI 3.1 §4.8.21).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from aegis_contracts import Parameter, Schema
from aegis_contracts.exchange import kind

_UNSAFE = re.compile(r"[^\t\x20-\x7e]")
REQUEST_IDS = frozenset({"x-request-id", "x-correlation-id", "request-id"})
# What the server itself decides about a message is never made up from a schema.
_OURS = frozenset({"content-length", "content-type", "transfer-encoding", "connection", "date", "content-encoding"})


class Written(dict[str, str]):
    """
    Headers that an answer has again and again, with the lines that they are on the wire.
    """

    __slots__ = ("lines",)

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__(headers)
        self.lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1")

    def beside(self, headers: Mapping[str, str]) -> bytes | None:
        """
        Write the lines of further headers; None where one of them is among these, or must be looked at first.
        """
        lines = ""
        for given, value in headers.items():
            name = given.lower()
            line = f"{name}: {value}"
            if "//" in line or not line.isascii() or not line.isprintable() or value != value.strip() or name in self:
                return None
            lines += line + "\r\n"
        return lines.encode("latin-1")


def is_plain(value: str) -> bool:
    """
    Say whether a value is a header's as it is, and no address that leads anywhere.
    """
    return value.isascii() and value.isprintable() and "//" not in value and value == value.strip()


def noted(notes: Iterable[str]) -> str:
    """
    Write what was overlooked about a request, for ``X-Mock-Note``.
    """
    return safe("; ".join(notes))[:1000]


def safe(value: str) -> str:
    """
    Write a text so that it is safe in a header line.
    """
    if value.isascii() and value.isprintable():
        return value.strip()
    return _UNSAFE.sub(lambda match: quote(match[0]), value).strip()


def text(value: Any, explode: bool) -> str:
    """
    Write *value* in the simple style, safe for a header line.
    """
    if isinstance(value, list):
        written = ",".join(_one(item) for item in value)
    elif isinstance(value, dict):
        joiner = "=" if explode else ","
        written = ",".join(f"{name}{joiner}{_one(item)}" for name, item in value.items())
    else:
        written = _one(value)
    return safe(written)


def _one(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


def value_of(header: Parameter, seed: str) -> str | None:
    """
    Return a value for a declared header: its example, else a generated one; None for a header that is the server's own.
    """
    if header.name.lower() in _OURS:
        return None
    schema = header.schema or (header.content.schema if header.content else None)
    for example in (*header.examples.values(), *(header.content.examples.values() if header.content else ())):
        if example.has_value and _fits(schema, example.value):
            return _written(header, example.value)
    if schema is None:
        return "value"
    from aegis_contracts.instances import generate

    projected = schema.projected("response")
    if isinstance(projected, dict):
        given = [projected[name] for name in ("example", "default", "const") if name in projected]
        for example in (*given, *projected.get("examples", ())):
            if _fits(schema, example):
                return _written(header, example)
    return _written(header, generate(projected, seed, name=header.name))


def _fits(schema: Schema | None, value: Any) -> bool:
    """
    Say whether a header may have the value, as it is or as the text that it is written in.
    """
    if schema is None:
        return True
    is_valid = schema.verdict("response").is_valid
    if is_valid(value):
        return True
    try:
        return isinstance(value, str) and is_valid(msgspec.json.decode(value))
    except msgspec.DecodeError:
        return False


def _written(header: Parameter, value: Any) -> str:
    """
    Write *value* as the media type of the header's content says, else in the simple style.
    """
    if header.content is not None and kind(header.content.media_type) == "json":
        return safe(msgspec.json.encode(value).decode())
    return text(value, header.explode)
