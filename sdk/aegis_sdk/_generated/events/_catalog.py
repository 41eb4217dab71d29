"""
What the contract says of each event type and topic.

Generated from schemas/; do not edit.
"""

from typing import Final

from aegis_sdk._generated.events._base import EventInfo, ReadRule, Topic
from aegis_sdk._generated.events.email_verification_requested import EmailVerificationRequested
from aegis_sdk._generated.events.user_deleted import UserDeleted
from aegis_sdk._generated.events.user_profile_updated import UserProfileUpdated
from aegis_sdk._generated.events.user_registered import UserRegistered
from aegis_sdk._generated.events.welcome_notification_requested import WelcomeNotificationRequested

DISCRIMINATOR: Final = "eventType"
VERSION: Final = "version"

EVENT_TYPES: Final[tuple[EventInfo, ...]] = (
    EventInfo(
        "UserRegistered",
        1,
        UserRegistered,
        "aegis.user.registered.v1",
        "aggregate_id",
        "schemas/user.registered.v1.json",
        "application/json",
        "A user has registered and the registry has confirmed the business as active.",
        (
            ReadRule("/occurredAt", "naive"),
            ReadRule("/version", "absent", 1),
        ),
    ),
    EventInfo(
        "UserProfileUpdated",
        1,
        UserProfileUpdated,
        "aegis.user.profile_updated.v1",
        "aggregate_id",
        "schemas/user.profile_updated.v1.json",
        "application/json",
        "A user's profile has changed. Only the fields that really changed are told.",
        (
            ReadRule("/occurredAt", "naive"),
            ReadRule("/version", "absent", 1),
        ),
    ),
    EventInfo(
        "UserDeleted",
        1,
        UserDeleted,
        "aegis.user.deleted.v1",
        "aggregate_id",
        "schemas/user.deleted.v1.json",
        "application/json",
        "A user has left, and what other services hold about the user is to be removed.",
        (
            ReadRule("/occurredAt", "naive"),
            ReadRule("/version", "absent", 1),
        ),
    ),
    EventInfo(
        "WelcomeNotificationRequested",
        1,
        WelcomeNotificationRequested,
        "aegis.notification.requested.v1",
        "aggregate_id",
        "schemas/notification.welcome_requested.v1.json",
        "application/json",
        "The welcome mail is to be sent to a user whose e-mail address has been verified.",
        (
            ReadRule("/aggregateId", "absent", None, "/data/userId"),
            ReadRule("/occurredAt", "naive"),
            ReadRule("/version", "absent", 1),
        ),
    ),
    EventInfo(
        "EmailVerificationRequested",
        1,
        EmailVerificationRequested,
        "aegis.notification.requested.v1",
        "aggregate_id",
        "schemas/notification.email_verification_requested.v1.json",
        "application/json",
        "A mail with a link that verifies the user's e-mail address is to be sent.",
        (
            ReadRule("/aggregateId", "absent", None, "/data/userId"),
            ReadRule("/occurredAt", "naive"),
            ReadRule("/version", "absent", 1),
            ReadRule("/data/expiresAt", "naive"),
        ),
    ),
)

TOPICS: Final[dict[str, Topic]] = {
    "aegis.user.registered.v1": Topic(
        "aegis.user.registered.v1",
        3,
        3,
        604800000,
        {"cleanup.policy": ["delete"], "retention.ms": 604800000},
        "Read by the Policy, Recommendation and Notification services.",
        ("Policy Service", "Recommendation Service", "Notification Service"),
    ),
    "aegis.user.profile_updated.v1": Topic(
        "aegis.user.profile_updated.v1",
        3,
        3,
        604800000,
        {"cleanup.policy": ["delete"], "retention.ms": 604800000},
        "Read by the Policy, Recommendation and Notification services.",
        ("Policy Service", "Recommendation Service", "Notification Service"),
    ),
    "aegis.user.deleted.v1": Topic(
        "aegis.user.deleted.v1",
        3,
        3,
        2592000000,
        {"cleanup.policy": ["delete"], "retention.ms": 2592000000},
        "Read by the Policy, Recommendation and Notification services. Kept for 30 days, so that a service that was down for long still removes what it holds.",
        ("Policy Service", "Recommendation Service", "Notification Service"),
    ),
    "aegis.notification.requested.v1": Topic(
        "aegis.notification.requested.v1",
        3,
        3,
        604800000,
        {"cleanup.policy": ["delete"], "retention.ms": 604800000},
        "Read by the Notification Service, which tells the event types apart by eventType.",
        ("Notification Service",),
    ),
}
