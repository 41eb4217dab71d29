"""
UserRegistered, version 1.

Generated from schemas/user.registered.v1.json; do not edit.
"""

from datetime import datetime
from typing import ClassVar, Literal, Self

from aegis_sdk._generated.events import _base


class UserRegisteredData(_base.Model, frozen=True, kw_only=True, gc=False, rename="camel", omit_defaults=True):
    """
    What an event UserRegistered tells.

    Attributes:
        user_id: The user; the same as aggregateId.
        email: The user's e-mail address.
        business_registration_number: The number that the registry confirmed, with hyphens.
        business_type: Whose business it is, 개인사업자 or 법인사업자, as the user gave it; absent when not given.
        industry_code: KSIC code, 11th revision, five digits; absent when not given.
        region: 시도 code of the business, two digits, as it was given; absent when not given.
    """

    __sensitive__: ClassVar[frozenset[str]] = frozenset({"business_registration_number", "email"})

    user_id: str
    email: str
    business_registration_number: str
    business_type: str | None = None
    industry_code: str | None = None
    region: str | None = None


class UserRegistered(
    _base.Model, frozen=True, kw_only=True, gc=False, rename="camel", tag_field="eventType", tag="UserRegistered"
):
    """
    A user has registered and the registry has confirmed the business as active.

    Attributes:
        event_id: Unique for each event; the same event delivered twice keeps it, so consumers remove duplicates by
            it.
        aggregate_id: What the event is about, here the user. It is the record key, so the events of one user stay
            in order.
        occurred_at: When it happened, RFC 3339 with an offset. Writers use UTC and write Z.
        version: The major version of the event type's schema.
        data: What an event UserRegistered tells.
    """

    event_type: ClassVar[Literal["UserRegistered"]] = "UserRegistered"

    event_id: str
    aggregate_id: str
    occurred_at: datetime
    version: Literal[1] = 1
    data: UserRegisteredData

    @classmethod
    def new(
        cls,
        *,
        user_id: str,
        email: str,
        business_registration_number: str,
        business_type: str | None = None,
        industry_code: str | None = None,
        region: str | None = None,
        event_id: str | None = None,
        aggregate_id: str | None = None,
        occurred_at: datetime | None = None,
    ) -> Self:
        """
        Make a new UserRegistered; what the contract can fill in may be left out.

        It is held to its schema when it is encoded.

        Args:
            user_id: The user; the same as aggregateId.
            email: The user's e-mail address.
            business_registration_number: The number that the registry confirmed, with hyphens.
            business_type: Whose business it is, 개인사업자 or 법인사업자, as the user gave it; absent when not given.
            industry_code: KSIC code, 11th revision, five digits; absent when not given.
            region: 시도 code of the business, two digits, as it was given; absent when not given.
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
            data=UserRegisteredData(
                user_id=user_id,
                email=email,
                business_registration_number=business_registration_number,
                business_type=business_type,
                industry_code=industry_code,
                region=region,
            ),
        )
