"""
Multipart content written: parts by name or by position, each as its encoding says (RFC 2046 §5.1, OpenAPI 3.2 §4.14.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from aegis_contracts import MediaType, Parameter
from aegis_contracts.exchange import encoding_at, kind, part_headers, write_xml
from aegis_mockserver.core.contents import _headers

BOUNDARY = "aegis-mock-part"
_NOTHING: Mapping[str, Any] = {}


def write(value: Any, declared: MediaType | None, concrete: Callable[[str], str]) -> bytes:
    """
    Write an object part by part under its names, an array part by part in its order.

    Args:
        concrete: makes a media type that can be sent of a range.
    """
    written: list[bytes] = []
    if isinstance(value, dict):
        for name, item in value.items():
            encoding, headers = _NOTHING, []
            if declared is not None:
                encoding = declared.encoding.get(name, _NOTHING)
                headers = part_headers(declared, encoding, declared.place.at("encoding", name))
            line = f'Content-Disposition: form-data; name="{_quoted(name)}"\r\n'
            every = item if isinstance(item, list) else [item]
            written += [_part(each, line, encoding, headers, concrete) for each in every]
    else:
        for index, each in enumerate(value if isinstance(value, list) else [value]):
            encoding, headers = _NOTHING, []
            if declared is not None:
                encoding, place = encoding_at(declared, index)
                headers = part_headers(declared, encoding, place)
            written.append(_part(each, "", encoding, headers, concrete))
    return b"".join(written) + f"--{BOUNDARY}--\r\n".encode()


def _part(
    value: Any,
    head: str,
    encoding: Mapping[str, Any],
    headers: Iterable[Parameter],
    concrete: Callable[[str], str],
) -> bytes:
    media_type = str(encoding.get("contentType", "")).partition(",")[0].strip()
    if media_type:
        media_type = concrete(media_type)
    elif isinstance(value, dict | list) or not head:
        # What no name and no encoding explains must say itself what it is.
        media_type = "text/plain" if isinstance(value, str) else "application/json"
    if media_type:
        head += f"Content-Type: {media_type}\r\n"
    for header in headers:
        text = _headers.value_of(header, header.place.pointer)
        if text is not None and header.name.lower() != "content-disposition":
            head += f"{header.name}: {text}\r\n"
    return f"--{BOUNDARY}\r\n{head}\r\n".encode() + _content(value, media_type) + b"\r\n"


def _content(value: Any, media_type: str) -> bytes:
    match kind(media_type) if media_type else "text":
        case "json":
            return msgspec.json.encode(value)
        case "xml" if not isinstance(value, str):
            return write_xml(value, {})
        case _:
            return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else msgspec.json.encode(value)


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "%0D").replace("\n", "%0A")
