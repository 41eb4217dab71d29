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
        if effect.ended or not effect.length or kind(effect.media_type) != "sequence":
            return False
        media_type = effect.media_type

        def wrong(steps: Iterator[Step]) -> Iterator[Step]:
            left = self.after_frames
            for step in steps:
                if not isinstance(step, Send):
                    yield step
                    continue
                every = frames(step.content, media_type)
                yield from map(Send, every[:left])
                if left >= len(every):
                    left -= len(every)
                    continue
                match self.then:
                    case "abort":
                        yield Break("cut")
                        return
                    case "stall":
                        yield Wait(LONGEST)
                        yield Break("cut")
                        return
                    case "garbage":
                        yield Send(garbage(every[left]))
                        yield from map(Send, every[left + 1 :])
                        left = len(every)
            if self.then != "garbage":
                # The stream was shorter: it goes wrong at its end.
                yield Break("cut")

        effect.shapes.append(wrong)
        return True


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
