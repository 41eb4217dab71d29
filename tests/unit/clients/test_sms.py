"""
The texts that Aegis sends, and their length on a Korean phone.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis_mockserver._site import Site
from aegis_mockserver.adapters._httpx import MockTransport
from aegis_mockserver.world import World
from aegis_runtime import Headers, Request, Response
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


class Gateway:
    """
    Any gateway: takes what is posted, and says what it says.
    """

    def __init__(self, status: int = 200, body: bytes = b"", kind: str = "text/plain") -> None:
        self.said = (status, body, kind)
        self.urls: list[str] = []
        self.bodies: list[dict[str, Any]] = []

    def send(self, request: Request, /) -> Response:
        status, body, kind = self.said
        self.urls.append(request.url)
        self.bodies.append(json.loads(request.body or b"{}"))
        return Response(status, Headers([("Content-Type", kind)] if body else []), body)

    def close(self) -> None:
        """
        There is nothing to close.
        """


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, b"", ""),
        (200, b"OK", "text/plain"),
        (201, b'{"id": 7}', "application/json"),
        (202, b"{", "application/json"),
        (204, b"", ""),
        (299, b"<html>", "text/html"),
    ],
)
def test_any_2xx_of_any_gateway_is_success(status: int, body: bytes, kind: str) -> None:
    """
    Whatever a gateway says with it: the text is taken, and is not sent twice.
    """
    gateway = Gateway(status, body, kind)
    client = SmsClient(token="key", api_url="https://sms.example.kr/send", sender=SENDER, transport=gateway)
    sent = client.send(TO, "가" * 50)
    assert (sent.type, sent.bytes, sent.to, sent.status) == ("LMS", 100, "01012345678", "accepted")
    assert sent.message_id
    assert gateway.bodies == [{"to": "01012345678", "message": "가" * 50, "from": "0212345678"}]
    if body or status == 204:
        strict = SmsClient(token="key", api_url="https://sms.example.kr/send", transport=gateway, strict=True)
        with pytest.raises(errors.SmsError):
            strict.send(TO, "x", sender=SENDER)


@pytest.mark.parametrize(
    "url",
    [
        "https://sms.example.kr",
        "https://sms.example.kr/",
        "https://sms.example.kr/v2/send.do",
        "https://sms.example.kr/send/",
        "http://127.0.0.1:8080/a/b?account=7",
    ],
)
def test_the_whole_address_is_configuration(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Texts are posted to exactly where the configuration says, given as an argument or by the environment.
    """
    gateway = Gateway()
    SmsClient(token="key", api_url=url, sender=SENDER, transport=gateway).send_code(TO, "482915")
    monkeypatch.setenv("AEGIS_SMS_API_URL", url)
    client = SmsClient(token="key", sender=SENDER, transport=gateway).with_options(timeout=3)
    client.send_code(TO, "482915")
    assert [each.removesuffix("/") for each in gateway.urls] == [url.removesuffix("/")] * 2
    assert gateway.urls[0].endswith("/") == url.endswith(("/", ".kr"))
    SmsClient("https://gateway.example.kr/v1", "key", sender=SENDER, transport=gateway).send(TO, "x")
    assert gateway.urls[2] == "https://gateway.example.kr/v1/messages"


@pytest.mark.parametrize("url", ["sms.example.kr/send", "ftp://sms.example.kr", "https://sms.example.kr/{id}", ""])
def test_what_is_no_whole_address_is_refused(url: str) -> None:
    """
    When the client is made, not with the first text.
    """
    with pytest.raises(errors.ConfigurationError):
        SmsClient(URL if not url else None, "key", api_url=url or "https://sms.example.kr", sender=SENDER)


@pytest.mark.parametrize(
    "to", ["010-1234-5678", "01012345678", "+82 10 1234 5678", "(010) 1234-5678", "０１０１２３４５６７８"]
)
def test_recipients_are_read_in_every_usual_form(to: str, client: SmsClient, mock_world: World) -> None:
    """
    The gateway gets digits, whatever people wrote; senders likewise.
    """
    assert client.send(to, "x", sender="(02) 1234.5678").to == "01012345678"
    assert [(each.to, each.sender) for each in mock_world.inbox] == [("01012345678", "0212345678")]


@pytest.mark.parametrize(
    ("to", "sender"), [("1588-1234", SENDER), ("02-123-4567", SENDER), (None, SENDER), (TO, "none")]
)
def test_who_receives_no_text_is_an_error_of_the_gateways_family(
    to: Any, sender: str, client: SmsClient, mock_world: World
) -> None:
    """
    Service numbers, landlines and what is no number: nothing is sent, and the number is not told.
    """
    with pytest.raises(errors.InvalidRequestError) as caught:
        client.send(to, "x", sender=sender)
    assert isinstance(caught.value, errors.SmsError)
    assert str(to) not in str(caught.value)
    assert caught.value.__context__ is None
    assert len(mock_world.inbox) == 0
