"""
Requests that carry the same headers: what those say is read once; path and body are new each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aegis_contracts.exchange import _media
from aegis_contracts.exchange._json import SMALL, decoder
from aegis_contracts.exchange._parameters import ParameterReader
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

    __slots__ = (
        "_asks",
        "_body",
        "_decode",
        "_header",
        "_headers",
        "_judge",
        "_media_type",
        "_reader",
        "_required",
        "_takes",
        "_texts",
    )

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
        self._body = body if body is not None and _media.kind(content_type) == "json" else None
        self._decode = decoder()
        self._judge: Callable[[Any], bool] | None = self._body.judge if self._body is not None else None
        self._media_type = self._body.media_type.media_type if self._body is not None else ""

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
        judge, body_reader = self._judge, self._body
        if judge is None or body_reader is None or not body or len(body) > SMALL:
            return self._reader.read(path_values, query, self._headers, body)
        try:
            value = self._decode(body)
        except (ValueError, RecursionError):
            return self._reader.read(path_values, query, self._headers, body)  # says what is wrong with it
        found = [] if judge(value) else body_reader.broken(value, body)
        return Reading(path, _NONE, self._header, _NONE, value, True, self._media_type, False, found)
