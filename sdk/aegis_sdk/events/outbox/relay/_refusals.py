"""
What Kafka refuses for good, in words that may stand in a log: waiting does not help, somebody has to decide.
"""

from __future__ import annotations

from collections.abc import Mapping

from aegis_sdk.events.publisher.sending._causes import cause_of

__all__ = ["NOT_ALLOWED", "NO_TOPIC", "TOPICS_OWN", "RowsRefusedError", "refusal"]

NO_TOPIC = "unknown topic"
NOT_ALLOWED = "authorization"
TOPICS_OWN = frozenset({NO_TOPIC, NOT_ALLOWED})


class RowsRefusedError(Exception):
    """
    Kafka refuses some of a batch, and nothing of it was published.

    Attributes:
        rows: why, by the id of each row; empty if it cannot be said which of them it is.
    """

    def __init__(self, rows: Mapping[int, str]) -> None:
        super().__init__(f"{len(rows)} refused")
        self.rows = rows


def refusal(error: BaseException) -> str | None:
    """
    Why Kafka refuses a record for good; ``None`` if it may take it another time.
    """
    if not isinstance(error, Exception):
        return None
    cause = cause_of(error)
    if cause.retry or cause.ambiguous:
        return None
    kind = str(cause.error.kind)
    return f"{kind} ({type(error).__name__.removesuffix('Error')})" if kind == "refused" else kind
