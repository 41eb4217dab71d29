"""
What became of an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegis_sdk.events import DeadLetter, HandlerFailure
from aegis_sdk.events.dead_letters._letter import reason_of

Became = Literal["handled", "dead", "duplicate", "skipped", "waiting"]


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """
    What a consumer made of one record.

    Attributes:
        became: ``handled``; ``dead``: it is in the dead letters; ``duplicate``: its id was known; ``skipped``: nobody
            handles its type; ``waiting``: its handler asked for later too often.
        attempts: calls of the handler.
        delays: seconds that would have been waited before each further call.
        failures: each call that raised.
        dead_letter: the record as it would stand on its dead-letter topic.
    """

    became: Became
    attempts: int
    delays: tuple[float, ...]
    failures: tuple[HandlerFailure, ...]
    dead_letter: DeadLetter | None = None

    @property
    def handled(self) -> bool:
        """
        Say whether its handler returned.
        """
        return self.became == "handled"

    @property
    def reason(self) -> str:
        """
        Why it is a dead letter, in the word of its header; empty if it is none.
        """
        return (reason_of(self.dead_letter.headers, "reason") or "") if self.dead_letter is not None else ""

    @property
    def error(self) -> BaseException | None:
        """
        What the last call raised.
        """
        return self.failures[-1].error if self.failures else None

    def __repr__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        last = f", last {type(self.error).__name__} at {self.failures[-1].place}" if self.failures else ""
        return f"<{self.became}{why} after {self.attempts} calls{last}>"
