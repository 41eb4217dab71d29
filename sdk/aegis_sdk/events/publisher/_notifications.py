"""
The notification events of the contracts, for services that only want to ask for a mail.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from aegis_sdk.events.publisher._types import Published

__all__ = ["NotificationEvents"]


class NotificationEvents(ABC):
    """
    Asks the Notification Service for mails.
    """

    @abstractmethod
    async def publish(self, event: Any, *, timeout: float | None = None) -> Published:
        """
        Publish an event.
        """

    async def publish_welcome(self, user_id: str, email: str, *, timeout: float | None = None) -> Published:
        """
        Ask for the welcome mail to a user whose address is verified.
        """
        from aegis_sdk._generated.events import WelcomeNotificationRequested

        return await self.publish(WelcomeNotificationRequested.new(user_id=user_id, email=email), timeout=timeout)

    async def publish_email_verification(
        self, user_id: str, email: str, token: str, *, timeout: float | None = None
    ) -> Published:
        """
        Ask for the mail with the verification link. The token expires 24 hours after the event.
        """
        from aegis_sdk._generated.events import EmailVerificationRequested

        event = EmailVerificationRequested.new(user_id=user_id, email=email, verification_token=token)
        return await self.publish(event, timeout=timeout)
