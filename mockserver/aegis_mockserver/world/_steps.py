"""
How a reply is sent, step by step: what adapters play, and what faults change.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Any, Literal, NamedTuple, TypeAlias

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


class Await(NamedTuple):
    """
    Nothing is sent until more of a body has come from elsewhere; shapes pass it on, and no adapter meets it.
    """


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
    return _shaped(reply, _plain(reply, how.stream if how is not None else None))


async def play_on(reply: Reply, rest: AsyncIterator[bytes]) -> AsyncGenerator[Step, None]:
    """
    Say the same of a reply whose body is still to come: *rest* follows what there is of it.
    """
    come = [reply.body]

    def steps() -> Iterator[Step | Await]:
        yield Begin()
        while come:
            if content := come.pop():
                yield Send(content)
            yield Await()

    for step in _shaped(reply, steps()):
        if isinstance(step, Await):
            async for content in rest:
                come.append(content)
                break
        else:
            yield step


def _shaped(reply: Reply, steps: Iterator[Any]) -> Iterator[Any]:
    for shape in reply.disturbance.shapes if reply.disturbance is not None else ():
        steps = shape(steps)
    return steps


def _plain(reply: Reply, stream: Stream | None) -> Iterator[Step]:
    yield Begin()
    if reply.body:
        yield Send(reply.body)
    if stream is not None:
        yield Follow(stream)
