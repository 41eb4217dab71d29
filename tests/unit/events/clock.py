"""
A loop whose clock goes on only when there is nothing left to do: what is due in an hour is due at once, and exactly.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec

_P = ParamSpec("_P")


class _Selector(selectors.DefaultSelector):
    now = 1_000.0

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0 if timeout else timeout)
        if timeout and not found:
            self.now += timeout
        return found


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


def hurried(claim: Callable[_P, Coroutine[Any, Any, None]]) -> Callable[_P, None]:
    """
    Run a test on such a loop: it may wait for as long as it likes. Threads and other machines are not waited for.
    """

    @wraps(claim)
    def run(*args: _P.args, **more: _P.kwargs) -> None:
        with asyncio.Runner(loop_factory=_Loop) as runner:
            runner.run(claim(*args, **more))

    return run
