"""
The SMS gateway: bytes of cp949, and numbers that are refused.
"""

from __future__ import annotations

import pytest

from tests.scenarios._aegis import Aegis, code_of


def _message(text: str = "[이지스] 인증번호: 482915 (5분 내 입력)", **changes: str) -> dict[str, str]:
    return {"to": "010-1234-5678", "message": text, "from": "02-1234-5678", **changes}


@pytest.mark.parametrize(
    ("text", "kind", "size"),
    [
        ("[이지스] 인증번호: 482915 (5분 내 입력)", "SMS", 39),
        ("가" * 45, "SMS", 90),
        ("가" * 45 + "!", "LMS", 91),
        ("똠" * 45, "SMS", 90),
        ("가" * 1000, "LMS", 2000),
    ],
)
def test_length_is_counted_in_bytes_of_cp949(aegis: Aegis, text: str, kind: str, size: int) -> None:
    """
    Up to 90 bytes leave as SMS, up to 2,000 as LMS; 똠 has two bytes.
    """
    answer = aegis.post("/v1/messages", _message(text))
    assert answer.status_code == 202
    said = answer.json()
    assert (said["type"], said["bytes"], said["to"]) == (kind, size, "01012345678")
    [sms] = aegis.sms("010-1234-5678")
    assert (sms["text"], sms["sender"]) == (text, "0212345678")
    assert sms["variables"]["message_id"] == said["message_id"]


@pytest.mark.parametrize("text", ["가" * 1001, "안녕하세요 😀"])
def test_what_cp949_cannot_carry_is_refused(aegis: Aegis, text: str) -> None:
    """
    More than 2,000 bytes, or a character that cp949 does not have, breaks the contract.
    """
    answer = aegis.post("/v1/messages", _message(text))
    assert code_of(answer) == (400, "invalid_request")
    assert [violation["rule"] for violation in answer.json()["violations"]] == ["x-max-bytes"]
    assert not aegis.sms()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"to": "010-0000-0402"}, (402, "balance_exhausted")),
        ({"to": "01000000422"}, (422, "recipient_rejected")),
        ({"to": "01000000429"}, (429, "too_many_requests")),
        ({"to": "01000000503"}, (503, "carrier_unavailable")),
        ({"from": "1588-0000"}, (422, "sender_not_registered")),
        ({"to": "1588-1234"}, (400, "invalid_request")),
    ],
)
def test_numbers_of_the_contract_are_refused(aegis: Aegis, changes: dict[str, str], expected: tuple[int, str]) -> None:
    """
    Each refusal that the gateway declares can be had by a number; nothing is sent then.
    """
    answer = aegis.post("/v1/messages", _message(**changes))
    assert code_of(answer) == expected
    assert ("retry-after" in answer.headers) is (expected[0] in {429, 503})
    assert not aegis.sms()


def test_message_ids_count_up(aegis: Aegis) -> None:
    """
    Every text has an id of its own.
    """
    ids = [aegis.post("/v1/messages", _message()).json()["message_id"] for _ in range(3)]
    assert [identity[-6:] for identity in ids] == ["000001", "000002", "000003"]
