"""
The topic that dead letters are kept in, where it must be made first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class DeadLetterTopic:
    """
    A topic for dead letters, made like the topic that they come from.
    """

    name: str
    partitions: int
    replicas: int
    # Long enough for somebody to come back from a holiday and mend the handler.
    configuration: Mapping[str, str] = field(default_factory=lambda: {"retention.ms": str(30 * 86_400_000)})
