"""
Errors that leave without the frames in which arguments stand: error trackers collect the local variables of frames, and
a call's are names, addresses, numbers and keys.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction, unwrap
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

__all__ = ["discreet"]

P = ParamSpec("P")
T = TypeVar("T")

_HANDED_ON_TO = frozenset({"aegis_runtime", "httpx", "httpcore", "anyio", "typing_extensions", "warnings"})
"""Packages whose frames hold what they were handed; the last two are of methods that are deprecated."""


def discreet(method: Callable[P, T]) -> Callable[P, T]:
    """
    Let what *method* raises tell where it was called, and not with what: the frames of its package and of what it hands
    its arguments on to are not in the traceback. Frames of hooks stay.
    """
    own = method.__module__.rpartition(".")[0] or method.__module__
    if iscoroutinefunction(unwrap(method)):
        awaited = cast("Callable[..., Any]", method)

        @wraps(method)
        async def waiting(*args: Any, **kwargs: Any) -> Any:
            try:
                return await awaited(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 -- and raised again
                raised = error
            finally:
                del args, kwargs
            try:
                raise raised.with_traceback(_without(raised.__traceback__, own))
            finally:
                del raised  # it knows this frame

        return cast("Callable[P, T]", waiting)

    @wraps(method)
    def calling(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 -- and raised again
            raised = error
        finally:
            del args, kwargs
        try:
            raise raised.with_traceback(_without(raised.__traceback__, own))
        finally:
            del raised

    return calling


def _without(trace: TracebackType | None, own: str) -> TracebackType | None:
    """
    The frames of others.
    """
    others: list[TracebackType] = []
    while trace is not None:
        where: str = trace.tb_frame.f_globals.get("__name__") or ""
        if where != own and not where.startswith(f"{own}.") and where.partition(".")[0] not in _HANDED_ON_TO:
            others.append(trace)
        trace = trace.tb_next
    for each in reversed(others):
        trace = TracebackType(trace, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return trace
