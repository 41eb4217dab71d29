"""
Reading a request the way its operation describes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from aegis_contracts._model import Operation, Parameter
from aegis_contracts._violation import Violation
from aegis_contracts.exchange import _media
from aegis_contracts.exchange._bodies import BODY, UNREADABLE, BodyReader
from aegis_contracts.exchange._multipart import File, files
from aegis_contracts.exchange._parameters import (
    ParameterReader,
    UndecodableError,
    cookies,
    decode,
    pairs,
    read_all,
    read_texts,
)

ABSENT: Any = None
_EXPRESSION = re.compile(r"\{([^{}]+)\}")
_NONE: dict[str, Any] = {}


@dataclass(slots=True)
class Reading:
    """
    What a request says: typed values by location, the body as an instance, and all of its violations.

    ``has_body`` tells an absent body from a JSON ``null``; ``unsupported`` is true when the body's media type is not
    one that the operation takes (415, RFC 9110 §15.5.16); ``files`` tells of the files among the parts of a form.
    """

    path: dict[str, Any]
    query: dict[str, Any]
    header: dict[str, Any]
    cookie: dict[str, Any]
    body: Any
    has_body: bool
    media_type: str
    unsupported: bool
    violations: list[Violation]
    files: tuple[File, ...] = ()


def _placed(operation: Operation, readers: list[ParameterReader]) -> list[ParameterReader]:
    """
    Keep the readers of what the path has; the one that is misnamed reads the one that nobody else reads. What no
    parameter says anything of is text.
    """
    names = _EXPRESSION.findall(operation.path)
    kept = [reader for reader in readers if reader.name in names]
    unread = set(names) - {reader.name for reader in kept}
    misnamed = [reader for reader in readers if reader not in kept]
    if len(unread) == len(misnamed) == 1:
        misnamed[0].name = unread.pop()
        kept += misnamed
    for name in sorted(unread) if not misnamed else ():
        node = {"name": name, "in": "path", "required": True}
        kept.append(ParameterReader(Parameter(operation.contract, node, operation.place)))
    return kept


# What a request says to be answered so (RFC 9110 §13.1); many contracts declare the answer alone.
CONDITIONS: Final = {"304": "If-None-Match", "412": "If-Match"}


def _implied(operation: Operation, readers: list[ParameterReader]) -> Iterator[ParameterReader]:
    """
    Read the conditions whose answers are declared.
    """
    declared = {reader.name.lower() for reader in readers}
    for status, name in CONDITIONS.items():
        if status in operation.responses and name.lower() not in declared:
            yield ParameterReader(Parameter(operation.contract, {"name": name, "in": "header"}, operation.place))


def _guessed(body: bytes) -> str:
    """
    Say what a body looks like whose media type nobody told.
    """
    return "application/json" if body.lstrip()[:1] in {b"{", b"["} else "application/octet-stream"


class RequestReader:
    """
    Reads the requests of one operation; made once, at the operation's first use.
    """

    __slots__ = ("_bodies", "_body", "_cookie", "_header", "_path", "_query", "_querystring", "operation")

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        readers: dict[str, list[ParameterReader]] = {}
        for parameter in operation.parameters:
            readers.setdefault(parameter.location, []).append(ParameterReader(parameter))
        self._path = _placed(operation, readers.get("path", []))
        self._query = readers.get("query", [])
        self._header = [*(headers := readers.get("header", [])), *_implied(operation, headers)]
        self._cookie = readers.get("cookie", [])
        self._querystring = readers.get("querystring", [])
        self._body = operation.request_body
        self._bodies: dict[str, BodyReader] = {}

    def read(self, path_values: Mapping[str, str], query: str, headers: Mapping[str, str], body: bytes) -> Reading:
        """
        Read one request.

        Args:
            path_values: template expression → raw segment, still percent-encoded.
            query: the raw query, without ``?``.
            headers: by lower-case name; repeated headers joined by ``, `` (RFC 9110 §5.3).
            body: the content, after any content-coding is removed.
        """
        found: list[Violation] = []
        path = query_values = header = cookie = _NONE
        if self._path:
            path, wrong = read_texts(self._path, path_values)
            found += wrong
        if self._query:
            given = pairs(query)
            query_values, wrong = read_all(self._query, lambda r: r.from_query(given))
            found += wrong
        if self._querystring:
            query_values, wrong = self._whole_query(query)
            found += wrong
        if self._header:
            header, wrong = read_texts(self._header, headers)
            found += wrong
        if self._cookie:
            jar = cookies(headers.get("cookie"))
            cookie, wrong = read_texts(self._cookie, jar)
            found += wrong
        reading = Reading(path, query_values, header, cookie, ABSENT, False, "", False, found)
        if self._body is not None:
            self._read_body(reading, headers.get("content-type", ""), body)
        return reading

    @property
    def texts(self) -> tuple[ParameterReader, ...]:
        """
        Who reads the path.
        """
        return tuple(self._path)

    @property
    def asks(self) -> bool:
        """
        Say whether anything in the query is read.
        """
        return bool(self._query or self._querystring)

    @property
    def requires(self) -> bool:
        """
        Say whether a request without a query breaks a rule.
        """
        return any(reader.parameter.required for reader in (*self._query, *self._querystring))

    @property
    def has_cookies(self) -> bool:
        """
        Say whether cookies are read.
        """
        return bool(self._cookie)

    @property
    def takes_body(self) -> bool:
        """
        Say whether a body is read.
        """
        return self._body is not None

    def body_reader(self, content_type: str) -> BodyReader | None:
        """
        Return who reads a body of this media type; None where the operation takes none such.
        """
        return self._reader(content_type) if content_type else None

    def _whole_query(self, query: str) -> tuple[dict[str, Any], list[Violation]]:
        """
        Read a query that is one value of a media type (OpenAPI 3.2 §4.12.2.2).
        """
        (reader, *_) = self._querystring
        parameter, media = reader.parameter, reader.parameter.content
        if media is None or (not query and not parameter.required):
            return {}, []
        try:
            form = _media.kind(media.media_type) == "form"
            body = query.encode() if form else decode(query, plus=False).encode()
        except UndecodableError as error:
            return {}, [Violation(reader.pointer, "encoding", str(error), parameter.source)]
        value, wrong = BodyReader(media).read(body, media.media_type)
        found = [replace(violation, pointer="/query" + violation.pointer.removeprefix(BODY)) for violation in wrong]
        if value is UNREADABLE:
            return {}, found
        return value if isinstance(value, dict) else {parameter.name: value}, found

    def _read_body(self, reading: Reading, content_type: str, body: bytes) -> None:
        declared = self._body
        assert declared is not None
        if not body:
            # An empty text or form is a body; without a Content-Type there is none.
            kind = _media.kind(content_type) if content_type else "json"
            fits = not content_type or _media.best(declared.content, content_type) is not None
            if kind in {"json", "xml", "multipart"} or not content_type or (not fits and not declared.required):
                if declared.required:
                    mend = "send a body of type " + " or ".join(declared.content)
                    reading.violations.append(Violation(BODY, "required", "is required", declared.source, mend))
                return
        if not content_type and "*/*" in declared.content:
            content_type = _guessed(body)  # any is taken, and the sender did not say which (RFC 9110 §8.3)
        reader = self._reader(content_type)
        if reader is None:
            taken = ", ".join(declared.content) or "nothing"
            said = f"must be {taken}" if content_type else f"must name its media type in Content-Type: {taken}"
            violation = Violation("/header/Content-Type", "media-type", said, declared.source, f"send {taken}")
            reading.violations.append(violation)
            reading.unsupported = True
            return
        reading.media_type = reader.media_type.media_type
        value, wrong = reader.read(body, content_type)
        if value is not UNREADABLE:
            reading.body, reading.has_body = value, True
            if _media.kind(content_type) == "multipart":
                reading.files = files(body, content_type)
        if wrong:
            reading.violations += wrong

    def _reader(self, content_type: str) -> BodyReader | None:
        reader = self._bodies.get(content_type)
        if reader is None:
            assert self._body is not None
            media = _media.best(self._body.content, content_type) if content_type else None
            if media is None:
                return None
            if len(self._bodies) > 64:  # boundaries make every multipart Content-Type new
                self._bodies.clear()
            reader = self._bodies[content_type] = BodyReader(media)
        return reader
