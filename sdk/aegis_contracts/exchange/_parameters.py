"""
Parameters: from the raw text of a request to values, by style and explode (OpenAPI 3.1 §4.8.12, RFC 6570).

Delimiters count before percent-decoding, so that an encoded comma stays data.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from aegis_contracts._model import Parameter
from aegis_contracts._violation import Violation
from aegis_contracts.exchange._scalars import Coercion, items, members
from aegis_contracts.exchange._styles import delimiter, nested
from aegis_contracts.json_pointer import join

Pairs = Sequence[tuple[str, str]]
MISSING: Any = object()
EMPTY: Any = object()
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


class UndecodableError(ValueError):
    """
    Text that is no valid percent-encoded UTF-8.
    """


def decode(text: str, *, plus: bool = False) -> str:
    """
    Percent-decode *text*; ``+`` is a space in queries and forms only.

    Raises:
        UndecodableError: broken percent-encoding, or bytes that are not UTF-8.
    """
    if plus and "+" in text:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    if _BAD_PERCENT.search(text):
        raise UndecodableError("must be percent-encoded with two hexadecimal digits (RFC 3986 §2.1)")
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise UndecodableError("must be percent-encoded UTF-8 (RFC 3986 §2.5)") from None


def pairs(query: str) -> list[tuple[str, str]]:
    """
    Split a raw query or form into raw names and values.
    """
    if not query:
        return []
    return [(name, value) for name, _, value in (part.partition("=") for part in query.split("&") if part)]


class ParameterReader:
    """
    Reads one parameter from requests.
    """

    __slots__ = (
        "_coercion",
        "_list",
        "_parse",
        "_simple",
        "_takes_list",
        "judge",
        "name",
        "parameter",
        "pointer",
        "scalar",
    )

    def __init__(self, parameter: Parameter) -> None:
        self.parameter = parameter
        self.name = parameter.name.lower() if parameter.location == "header" else parameter.name
        where = "query" if parameter.location == "querystring" else parameter.location
        self.pointer = join(where, parameter.name)
        schema = parameter.schema
        self._coercion = Coercion(schema) if schema else None
        allowed = self._coercion.allowed if self._coercion else frozenset({"string"})
        self._takes_list = "array" in allowed
        self._list = "array" in allowed and "object" not in allowed
        self._simple = not allowed & {"array", "object"} or allowed >= {"array", "object", "string"}
        self.judge: Callable[[Any], bool] | None = None
        self._parse: Callable[[str], Any] | None = None
        if parameter.content is not None:
            self._parse = _json_parser(parameter.content.media_type)
        simple = self._simple and self._parse is None and parameter.style in {"simple", "form"}
        self.scalar = self._coercion.scalar if simple and self._coercion is not None else None

    def _decoded(self, raw: str) -> str:
        location = self.parameter.location
        # Headers and cookies are sent as they are (OpenAPI 3.1.1 Appendix D): a percent sign there is a percent sign.
        return raw if location in {"header", "cookie"} else decode(raw, plus=location == "query")

    def from_text(self, raw: str | None) -> Any:
        """
        Read a path segment, a header or a cookie.
        """
        if raw is None:
            return MISSING
        if ";" in raw and self.parameter.location == "cookie" and not self._takes_list:
            raw = raw.rpartition(";")[2]  # said several times, the last counts
        if self.scalar is not None and "%" not in raw and "+" not in raw:
            return self.scalar(raw)
        return self._value(raw)

    def from_query(self, given: Pairs) -> Any:
        """
        Read the parameter from the pairs of a raw query.
        """
        style, explode = self.parameter.style, self.parameter.explode
        if not self._simple and style == "deepObject":
            return self._deep(given)
        if not self._simple and not self._list and style == "form" and explode and self._parse is None:
            return self._exploded_object(given)
        values = [value for name, value in given if name == self.name or ("%" in name and decode(name) == self.name)]
        if not values:
            return MISSING
        if values[-1] == "" and self.parameter.allow_empty:
            return EMPTY
        if self._list and explode and style == "form" and self._coercion:
            return self._array([decode(value, plus=True) for value in values])
        if len(values) > 1 and self.scalar is not None and not self._takes_list:
            # Said several times, it is no longer one value: its schema says so.
            return [self._value(value) for value in values]
        return self._value(values[-1])

    def violations(self, value: Any) -> list[Violation]:
        """
        List what *value* breaks.
        """
        owner = self.parameter.content if self.parameter.content is not None else self.parameter
        schema = owner.schema
        return schema.violations(value, "request", self.pointer) if schema is not None else []

    def is_valid(self, value: Any) -> bool:
        """
        Say whether *value* meets the parameter's schema.
        """
        judge = self.judge
        if judge is None:
            owner = self.parameter.content if self.parameter.content is not None else self.parameter
            schema = owner.schema
            judge = self.judge = schema.verdict("request").is_valid if schema is not None else _anything
        return judge(value)

    def _value(self, raw: str) -> Any:
        coercion = self._coercion
        if self._parse is not None:
            return self._parse(self._decoded(raw))
        if coercion is None:
            return self._decoded(raw)
        raw = self._prefix(raw)
        if self._simple:
            return coercion.scalar(self._decoded(raw))
        delimiter = self._delimiter()
        if self._list:
            parts = re.split(delimiter, raw) if raw else []
            if self.parameter.style == "matrix" and self.parameter.explode:
                parts = [part.partition("=")[2] or part for part in parts]
            return self._array([self._decoded(part) for part in parts])
        parts = [self._decoded(part) for part in re.split(delimiter, raw)] if raw else []
        if self.parameter.explode:
            return self._object([(k, v) for k, _, v in (part.partition("=") for part in parts)])
        return self._object(list(zip(parts[::2], parts[1::2], strict=False)))

    def _prefix(self, raw: str) -> str:
        match self.parameter.style:
            case "label":
                if raw[:1] != ".":
                    raise UndecodableError("must begin with a dot (RFC 6570 §3.2.5)")
                return raw[1:]
            case "matrix":
                named = self._list or self._simple or not self.parameter.explode
                if raw[:1] != ";" or (named and re.split("[=;]", raw[1:], maxsplit=1)[0] != self.name):
                    wanted = f";{self.name}=" if named else "a semicolon"
                    raise UndecodableError(f"must begin with {wanted} (RFC 6570 §3.2.7)")
                raw = raw[1:]
                if self.parameter.explode and not self._simple:
                    return raw
                return raw.removeprefix(f"{self.name}=") if raw != self.name else ""
            case _:
                return raw

    def _delimiter(self) -> str:
        match self.parameter.style, self.parameter.explode:
            case "label", True:
                return r"\."
            case "matrix", True:
                return ";"
            case _ if self.parameter.location == "header":
                return r"\s*,\s*"
            case "cookie", True:
                return ";"
            case _ if self.parameter.location == "cookie":
                return "[,;]"
            case style, _:
                return delimiter(style)

    def _array(self, texts: list[str]) -> Any:
        coercion = self._coercion
        assert coercion is not None
        item = items(coercion.root, coercion.root)
        values = [coercion.part(text, item) for text in texts]
        if (
            len(values) == 1
            and "array" in coercion.allowed
            and coercion.allowed - {"array"}
            and not self.is_valid(values)
        ):
            return coercion.scalar(texts[0])
        return values

    def _object(self, given: Pairs) -> dict[str, Any]:
        coercion = self._coercion
        assert coercion is not None
        known = members(coercion.root, coercion.root)
        return {name: coercion.part(text, known.get(name, True)) for name, text in given}

    def _exploded_object(self, given: Pairs) -> Any:
        coercion = self._coercion
        assert coercion is not None
        known = members(coercion.root, coercion.root)
        decoded = [(decode(name, plus=True), decode(value, plus=True)) for name, value in given]
        mine = [(name, value) for name, value in decoded if name in known]
        return self._object(mine) if mine else MISSING

    def _deep(self, given: Pairs) -> Any:
        coercion = self._coercion
        assert coercion is not None
        decoded = [(decode(name, plus=True), decode(value, plus=True)) for name, value in given]
        value = nested(decoded, self.name, coercion.root, coercion.root)
        return MISSING if value is None else value


def _anything(_: Any) -> bool:
    return True


def _json_parser(media_type: str) -> Callable[[str], Any]:
    from aegis_contracts.exchange._media import kind

    if kind(media_type) != "json":
        return str

    def parse(text: str) -> Any:
        import msgspec

        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise UndecodableError(f"must be {media_type}") from None

    return parse


def read_all(
    readers: Sequence[ParameterReader], fetch: Callable[[ParameterReader], Any]
) -> tuple[dict[str, Any], list[Violation]]:
    """
    Read the parameters of one location: values by name, and everything that is wrong with them.
    """
    values: dict[str, Any] = {}
    found: list[Violation] = []
    for reader in readers:
        try:
            value = fetch(reader)
        except UndecodableError as error:
            found.append(Violation(reader.pointer, "encoding", str(error), reader.parameter.source))
            continue
        if value is MISSING:
            if reader.parameter.required:
                where = reader.parameter.location
                mend = f"send the {where} parameter {reader.parameter.name}"
                found.append(Violation(reader.pointer, "required", "is required", reader.parameter.source, mend))
            continue
        if value is EMPTY:  # allowEmptyValue: there, and without a value to judge
            values[reader.parameter.name] = ""
            continue
        values[reader.parameter.name] = value
        if not reader.is_valid(value):
            found += reader.violations(value)
    return values, found


def read_texts(readers: Sequence[ParameterReader], given: Mapping[str, str]) -> tuple[dict[str, Any], list[Violation]]:
    """
    Read parameters that have one text each: path segments, headers, cookies.
    """
    values: dict[str, Any] = {}
    try:
        for reader in readers:
            raw = given.get(reader.name)
            value = MISSING if raw is None else reader.from_text(raw)
            if value is MISSING:
                if reader.parameter.required:
                    break
            elif (reader.judge or reader.is_valid)(value):
                values[reader.parameter.name] = value
            else:
                break
        else:
            return values, []
    except UndecodableError:
        pass
    return read_all(readers, lambda reader: reader.from_text(given.get(reader.name)))


def cookies(header: str | None) -> Mapping[str, str]:
    """
    Split a Cookie header (RFC 6265 §4.2); what is said several times has its values joined by a semicolon.
    """
    if not header:
        return {}
    found: dict[str, str] = {}
    for part in header.split(";"):
        name, _, value = part.strip().partition("=")
        if name:
            value = value.strip('"')
            found[name] = f"{found[name]};{value}" if name in found else value
    return found
