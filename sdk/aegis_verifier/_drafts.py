"""
Requests before they travel: values by parameter and a body, and their serialisation by style and media type.

Whether a request meets its contract is decided after serialisation, by reading it back: what turns out valid is never
called invalid, and the other way round.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from aegis_contracts import Operation, Parameter, Violation
from aegis_contracts.exchange import RequestReader, kind
from aegis_verifier._values import NOTHING, Headers, Request

Values = Mapping[tuple[str, str], Any]
_BOUNDARY = "aegis-verify-7f3d9c"
_SAFE = "-._~"


class Unserialisable(Exception):  # noqa: N818 - a fact about a value, handled where drafts are made
    """
    The value has no form in which it could travel.
    """


@dataclass(frozen=True)
class Draft:
    """
    A request in terms of its contract.

    Args:
        values: parameter (location, name) → value.
        body: an instance, or ``NOTHING``.
        media_type: of the body.
    """

    operation: Operation
    values: Values = field(default_factory=dict[tuple[str, str], Any])
    body: Any = NOTHING
    media_type: str = ""

    def with_value(self, location: str, name: str, value: Any) -> Draft:
        """
        Return the draft with a parameter set, or left out when *value* is ``NOTHING``.
        """
        values = {key: given for key, given in self.values.items() if key != (location, name)}
        if value is not NOTHING:
            values[location, name] = value
        return replace(self, values=values)

    def with_body(self, body: Any) -> Draft:
        """
        Return the draft with another body.
        """
        return replace(self, body=body)

    def path(self) -> dict[str, Any]:
        """
        The values of the path's parameters, by name.
        """
        return {name: value for (location, name), value in self.values.items() if location == "path"}


def serialise(draft: Draft, credentials: Headers = (), query: str = "", secrets: tuple[str, ...] = ()) -> Request:
    """
    Write a draft as it travels.

    Args:
        credentials: headers that carry them.
        query: a credential that travels in the query, ready to be appended.

    Raises:
        Unserialisable: a value has no form.
    """
    operation = draft.operation
    segments: dict[str, str] = {}
    pairs: list[str] = []
    headers: list[tuple[str, str]] = []
    cookies: list[str] = []
    for parameter in operation.parameters:
        value = draft.values.get((parameter.location, parameter.name), NOTHING)
        if value is NOTHING:
            continue
        match parameter.location:
            case "path":
                segments[parameter.name] = _segment(parameter, value)
            case "query":
                pairs += _pairs(parameter, value)
            case "querystring":
                pairs.append(_querystring(value))
            case "header":
                headers.append((parameter.name, _header(parameter, value)))
            case "cookie":
                cookies.append("; ".join(_pairs(parameter, value)))
    target = operation.path
    for name, segment in segments.items():
        target = target.replace(f"{{{name}}}", segment)
    asked = "&".join([*pairs, *([query] if query else [])])
    content = None
    if draft.body is not NOTHING:
        content, content_type = encode(draft.body, draft.media_type)
        headers.append(("content-type", content_type))
    if cookies:
        headers.append(("cookie", "; ".join(cookies)))
    whole = f"{target}?{asked}" if asked else target
    return Request(
        operation,
        operation.method,
        whole,
        (("accept", _accept(operation)), *headers, *credentials),
        content,
        segments,
        draft.body,
        secrets=secrets,
    )


def violations(request: Request, reader: RequestReader | None = None) -> list[Violation]:
    """
    Say what a request breaks, as a provider would read it.

    Args:
        reader: of the operation's requests, where one was made before.
    """
    reader = reader or RequestReader(request.operation)
    headers = {name.lower(): value for name, value in request.headers}
    query = request.target.partition("?")[2]
    return reader.read(request.path_values, query, headers, request.body or b"").violations


def encode(value: Any, media_type: str) -> tuple[bytes, str]:
    """
    Write an instance in a media type; answers the content and its Content-Type.

    Raises:
        Unserialisable: that media type cannot carry it.
    """
    match kind(media_type):
        case "json":
            try:
                return json.dumps(value, ensure_ascii=False, allow_nan=False).encode(), media_type
            except (ValueError, TypeError) as error:
                raise Unserialisable(str(error)) from None
        case "form":
            return "&".join(_form(value)).encode("ascii"), media_type
        case "multipart":
            return _multipart(value), f"{media_type}; boundary={_BOUNDARY}"
        case "text" if isinstance(value, str):
            return value.encode(), f"{media_type}; charset=utf-8"
        case "binary":
            concrete = "application/octet-stream" if "*" in media_type else media_type
            return value.encode() if isinstance(value, str) else b"aegis", concrete
        case other:
            raise Unserialisable(f"no way to write {other}")


def _accept(operation: Operation) -> str:
    types = dict.fromkeys(media for response in operation.responses.values() for media in response.content)
    return ", ".join(types) or "*/*"


def text(value: Any) -> str:
    """
    Write a scalar as parameters and forms carry it.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return json.dumps(value)


