"""
UserDeleted, version 1.

Generated from schemas/user.deleted.v1.json; do not edit.
"""

from datetime import datetime
from typing import ClassVar, Literal, Self

from aegis_sdk._generated.events import _base


class UserDeletedData(_base.Model, frozen=True, kw_only=True, gc=False, rename="camel"):
    """
    What an event UserDeleted tells.

    Attributes:
        user_id: The user; the same as aggregateId.
        deletion_reason: Why the user was deleted: a code such as user_request, or the user's own words.
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"deletion_reason"})

    user_id: str
    deletion_reason: str


class UserDeleted(
    _base.Model, frozen=True, kw_only=True, gc=False, rename="camel", tag_field="eventType", tag="UserDeleted"
):
    """
    A user has left, and what other services hold about the user is to be removed.

    Attributes:
        event_id: Unique for each event; the same event delivered twice keeps it, so consumers remove duplicates by
            it.
        aggregate_id: What the event is about, here the user. It is the record key, so the events of one user stay
            in order.
        occurred_at: When it happened, RFC 3339 with an offset. Writers use UTC and write Z.
        version: The major version of the event type's schema.
        data: What an event UserDeleted tells.
    """

    event_type: ClassVar[Literal["UserDeleted"]] = "UserDeleted"

    event_id: str
    aggregate_id: str
    occurred_at: datetime
    version: Literal[1] = 1
    data: UserDeletedData

    @classmethod
    def new(
        cls,
        *,
        user_id: str,
        deletion_reason: str,
        event_id: str | None = None,
        aggregate_id: str | None = None,
        occurred_at: datetime | None = None,
    ) -> Self:
        """
        Make a new UserDeleted; what the contract can fill in may be left out.

        It is held to its schema when it is encoded.

        Args:
            user_id: The user; the same as aggregateId.
            deletion_reason: Why the user was deleted: a code such as user_request, or the user's own words.
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
            data=UserDeletedData(user_id=user_id, deletion_reason=deletion_reason),
        )
