"""
The access log: one line for each exchange, without secrets and personal data, written in batches.
"""

from __future__ import annotations

import os
import select
import stat
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from aegis_mockserver.world import Exchange

if TYPE_CHECKING:
    from aegis_mockserver.world._messages import Request

LogFormat = Literal["text", "json", "none"]
BATCH = 256
PIPE = 4_096  # a pipe that is ready takes this much without waiting (POSIX PIPE_BUF)


class AccessLog:
    """
    Collects lines and writes them when there are many, or when the loop finds a moment.

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
        self._lines: list[str] = []
        self._second = 0
        self._stamp = ""
        self._scheduled = False
        self._labels: dict[tuple[str, str, bytes, str], str] = {}

    def __call__(self, exchange: Exchange) -> None:
        request, operation, violations = exchange.request, exchange.operation, exchange.violations
        second = int(exchange.at)
        if second != self._second:
            self._second = second
            moment = time.gmtime(second)
            self._stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ" if self._json else "%H:%M:%S", moment)
        path = request.path
        if not request.query and not self._json and len(path) <= 300 and path.isprintable():
            label = f"{request.method or '?'} {path} → {operation}" if operation else f"{request.method or '?'} {path}"
        else:
            label = self._label(request, operation)
        status, ms, origin = exchange.reply.status, exchange.seconds * 1000, exchange.origin
        if self._json:
            figures = f'"status":{status},"ms":{ms:.2f},"origin":"{origin}","violations":{len(violations)}'
            line = f'{{"at":"{self._stamp}",{label},{figures}}}\n'
        else:
            more = _more(exchange) if violations or exchange.faults else ""
            line = f"{self._stamp} {status} {label} {ms:.1f} ms {origin}{more}\n"
        self._lines.append(line)
        if len(self._lines) >= BATCH or self.later is None:
            self.flush()
        elif not self._scheduled:
            self._scheduled = True
            self.later(0.1, self._due)

    def _label(self, request: Request, operation: str) -> str:
        key = (request.method, request.path, request.query, operation)
        label = self._labels.get(key)
        if label is None:
            if len(self._labels) > 4096:
                self._labels.clear()
            label = self._labels[key] = _label(key, self._json)
        return label

    def flush(self) -> None:
        """
        Write what there is; a reader that does not read loses lines, it does not stop the server.
        """
        content = "".join(self._lines).encode("utf-8", "replace")
        self._lines.clear()
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
        parts += f"\n         {violation.pointer or '/'} {violation.message}"
    if len(violations) > 3:
        parts += f"\n         … and {len(violations) - 3} more"
    for fault in exchange.faults[:3]:
        parts += f"\n         OUR ANSWER BREAKS THE CONTRACT: {fault.pointer or '/'} {fault.message}"
    return parts


def _label(key: tuple[str, str, bytes, str], as_json: bool) -> str:
    method, path, query, operation = key
    target = path
    if query:
        names = "&".join(part.partition("=")[0] + "=…" for part in query.decode("latin-1").split("&") if part)
        target = f"{path}?{names}" if names else path
    if len(target) > 300 or not target.isprintable():
        target = "".join(char if char.isprintable() else "?" for char in target[:300])
    if not as_json:
        return f"{method or '?'} {target} → {operation}" if operation else f"{method or '?'} {target}"
    import json

    fields = {"method": method, "target": target, "operation": operation}
    return json.dumps(fields, ensure_ascii=False)[1:-1]