def _quoted(value: Any) -> str:
    try:
        return quote(text(value), safe=_SAFE)
    except UnicodeEncodeError:
        raise Unserialisable("a lone surrogate is no UTF-8") from None


def _by_content(parameter: Parameter) -> bool:
    return parameter.content is not None


def _segment(parameter: Parameter, value: Any) -> str:
    if _by_content(parameter):
        return _quoted(json.dumps(value, ensure_ascii=False))
    name, style, explode = parameter.name, parameter.style, parameter.explode
    if isinstance(value, dict):
        members = [(k, _quoted(v)) for k, v in value.items()]
        flat = [f"{k}={v}" if explode else f"{k},{v}" for k, v in members]
    elif isinstance(value, list):
        flat = [_quoted(item) for item in value]
    else:
        flat = [_quoted(value)]
    many = isinstance(value, dict | list)
    match style:
        case "label":
            out = "." + ("." if explode else ",").join(flat)
        case "matrix" if many and explode and isinstance(value, list):
            out = "".join(f";{name}={item}" for item in flat)
        case "matrix" if many and explode:
            out = ";" + ";".join(flat)
        case "matrix":
            out = f";{name}={','.join(flat)}"
        case _:
            out = ",".join(flat)
    if out in {"", ".", ".."}:  # an empty segment or one of dots is another path (RFC 3986 §5.2.4)
        raise Unserialisable("no path segment")
    return out


def _pairs(parameter: Parameter, value: Any) -> list[str]:
    name = quote(parameter.name, safe=_SAFE + "[]$")
    if _by_content(parameter):
        return [f"{name}={_quoted(json.dumps(value, ensure_ascii=False))}"]
    style, explode = parameter.style, parameter.explode
    if isinstance(value, dict):
        if style == "deepObject":
            return [f"{name}[{_quoted(k)}]={_quoted(v)}" for k, v in value.items()]
        if explode:
            return [f"{_quoted(k)}={_quoted(v)}" for k, v in value.items()]
        return [f"{name}=" + ",".join(f"{_quoted(k)},{_quoted(v)}" for k, v in value.items())]
    if isinstance(value, list):
        if explode and style == "form":
            return [f"{name}={_quoted(item)}" for item in value]
        mark = {"spaceDelimited": "%20", "pipeDelimited": "|"}.get(style, ",")
        return [f"{name}=" + mark.join(_quoted(item) for item in value)]
    return [f"{name}={_quoted(value)}"]


def _querystring(value: Any) -> str:
    return _quoted(value) if not isinstance(value, dict) else "&".join(_form(value))


def _header(parameter: Parameter, value: Any) -> str:
    if _by_content(parameter):
        out = json.dumps(value)
    elif isinstance(value, dict):
        out = ",".join(f"{k}={text(v)}" if parameter.explode else f"{k},{text(v)}" for k, v in value.items())
    elif isinstance(value, list):
        out = ",".join(text(item) for item in value)
    else:
        out = text(value)
    if not out.isascii() or any(ord(sign) < 32 or ord(sign) == 127 for sign in out) or out != out.strip():
        raise Unserialisable("no field value (RFC 9110 §5.5)")
    return out


def _form(value: Any) -> list[str]:
    if not isinstance(value, dict):
        raise Unserialisable("a form is an object")
    out: list[str] = []
    for name, member in value.items():
        items = member if isinstance(member, list) else [member]
        out += [f"{quote(str(name), safe=_SAFE)}={_quoted(item)}" for item in items]
    return out


def _multipart(value: Any) -> bytes:
    if not isinstance(value, dict):
        raise Unserialisable("multipart content is an object")
    parts: list[bytes] = []
    for name, member in value.items():
        for item in member if isinstance(member, list) else [member]:
            head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"'
            if isinstance(item, dict):
                head += "\r\nContent-Type: application/json"
            parts.append(f"{head}\r\n\r\n{text(item)}\r\n".encode())
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()
