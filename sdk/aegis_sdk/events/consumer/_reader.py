"""
How the consumer reads events: by the contracts, with the codec that the publisher writes with.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Generic, cast

from typing_extensions import TypeVar

from aegis_contracts import Violation
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.codec._errors import LaterVersionError, UnknownEventTypeError
from aegis_sdk.events.publisher._framing import Frame

if TYPE_CHECKING:
    from aegis_sdk.events.codec._codec import EventCodec

__all__ = ["ContractReader", "topics_of"]


_E = TypeVar("_E", default=Any)


class ContractReader(Generic[_E]):
    """
    Reads the events of a codec.

    Args:
        codec: that of the contracts with its usual limits, if not given.
    """

    def __init__(self, codec: EventCodec[_E] | Frame[_E] | None = None) -> None:
        framed: EventCodec[_E] | Frame[_E] = codec if codec is not None else cast("EventCodec[_E]", _usual_codec())
        self.parse: Callable[[bytes], _E] = framed.parse
        self.codec: EventCodec[_E] = framed.codec if isinstance(framed, Frame) else framed
        self.models: frozenset[type[Any]] = frozenset(info.model for info in self.codec.event_types)
        self.event_id = self.codec.event_id

    def is_unknown(self, error: Exception) -> bool:
        """
        Say whether the contracts do not know the event type.
        """
        return isinstance(error, UnknownEventTypeError)

    def is_later(self, error: Exception) -> bool:
        """
        Say whether it is a later version of a known event type.
        """
        return isinstance(error, LaterVersionError)

    def read_as(self, model: type[Any]) -> tuple[type[Any], str] | None:
        """
        What events of *model* are always read as because of an upcaster, and that upcaster's name.
        """
        return self.codec.upcasters.read_as(model)

    def unread(self, models: Collection[type[Any]]) -> list[str]:
        """
        Older versions of *models* that are neither among them nor lead to them: their events would be skipped.
        """
        names = {info.name: info.version for info in self.codec.event_types if info.model in models}
        older = [info for info in self.codec.event_types if info.version < names.get(info.name, info.version)]
        return [info.id for info in older if info.model not in models and self.read_as(info.model) is None]

    def beyond(self, models: Collection[type[Any]]) -> dict[type[Any], LaterVersionError]:
        """
        Later versions of *models* that are not among them, and the refusal of an event that is read as one.
        """
        newest: dict[str, int] = {}
        for info in self.codec.event_types:
            if info.model in models:
                newest[info.name] = max(info.version, newest.get(info.name, info.version))
        found = [Violation("", "version", "is of a later version than has a handler here")]
        return {
            info.model: LaterVersionError(info.name, found, info.version, newest[info.name])
            for info in self.codec.event_types
            if info.version > newest.get(info.name, info.version)
        }

    def topics_of(self, models: Collection[type[Any]]) -> tuple[str, ...]:
        """
        The topics that carry these event types, their older versions included.

        Raises:
            ConfigurationError: one of them is no event type of this codec.
        """
        known = {info.model: info for info in self.codec.event_types}
        for model in models:
            if model not in known:
                raise ConfigurationError(f"{model.__name__} is no event type of the contracts; name its topics=…")
        wanted = [known[model] for model in models]
        return tuple(
            sorted(
                {
                    info.topic
                    for info in self.codec.event_types
                    for one in wanted
                    if info.name == one.name and info.version <= one.version
                }
            )
        )


def _usual_codec() -> EventCodec[Any]:
    # Loaded when a consumer is made, not when the package is imported: the schemas compile here.
    from aegis_sdk.events.codec._codec import usual_codec

    return usual_codec


def topics_of(event_types: Collection[type[Any]]) -> tuple[str, ...]:
    """
    The topics that carry these event types of the contracts, their older versions included.

    Raises:
        ConfigurationError: one of them is no event type of the contracts.
    """
    return ContractReader().topics_of(event_types)
