"""
EmailVerificationRequested, version 1.

Generated from schemas/notification.email_verification_requested.v1.json; do not edit.
"""

from datetime import datetime, timedelta
from typing import ClassVar, Literal, Self

from aegis_sdk._generated.events import _base


class EmailVerificationRequestedData(_base.Model, frozen=True, kw_only=True, gc=False, rename="camel"):
    """
    What an event EmailVerificationRequested tells.

    Attributes:
        user_id: The user; the same as aggregateId.
        email: The user's e-mail address.
        verification_token: The token of the link; it works once and until expiresAt.
        notification_type: Always email_verification.
        template: The template of the notification service.
        priority: Always high.
        expires_at: When the token stops working: 24 hours after occurredAt.
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"email", "verification_token"})

    user_id: str
    email: str
    verification_token: str
    notification_type: Literal["email_verification"] = "email_verification"
    template: Literal["email_verification"] = "email_verification"
    priority: Literal["high"] = "high"
    expires_at: datetime


class EmailVerificationRequested(
    _base.Model,
    frozen=True,
    kw_only=True,
    gc=False,
    rename="camel",
    tag_field="eventType",
    tag="EmailVerificationRequested",
):
    """
    A mail with a link that verifies the user's e-mail address is to be sent.

    Attributes:
        event_id: Unique for each event; the same event delivered twice keeps it, so consumers remove duplicates by
            it.
        aggregate_id: What the event is about, here the user. It is the record key, so the events of one user stay
            in order.
        occurred_at: When it happened, RFC 3339 with an offset. Writers use UTC and write Z.
        version: The major version of the event type's schema.
        data: What an event EmailVerificationRequested tells.
    """

    event_type: ClassVar[Literal["EmailVerificationRequested"]] = "EmailVerificationRequested"

    event_id: str
    aggregate_id: str
    occurred_at: datetime
    version: Literal[1] = 1
    data: EmailVerificationRequestedData

    @classmethod
    def new(
        cls,
        *,
        user_id: str,
        email: str,
        verification_token: str,
        expires_at: datetime | None = None,
        event_id: str | None = None,
        aggregate_id: str | None = None,
        occurred_at: datetime | None = None,
    ) -> Self:
        """
        Make a new EmailVerificationRequested; what the contract can fill in may be left out.

        It is held to its schema when it is encoded.

        Args:
            user_id: The user; the same as aggregateId.
            email: The user's e-mail address.
            verification_token: The token of the link; it works once and until expiresAt.
            expires_at: When the token stops working: 24 hours after occurredAt.
            event_id: Unique for each event; the same event delivered twice keeps it, so consumers remove duplicates
                by it.
            aggregate_id: What the event is about, here the user. It is the record key, so the events of one user
                stay in order.
            occurred_at: When it happened, RFC 3339 with an offset. Writers use UTC and write Z.
        """
        if event_id is None:
            event_id = _base.new_id()
        if occurred_at is None:
            occurred_at = _base.now()
        if expires_at is None:
            expires_at = occurred_at + timedelta(hours=24)
        if aggregate_id is None:
            aggregate_id = user_id
        return cls(
            event_id=event_id,
            aggregate_id=aggregate_id,
            occurred_at=occurred_at,
            data=EmailVerificationRequestedData(
                user_id=user_id, email=email, verification_token=verification_token, expires_at=expires_at
            ),
        )
