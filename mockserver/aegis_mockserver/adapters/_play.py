"""
How a reply is played: what a fault does to it, step by step, the same on a socket, in ASGI and in process.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from aegis_mockserver.world._messages import Reply, Stream

PACE = 0.05  # seconds between two pieces of a body that is sent slowly


class Wait(NamedTuple):
    """
    Nothing happens for so many seconds.
    """

    seconds: float


class Head(NamedTuple):
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


Step: TypeAlias = Wait | Head | Send | Follow | Break


def play(reply: Reply) -> Iterator[Step]:
    """
    Say what is done with *reply*, one step after the other.
    """
    how = reply.disturbance
    if how is None:
        yield Head()
        yield Send(reply.body)
        return
    if how.delay > 0:
        yield Wait(how.delay)
    if how.reset:
        yield Break("reset")
        return
    yield Head()
    body = reply.body
    if how.stream is not None:
        yield Send(body)
        yield Follow(how.stream)
        return
    cut = how.truncate if body else None
    if cut is not None:
        body = body[: int(len(body) * cut)]
    if how.bytes_per_second is None:
        yield Send(body)
    else:
        yield from _slowly(body, how.bytes_per_second)
    if cut is not None:
        yield Break("cut")


def _slowly(body: bytes, bytes_per_second: int) -> Iterator[Step]:
    size = max(1, int(bytes_per_second * PACE))
    for start in range(0, len(body), size):
        piece = body[start : start + size]
        yield Send(piece)
        yield Wait(len(piece) / bytes_per_second)
