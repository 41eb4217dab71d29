"""
The time that an expression may take: it is evaluated in a process of its own, which is ended when that is over.

JSONPath and XPath have loops, and their functions take regular expressions that some engines try for ever. What is
plainly short is evaluated here.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pickle
import queue
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from aegis_verifier.workflows.expressions import _evaluator

SECONDS = 5.0
_START_SECONDS = 60.0
_EXTRA_SECONDS = 1.0
# Steps down by name and number, and one filter at most that looks at an item's own members: a pass over the value.
_NAME = r"""\.[A-Za-z_][A-Za-z0-9_]*|\[[0-9]{1,9}\]|\['[^'\\]*'\]|\["[^"\\]*"\]"""
_SHORT = re.compile(
    rf"""\$(?:{_NAME})*(?:\.\*|\[\*\]|\[\?@(?:{_NAME})*(?:\s*[<>=!]=?\s*(?:[0-9.+-]+|'[^'\\]*'|"[^"\\]*"|true|false|null))?\])?(?:{_NAME})*"""
)


class TooLongError(Exception):
    """
    An expression took longer than it may.
    """


def jsonpath(expression: str, value: Any) -> list[tuple[tuple[int | str, ...], Any]]:
    """
    Return what a JSONPath selects: where each node stands, and its value.

    Raises:
        Refusal: it is none.
        TooLongError: it takes too long.
    """
    if _SHORT.fullmatch(expression):
        return _evaluator.jsonpath(expression, value)
    found: list[tuple[tuple[int | str, ...], Any]] = _process.ask("jsonpath", expression, value)
    return found


def xpath(version: str, expression: str, value: str) -> Any:
    """
    Return what an XPath selects.

    Raises:
        Refusal: it is none.
        TooLongError: it takes too long.
    """
    return _process.ask("xpath", version, expression, value)


class _Process:
    """
    The process that evaluates; started when it is first asked, and anew when it had to be ended.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None
        self._told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._owner = 0
        self._slow: set[tuple[str, ...]] = set()

    def ask(self, name: str, *arguments: Any) -> Any:
        """
        Have something evaluated within the time that it may take.
        """
        try:
            asked = pickle.dumps((SECONDS + _EXTRA_SECONDS, name, arguments))
        except RecursionError:
            raise _evaluator.Refusal("is applied to what goes too deep") from None
        expression = (name, *arguments[:-1])
        with self._lock:
            if expression in self._slow:
                raise TooLongError  # who looks for a message again and again would wait each time
            process = self._started()
            assert process.stdin is not None
            try:
                process.stdin.write(asked)
                process.stdin.flush()
                kind, answer = self._told.get(timeout=SECONDS)
            except (queue.Empty, OSError):
                self._end()
                self._slow.add(expression)
                raise TooLongError from None
        if kind == "found":
            return answer
        raise _evaluator.Refusal(answer, extra=kind == "extra")

    def _started(self) -> subprocess.Popen[bytes]:
        if self._running is not None and self._owner == os.getpid() and self._running.poll() is None:
            return self._running
        command = [sys.executable, "-P", str(Path(_evaluator.__file__))]
        process = subprocess.Popen(  # noqa: S603 - our own file, by the interpreter that runs
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        told: queue.SimpleQueue[Any] = queue.SimpleQueue()
        threading.Thread(target=_listen, args=(process, told), daemon=True, name="aegis evaluation").start()
        self._running, self._told, self._owner = process, told, os.getpid()
        try:
            ready = told.get(timeout=_START_SECONDS)
        except queue.Empty:
            ready = None
        if ready != "ready":
            self._end()
            raise TooLongError
        return process

    def _end(self) -> None:
        process, self._running = self._running, None
        if process is None or self._owner != os.getpid():
            return
        process.kill()
        with contextlib.suppress(OSError):
            assert process.stdin is not None
            process.stdin.close()
        process.wait()

    def close(self) -> None:
        """
        End it with the interpreter.
        """
        with self._lock:
            self._end()


def _listen(process: subprocess.Popen[bytes], told: queue.SimpleQueue[Any]) -> None:
    assert process.stdout is not None
    with process.stdout as answers:
        while True:
            try:
                told.put(pickle.load(answers))  # noqa: S301 - from the process that was started here
            except (EOFError, OSError, pickle.UnpicklingError):
                told.put(("refused", "could not be evaluated: it needs too much time or memory"))
                return


_process = _Process()
atexit.register(_process.close)
