"""
What a consumer refuses at its start, since it would otherwise pass events over without a word.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

from aegis_sdk.errors import ConfigurationError
from aegis_sdk.events.consumer.handling._handlers import Tombstone

__all__ = ["check"]


def check(models: Collection[type[Any]], reader: Any) -> None:
    """
    Hold handlers and reader to each other.

    Raises:
        ConfigurationError: there is no handler; the reader never makes a handler's model, or always makes a newer
            version of it, or never one that it has a handler for; or the events have no id.
    """
    wanted = [model for model in models if model is not Tombstone]
    if not models:
        raise ConfigurationError("the consumer has no handlers; register them with @consumer.on(EventType)")
    made: Collection[type[Any]] | None = getattr(reader, "models", None)
    read_as = getattr(reader, "read_as", None)
    name: str | None = getattr(reader, "event_id", "event_id")
    for model in wanted:
        if made is not None and model not in made:
            known = ", ".join(sorted(one.__name__ for one in made))
            raise ConfigurationError(
                f"the handler of {model.__module__}.{model.__name__} would never be called: the reader makes {known};"
                " give the consumer the codec=… of that model"
            )
        if name is None or _lacks(model, name):
            raise ConfigurationError(
                f"events of {model.__name__} have no {name or 'id'}: without it the same event cannot be told from"
                " another; name the attribute with EventCodec(event_id=…) or as the reader's event_id"
            )
        if read_as is not None and (found := read_as(model)) is not None:
            raise ConfigurationError(
                f"the handler of {model.__name__} would never be called: the upcaster {found[1]} makes its events"
                f" {found[0].__name__}; let the handler take that"
            )
    unread = getattr(reader, "unread", None)
    if unread is not None and (skipped := unread(wanted)):
        raise ConfigurationError(
            f"events of {', '.join(skipped)} would be skipped and never come again: no handler takes them, and no"
            " upcaster leads to a version that has one; register either"
        )


def _lacks(model: type[Any], name: str) -> bool:
    """
    Whether instances of *model* surely have no attribute of this name.
    """
    if hasattr(model, name):
        return False
    if hasattr(model, "__struct_fields__"):
        return name not in model.__struct_fields__
    if hasattr(model, "model_fields"):
        return name not in model.model_fields
    if dataclasses.is_dataclass(model):
        return name not in {one.name for one in dataclasses.fields(model)}
    if any(name in getattr(base, "__annotations__", {}) for base in model.__mro__):
        return False
    # Whatever its constructor sets is not known; plain data has no attributes.
    return model.__module__ == "builtins"
