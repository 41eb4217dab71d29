"""
Tokens and codes: they work once, expire, and a newer one replaces them.
"""

from __future__ import annotations

import httpx
import pytest

from tests.scenarios._aegis import Aegis, code_of

HOUR = 60 * 60


def _confirm(aegis: Aegis, token: str) -> httpx.Response:
    return aegis.post("/api/v1/email-verifications/confirm", {"token": token})


def _reset(aegis: Aegis, token: str) -> httpx.Response:
    return aegis.post("/api/v1/password-resets/confirm", {"token": token, "new_password": "purple-otter-lamp"})


def test_confirming_the_address_makes_the_user_active(aegis: Aegis) -> None:
    """
    The token of the mail verifies the address once; the user is active, and a welcome is asked for.
    """
    user_id = aegis.register()
    [mail] = aegis.mails()
    said = _confirm(aegis, mail["token"]).json()
    assert (said["user_id"], said["status"], said["email_verified"]) == (user_id, "active", True)
    assert aegis.get(f"/api/v1/users/{user_id}").json()["status"] == "active"
    [event] = aegis.events("WelcomeNotificationRequested")
    assert event["aggregateId"] == user_id
    assert event["occurredAt"] == said["verified_at"]
    assert event["data"] == {
        "userId": user_id,
        "email": "seoyeon.kim@example.com",
        "notificationType": "welcome",
        "template": "user_welcome",
        "priority": "normal",
    }
    assert code_of(_confirm(aegis, mail["token"])) == (409, "token_already_used")
    assert len(aegis.events("WelcomeNotificationRequested")) == 1


@pytest.mark.parametrize(("seconds", "status"), [(24 * HOUR - 5, 200), (24 * HOUR, 410)])
def test_a_verification_token_is_valid_for_a_day(aegis: Aegis, seconds: int, status: int) -> None:
    """
    The token of a verification mail works for 24 hours, then it is 410.
    """
    aegis.register()
    [mail] = aegis.mails()
    aegis.advance(seconds)
    answer = _confirm(aegis, mail["token"])
    assert answer.status_code == status
    if status == 410:
        assert code_of(answer) == (410, "token_expired")


def test_a_token_that_nobody_issued_is_404(aegis: Aegis) -> None:
    """
    An unknown token is 404, and a token for one purpose is unknown for another.
    """
    aegis.register()
    assert code_of(_confirm(aegis, "a" * 43)) == (404, "token_unknown")
    assert code_of(_reset(aegis, aegis.mails()[0]["token"])) == (404, "token_unknown")


def test_a_new_mail_replaces_the_token(aegis: Aegis) -> None:
    """
    A resend issues a new token, one mail and one event whose expiresAt is exactly 24 hours after occurredAt.
    """
    user_id = aegis.register()
    answer = aegis.post(f"/api/v1/users/{user_id}/email-verifications")
    assert answer.status_code == 202
    first, second = aegis.mails()
    [event] = aegis.events("EmailVerificationRequested")
    assert event["data"]["verificationToken"] == second["token"] != first["token"]
    assert event["data"]["expiresAt"] == answer.json()["expires_at"]
    day, moment = event["occurredAt"].split("T")
    until_day, until_moment = event["data"]["expiresAt"].split("T")
    assert (until_moment, until_day > day) == (moment, True)
    assert code_of(_confirm(aegis, first["token"])) == (404, "token_unknown")
    assert _confirm(aegis, second["token"]).status_code == 200
    again = aegis.post(f"/api/v1/users/{user_id}/email-verifications")
    assert code_of(again) == (409, "email_already_verified")


def test_a_password_reset_never_tells_who_is_registered(aegis: Aegis) -> None:
    """
    The answer is the same for every address; only a known one gets a mail.
    """
    aegis.register()
    known = aegis.post("/api/v1/password-resets", {"email": "SEOYEON.KIM@example.com"})
    unknown = aegis.post("/api/v1/password-resets", {"email": "nobody@example.com"})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, unknown.content)
    [mail] = [mail for mail in aegis.mails() if mail["subject"] == "이지스 비밀번호 재설정"]
    assert mail["link"].startswith("https://aegis.example.com/reset-password?token=")
    assert mail["to"] == "seoyeon.kim@example.com"


def test_a_reset_token_works_once_and_for_an_hour(aegis: Aegis) -> None:
    """
    The token of a password-reset mail works once; after an hour it is 410; a newer one replaces it.
    """
    user_id = aegis.register()
    for _ in range(2):
        aegis.post("/api/v1/password-resets", {"email": "seoyeon.kim@example.com"})
    first, second = (mail["token"] for mail in aegis.mails()[1:])
    assert code_of(_reset(aegis, first)) == (404, "token_unknown")
    assert _reset(aegis, second).json()["user_id"] == user_id
    assert code_of(_reset(aegis, second)) == (409, "token_already_used")
    aegis.post("/api/v1/password-resets", {"email": "seoyeon.kim@example.com"})
    aegis.advance(HOUR)
    assert code_of(_reset(aegis, aegis.mails()[-1]["token"])) == (410, "token_expired")


def test_tokens_die_with_the_user(aegis: Aegis) -> None:
    """
    When a user is deleted the links of old mails lead nowhere.
    """
    user_id = aegis.register()
    aegis.http.delete(f"/api/v1/users/{user_id}", params={"reason": "test"})
    assert code_of(_confirm(aegis, aegis.mails()[0]["token"])) == (404, "token_unknown")
