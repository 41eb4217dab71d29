"""
Media types: which declared one an actual one matches, and what kind of content it is (RFC 9110 §8.3, RFC 6839).
"""

from __future__ import annotations

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
    for part in content_type.split(";")[1:]:
        key, _, value = part.partition("=")
        if key.strip().lower() == name:
            return value.strip().strip('"')
    return None


@lru_cache(maxsize=512)
def kind(content_type: str) -> Kind:
    """
    Say how content of a media type is read.
    """
    name = essence(content_type)
    if name in SEQUENCES:
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
    """
    found = declared.get(actual)
    if found is not None:
        return found
    name = essence(actual)
    ranges: dict[str, T] = {}
    for written, value in declared.items():
        declared_name = essence(written)
        if declared_name == name:
            return value
        ranges.setdefault(declared_name, value)
    return ranges.get(name.split("/", 1)[0] + "/*") or ranges.get("*/*")
