"""
From an instance to the bytes of a media type.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from aegis_contracts import MediaType
from aegis_contracts.exchange import fields, kind
from aegis_contracts.json_pointer import unescape
from aegis_mockserver.core.contents import _parts
from aegis_mockserver.core.contents._frames import write_sequence


def write(value: Any, media_type: str, declared: MediaType | None = None) -> bytes:
    """
    Serialise *value* as *media_type*; as what is sent in its place where that is a range.
    """
    match kind(sent_type(media_type)):
        case "json":
            return msgspec.json.encode(value)
        case "xml":
            if isinstance(value, str) and value.lstrip().startswith("<"):
                return value.encode()
            return _xml(value, declared)
        case "form":
            return "&".join(f"{name}={text}" for name, text in _fields(value, declared)).encode()
        case "multipart":
            return _parts.write(value, declared, sent_type)
        case "sequence":
            return write_sequence(value, media_type)
        case _:
            return _raw(value)


def sent_type(media_type: str) -> str:
    """
    Turn a declared media type into one that can be sent: ranges become something concrete.
    """
    if media_type.startswith("*/*"):
        return "application/json"
    if media_type.endswith("/*"):
        return {"text": "text/plain", "image": "image/png", "application": "application/json"}.get(
            media_type[:-2], "application/octet-stream"
        )
    if "/*+" in media_type:
        return media_type.replace("*+", "")
    if media_type.startswith("multipart/") and "boundary=" not in media_type:
        return f"{media_type}; boundary={_parts.BOUNDARY}"
    return media_type


def _raw(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    return b"" if value is None else msgspec.json.encode(value)


def _fields(value: Any, declared: MediaType | None) -> list[tuple[str, str]]:
    """
    Write the fields of a form, percent-encoded, each as ``encoding`` says (OpenAPI 3.1 §4.8.15).
    """
    if not isinstance(value, dict):
        return []
    out: list[tuple[str, str]] = []
    for name, item in value.items():
        encoding = declared.encoding.get(name, _NOTHING) if declared is not None else _NOTHING
        if isinstance(item, dict) and not encoding.keys() & {"style", "explode"}:
            out.append((_escaped(name), _escaped(msgspec.json.encode(item).decode())))
            continue
        style = str(encoding.get("style", "form"))
        explode = encoding.get("explode", style == "form") is not False
        # What stands between the items is no data, so it is not encoded once more.
        out += fields(_escaped(name), item, style, explode, _escaped)
    return out


def _escaped(text: str) -> str:
    return quote(text, safe="[]")


_NOTHING: dict[str, Any] = {}


def _xml(value: Any, declared: MediaType | None) -> bytes:
    from aegis_contracts.exchange import write_xml

    schema = declared.schema if declared is not None else None
    if schema is None:
        return write_xml(value, {})
    folder, _, last = schema.place.pointer.rpartition("/")
    # A component's element is called as the component is (OpenAPI 3.1 §4.8.26.2).
    name = unescape(last) if folder == "/components/schemas" else "root"
    return write_xml(value, schema.projected("response"), name)
