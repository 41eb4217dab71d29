"""
How the consumer reads events: by the contracts, with the codec that the publisher writes with.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.codec._errors import UnknownEventTypeError

__all__ = ["ContractReader", "topics_of"]


class ContractReader:
    """
    Reads the events that are generated from the contracts.
    """

    def __init__(self) -> None:
        # Loaded when a consumer is made, not when the package is imported: the schemas compile here.
        from aegis_sdk.events.codec._codec import parse

        self.parse: Callable[[bytes], Any] = parse

    def is_unknown(self, error: Exception) -> bool:
        """
        Say whether the contracts do not know the event type.
        """
        return isinstance(error, UnknownEventTypeError)


def topics_of(event_types: Collection[type[Any]]) -> tuple[str, ...]:
    """
    The topics that carry these event types.

    Raises:
        ConfigurationError: one of them is no event type of the contracts.
    """
    from aegis_sdk._generated.events import EVENT_TYPES

    known = {info.model: info.topic for info in EVENT_TYPES}
    for event_type in event_types:
        if event_type not in known:
            raise ConfigurationError(f"{event_type.__name__} is no event type of the contracts; name its topics=…")
    return tuple(sorted({known[event_type] for event_type in event_types}))
