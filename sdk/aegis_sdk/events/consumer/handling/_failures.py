"""
Where a handler failed, and who wants to know.
"""

from __future__ import annotations

import sysconfig
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

from aegis_sdk.events.consumer.handling._handlers import Delivery
from aegis_sdk.events.consumer.handling._retry import Again, GiveUp

__all__ = ["ENDS", "HandlerFailure", "OnFailure", "ends", "place_of"]

ENDS = (KeyboardInterrupt, SystemExit, GeneratorExit)
"""
What somebody raises to end the process, and not because of an event.
"""

_OURS = str(Path(__file__).parent)
_LIBRARIES = ("site-packages", sysconfig.get_paths()["stdlib"], "<")


@dataclass(frozen=True, slots=True)
class HandlerFailure:
    """
    A call of a handler that failed, for a hook that reports it elsewhere.

    Attributes:
        error: what the handler raised, with its traceback.
        event: what it was to handle; it may hold personal values.
        delivery: where that came from, and which call it was.
        decision: what follows: ``Again`` after a delay, or ``GiveUp`` to the dead letters.
        place: file and line, as ``service.py:12``; empty if there is none.
    """

    error: BaseException
    event: Any
    delivery: Delivery
    decision: Again | GiveUp
    place: str


OnFailure: TypeAlias = Callable[[HandlerFailure], object]
"""
Called on the event loop for each failed call of a handler: be quick.
"""


def ends(error: BaseException) -> bool:
    """
    Whether an error is to end the process. Whatever else is raised is an event's own failure, also what is no
    ``Exception``: a library in Rust panics with less.
    """
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return any(ends(one) for one in group.exceptions)
    return isinstance(error, ENDS)


def place_of(error: BaseException) -> str:
    """
    Where an error comes from, as `` at file.py:12``: the deepest line of the service's own, else of a library.
    """
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_OURS)]
    own = [frame for frame in frames if not any(library in frame.filename for library in _LIBRARIES)]
    found = (own or frames)[-1:]
    return f" at {Path(found[0].filename).name}:{found[0].lineno}" if found else ""
