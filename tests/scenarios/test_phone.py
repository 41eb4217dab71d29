"""
Codes by SMS: six digits, five minutes, five attempts, once.
"""

from __future__ import annotations

import re

import httpx
import pytest

from tests.scenarios._aegis import Aegis, code_of


def _request(aegis: Aegis, user_id: str) -> httpx.Response:
    return aegis.post(f"/api/v1/users/{user_id}/phone-verifications")


def _confirm(aegis: Aegis, user_id: str, code: str) -> httpx.Response:
    return aegis.post(f"/api/v1/users/{user_id}/phone-verifications/confirm", {"code": code})


def _code(aegis: Aegis) -> str:
    match = re.fullmatch(r"\[이지스\] 인증번호: ([0-9]{6}) \(5분 내 입력\)", aegis.sms("010-1234-5678")[-1]["text"])
    assert match is not None
    return match[1]


def _other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_code_of_the_sms_verifies_the_phone_once(aegis: Aegis) -> None:
    """
    The code comes by SMS, verifies the number, and does not work a second time.
    """
    user_id = aegis.register()
    assert _request(aegis, user_id).status_code == 202
    code = _code(aegis)
    said = _confirm(aegis, user_id, code).json()
    assert (said["user_id"], said["phone_verified"]) == (user_id, True)
    assert aegis.get(f"/api/v1/users/{user_id}").json()["phone_verified"] is True
    assert code_of(_confirm(aegis, user_id, code)) == (409, "code_already_used")
    assert code_of(_request(aegis, user_id)) == (409, "phone_already_verified")


@pytest.mark.parametrize(("seconds", "status"), [(295, 200), (300, 410)])
def test_a_code_is_valid_for_five_minutes(aegis: Aegis, seconds: int, status: int) -> None:
    """
    After five minutes the code is 410.
    """
    user_id = aegis.register()
    _request(aegis, user_id)
    code = _code(aegis)
    aegis.advance(seconds)
    assert _confirm(aegis, user_id, code).status_code == status


def test_the_fifth_wrong_code_makes_the_code_invalid(aegis: Aegis) -> None:
    """
    Four wrong codes count down, the fifth is 429; then the right one does not help, and a new one has to wait.
    """
    user_id = aegis.register()
    _request(aegis, user_id)
    code = _code(aegis)
    for remaining in (4, 3, 2, 1):
        answer = _confirm(aegis, user_id, _other(code))
        assert code_of(answer) == (422, "code_mismatch")
        assert answer.json()["attempts_remaining"] == remaining
    for attempt in (_other(code), code):
        answer = _confirm(aegis, user_id, attempt)
        assert code_of(answer) == (429, "too_many_attempts")
        assert 295 <= int(answer.headers["retry-after"]) <= 300
    waiting = _request(aegis, user_id)
    assert code_of(waiting) == (429, "too_many_requests")
    aegis.advance(int(waiting.headers["retry-after"]))
    assert _request(aegis, user_id).status_code == 202
    assert _confirm(aegis, user_id, _code(aegis)).status_code == 200


def test_a_new_code_replaces_the_old_one(aegis: Aegis) -> None:
    """
    Only the code that was sent last works.
    """
    user_id = aegis.register()
    _request(aegis, user_id)
    old = _code(aegis)
    _request(aegis, user_id)
    assert old != _code(aegis)
    assert code_of(_confirm(aegis, user_id, old)) == (422, "code_mismatch")
    assert _confirm(aegis, user_id, _code(aegis)).status_code == 200


def test_without_a_request_there_is_no_code(aegis: Aegis) -> None:
    """
    Confirming before a code was requested is a conflict.
    """
    assert code_of(_confirm(aegis, aegis.register(), "123456")) == (409, "code_not_requested")


@pytest.mark.parametrize("phone", ["010-0000-0402", "010-0000-0422", "010-0000-0429", "010-0000-0503"])
def test_a_gateway_that_refuses_is_503(aegis: Aegis, phone: str) -> None:
    """
    When the SMS gateway does not take the text no code was sent, and the client may try again.
    """
    user_id = aegis.register(phone_number=phone)
    answer = _request(aegis, user_id)
    assert code_of(answer) == (503, "sms_unavailable")
    assert "retry-after" in answer.headers
    assert not aegis.sms()
    assert code_of(_confirm(aegis, user_id, "123456")) == (409, "code_not_requested")
