"""
The event types that ``x-emits`` may name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aegis_contracts.events import EventType


class EventTypes(Protocol):
    """
    Event types by name and version; an ``EventCatalog`` is one.
    """

    def get(self, key: tuple[str, int], /) -> EventType | None:
        """
        Return the event type, if it is declared.
        """
        ...
