"""
Proactive negotiation: which of the declared media types the client accepts best (RFC 9110 §12.5.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from aegis_mockserver.core.contents import _fields

_PARAMETER = re.compile(r';\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)=("(?:[^"\\]|\\.)*"|[^;,\s]*)')

Range = tuple[str, str, frozenset[tuple[str, str]], float]


def ranges(accept: str) -> tuple[Range, ...]:
    """
    Read an ``Accept`` header; what cannot be read is left out.
    """
    found: list[Range] = []
    for part in _fields.split(accept[:4096]):
        essence, _, _ = part.partition(";")
        kind, _, subtype = essence.strip().lower().partition("/")
        if not kind or not subtype or (kind == "*" and subtype != "*"):
            continue
        quality = 1.0
        parameters: set[tuple[str, str]] = set()
        for name, value in _PARAMETER.findall(part[len(essence) :]):
            if name.lower() == "q":
                quality = _quality(value)
                break  # what follows q belongs to the extension, not to the media type
            parameters.add((name.lower(), value.strip('"').lower()))
        found.append((kind, subtype, frozenset(parameters), quality))
    return tuple(found)


def _quality(text: str) -> float:
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0


def quality(media_type: str, accept: str) -> float:
    """
    Say how much *media_type* is accepted: the most specific range decides.
    """
    given = ranges(accept)
    if not given:
        return 1.0
    essence, _, rest = media_type.partition(";")
    kind, _, subtype = essence.strip().lower().partition("/")
    own = {(name.lower(), value.strip('"').lower()) for name, value in _PARAMETER.findall(";" + rest)}
    found: list[tuple[int, float]] = []  # how specific the range is, and its weight
    for range_kind, range_subtype, parameters, weight in given:
        # A key of content may be a range itself (OpenAPI 3.1 §4.8.14): two ranges match where they overlap.
        kinds = kind == "*" or range_kind in {"*", kind}
        if not kinds or not (subtype == "*" or range_subtype in {"*", subtype} or _suffixed(subtype, range_subtype)):
            continue
        asked = {(name, value) for name, value in parameters if name != "charset"}
        depth = (range_kind != "*") + (range_subtype != "*")
        if asked <= own:
            depth += len(parameters)
        elif any(name in dict(own) for name, _ in asked):
            continue
        else:  # a parameter that the contract says nothing of (a version, a profile) excludes nothing: it counts less
            weight *= 0.9
        found.append((depth, weight))
    return max(found)[1] if found else 0.0


def _suffixed(declared: str, asked: str) -> bool:
    # ``application/*+json``, as many documents write it: any JSON, by its suffix or by name.
    return declared.startswith("*+") and asked.rpartition("+")[2] == declared[2:]


def choose(declared: Iterable[str], accept: str) -> str | None:
    """
    Return the declared media type that is accepted best, the first of equals; None when none is.
    """
    best, chosen = 0.0, None
    for media_type in declared:
        weight = quality(media_type, accept)
        if weight > best:
            best, chosen = weight, media_type
    return chosen
