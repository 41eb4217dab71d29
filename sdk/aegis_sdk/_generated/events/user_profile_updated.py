"""
UserProfileUpdated, version 1.

Generated from schemas/user.profile_updated.v1.json; do not edit.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Literal, Self

from aegis_sdk._generated.events import _base


class UserProfileUpdatedData(_base.Model, frozen=True, kw_only=True, gc=False, rename="camel"):
    """
    What an event UserProfileUpdated tells.

    Attributes:
        user_id: The user; the same as aggregateId.
        changed_fields: The names of the profile fields that changed, as the User API writes them.
        old_values: The values before the change, by field name; null where there was none.
        new_values: The values after the change, by field name; null where there is none any more.
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"new_values", "old_values"})

    user_id: str
    changed_fields: tuple[str, ...]
    old_values: Mapping[str, str | int | float | bool | tuple[str | int | float | bool | None, ...] | None]
    new_values: Mapping[str, str | int | float | bool | tuple[str | int | float | bool | None, ...] | None]


class UserProfileUpdated(
    _base.Model, frozen=True, kw_only=True, gc=False, rename="camel", tag_field="eventType", tag="UserProfileUpdated"
):
    """
    A user's profile has changed. Only the fields that really changed are told.

    Attributes:
        event_id: Unique for each event; the same event delivered twice keeps it, so consumers remove duplicates by
            it.
        aggregate_id: What the event is about, here the user. It is the record key, so the events of one user stay
            in order.
        occurred_at: When it happened, RFC 3339 with an offset. Writers use UTC and write Z.
        version: The major version of the event type's schema.
        data: What an event UserProfileUpdated tells.
    """

    event_type: ClassVar[Literal["UserProfileUpdated"]] = "UserProfileUpdated"

    event_id: str
    aggregate_id: str
    occurred_at: datetime
    version: Literal[1] = 1
    data: UserProfileUpdatedData

    @classmethod
    def new(
        cls,
        *,
        user_id: str,
        changed_fields: list[str] | tuple[str, ...],
        old_values: Mapping[str, str | int | float | bool | tuple[str | int | float | bool | None, ...] | None],
        new_values: Mapping[str, str | int | float | bool | tuple[str | int | float | bool | None, ...] | None],
        event_id: str | None = None,
        aggregate_id: str | None = None,
        occurred_at: datetime | None = None,
    ) -> Self:
        """
        Make a new UserProfileUpdated; what the contract can fill in may be left out.

        It is held to its schema when it is encoded.

        Args:
            user_id: The user; the same as aggregateId.
            changed_fields: The names of the profile fields that changed, as the User API writes them.
            old_values: The values before the change, by field name; null where there was none.
            new_values: The values after the change, by field name; null where there is none any more.
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
        _base.hold_keys(
            "UserProfileUpdated.v1",
            changed_fields,
            "/data/changedFields",
            data__oldValues=old_values,
            data__newValues=new_values,
        )
        return cls(
            event_id=event_id,
            aggregate_id=aggregate_id,
            occurred_at=occurred_at,
            data=UserProfileUpdatedData(
                user_id=user_id, changed_fields=tuple(changed_fields), old_values=old_values, new_values=new_values
            ),
        )
