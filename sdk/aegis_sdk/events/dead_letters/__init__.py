"""
Events that could not be handled: what a dead letter is, and how it gets onto its topic.
"""

from __future__ import annotations

from aegis_sdk.events.dead_letters._letter import DeadLetter, dead_letter_topic

__all__ = [
    "DeadLetter",
    "dead_letter_topic",
]
