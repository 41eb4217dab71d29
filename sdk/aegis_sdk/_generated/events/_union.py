"""
Every event in one type.

Generated from schemas/; do not edit.
"""

from typing import TypeAlias

from aegis_sdk._generated.events.email_verification_requested import EmailVerificationRequested
from aegis_sdk._generated.events.user_deleted import UserDeleted
from aegis_sdk._generated.events.user_profile_updated import UserProfileUpdated
from aegis_sdk._generated.events.user_registered import UserRegistered
from aegis_sdk._generated.events.welcome_notification_requested import WelcomeNotificationRequested

Event: TypeAlias = (
    UserRegistered | UserProfileUpdated | UserDeleted | WelcomeNotificationRequested | EmailVerificationRequested
)
