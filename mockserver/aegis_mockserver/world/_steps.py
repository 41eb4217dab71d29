"""
How a reply is sent, step by step: what adapters play, and what faults change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from aegis_mockserver.world._messages import Reply, Stream


class Wait(NamedTuple):
    """
    Nothing happens for so many seconds.
    """

    seconds: float


class Begin(NamedTuple):
    """
    Status line and headers are sent.
    """


class Send(NamedTuple):
    """
    Some of the body is sent.
    """

    content: bytes


class Follow(NamedTuple):
    """
    What comes from a stream is sent until the reader leaves.
    """

    stream: Stream


class Break(NamedTuple):
    """
    The connection ends before the message does: at once (reset), or after what was sent (cut).
    """

    how: Literal["reset", "cut"]


Step: TypeAlias = Wait | Begin | Send | Follow | Break


def play(reply: Reply) -> Iterator[Step]:
    """
    Say what is done with *reply*, one step after the other; the same on a socket, in ASGI and in process.
    """
    how = reply.disturbance
    steps = _plain(reply, how.stream if how is not None else None)
    for shape in how.shapes if how is not None else ():
        steps = shape(steps)
    return steps


def _plain(reply: Reply, stream: Stream | None) -> Iterator[Step]:
    yield Begin()
    if reply.body:
        yield Send(reply.body)
    if stream is not None:
        yield Follow(stream)
