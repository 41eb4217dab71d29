"""
The specification's own tests once more, through the SDK: what comes back is typed, and what goes wrong is an error.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import date

import pytest

from aegis_sdk import (
    AsyncUserClient,
    BusinessRegistryClient,
    RecommendationClient,
    SmsClient,
    UserClient,
    errors,
    events,
    user,
)
from aegis_sdk.user import RegisterUserResponse
from tests.scenarios._aegis import Aegis, MockProcess, business_number

PASSWORD = "correct-horse-battery-staple"
DAY = 24 * 60 * 60


@pytest.fixture
def users(mock_process: MockProcess, aegis: Aegis) -> Iterator[UserClient]:
    headers = {"X-Mock-World": aegis.world}
    with UserClient(
        mock_process.url, "key", headers=headers, strict=True, max_retries=0, circuit_breaker=False
    ) as client:
        yield client


def _register(users: UserClient) -> RegisterUserResponse:
    return users.users.register(
        email="seoyeon.kim@example.com",
        password=PASSWORD,
        business_registration_number="124-81-00998",
        business_name="삼성전자 주식회사",
        phone_number="010-1234-5678",
        start_date=date(1969, 1, 13),
        representative_name="김서연",
    )


def test_the_registration_flow(users: UserClient, aegis: Aegis) -> None:
    """
    Registered through the SDK: the user is there, one event parses as its type, one mail has the link.
    """
    made = _register(users)
    assert users.users.get(made.user_id).business_name == "삼성전자 주식회사"
    [event] = [events.parse(events.encode(events.parse(event))) for event in map(_bytes, aegis.events())]
    assert isinstance(event, events.UserRegistered)
    assert (event.aggregate_id, event.data.user_id, event.occurred_at) == (made.user_id, made.user_id, made.created_at)
    [mail] = aegis.mails()
    assert users.email_verifications.confirm(token=mail["token"]).status == "active"
    with pytest.raises(user.TokenAlreadyUsedError):
        users.email_verifications.confirm(token=mail["token"])


def test_the_profile_update(users: UserClient, aegis: Aegis) -> None:
    """
    The event of an update is about the user and names what changed.
    """
    made = _register(users)
    users.users.update(made.user_id, business_name="삼성전자 수원사업장", region="41")
    event = events.parse(_bytes(aegis.events("UserProfileUpdated")[0]))
    assert isinstance(event, events.UserProfileUpdated)
    assert event.aggregate_id == made.user_id
    assert sorted(event.data.changed_fields) == ["business_name", "region"]


async def test_a_hundred_registrations_at_once(mock_process: MockProcess, aegis: Aegis) -> None:
    """
    A hundred registrations at once through one asynchronous client: all succeed, a hundred events, a hundred mails.
    """
    async with AsyncUserClient(mock_process.url, "key", headers={"X-Mock-World": aegis.world}, strict=True) as client:
        made = await asyncio.gather(
            *(
                client.users.register(
                    email=f"user{index}@example.com",
                    password=PASSWORD,
                    business_registration_number=business_number(index),
                    business_name=f"이지스상회 {index}",
                    phone_number="010-1234-5678",
                )
                for index in range(100)
            )
        )
        listed = [found.user_id async for found in client.users.list(limit=30)]
    assert sorted(listed) == sorted(one.user_id for one in made)
    assert {event["aggregateId"] for event in aegis.events()} == set(listed)
    assert len(aegis.events()) == len(aegis.mails()) == 100


def test_an_expired_token_is_an_error_of_its_own(users: UserClient, aegis: Aegis) -> None:
    """
    A day later the token has expired, and the error is of that kind, of its integration, and of its status.
    """
    _register(users)
    aegis.advance(DAY)
    with pytest.raises(user.TokenExpiredError) as caught:
        users.email_verifications.confirm(token=aegis.mails()[0]["token"])
    assert isinstance(caught.value, errors.GoneError)
    assert isinstance(caught.value, errors.UserApiError)


def test_a_wrong_code_tells_what_is_left(users: UserClient, aegis: Aegis) -> None:
    """
    A wrong code is an error that tells the attempts left; the right one verifies the phone.
    """
    made = _register(users)
    users.phone_verifications.request(made.user_id)
    code = aegis.sms()[0]["text"].partition("인증번호: ")[2][:6]
    with pytest.raises(user.CodeMismatchError) as caught:
        users.phone_verifications.confirm(made.user_id, code=f"{(int(code) + 1) % 1_000_000:06}")
    assert caught.value.problem.extensions["attempts_remaining"] == 4
    assert users.phone_verifications.confirm(made.user_id, code=code).phone_verified is True


@pytest.mark.parametrize("path", ["/api/v1", "/api/nts-businessman/v1"])
def test_the_registry_at_both_of_its_servers(mock_process: MockProcess, aegis: Aegis, path: str) -> None:
    """
    The same client verifies a business at the gateway and at the tax service.
    """
    headers = {"X-Mock-World": aegis.world}
    with BusinessRegistryClient(mock_process.url + path, "key", headers=headers, strict=True) as registry:
        info = registry.verify("1248100998", start_date="1969-01-13", representative="김서연")
        states = [verdict.status for verdict in registry.verify_many(["220-81-62517", "999-00-02009", "999-00-03008"])]
    assert info.status == "active"
    assert states == ["active", "inactive", "closed"]


def test_recommendations_and_sms(mock_process: MockProcess, aegis: Aegis) -> None:
    """
    Preferences are kept and count; a text arrives as it was written.
    """
    headers = {"X-Mock-World": aegis.world}
    with RecommendationClient(mock_process.url, "key", headers=headers, strict=True) as client:
        client.preferences.update("user-1", support_types=["loan"])
        found = client.recommendations.list("user-1", limit=5).data.recommendations
    assert {policy.support_type for policy in found} == {"loan"}
    with SmsClient(f"{mock_process.url}/v1", "key", sender="02-1234-5678", headers=headers, strict=True) as sms:
        assert sms.send_code("010-1234-5678", "482915").type == "SMS"
    assert aegis.sms("01012345678")[0]["text"] == "[이지스] 인증번호: 482915 (5분 내 입력)"


def _bytes(envelope: dict[str, object]) -> bytes:
    return json.dumps(envelope, ensure_ascii=False).encode()
