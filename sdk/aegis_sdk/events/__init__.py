"""
Events: typed models, the codec that validates them, the publisher, the consumer and the outbox.

Every name is loaded when it is first used; all of it needs the extra ``kafka``. The models come from the contracts:
version 1 of an event type has its name (``UserRegistered``), later ones add theirs (``UserRegisteredV2``).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aegis_sdk._generated import events as _models

if TYPE_CHECKING:
    from aegis_sdk._generated.events import *  # noqa: F403
    from aegis_sdk.errors import EventError, EventPublishError, EventValidationError

    from ._codec import EventCodec, Route, encode, new, parse, route, upcaster, validate
    from ._errors import UnknownEventTypeError, UpcastError
    from ._json import Limits

# Where each name lives: one line for each module. A dot begins a neighbour of this file.
_HOMES = {
    "aegis_sdk.errors": "EventError EventPublishError EventValidationError",
    "._codec": "EventCodec Route encode new parse route upcaster validate",
    "._errors": "UnknownEventTypeError UpcastError",
    "._json": "Limits",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "EventCodec", "EventError", "EventPublishError", "EventValidationError", "Limits", "Route", "UnknownEventTypeError",
    "UpcastError", "encode", "new", "parse", "route", "upcaster", "validate",
]  # fmt: skip
__all__ += _models.__all__


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        home = import_module(_HOME[name], __name__) if name in _HOME else _models
        value = getattr(home, name)
    except ModuleNotFoundError as error:
        from aegis_sdk.errors import MissingExtraError

        if (error.name or "").startswith("aegis"):
            raise
        raise MissingExtraError("aegis_sdk.events", "kafka") from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
