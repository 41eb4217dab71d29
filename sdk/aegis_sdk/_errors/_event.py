"""
What can go wrong with an event.
"""

from __future__ import annotations

from collections.abc import Sequence

from aegis_sdk._errors._root import AegisError, Violation

__all__ = ["EventError", "EventPublishError", "EventValidationError"]


class EventError(AegisError):
    """
    Something about an event went wrong.
    """


class EventValidationError(EventError):
    """
    An event breaks its schema, so it was neither published nor handed on.
    """

    def __init__(self, event_type: str, violations: Sequence[Violation]) -> None:
        super().__init__(event_type, violations)
        self.event_type = event_type
        self.violations = tuple(violations)

    def __str__(self) -> str:
        lines = [
            f"{violation.pointer or 'it'} {violation.message} ({getattr(violation, 'schema', '') or violation.rule})"
            for violation in self.violations
        ]
        if len(lines) == 1:
            return f"{self.event_type}: {lines[0]}; value hidden"
        return "\n  ".join([f"{self.event_type} breaks its contract in {len(lines)} places; values hidden:", *lines])


class EventPublishError(EventError):
    """
    An event was not acknowledged by Kafka.
    """
