"""
Events: typed models, the codec that validates them, the publisher, the consumer and the outbox.

Every name is loaded when it is first used; all of it needs the extra ``kafka``. The models come from the contracts:
version 1 of an event type has its name (``UserRegistered``), later ones add theirs (``UserRegisteredV2``).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aegis_sdk._generated import events as _models
from aegis_sdk.events._homes import HOME as _HOME

if TYPE_CHECKING:
    from aegis_sdk._generated.events import *  # noqa: F403
    from aegis_sdk.errors import EventError as EventError
    from aegis_sdk.errors import EventPublishError as EventPublishError
    from aegis_sdk.errors import EventValidationError as EventValidationError
    from aegis_sdk.events.codec import *  # noqa: F403
    from aegis_sdk.events.consumer import *  # noqa: F403
    from aegis_sdk.events.dead_letters import *  # noqa: F403
    from aegis_sdk.events.dedupe import *  # noqa: F403
    from aegis_sdk.events.kafka import *  # noqa: F403
    from aegis_sdk.events.publisher import *  # noqa: F403
else:
    # The rooms list what is public; a test holds this list against what is really there.
    __all__ = sorted([*_HOME, *_models.__all__])


def __getattr__(name: str) -> Any:
    if name not in _HOME and name not in _models.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        home = import_module(_HOME[name]) if name in _HOME else _models
        value = getattr(home, name)
    except ModuleNotFoundError as error:
        from aegis_sdk.errors import MissingExtraError

        if (error.name or "").startswith("aegis"):
            raise
        raise MissingExtraError("aegis_sdk.events", "kafka") from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*_HOME, *_models.__all__])
