"""
Events: typed models, the codec that validates them, the publisher, the consumer and the outbox.

Every name is loaded when it is first used; all of it needs the extra ``kafka``. The models come from the contracts:
version 1 of an event type has its name (``UserRegistered``), later ones add theirs (``UserRegisteredV2``).
"""

# ruff: noqa: F405 - names come from stars; a test holds __all__ against what is really there.
from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from aegis_sdk._generated import events as _models

from ._homes import HOME as _HOME

if TYPE_CHECKING:
    from aegis_sdk._generated.events import *  # noqa: F403
    from aegis_sdk.errors import EventError, EventPublishError, EventValidationError

    from ._codec import EventCodec, Route, encode, new, parse, route, upcaster, validate
    from ._consuming import *  # noqa: F403
    from ._errors import UnknownEventTypeError, UpcastError
    from ._json import Limits
    from ._publishing import *  # noqa: F403

__all__ = [
    "BrokerUnavailableError", "ClosingReport", "ConsumerHealth", "ConsumerSettings", "ConsumerStats",
    "ContractEvents", "DeadLetter", "DedupeStore", "Delivery", "EventCodec", "EventConsumeError", "EventConsumer",
    "EventError", "EventPublishError", "EventPublisher", "EventTooLargeError", "EventValidationError",
    "EventsNotPublishedError", "HandlerCancelledError", "HandlerRetry", "HandlerTimeoutError", "KafkaConnection",
    "KafkaUnreachableError", "Limits", "MemoryDedupe", "NoDedupe", "PartitionHealth", "PostgresDedupe",
    "PublishNotAuthorizedError", "PublishOutcomeUnknownError", "PublishRefusedError", "PublishTimeoutError",
    "Published", "PublisherClosedError", "PublisherFullError", "PublisherHealth", "PublisherMetrics", "Record",
    "RecordMaker", "RedisDedupe", "Reject", "RetryLater", "Route", "SqliteDedupe", "TopicDifference", "TopicPlan",
    "UndeliveredEventError", "UnknownEventTypeError", "UnknownTopicError", "UpcastError", "apply_topics",
    "dead_letter_topic", "encode", "new", "parse", "plan_topics", "record_of", "route", "upcaster", "validate",
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
