"""
The event models, and the table of what the contract says of them; each is loaded when it is used.

Generated from schemas/; do not edit.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aegis_sdk._generated.events._base import EventInfo, Model, ReadRule, Topic, new_id, now
    from aegis_sdk._generated.events._catalog import DISCRIMINATOR, EVENT_TYPES, TOPICS, VERSION
    from aegis_sdk._generated.events._union import Event
    from aegis_sdk._generated.events.email_verification_requested import (
        EmailVerificationRequested,
        EmailVerificationRequestedData,
    )
    from aegis_sdk._generated.events.user_deleted import UserDeleted, UserDeletedData
    from aegis_sdk._generated.events.user_profile_updated import UserProfileUpdated, UserProfileUpdatedData
    from aegis_sdk._generated.events.user_registered import UserRegistered, UserRegisteredData
    from aegis_sdk._generated.events.welcome_notification_requested import (
        WelcomeNotificationRequested,
        WelcomeNotificationRequestedData,
    )

__all__ = [
    "DISCRIMINATOR",
    "EVENT_TYPES",
    "TOPICS",
    "VERSION",
    "EmailVerificationRequested",
    "EmailVerificationRequestedData",
    "Event",
    "EventInfo",
    "Model",
    "ReadRule",
    "Topic",
    "UserDeleted",
    "UserDeletedData",
    "UserProfileUpdated",
    "UserProfileUpdatedData",
    "UserRegistered",
    "UserRegisteredData",
    "WelcomeNotificationRequested",
    "WelcomeNotificationRequestedData",
    "new_id",
    "now",
]

_HOMES = {
    "DISCRIMINATOR": "_catalog",
    "EVENT_TYPES": "_catalog",
    "EmailVerificationRequested": "email_verification_requested",
    "EmailVerificationRequestedData": "email_verification_requested",
    "Event": "_union",
    "EventInfo": "_base",
    "Model": "_base",
    "ReadRule": "_base",
    "TOPICS": "_catalog",
    "Topic": "_base",
    "UserDeleted": "user_deleted",
    "UserDeletedData": "user_deleted",
    "UserProfileUpdated": "user_profile_updated",
    "UserProfileUpdatedData": "user_profile_updated",
    "UserRegistered": "user_registered",
    "UserRegisteredData": "user_registered",
    "VERSION": "_catalog",
    "WelcomeNotificationRequested": "welcome_notification_requested",
    "WelcomeNotificationRequestedData": "welcome_notification_requested",
    "new_id": "_base",
    "now": "_base",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
