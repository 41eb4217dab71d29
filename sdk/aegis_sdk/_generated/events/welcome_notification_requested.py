"""
WelcomeNotificationRequested, version 1.

Generated from schemas/notification.welcome_requested.v1.json; do not edit.
"""

from datetime import datetime
from typing import ClassVar, Literal, Self

from aegis_sdk._generated.events import _base


class WelcomeNotificationRequestedData(_base.Model, frozen=True, kw_only=True, gc=False, rename="camel"):
    """
    What an event WelcomeNotificationRequested tells.

    Attributes:
        user_id: The user; the same as aggregateId.
        email: The user's e-mail address.
        notification_type: Always welcome.
        template: The template of the notification service.
        priority: Always normal.
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"email"})

    user_id: str
    email: str
    notification_type: Literal["welcome"] = "welcome"
    template: Literal["user_welcome"] = "user_welcome"
    priority: Literal["normal"] = "normal"


class WelcomeNotificationRequested(
    _base.Model,
    frozen=True,
    kw_only=True,
    gc=False,
    rename="camel",
    tag_field="eventType",
    tag="WelcomeNotificationRequested",
):
    """
    The welcome mail is to be sent to a user whose e-mail address has been verified.

    Attributes:
        event_id: Unique for each event; the same event delivered twice keeps it, so consumers remove duplicates by
            it.
        aggregate_id: What the event is about, here the user. It is the record key, so the events of one user stay
            in order.
        occurred_at: When it happened, RFC 3339 with an offset. Writers use UTC and write Z.
        version: The major version of the event type's schema.
        data: What an event WelcomeNotificationRequested tells.
    """

    event_type: ClassVar[Literal["WelcomeNotificationRequested"]] = "WelcomeNotificationRequested"

    event_id: str
    aggregate_id: str
    occurred_at: datetime
    version: Literal[1] = 1
    data: WelcomeNotificationRequestedData

    @classmethod
    def new(
        cls,
        *,
        user_id: str,
        email: str,
        event_id: str | None = None,
        aggregate_id: str | None = None,
        occurred_at: datetime | None = None,
    ) -> Self:
        """
        Make a new WelcomeNotificationRequested; what the contract can fill in may be left out.

        It is held to its schema when it is encoded.

        Args:
            user_id: The user; the same as aggregateId.
            email: The user's e-mail address.
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
        if aggregate_id is None:
            aggregate_id = user_id
        return cls(
            event_id=event_id,
            aggregate_id=aggregate_id,
            occurred_at=occurred_at,
            data=WelcomeNotificationRequestedData(user_id=user_id, email=email),
        )
