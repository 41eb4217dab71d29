"""
The texts that Aegis sends, and their length on a Korean phone.
"""

from __future__ import annotations

from typing import Any

import pytest

from aegis_mockserver._site import Site
from aegis_mockserver.adapters._httpx import MockTransport
from aegis_mockserver.world import World
from aegis_sdk import AsyncSmsClient, Secret, SmsClient, errors, sms
from tests.contract._wires import AsyncInProcess, InProcess

pytest_plugins = ["aegis_mockserver.pytest_plugin"]
URL, TO, SENDER = "http://mock/v1", "010-1234-5678", "02-1234-5678"


@pytest.fixture
def client(mock_site: Site, mock_world: World) -> SmsClient:
    """
    A client of the mock's gateway.
    """
    wire = InProcess(MockTransport(mock_site, mock_world.name))
    return SmsClient(URL, "key", sender=SENDER, transport=wire, strict=True)


def test_codes_and_notifications_have_the_texts_of_the_specification(client: SmsClient, mock_world: World) -> None:
    """
    ``[이지스] 인증번호: {code} (5분 내 입력)`` and ``[이지스] {message}``, word for word.
    """
    client.send_code(TO, "482915")
    client.send_code(TO, Secret("107350"))
    client.send_notification(TO, "신청 마감이 3일 남았습니다.")
    texts = [message.text for message in mock_world.inbox]
    assert texts == [
        "[이지스] 인증번호: 482915 (5분 내 입력)",
        "[이지스] 인증번호: 107350 (5분 내 입력)",
        "[이지스] 신청 마감이 3일 남았습니다.",
    ]


async def test_the_asynchronous_client_sends_the_same(mock_site: Site, mock_world: World) -> None:
    """
    Both kinds of client send alike.
    """
    wire = AsyncInProcess(MockTransport(mock_site, mock_world.name))
    async with AsyncSmsClient(URL, "key", sender=SENDER, transport=wire, strict=True) as client:
        sent = await client.send_code(TO, "482915")
        assert sent.type == "SMS"
        assert (await client.send_notification(TO, "가" * 60)).type == "LMS"


LENGTHS = [("가" * 45, 90, "SMS"), ("가" * 45 + "a", 91, "LMS"), ("똠", 2, "SMS"), ("a" * 2000, 2000, "LMS")]


@pytest.mark.parametrize(("text", "size", "kind"), LENGTHS)
def test_length_is_counted_in_bytes_of_cp949(text: str, size: int, kind: str, client: SmsClient) -> None:
    """
    The SDK counts as the gateway does, also letters that euc-kr miscounts.
    """
    assert sms.message_bytes(text) == size
    assert sms.message_type(text) == kind
    sent = client.send(TO, text)
    assert (sent.bytes, sent.type) == (size, kind)


@pytest.mark.parametrize("text", ["가" * 1001, "신청 완료 🎉", ""])
def test_what_no_phone_takes_is_refused_before_it_is_sent(text: str, client: SmsClient, mock_world: World) -> None:
    """
    Too long, not in cp949, or empty: nothing is sent, and the error does not repeat the text.
    """
    with pytest.raises(errors.InvalidRequestError) as caught:
        client.send(TO, text)
    assert isinstance(caught.value, errors.SmsError)
    assert not text or text not in str(caught.value)
    assert len(mock_world.inbox) == 0


def test_an_emoji_is_pointed_at() -> None:
    """
    A text that cannot be sent says where it is wrong, not what it says.
    """
    with pytest.raises(ValueError, match="position 6") as caught:
        sms.message_bytes("신청 완료 🎉")
    assert "신청" not in str(caught.value)


def test_without_a_sender_nothing_can_be_sent(mock_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The sender comes from the call, the client or the environment; without any of them the error says so.
    """
    wire = InProcess(MockTransport(mock_site))
    with pytest.raises(errors.ConfigurationError, match="AEGIS_SMS_SENDER"):
        SmsClient(URL, "key", transport=wire).send(TO, "x")
    monkeypatch.setenv("AEGIS_SMS_SENDER", SENDER)
    assert SmsClient(URL, "key", transport=wire).send(TO, "x").type == "SMS"


@pytest.mark.parametrize("code", [None, "", " ", 123456])
def test_without_a_code_nothing_is_sent(mock_site: Site, code: Any) -> None:
    """
    What is no code is refused as an error of the gateway's family, not sent as text.
    """
    client = SmsClient(URL, "key", transport=InProcess(MockTransport(mock_site)), sender=SENDER)
    with pytest.raises(errors.SmsError) as caught:
        client.send_code(TO, code)
    assert isinstance(caught.value, errors.InvalidRequestError)
