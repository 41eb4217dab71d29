"""
From a call's arguments to a request's URL and headers, in the styles that OpenAPI names.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, cast
from urllib.parse import quote
from uuid import UUID

from aegis_runtime._omit import OMIT
from aegis_runtime.call._operation import OperationSpec, ParameterSpec
from aegis_runtime.call._options import header_fault
from aegis_runtime.content._violations import Violations
from aegis_runtime.errors import SchemaViolation

__all__ = ["checked", "header_lines", "target"]

_PLAIN = (str, int, float, Enum, date, UUID, Mapping, list, tuple, set, frozenset)
_NO_TEXT = (bytes, bytearray, memoryview, complex, range, type)
_RESERVED = ":/?#[]@!$&'()*+,;="
_SEPARATORS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}


def text(value: object) -> str:
    """
    Write one scalar the way JSON would, without quotes.

    Raises:
        TypeError, ValueError: it is nothing that can be written, such as NaN or an object of no kind.
    """
    if isinstance(value, Enum):
        value = cast("object", value.value)
    if isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return "null"
    if isinstance(value, datetime):
        written = value.isoformat()
        return f"{written[:-6]}Z" if written.endswith("+00:00") else written
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Mapping, list, tuple)):
        # OpenAPI leaves nesting open; JSON is at least readable for somebody.
        return _json(cast("object", value))
    if isinstance(value, (int, float, Decimal)):
        if not isinstance(value, int) and not math.isfinite(value):
            raise ValueError("no JSON number")
        return str(value)
    if isinstance(value, _NO_TEXT) or type(value).__str__ is object.__str__:
        raise TypeError("nothing that can be written")
    return str(value)


def checked(operation: OperationSpec[Any], values: Sequence[object]) -> Sequence[object]:
    """
    *values*, held against the contract.

    Raises:
        Violations: some break it; all of them are told.
    """
    held = list(values)
    violations: list[SchemaViolation] = []
    for index, parameter in enumerate(operation.parameters):
        if held[index] is OMIT:
            if parameter.location == "path":
                violations.append(SchemaViolation(f"/path/{parameter.name}", "required", "must be given"))
            continue
        if parameter.check is None:
            # Its Python type says all there is to hold; what no contract can mean is refused all the same.
            if not isinstance(held[index], _PLAIN) and not hasattr(held[index], "model_dump"):
                place = f"/{parameter.location}/{parameter.name}"
                violations.append(SchemaViolation(place, "type", "must be a value that can be written"))
            continue
        try:
            held[index] = parameter.check(held[index], f"/{parameter.location}/{parameter.name}")
        except Violations as found:
            violations.extend(found.violations)
    if violations:
        raise Violations(violations)
    return held


def target(operation: OperationSpec[Any], values: Sequence[object]) -> str:
    """
    The path and query of a request.

    Raises:
        Violations: a path parameter cannot be written into a path.
    """
    pieces = [
        piece if isinstance(piece, str) else _path_value(operation, values, piece) for piece in operation.segments
    ]
    path = "".join(pieces)
    query: list[str] = []
    for index in operation.others:
        parameter = operation.parameters[index]
        if parameter.location == "query" and values[index] is not OMIT:
            query.extend(_query(parameter, values[index]))
    return f"{path}?{'&'.join(query)}" if query else path


def header_lines(operation: OperationSpec[Any], values: Sequence[object]) -> list[tuple[str, str]]:
    """
    The header and cookie parameters of a request, as header lines.

    Raises:
        Violations: a value cannot be written into a header.
    """
    lines: list[tuple[str, str]] = []
    cookies: list[str] = []
    for index in operation.others:
        parameter = operation.parameters[index]
        value = values[index]
        if value is OMIT or parameter.location == "query":
            continue
        if parameter.location == "cookie":
            cookies.extend(_query(parameter, value))
            continue
        written = _json(value) if parameter.media_type else _simple(value, parameter.explode, str)
        if fault := header_fault(parameter.name, written):
            raise Violations([fault])
        lines.append((parameter.name, written))
    if cookies:
        lines.append(("Cookie", "; ".join(cookies)))
    return lines


def _escape(value: str) -> str:
    return quote(value, safe="")


def _escape_but_reserved(value: str) -> str:
    return quote(value, safe=_RESERVED)


def _path_value(operation: OperationSpec[Any], values: Sequence[object], index: int) -> str:
    parameter = operation.parameters[index]
    value = values[index]
    if isinstance(value, str) and parameter.style == "simple" and parameter.media_type is None:
        written = _escape(value)
    elif parameter.media_type is not None:
        written = _escape(_json(value))
    else:
        written = _STYLES[parameter.style or "simple"](parameter, value)
    # "." and ".." cannot be escaped (RFC 3986 §6.2.2.2): they would name another path.
    if written in ("", ".", ".."):
        raise Violations([SchemaViolation(f"/path/{parameter.name}", "path", 'must not be empty, "." or ".."')])
    return written


def _simple(value: object, explode: bool | None, escape: Any = _escape) -> str:
    pairs = _pairs(value)
    if pairs is not None:
        if explode:
            return ",".join(f"{escape(name)}={escape(member)}" for name, member in pairs)
        return ",".join(f"{escape(name)},{escape(member)}" for name, member in pairs)
    return ",".join(escape(member) for member in _members(value))


def _path_simple(parameter: ParameterSpec, value: object) -> str:
    return _simple(value, parameter.explode)


def _path_label(parameter: ParameterSpec, value: object) -> str:
    pairs = _pairs(value)
    glue = "." if parameter.explode else ","
    if pairs is None:
        return "." + glue.join(_escape(member) for member in _members(value))
    joint = "=" if parameter.explode else ","
    return "." + glue.join(f"{_escape(name)}{joint}{_escape(member)}" for name, member in pairs)


def _path_matrix(parameter: ParameterSpec, value: object) -> str:
    name = _escape(parameter.name)
    pairs = _pairs(value)
    if pairs is None:
        members = [_escape(member) for member in _members(value)]
        if parameter.explode:
            return "".join(f";{name}={member}" for member in members)
        return f";{name}={','.join(members)}"
    if parameter.explode:
        return "".join(f";{_escape(key)}={_escape(member)}" for key, member in pairs)
    return f";{name}=" + ",".join(f"{_escape(key)},{_escape(member)}" for key, member in pairs)


_STYLES = {"simple": _path_simple, "label": _path_label, "matrix": _path_matrix}


def _query(parameter: ParameterSpec, value: object) -> Iterable[str]:
    escape = _escape_but_reserved if parameter.allow_reserved else _escape
    name = _escape(parameter.name)
    if parameter.media_type is not None:
        return [f"{name}={escape(_json(value))}"]
    if isinstance(value, str):
        return [f"{name}={escape(value)}"]
    pairs = _pairs(value)
    if parameter.style == "deepObject" and pairs is not None:
        return [f"{name}%5B{_escape(key)}%5D={escape(member)}" for key, member in pairs]
    glue = _SEPARATORS.get(parameter.style or "form", ",")
    if pairs is not None:
        if parameter.explode:
            return [f"{_escape(key)}={escape(member)}" for key, member in pairs]
        return [f"{name}=" + glue.join(part for key, member in pairs for part in (_escape(key), escape(member)))]
    members = [escape(member) for member in _members(value)]
    if parameter.explode:
        return [f"{name}={member}" for member in members]
    return [f"{name}={glue.join(members)}"] if members else []


def _members(value: object) -> list[str]:
    if isinstance(value, (list, tuple, set, frozenset)):
        return [text(member) for member in cast("Iterable[object]", value)]
    return [text(value)]


def _pairs(value: object) -> list[tuple[str, str]] | None:
    if hasattr(value, "model_dump"):
        value = cast("Any", value).model_dump(mode="json", by_alias=True, exclude_unset=True)
    if not isinstance(value, Mapping):
        return None
    members = cast("Mapping[object, object]", value)
    return [(text(name), text(member)) for name, member in members.items() if member is not OMIT]


def _json(value: object) -> str:
    if hasattr(value, "model_dump"):
        value = cast("Any", value).model_dump(mode="json", by_alias=True, exclude_unset=True)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=text, allow_nan=False)
