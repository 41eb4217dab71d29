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
from collections.abc import Callable
from typing import Literal

from aegis_mockserver.world import Exchange

LogFormat = Literal["text", "json", "none"]
BATCH = 64  # lines made and written at once: others wait a tenth of a millisecond
HEAVY = 16_384  # bytes of a body that does not wait: all that waits takes a few megabytes at most
PIPE = 4_096  # a pipe that is ready takes this much without waiting (POSIX PIPE_BUF)


class AccessLog:
    """
    Collects exchanges, and writes a line for each when there are many, or when the loop finds a moment.

    Lines are made where they are written, all of a batch one after the other: on the way of a request each would cost
    twice as much.

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
        self._waiting: list[Exchange] = []
        self._second = 0
        self._stamp = ""
        self._scheduled = False
        self.hide: Callable[[Exchange], str] | None = None  # the path without what in it is secret

    def __call__(self, exchange: Exchange) -> None:
        waiting = self._waiting
        waiting.append(exchange)
        heavy = len(exchange.request.body) > HEAVY or len(exchange.reply.body) > HEAVY
        if heavy or len(waiting) >= BATCH or self.later is None:
            self.flush()
        elif not self._scheduled:
            self._scheduled = True
            self.later(0.1, self._due)

    def _line(self, exchange: Exchange) -> str:
        _, at, seconds, _, operation, origin, request, reply, violations, broken = exchange
        second = int(at)
        if second != self._second:
            self._second = second
            moment = time.gmtime(second)
            self._stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ" if self._json else "%H:%M:%S", moment)
        path = request.path if self.hide is None or not operation else self.hide(exchange)
        if not request.query and not self._json and len(path) <= 300:
            label = f"{request.method or '?'} {path} → {operation}" if operation else f"{request.method or '?'} {path}"
            if not label.isprintable():
                label = printable(label)
        else:
            label = _label(request.method, path, request.query, operation, self._json)
        status, ms = reply.status, seconds * 1000
        if self._json:
            figures = f'"status":{status},"ms":{ms:.2f},"origin":"{origin}","violations":{len(violations)}'
            return f'{{"at":"{self._stamp}",{label},{figures}}}\n'
        more = _more(exchange) if violations or broken else ""
        return f"{self._stamp} {status} {label} {ms:.1f} ms {origin}{more}\n"

    def flush(self) -> None:
        """
        Write what there is; a reader that does not read loses lines, it does not stop the server.
        """
        content = "".join(map(self._line, self._waiting)).encode("utf-8", "replace")
        self._waiting.clear()
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

    def _due(self) -> None:
        self._scheduled = False
        self.flush()


def _more(exchange: Exchange) -> str:
    parts, violations = "", exchange.violations
    for violation in violations[:3]:
        said = f"{violation.pointer or '/'} {violation.message}"
        parts += f"\n         {said if said.isprintable() and len(said) <= 1_000 else printable(said)}"
    if len(violations) > 3:
        parts += f"\n         … and {len(violations) - 3} more"
    for fault in exchange.reply_violations[:3]:
        said = printable(f"{fault.pointer or '/'} {fault.message}")
        parts += f"\n         OUR ANSWER BREAKS THE CONTRACT: {said}"
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
