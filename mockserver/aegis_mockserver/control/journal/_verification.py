"""
"Was this operation called with that body, n times?", and what came nearest when it was not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl

from aegis_mockserver.control.journal._render import body_of, media_type_of
from aegis_mockserver.world import Exchange

KEYS = frozenset(
    {"operation", "method", "path", "status", "query", "headers", "body", "exactly", "times", "at_least", "at_most"}
)


@dataclass(frozen=True, slots=True)
class Verification:
    """
    What was found: whether it is as expected, how often, and the nearest miss.
    """

    ok: bool
    count: int
    expected: str
    matches: tuple[int, ...]
    nearest: int | None = None
    differences: tuple[str, ...] = field(default=())

    def as_value(self) -> dict[str, Any]:
        """
        Return the finding as JSON.
        """
        value: dict[str, Any] = {"ok": self.ok, "count": self.count, "expected": self.expected}
        value["exchanges"] = list(self.matches[:100])
        if self.nearest is not None:
            value["nearest"] = {"exchange": self.nearest, "differences": list(self.differences)}
        return value


def verify(exchanges: Iterable[Exchange], wanted: Mapping[str, Any]) -> Verification:
    """
    Count the exchanges that match.

    Args:
        wanted: ``operation``, ``method``, ``path`` (a pattern with ``*``), ``status``, ``query``, ``headers`` and
            ``body`` (a part of it; with ``exactly`` the whole) say which; ``times``, ``at_least`` and ``at_most``
            say how often, at least once if none does.

    Raises:
        ValueError: it asks for something unknown.
    """
    unknown = sorted(set(wanted) - KEYS)
    if unknown:
        raise ValueError(f"unknown member {unknown[0]!r}; known are {', '.join(sorted(KEYS))}")
    matches: list[int] = []
    nearest: tuple[int, int, list[str]] | None = None
    for exchange in exchanges:
        found = differences(exchange, wanted)
        if not found:
            matches.append(exchange.number)
        elif nearest is None or len(found) <= nearest[0]:
            nearest = (len(found), exchange.number, found)
    low, high = _bounds(wanted)
    count = len(matches)
    ok = low <= count and (high is None or count <= high)
    expected = _said(low, high)
    if ok or nearest is None or count >= low:
        return Verification(ok, count, expected, tuple(matches))
    return Verification(ok, count, expected, tuple(matches), nearest[1], tuple(nearest[2][:20]))


def _bounds(wanted: Mapping[str, Any]) -> tuple[int, int | None]:
    times = wanted.get("times")
    if times is not None:
        return int(times), int(times)
    low = wanted.get("at_least")
    high = wanted.get("at_most")
    if low is None:
        low = 0 if high is not None else 1
    return int(low), None if high is None else int(high)


def _said(low: int, high: int | None) -> str:
    if high is None:
        return f"at least {low}"
    return f"exactly {low}" if low == high else f"{low} to {high}"


def differences(exchange: Exchange, wanted: Mapping[str, Any]) -> list[str]:
    """
    Say in which points an exchange is not what is wanted.
    """
    request = exchange.request
    found: list[str] = []
    for name, actual in (
        ("operation", exchange.operation),
        ("method", request.method),
        ("status", exchange.reply.status),
    ):
        if name in wanted and str(wanted[name]).upper() != str(actual).upper():
            found.append(f"{name} is {actual}, not {wanted[name]}")
    if "path" in wanted:
        pattern = "".join(".*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", str(wanted["path"])))
        if not re.fullmatch(pattern, request.path):
            found.append(f"path is {request.path}, not {wanted['path']}")
    if "query" in wanted:
        given: Any = dict(parse_qsl(request.query.decode("latin-1"), keep_blank_values=True))
        found += _part({str(k): str(v) for k, v in wanted["query"].items()}, given, "/query")
    if "headers" in wanted:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
        found += _part({str(k).lower(): str(v) for k, v in wanted["headers"].items()}, headers, "/header")
    if "body" in wanted:
        body = body_of(request.body, media_type_of(request.headers))
        exactly = bool(wanted.get("exactly"))
        found += _part(wanted["body"], body, "/body", exactly=exactly)
    return found


def _part(wanted: Any, actual: Any, pointer: str, *, exactly: bool = False) -> list[str]:
    if isinstance(wanted, dict) and isinstance(actual, dict):
        actual_members = cast("dict[str, Any]", actual)
        out: list[str] = []
        for name, value in wanted.items():
            if name not in actual_members:
                out.append(f"{pointer}/{name} is missing")
            else:
                out += _part(value, actual_members[name], f"{pointer}/{name}", exactly=exactly)
        if exactly:
            out += [f"{pointer}/{name} is not wanted" for name in actual_members if name not in wanted]
        return out
    if isinstance(wanted, list) and isinstance(actual, list) and len(wanted) == len(actual):
        pairs = enumerate(zip(wanted, actual, strict=True))
        return [line for i, (w, a) in pairs for line in _part(w, a, f"{pointer}/{i}", exactly=exactly)]
    if wanted == actual and isinstance(wanted, bool) == isinstance(actual, bool):
        return []
    return [f"{pointer} is {_short(actual)}, not {_short(wanted)}"]


def _short(value: Any) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:79]}…"
