"""
Waiting for what cannot be interrupted: it runs in a thread of its own, so that a deadline holds and Ctrl-C is heard.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from queue import SimpleQueue
from typing import Any, Generic, TypeVar, cast

__all__ = ["Shared", "aside"]

T = TypeVar("T")
_Errand = tuple[Callable[[], object], "_Outcome"]


class _Outcome:
    """
    What came of an errand.
    """

    __slots__ = ("done", "error", "value")

    def __init__(self) -> None:
        self.done = threading.Lock()
        self.done.acquire()
        self.value: object = None
        self.error: BaseException | None = None

    def of(self, errand: Callable[[], object]) -> None:
        """
        Run *errand* and keep what comes of it.
        """
        try:
            self.value = errand()
        except BaseException as error:  # noqa: BLE001 -- raised again where it is waited for
            self.error = error
        finally:
            self.done.release()

    def result(self) -> Any:
        """
        What it returned; what it raised is raised.
        """
        error = self.error
        if error is None:
            return self.value
        try:
            raise error
        finally:
            self.error = error = None  # a frame in its own traceback would keep both alive


_free: deque[SimpleQueue[_Errand]] = deque()
_everybody: list[dict[Hashable, _Outcome]] = []


def _after_fork() -> None:
    # No thread of the parent's works in the child.
    _free.clear()
    for pending in _everybody:
        pending.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _work(errands: SimpleQueue[_Errand]) -> None:
    while True:
        errand, outcome = errands.get()
        outcome.of(errand)
        del errand, outcome
        _free.append(errands)


def _begin(errand: Callable[[], object], outcome: _Outcome) -> None:
    """
    Have *errand* run by another thread; threads are kept for the next.
    """
    try:
        errands = _free.pop()
    except IndexError:
        errands = SimpleQueue[_Errand]()
        try:
            threading.Thread(target=_work, args=(errands,), name="aegis-aside", daemon=True).start()
        except RuntimeError:  # the interpreter is ending: no further thread begins
            outcome.of(errand)
            return
    errands.put((errand, outcome))


def aside(errand: Callable[[], T]) -> T:
    """
    The result of *errand*, run by another thread while this one can be interrupted.
    """
    outcome = _Outcome()
    _begin(errand, outcome)
    outcome.done.acquire()
    return cast("T", outcome.result())


class Shared(Generic[T]):
    """
    Errands that several callers wait for together: one thread for each name, however many ask.
    """

    def __init__(self) -> None:
        self._pending: dict[Hashable, _Outcome] = {}
        _everybody.append(self._pending)

    def wait(self, name: Hashable, errand: Callable[[], T], until: float) -> T:
        """
        The result of *errand*, at the latest at the monotonic time *until*.

        Raises:
            TimeoutError: it took longer; whoever asks next waits for the same one.
        """
        outcome = self._pending.get(name)
        if outcome is None:
            outcome = self._pending.setdefault(name, made := _Outcome())
            if outcome is made:
                _begin(lambda: self._once(name, errand), outcome)
        if not outcome.done.acquire(timeout=max(0.0, min(until - time.monotonic(), threading.TIMEOUT_MAX))):
            raise TimeoutError("it took too long")
        outcome.done.release()  # for the others
        return cast("T", outcome.value if outcome.error is None else _raise(outcome.error))

    def _once(self, name: Hashable, errand: Callable[[], T]) -> T:
        try:
            return errand()
        finally:
            self._pending.pop(name, None)


def _raise(error: BaseException) -> object:
    raise error.with_traceback(None)
