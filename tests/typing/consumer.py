"""
A consumer's program, never run: mypy --strict and pyright strict find nothing in it but the mistakes that it marks.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import assert_type

import aegis_sdk
from aegis_sdk import (
    OMIT,
    AsyncBusinessRegistryClient,
    AsyncPage,
    AsyncRecommendationClient,
    AsyncUserClient,
    BusinessInfo,
    BusinessRegistryClient,
    Omit,
    Page,
    RawResponse,
    RecommendationClient,
    Secret,
    SmsClient,
    UserClient,
    errors,
    recommendation,
    registry,
    sms,
    user,
)


def register(client: UserClient, password: Secret, region: str | None) -> str:
    """
    Register, read, list, change and delete.
    """
    chosen: user.RegionCode | Omit = user.RegionCode(region) if region else OMIT
    registered = client.users.register(
        email="seoyeon.kim@example.com",
        password=password,
        business_registration_number="124-81-00998",
        business_name="삼성전자 주식회사",
        phone_number="010-1234-5678",
        region=chosen,
        start_date=date(1969, 1, 13),
        idempotency_key="8e03978e-40d5-43e8-bc93-6894a57f9324",
        timeout=5,
    )
    assert_type(registered, user.RegisterUserResponse)
    assert_type(registered.created_at, datetime)
    assert_type(registered.status, user.UserStatus)
    found = client.users.get(registered.user_id)
    assert_type(found, user.User)
    assert_type(found.region, user.RegionCode | None)
    assert_type(found.start_date, date | None)
    page = client.users.list(limit=50, status="active", region=user.RegionCode.GYEONGGI)
    assert_type(page, Page[user.User])
    for each in page:
        assert_type(each, user.User)
    client.users.update(registered.user_id, region=None, business_name="새 이름")
    assert_type(client.users.with_raw_response.get(registered.user_id), RawResponse[user.User])
    return registered.user_id


def mistakes(client: UserClient) -> None:
    """
    What a type checker is for.
    """
    client.users.get()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.users.get(user=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.users.list(status="unheard-of")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.users.delete("id")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    client.users.update("id", phone_number=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def handle(client: UserClient, user_id: str) -> str:
    """
    Catch by problem, by status, by family.
    """
    try:
        client.users.delete(user_id, reason="business_closed")
    except user.UserNotFoundError as error:
        return error.code
    except errors.ConflictError as error:
        return error.problem.code
    except errors.InvalidRequestError as error:
        return ", ".join(violation.pointer for violation in error.violations)
    except errors.UserApiError as error:
        return error.request_id
    except aegis_sdk.AegisError as error:
        return str(error)
    return "deleted"


def consumed(recommendations: RecommendationClient, businesses: BusinessRegistryClient, texts: SmsClient) -> None:
    """
    The other APIs.
    """
    answer = recommendations.recommendations.list("user-id", limit=10)
    for each in answer.data.recommendations:
        assert_type(each, recommendation.Recommendation)
        assert_type(each.score, float)
    recommendations.preferences.update("user-id", support_types=["loan", recommendation.SupportType.GRANT])
    now = datetime.now(UTC)
    recommendations.interactions.record(
        user_id="user-id", policy_id="PLCY-2026-000417", interaction_type="viewed", timestamp=now
    )
    info = businesses.verify("124-81-00998", start_date="1969-01-13", representative="김서연")
    assert_type(info, BusinessInfo)
    for verdict in businesses.verify_many(["1248100998"]):
        assert_type(verdict, registry.BusinessVerdict)
    query: registry.BusinessQueryInput = {"b_no": "1248100998", "start_dt": "19690113", "p_nm": "김서연"}
    assert_type(businesses.businesses.validate(businesses=[query]), registry.ValidateResponse)
    assert_type(texts.send_code("010-1234-5678", "482915"), sms.SentMessage)
    texts.with_options(timeout=2, max_retries=1).send_notification("010-1234-5678", "안내")


async def awaited(
    users: AsyncUserClient, recommendations: AsyncRecommendationClient, businesses: AsyncBusinessRegistryClient
) -> None:
    """
    The same, awaited.
    """
    async with users as client:
        assert_type(await client.users.get("id"), user.User)
        assert_type(await client.users.list(limit=2), AsyncPage[user.User])
        async for each in client.users.list():
            assert_type(each, user.User)
        assert_type(await client.users.with_raw_response.get("id"), RawResponse[user.User])
        assert_type(await client.service.health(), user.ServiceHealth)
    assert_type(await recommendations.recommendations.list("id"), recommendation.RecommendationsResponse)
    assert_type(await businesses.verify("1248100998"), BusinessInfo)
    async for verdict in businesses.verify_many(["1248100998"]):
        assert_type(verdict, registry.BusinessVerdict)
