"""
The access log: one line for each exchange, without secrets and personal data, written in batches.
"""

from __future__ import annotations

import json
import logging
import os
import select
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeAlias

from aegis_contracts import Violation
from aegis_mockserver.world import Exchange

LogFormat = Literal["text", "json", "none"]
Hide: TypeAlias = Callable[[str], str]  # a path without what in it is secret
PIPE = 4_096  # a pipe that is ready takes this much without waiting (POSIX PIPE_BUF)


class AccessLog:
    """
    Writes a line for each exchange, many at once: when there are many, or when the loop finds a moment.

    Query values never appear in it, only names: keys and personal data travel there.

    Args:
        descriptor: where to write.
        style: text for people, json for programs.
        later: calls a function soon; the loop's ``call_later``.
    """

    def __init__(self, descriptor: int, style: LogFormat = "text", later: Callable[..., object] | None = None) -> None:
        self._descriptor = descriptor
        mode = os.fstat(descriptor).st_mode
        self._pipe = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
        self._json = style == "json"
        self.later = later
        self._second = 0
        self._stamp = ""
        self._scheduled = False
        # What hides the secrets in the paths of an operation, by contract and operation; None where there are none.
        self.hides: Callable[[str, str], Hide | None] = lambda contract, operation: None

    def stir(self, tell: Callable[[], None]) -> None:
        if self.later is None:
            tell()
        elif not self._scheduled:
            self._scheduled = True
            self.later(0.1, self._due, tell)

    def _due(self, tell: Callable[[], None]) -> None:
        self._scheduled = False
        tell()

    def __call__(self, exchanges: Sequence[Exchange]) -> None:
        """
        Write what there is; a reader that does not read loses lines, it does not stop the server.
        """
        content = "".join(self._lines(exchanges)).encode("utf-8", "replace")
        try:
            if not self._pipe:
                os.write(self._descriptor, content)
                return
            for start in range(0, len(content), PIPE):
                if not select.select((), (self._descriptor,), (), 0)[1]:
                    return
                os.write(self._descriptor, content[start : start + PIPE])
        except (OSError, ValueError):
            return

    def _lines(self, exchanges: Sequence[Exchange]) -> Iterator[str]:
        """
        Write a line for each exchange; what is the same for many of them is asked once.
        """
        hides: dict[tuple[str, str], Hide | None] = {}
        told: dict[int, str] = {}
        ends = 0
        for one in exchanges:
            at = one.at
            if not self._second <= at < ends:
                self._begin(int(at))
                ends = self._second + 1
            request, operation = one.request, one.operation
            path = request.path
            if operation:
                key = (one.contract, operation)
                hide = hides[key] if key in hides else hides.setdefault(key, self.hides(*key))
                if hide is not None:
                    path = hide(path)
            more = _more(one.violations, one.reply_violations, told) if one.violations or one.reply_violations else ""
            ms = one.seconds * 1000
            if self._json:
                label = _label(request.method, path, request.query, operation, True)
                figures = f'"status":{one.reply.status},"ms":{ms:.2f},"origin":"{one.origin}"'
                yield f'{{"at":"{self._stamp}",{label},{figures},"violations":{len(one.violations)}}}\n'
                continue
            if operation and not request.query and len(path) <= 300:
                label = f"{request.method} {path} → {operation}"
                if not label.isprintable():
                    label = printable(label)
            else:
                label = _label(request.method, path, request.query, operation, False)
            yield f"{self._stamp} {one.reply.status} {label} {ms:.1f} ms {one.origin}{more}\n"

    def _begin(self, second: int) -> None:
        self._second = second
        self._stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ" if self._json else "%H:%M:%S", time.gmtime(second))


def _more(violations: tuple[Violation, ...], broken: tuple[Violation, ...], told: dict[int, str]) -> str:
    """
    Write what a request broke, and our own reply.

    Args:
        told: what was written of violations already, by their identity.
    """
    parts = ""
    for violation in violations[:3]:
        said = told.get(id(violation))
        if said is None:
            said = told[id(violation)] = f"\n         {printable(violation.told)}"
        parts += said
    if len(violations) > 3:
        parts += f"\n         … and {len(violations) - 3} more"
    for fault in broken[:3]:
        parts += f"\n         OUR ANSWER BREAKS THE CONTRACT: {printable(fault.told)}"
    return parts


def printable(text: str, longest: int = 1_000) -> str:
    """
    Return *text* in one line that does nothing to a terminal: what cannot be printed is shown as ``?``.
    """
    text = text[:longest]
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)


def _label(method: str, path: str, query: bytes, operation: str, as_json: bool) -> str:
    target = path
    if query:
        names = "&".join(part.partition("=")[0] + "=…" for part in query[:2_000].decode("latin-1").split("&") if part)
        target = f"{path}?{names}" if names else path
    method, target = printable(method, 32), printable(target, 300)
    if not as_json:
        return f"{method or '?'} {target} → {operation}" if operation else f"{method or '?'} {target}"
    fields = {"method": method, "target": target, "operation": operation}
    return json.dumps(fields, ensure_ascii=False)[1:-1]


class Plain(logging.Formatter):
    """
    Log lines of the mock itself: what a request brought into one cannot break it in two.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the standard library's name
        if isinstance(record.args, tuple) and record.args:
            args = tuple(printable(arg) if isinstance(arg, str) else arg for arg in record.args)
            record.message = str(record.msg) % args
        return super().formatMessage(record)
