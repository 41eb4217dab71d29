"""
The test kit for whoever uses the Aegis APIs and events: clients, events and mails without a network, in a world of the
test's own, held to the contracts.

Stands on the SDK, the mock and the verifier; nothing of them knows it. Every name loads its module when it is first
asked for. Needs the extra ``testing``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aegis_testing._kit import Kit, open_kit
    from aegis_testing._unittest import AegisTests
    from aegis_testing.books import EventBook, Inbox, Journal, SeenEvent, SeenExchange, SeenMessage
    from aegis_testing.consumer import ConsumerDriver, Outcome
    from aegis_testing.factories import FactoryError, make, make_value
    from aegis_testing.recorders import (
        AsyncRecordingEmailSender,
        RecordingEmailSender,
        RecordingPublisher,
        SyncRecordingPublisher,
    )
    from aegis_testing.routes import ContractRoutes, contract_routes

_HOMES = {
    "_kit": "Kit open_kit",
    "_unittest": "AegisTests",
    "books": "EventBook Inbox Journal SeenEvent SeenExchange SeenMessage",
    "consumer": "ConsumerDriver Outcome",
    "factories": "FactoryError make make_value",
    "recorders": "AsyncRecordingEmailSender RecordingEmailSender RecordingPublisher SyncRecordingPublisher",
    "routes": "ContractRoutes contract_routes",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}

__all__ = [
    "AegisTests", "AsyncRecordingEmailSender", "ConsumerDriver", "ContractRoutes", "EventBook", "FactoryError",
    "Inbox", "Journal", "Kit", "Outcome", "RecordingEmailSender", "RecordingPublisher", "SeenEvent", "SeenExchange",
    "SeenMessage", "SyncRecordingPublisher", "contract_routes", "make", "make_value", "open_kit",
]  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value: object = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("aegis"):
            raise
        from aegis_runtime.errors import MissingExtraError

        raise MissingExtraError("aegis_testing", "testing") from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
