"""
Media types: which declared one an actual one matches, and what kind of content it is (RFC 9110 §8.3, RFC 6839).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, TypeVar

T = TypeVar("T")
Kind = Literal["json", "form", "multipart", "xml", "text", "binary", "sequence"]

# Media types of items one after another (OpenAPI 3.2 §4.14.2.1).
SEQUENCES = frozenset(
    {
        "application/json-seq",
        "application/jsonl",
        "application/ndjson",
        "application/x-ndjson",
        "text/event-stream",
    }
)
_PARAMETER = re.compile(r""";\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))""")
_ESCAPED = re.compile(r"\\(.)")


@lru_cache(maxsize=512)
def essence(content_type: str) -> str:
    """
    Return type and subtype, lower case, without parameters.
    """
    return content_type.split(";", 1)[0].strip().lower()


@lru_cache(maxsize=512)
def parameter(content_type: str, name: str) -> str | None:
    """
    Return a parameter of a media type, such as ``boundary`` or ``charset``.
    """
    return parameters(content_type).get(name)


@lru_cache(maxsize=512)
def parameters(content_type: str) -> Mapping[str, str]:
    """
    Return the parameters of a media type by lower-case name; what is quoted may hold anything (RFC 9110 §5.6.6).
    """
    found: dict[str, str] = {}
    _, semicolon, rest = content_type[:4096].partition(";")
    for name, quoted, token in _PARAMETER.findall(semicolon + rest):
        found.setdefault(name.lower(), _ESCAPED.sub(r"\1", quoted) if quoted else token)
    return found


@lru_cache(maxsize=512)
def kind(content_type: str) -> Kind:
    """
    Say how content of a media type is read.
    """
    name = essence(content_type)
    if name in SEQUENCES or name.endswith("+json-seq"):  # RFC 8091
        return "sequence"
    if name.endswith(("/json", "+json")):
        return "json"
    if name == "application/x-www-form-urlencoded":
        return "form"
    if name.startswith("multipart/"):
        return "multipart"
    if name.endswith(("/xml", "+xml")):
        return "xml"
    return "text" if name.startswith("text/") else "binary"


def best(declared: Mapping[str, T], actual: str) -> T | None:
    """
    Return what is declared for *actual*: the very type first, then ranges, the narrowest first.

    ``application/*+json`` is no range of RFC 9110, but many documents write it: any JSON, by its suffix or by name.
    """
    found = declared.get(actual)
    if found is not None:
        return found
    name = essence(actual)
    ranges: dict[str, T] = {}
    same: list[str] = []
    for written, value in declared.items():
        declared_name = essence(written)
        if declared_name == name:
            same.append(written)
        ranges.setdefault(declared_name, value)
    if same:
        return declared[same[0] if len(same) == 1 else max(same, key=lambda written: _nearness(written, actual))]
    main, _, subtype = name.partition("/")
    suffixed = ranges.get(f"{main}/*+{subtype.rpartition('+')[2]}")
    return suffixed or ranges.get(f"{main}/*") or ranges.get("*/*")


def _nearness(written: str, actual: str) -> int:
    """
    Say how well the parameters of a declared media type fit those of an actual one: ``v=2`` is not ``v=1``.
    """
    own, given = parameters(written), parameters(actual)
    fits = [given.get(name, "").lower() == value.lower() for name, value in own.items()]
    return sum(fits) - 100 * fits.count(False)
