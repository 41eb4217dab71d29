"""
What generated classes and modules are called.
"""

from __future__ import annotations

from aegis_codegen.events._types import snake
from aegis_contracts.events import EventType


def class_name(event: EventType) -> str:
    """
    Name the model of *event*.

    Version 1 has the event type's own name for ever and later versions add ``V2``, ``V3``, …: code that reads or writes
    ``UserRegistered`` means the same event before and after a new version comes.
    """
    return event.name if event.version == 1 else f"{event.name}V{event.version}"


def module_name(event: EventType) -> str:
    """
    Name the module of the model.
    """
    return snake(event.name) if event.version == 1 else f"{snake(event.name)}_v{event.version}"
