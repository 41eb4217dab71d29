"""
HTTP messages against their contract: read a request, check a response, find credentials.

Says what is wrong, all of it, and nothing about what to answer: that is for whoever asks.
"""

from __future__ import annotations

from typing import Any

from aegis_contracts.exchange._alike import AlikeReader
from aegis_contracts.exchange._bodies import BodyReader
from aegis_contracts.exchange._encodings import encoding_at, part_headers
from aegis_contracts.exchange._media import best, essence, kind
from aegis_contracts.exchange._multipart import File
from aegis_contracts.exchange._parameters import ParameterReader, UndecodableError
from aegis_contracts.exchange._request import CONDITIONS, Reading, RequestReader
from aegis_contracts.exchange._response import ResponseChecker, bodiless
from aegis_contracts.exchange._security import Challenge, Credential, SecurityReader
from aegis_contracts.exchange._styles import fields, simple, write_query, write_text


def write_xml(value: Any, root: Any, name: str = "root") -> bytes:
    """
    Write an instance of the projected schema *root* as an XML document; the parser is loaded when it is needed.
    """
    from aegis_contracts.exchange.xml._writing import write

    return write(value, root, name)


__all__ = [
    "CONDITIONS",
    "AlikeReader",
    "BodyReader",
    "Challenge",
    "Credential",
    "File",
    "ParameterReader",
    "Reading",
    "RequestReader",
    "ResponseChecker",
    "SecurityReader",
    "UndecodableError",
    "best",
    "bodiless",
    "encoding_at",
    "essence",
    "fields",
    "kind",
    "part_headers",
    "simple",
    "write_query",
    "write_text",
    "write_xml",
]
