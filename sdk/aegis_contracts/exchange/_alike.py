"""
Requests that carry the same headers: what those say is read once; path and body are new each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aegis_contracts._violation import Violation
from aegis_contracts.exchange import _media
from aegis_contracts.exchange._parameters import ParameterReader, UndecodableError
from aegis_contracts.exchange._request import ABSENT, Reading, RequestReader

_NONE: dict[str, Any] = {}
_BESIDE = ("/path/", "/query/", "/body")


class AlikeReader:
    """
    Reads the requests of one operation that carry the same headers, exactly as the reader of all of them does.

    What is simple is read here; everything else, and all that may break a rule of a parameter, is left to that one.

    Args:
        reader: of all requests of the operation.
        headers: by lower-case name.
    """

    __slots__ = ("_asks", "_header", "_headers", "_json", "_media_type", "_reader", "_required", "_takes", "_texts")

    def __init__(self, reader: RequestReader, headers: Mapping[str, str]) -> None:
        self._reader = reader
        self._headers = headers
        first = reader.read({}, "", headers, b"")
        content_type = headers.get("content-type", "")
        self._texts: tuple[ParameterReader, ...] | None = reader.texts if not reader.has_cookies else None
        if any(not violation.pointer.startswith(_BESIDE) for violation in first.violations):
            self._texts = None  # the headers themselves break a rule
        self._header = first.header
        self._asks = reader.asks
        self._required = reader.requires
        self._takes = reader.takes_body
        body = reader.body_reader(content_type) if self._takes else None
        self._json: Callable[[bytes], tuple[Any, list[Violation]]] | None = None
        self._media_type = ""
        if body is not None and _media.kind(content_type) == "json":
            self._json, self._media_type = body.instance, body.media_type.media_type

    def read(self, path_values: Mapping[str, str], query: str, body: bytes) -> Reading:
        """
        Read one request.
        """
        texts = self._texts
        if texts is None or self._required or (query and self._asks):
            return self._reader.read(path_values, query, self._headers, body)
        path = _NONE
        if texts:
            path = {}
            for one in texts:
                raw = path_values.get(one.name)
                if raw is None or one.scalar is None or "%" in raw or "+" in raw:
                    return self._reader.read(path_values, query, self._headers, body)
                value = one.scalar(raw)
                if not (one.judge or one.is_valid)(value):
                    return self._reader.read(path_values, query, self._headers, body)
                path[one.parameter.name] = value
        if not self._takes:
            return Reading(path, _NONE, self._header, _NONE, ABSENT, False, "", False, [])
        if self._json is None or not body:
            return self._reader.read(path_values, query, self._headers, body)
        try:
            value, found = self._json(body)
        except UndecodableError:
            return self._reader.read(path_values, query, self._headers, body)
        return Reading(path, _NONE, self._header, _NONE, value, True, self._media_type, False, found)
