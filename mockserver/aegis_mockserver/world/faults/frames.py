"""
Let a stream go wrong in its middle: between two of its frames.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aegis_contracts.exchange import essence, kind
from aegis_mockserver.world._steps import Break, Send, Step, Wait
from aegis_mockserver.world.faults._kind import LONGEST, Effect, Kind, Member, Turn

How = Literal["abort", "garbage", "stall"]
_LONG = 1_048_576  # bytes: what has no end by then is sent as it is
_ENDS = {"text/event-stream": (b"\n\n", b"\r\n\r\n", b"\r\r")}
_EVENT = re.compile(rb".*?(?:\r\n\r\n|\n\n|\r\r|\Z)", re.DOTALL)
_RECORD = re.compile(rb"\x1e?[^\x1e]+")
_LINE = re.compile(rb"[^\n]*\n|[^\n]+\Z")


@dataclass(frozen=True, slots=True)
class Frames(Kind):
    """
    So many frames of a stream are sent, then it ends, says what nobody can read, or says nothing more.
    """

    NAME = "frames"
    TITLE = "Let a stream go wrong"
    MEMBERS = (
        Member(
            "after_frames",
            "After so many frames",
            "sends so many frames of a stream (events, lines), and then lets it go wrong",
            "integer",
            usual=1,
            most=1_000_000,
        ),
        Member(
            "then",
            "Then",
            "ends the connection, sends a frame that cannot be read in place of the next, or sends nothing more",
            "choice",
            usual="abort",
            choices=("abort", "garbage", "stall"),
        ),
    )
    LEADS = ("after_frames",)
    ORDER = 2
    CHANCE = True
    SENT = True

    after_frames: int
    then: How

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Frames:
        return cls(given["after_frames"], given.get("then", "abort"))

    def strike(self, effect: Effect, turn: Turn) -> bool:
        del turn
        if effect.ended or effect.length == 0 or kind(effect.media_type) != "sequence":
            return False
        media_type = effect.media_type

        def wrong(steps: Iterator[Step]) -> Iterator[Step]:
            left, over = self.after_frames, False
            for step in _framed(steps, media_type):
                if over or not isinstance(step, Send):
                    yield step
                elif left:
                    left -= 1
                    yield step
                elif self.then == "garbage":
                    over = True
                    yield Send(garbage(step.content))
                else:
                    if self.then == "stall":
                        yield Wait(LONGEST)
                    yield Break("cut")
                    return
            if self.then != "garbage":
                # The stream was shorter: it goes wrong at its end.
                yield Break("cut")

        effect.shapes.append(wrong)
        return True


def _framed(steps: Iterator[Step], media_type: str) -> Iterator[Step]:
    """
    Let each step that sends send one frame; the beginning of one waits for what is left of it.
    """
    begun = b""
    for step in steps:
        if not isinstance(step, Send):
            yield step
            continue
        *whole, begun = frames(begun + step.content, media_type)
        if begun.endswith(_ENDS.get(essence(media_type), b"\n")) or len(begun) > _LONG:
            whole, begun = [*whole, begun], b""
        yield from map(Send, whole)
    if begun:
        yield Send(begun)


def frames(content: bytes, media_type: str) -> list[bytes]:
    """
    Split a stream into its frames; together they are the stream.
    """
    name = essence(media_type)
    pattern = _EVENT if name == "text/event-stream" else _RECORD if name.endswith("json-seq") else _LINE
    return [found for found in pattern.findall(content) if found]


def garbage(frame: bytes) -> bytes:
    """
    Return a frame of the same length that still is a frame, and whose data is nothing.
    """
    start, end = len(frame) - len(frame.lstrip(b"\x1e")), len(frame.rstrip(b"\r\n"))
    body = frame[start:end]
    kept = b"data: " if b"data:" in body and len(body) > len(b"data: ") else b""
    return frame[:start] + kept + b"{" * (len(body) - len(kept)) + frame[end:]
