"""
Progress of long work, on stderr, without getting into anybody's way.
"""

from __future__ import annotations

import sys
from time import monotonic

__all__ = ["Progress"]


class Progress:
    """
    Says how far the work is: on a terminal twice a second, else every ten seconds; nothing when it is done sooner.

    Args:
        what: what is counted, in the plural.
        total: how many there will be, if known.
    """

    def __init__(self, what: str, total: int | None = None) -> None:
        self.done = 0
        self._what = what
        self._total = total
        self._terminal = sys.stderr.isatty()
        self._began = monotonic()
        self._next = self._began + (1.0 if self._terminal else 10.0)
        self._shown = False
        self._start: tuple[int, float] | None = None

    def step(self, count: int = 1, note: str = "") -> None:
        """
        Count *count* more.
        """
        self.done += count
        # The clock is asked only now and then: counting must cost nothing.
        if self.done % 256 < count and (now := monotonic()) >= self._next:
            self._show(now, note)

    def reach(self, done: int, fraction: float) -> None:
        """
        Say that *done* are done, and that this is such a *fraction* of all.
        """
        self.done = done
        if self._start is None:
            self._start = (done, fraction)  # what a run before this one did is not this one's speed
        if (now := monotonic()) < self._next:
            return
        elapsed = now - self._began
        new, share = done - self._start[0], fraction - self._start[1]
        left = elapsed * (1.0 - fraction) / share if share > 0 else 0.0
        note = f", {fraction:.0%}, {_span(left)} left" if left else f", {fraction:.0%}"
        self._show(now, note, new)

    def close(self) -> None:
        """
        Leave the terminal's line.
        """
        if self._shown and self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _show(self, now: float, note: str, new: int | None = None) -> None:
        rate = (self.done if new is None else new) / (now - self._began)
        of = f" of {self._total:,}" if self._total else ""
        text = f"{self.done:,}{of} {self._what}, {rate:,.0f}/s{note}"
        sys.stderr.write(f"\r\x1b[K{text}" if self._terminal else f"{text}\n")
        sys.stderr.flush()
        self._shown = True
        self._next = now + (0.5 if self._terminal else 10.0)


def _span(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
