"""
What is raised when an event cannot be read or written; messages name rules and places, never values.
"""

from __future__ import annotations

from collections.abc import Sequence

from aegis_sdk.errors import EventError, EventValidationError, Violation

__all__ = ["EventError", "EventValidationError", "LaterVersionError", "UnknownEventTypeError", "UpcastError"]


class UnknownEventTypeError(EventValidationError):
    """
    A message says that it is an event of a type that no contract declares.

    Attributes:
        nearest: the declared event type that was most likely meant.
    """

    def __init__(self, event_type: str, violations: Sequence[Violation], nearest: str | None = None) -> None:
        super().__init__(event_type, violations)
        self.args = (event_type, violations, nearest)
        self.nearest = nearest


class LaterVersionError(EventValidationError):
    """
    A message is of a declared event type, in a version that is later than any that is known here.

    It is no garbage: whoever is brought up to date can read it.

    Attributes:
        version: what it says.
        newest: the newest version that is known.
    """

    def __init__(self, event_type: str, violations: Sequence[Violation], version: int = 0, newest: int = 0) -> None:
        super().__init__(event_type, violations)
        self.args = (event_type, violations, version, newest)
        self.version = version
        self.newest = newest


class UpcastError(EventError):
    """
    An upcaster raised, or returned no event.

    Attributes:
        upcaster: the function's name.
    """

    def __init__(self, event_type: str, target: str, upcaster: str, reason: str) -> None:
        super().__init__(event_type, target, upcaster, reason)
        self.event_type = event_type
        self.target = target
        self.upcaster = upcaster
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.event_type}: the upcaster {self.upcaster} to {self.target} {self.reason}"
