"""
Examples of events: files whose names say what they show.

``examples/<EventType>.v<N>/valid/<n>-<what>.json`` holds a valid event;
``examples/<EventType>.v<N>/invalid/<n>-<pointer>-<rule>.json`` breaks exactly one rule, the pointer written with dots
(``data.email``; ``root`` for the whole).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_INVALID = re.compile(r"[0-9]+-(?P<pointer>.+)-(?P<rule>[A-Za-z]+(?:_[a-z]+)*)\Z")


@dataclass(frozen=True, slots=True)
class EventExample:
    """
    One example file.

    Args:
        name: the file's name without its ending.
        pointer, rule: what an invalid example breaks; ``None`` for valid ones.
    """

    name: str
    valid: bool
    path: Path
    pointer: str | None = None
    rule: str | None = None

    def read(self) -> bytes:
        """
        The file's bytes.
        """
        return self.path.read_bytes()


def examples_of(folder: Path, event_id: str) -> tuple[EventExample, ...]:
    """
    Find the examples of the event type *event_id*, valid ones first.
    """
    root = folder / "examples" / event_id
    valid = [EventExample(path.stem, True, path) for path in sorted(root.glob("valid/*.json"))]
    return (*valid, *(_invalid(path) for path in sorted(root.glob("invalid/*.json"))))


def _invalid(path: Path) -> EventExample:
    match = _INVALID.match(path.stem)
    if match is None:
        return EventExample(path.stem, False, path)
    dotted = match["pointer"]
    pointer = "" if dotted == "root" else "/" + dotted.replace(".", "/")
    return EventExample(path.stem, False, path, pointer, match["rule"])
