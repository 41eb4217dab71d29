"""
"Was this operation called with that body, n times?", and what came nearest when it was not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl

from aegis_mockserver.control.journal._render import body_of, media_type_of
from aegis_mockserver.control.journal._secret_names import scrubbed
from aegis_mockserver.control.journal._secrets import Secrets, hidden
from aegis_mockserver.world import Exchange

LONGEST = 4_096


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


def verify(
    exchanges: Iterable[Exchange], wanted: Mapping[str, Any], secrets: Callable[[Exchange], Secrets]
) -> Verification:
    """
    Count the exchanges that match.

    Args:
        secrets: what must not be told of an exchange; it is compared all the same.
        wanted: ``operation``, ``method``, ``path`` (a pattern with ``*``), ``status``, ``query``, ``headers`` and
            ``body`` (a part of it; with ``exactly`` the whole) say which; ``times``, ``at_least`` and ``at_most``
            say how often, at least once if none does.

    Raises:
        ValueError: it asks for something unknown.
    """
    low, high = _bounds(wanted)
    matches: list[int] = []
    nearest: tuple[int, int, list[str]] | None = None
    for exchange in exchanges:
        found = differences(exchange, wanted, secrets)
        if not found:
            matches.append(exchange.number)
        elif nearest is None or len(found) <= nearest[0]:
            nearest = (len(found), exchange.number, found)
    count = len(matches)
    ok = low <= count and (high is None or count <= high)
    expected = _said(low, high)
    if ok or nearest is None or count >= low:
        return Verification(ok, count, expected, tuple(matches))
    return Verification(ok, count, expected, tuple(matches), nearest[1], tuple(nearest[2][:20]))


def check(wanted: Mapping[str, Any]) -> None:
    """
    Do nothing if a verification can be made of *wanted*.

    Raises:
        ValueError: it says something impossible.
    """
    for name in ("query", "headers"):
        if not isinstance(wanted.get(name, {}), dict):
            raise ValueError(f"{name} must be an object")
    for name in ("operation", "method", "path"):
        text = wanted.get(name, "")
        if not isinstance(text, str) or len(text) > LONGEST:
            raise ValueError(f"{name} must be a text of at most {LONGEST} characters")
    status = wanted.get("status", 200)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise ValueError("status must be a status, 100 to 599")
    if not isinstance(wanted.get("exactly", False), bool):
        raise ValueError("exactly must be true or false")
    if "exactly" in wanted and "body" not in wanted:
        raise ValueError("exactly must stand with body, or it has no effect")
    for name in ("times", "at_least", "at_most"):
        number = wanted.get(name, 0)
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise ValueError(f"{name} must be a whole number")
    if "times" in wanted and ("at_least" in wanted or "at_most" in wanted):
        raise ValueError("times must not stand with at_least or at_most: it says exactly how often")
    if wanted.get("at_least", 0) > wanted.get("at_most", sys.maxsize):
        raise ValueError("at_least must not be more than at_most")


def _bounds(wanted: Mapping[str, Any]) -> tuple[int, int | None]:
    times: int | None = wanted.get("times")
    if times is not None:
        return times, times
    high: int | None = wanted.get("at_most")
    low: int | None = wanted.get("at_least")
    if low is None:
        low = 0 if high is not None else 1
    return low, high


def _said(low: int, high: int | None) -> str:
    if high is None:
        return f"at least {low}"
    return f"exactly {low}" if low == high else f"{low} to {high}"


def differences(exchange: Exchange, wanted: Mapping[str, Any], secrets: Callable[[Exchange], Secrets]) -> list[str]:
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
    if "path" in wanted and not _fits(request.path, wanted["path"]):
        found.append(f"path is {request.path}, not {wanted['path']}")
    compare = Comparison(lambda: secrets(exchange))
    if "query" in wanted:
        given: Any = dict(parse_qsl(request.query.decode("latin-1"), keep_blank_values=True))
        found += compare({str(k): str(v) for k, v in wanted["query"].items()}, given, "/query")
    if "headers" in wanted:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
        found += compare({str(k).lower(): str(v) for k, v in wanted["headers"].items()}, headers, "/header")
    if "body" in wanted:
        body = body_of(request.body, media_type_of(request.headers))
        found += compare(wanted["body"], body, "/body", exactly=bool(wanted.get("exactly")))
    return found


def _fits(path: str, pattern: str) -> bool:
    """
    Say whether *pattern*, with ``*`` for anything, is *path*; in time that grows with both lengths, whatever they are.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return path == pattern
    *middle, last = rest
    at = len(first)
    if not path.startswith(first) or len(path) < at + len(last) or not path.endswith(last):
        return False
    end = len(path) - len(last)
    for part in middle:
        at = path.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


class Comparison:
    """
    Compares what is wanted with what came; of a secret it only tells that it is another.
    """

    def __init__(self, secrets: Callable[[], Secrets]) -> None:
        self._find = secrets
        self._secrets: Secrets | None = None

    def __call__(self, wanted: Any, actual: Any, pointer: str, *, exactly: bool = False) -> list[str]:
        if isinstance(wanted, dict) and isinstance(actual, dict):
            actual_members = cast("dict[str, Any]", actual)
            out: list[str] = []
            for name, value in wanted.items():
                if name not in actual_members:
                    out.append(f"{pointer}/{name} is missing")
                    continue
                inner = self(value, actual_members[name], f"{pointer}/{name}", exactly=exactly)
                if inner and self._is_secret(str(name)):
                    inner = [f"{pointer}/{name} is another one; both are hidden"]
                out += inner
            if exactly:
                out += [f"{pointer}/{name} is not wanted" for name in actual_members if name not in wanted]
            return out
        if isinstance(wanted, list) and isinstance(actual, list) and len(wanted) == len(actual):
            pairs = enumerate(zip(wanted, actual, strict=True))
            return [line for i, (w, a) in pairs for line in self(w, a, f"{pointer}/{i}", exactly=exactly)]
        if wanted == actual and isinstance(wanted, bool) == isinstance(actual, bool):
            return []
        return [f"{pointer} is {self._shown(actual)}, not {self._shown(wanted)}"]

    def _is_secret(self, name: str) -> bool:
        return name in self._known

    def _shown(self, value: Any) -> str:
        return _short(scrubbed(value) if isinstance(value, str) else hidden(value, self._known))

    @property
    def _known(self) -> Secrets:
        if self._secrets is None:
            self._secrets = self._find()
        return self._secrets


def _short(value: Any) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:79]}…"
