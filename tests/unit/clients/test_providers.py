"""
Solapi and SENS in place of the Aegis gateway.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import pytest

from aegis_mockserver._site import Site
from aegis_mockserver.adapters._httpx import MockTransport
from aegis_mockserver.world import World
from aegis_runtime import Headers, Request, Response, TransportFailure
from aegis_sdk import Secret, errors, sms
from aegis_sdk.sms import AsyncSensGateway, AsyncSolapiGateway, MessageRefusedError, SensGateway, SolapiGateway
from tests.contract._wires import AsyncInProcess, InProcess

pytest_plugins = ["aegis_mockserver.pytest_plugin"]
TO, OTHER, REFUSED, SENDER = "010-1234-5678", "+82 10 2222 3333", "010-0000-0422", "02-1234-5678"
KEY, SECRET, SERVICE = "NCSAYU7YDBXYORXC", "secret-canary", "ncp:sms:kr:123456789012:aegis"


@pytest.fixture
def wire(mock_site: Site, mock_world: World) -> MockTransport:
    return MockTransport(mock_site, mock_world.name)


@pytest.fixture
def solapi(wire: MockTransport) -> SolapiGateway:
    """
    Solapi, mocked.
    """
    return SolapiGateway(KEY, SECRET, sender=SENDER, base_url="http://mock", transport=InProcess(wire), strict=True)


@pytest.fixture
def sens(wire: MockTransport) -> SensGateway:
    """
    SENS, mocked.
    """
    made = InProcess(wire)
    return SensGateway(KEY, SECRET, SERVICE, sender=SENDER, base_url="http://mock", transport=made, strict=True)


@pytest.mark.parametrize("name", ["solapi", "sens"])
def test_both_send_what_the_gateway_sends(name: str, request: pytest.FixtureRequest, mock_world: World) -> None:
    """
    The same methods, the same texts, the same answer: SMS up to 90 bytes, LMS from 91 on, numbers in digits.
    """
    gateway = request.getfixturevalue(name)
    with gateway:
        sent = gateway.send_code(TO, Secret("482915"))
        assert (sent.type, sent.to, sent.bytes, sent.status) == ("SMS", "01012345678", 39, "accepted")
        assert sent.message_id
        assert gateway.send_notification(OTHER, "가" * 60).type == "LMS"
        assert len(gateway.send_many([TO, OTHER], "x").sent) == 2
    texts = [(each.to, each.sender, each.text) for each in mock_world.inbox]
    assert texts[0] == ("01012345678", "0212345678", "[이지스] 인증번호: 482915 (5분 내 입력)")
    assert [to for to, _, _ in texts] == ["01012345678", "01022223333", "01012345678", "01022223333"]


@pytest.mark.parametrize("name", ["solapi", "sens"])
async def test_the_asynchronous_ones_send_the_same(name: str, wire: MockTransport, mock_world: World) -> None:
    """
    Both kinds of both send alike.
    """
    made = AsyncInProcess(wire)
    gateway: Any = (
        AsyncSolapiGateway(KEY, SECRET, sender=SENDER, base_url="http://mock", transport=made)
        if name == "solapi"
        else AsyncSensGateway(KEY, SECRET, SERVICE, sender=SENDER, base_url="http://mock", transport=made)
    )
    async with gateway:
        assert (await gateway.send_code(TO, "482915")).type == "SMS"
        assert (await gateway.send_notification(TO, "x")).to == "01012345678"
        assert len((await gateway.send_many([TO, OTHER], "x")).sent) == 2
    assert len(mock_world.inbox) == 4


def test_a_partial_failure_of_solapi_is_told_recipient_by_recipient(solapi: SolapiGateway, mock_world: World) -> None:
    """
    It is 200: who gets the text and who does not is in the answer; for one recipient it is an error with Solapi's code.
    """
    delivery = solapi.send_many([TO, REFUSED, OTHER], "x")
    assert [each.to for each in delivery.sent] == ["01012345678", "01022223333"]
    assert [(each.index, each.code) for each in delivery.failed] == [(1, "3040")]
    with pytest.raises(MessageRefusedError) as caught:
        solapi.send(REFUSED, "x")
    assert caught.value.code == "3040"
    assert isinstance(caught.value, errors.SmsError)
    assert "0422" not in str(caught.value)
    assert len(mock_world.inbox) == 2


class Wire:
    """
    Keeps what is sent, and answers as told.
    """

    def __init__(self, answer: Response | TransportFailure) -> None:
        self.answer = answer
        self.requests: list[Request] = []

    def send(self, request: Request, /) -> Response:
        self.requests.append(request)
        if isinstance(self.answer, TransportFailure):
            raise self.answer
        return self.answer

    def close(self) -> None:
        """
        There is nothing to close.
        """


def said(status: int, body: Any) -> Response:
    return Response(status, Headers([("Content-Type", "application/json")]), json.dumps(body).encode())


SENT = said(
    200,
    {"groupInfo": {"groupId": "G1", "count": {"total": 1, "registeredSuccess": 1, "registeredFailed": 0}}}
    | {"failedMessageList": []},
)
TAKEN = said(
    202, {"requestId": "R1", "requestTime": "2026-11-27T14:20:31.482", "statusCode": "202", "statusName": "success"}
)


def test_solapi_is_signed_anew_for_each_request() -> None:
    """
    HMAC-SHA256 of date and salt under the secret; no salt is used twice, and the secret does not travel.
    """
    wire = Wire(SENT)
    gateway = SolapiGateway(KEY, SECRET, sender=SENDER, base_url="http://solapi", transport=wire)
    for _ in range(2):
        gateway.send(TO, "x")
    salts: set[str] = set()
    for request in wire.requests:
        told = dict(request.headers)["Authorization"]
        match = re.fullmatch(r"HMAC-SHA256 apiKey=(\w+), date=(\S+Z), salt=(\w{32}), signature=([0-9a-f]{64})", told)
        assert match is not None
        key, at, salt, signature = match.groups()
        assert key == KEY
        assert signature == hmac.new(SECRET.encode(), f"{at}{salt}".encode(), hashlib.sha256).hexdigest()
        salts.add(salt)
        assert SECRET not in repr(request.headers) + str(request.body)
    assert len(salts) == 2


def test_sens_signs_method_path_time_and_key() -> None:
    """
    As NAVER Cloud's API gateway reads it, a path in front of it included.
    """
    wire = Wire(TAKEN)
    SensGateway(KEY, SECRET, SERVICE, sender=SENDER, base_url="http://proxy/naver", transport=wire).send(TO, "x")
    (request,) = wire.requests
    headers = {name.lower(): value for name, value in request.headers}
    path = request.url.removeprefix("http://proxy")
    assert path == f"/naver/sms/v2/services/{SERVICE.replace(':', '%3A')}/messages"
    at = headers["x-ncp-apigw-timestamp"]
    expected = hmac.new(SECRET.encode(), f"POST {path}\n{at}\n{KEY}".encode(), hashlib.sha256).digest()
    assert headers["x-ncp-apigw-signature-v2"] == base64.b64encode(expected).decode()
    assert headers["x-ncp-iam-access-key"] == KEY


def gateways(wire: Wire) -> list[SolapiGateway | SensGateway]:
    options: Any = {"sender": SENDER, "base_url": "http://provider", "transport": wire, "circuit_breaker": False}
    return [SolapiGateway(KEY, SECRET, **options), SensGateway(KEY, SECRET, SERVICE, **options)]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (said(401, {"errorCode": "InvalidAPIKey", "errorMessage": "secret-canary"}), errors.AuthenticationError),
        (said(400, {"error": {"errorCode": "1"}}), errors.BadRequestError),
        (said(500, {}), errors.ServerError),
        (said(200, {}), errors.ContractViolationError),
        (TransportFailure("broken"), errors.ConnectionFailed),
    ],
)
def test_failures_are_of_the_family_of_texts_and_happen_once(answer: Any, kind: type[Exception]) -> None:
    """
    Who changes the provider catches what was caught before; nothing that may have been sent is sent again.
    """
    wire = Wire(answer)
    for number, gateway in enumerate(gateways(wire), 1):
        with pytest.raises(errors.SmsError) as caught:
            gateway.send(TO, "text-canary")
        assert isinstance(caught.value, kind)
        assert "canary" not in repr(caught.value)
        assert "5678" not in repr(caught.value)
        assert caught.value.__context__ is None
        if not isinstance(answer, Response) or answer.status < 500:
            assert len(wire.requests) == number


def test_what_cannot_be_sent_is_refused_before_it_is() -> None:
    """
    No recipient, too many of them, no mobile number, a text that no phone takes; and no key, no secret.
    """
    wire = Wire(SENT)
    for gateway in gateways(wire):
        for to, text in (([], "x"), ([TO] * 10_001, "x"), (["1588-1234"], "x"), ([TO], "🎉"), (TO, "x")):
            with pytest.raises(errors.InvalidRequestError) as caught:
                gateway.send_many(to, text)
            assert isinstance(caught.value, errors.SmsError)
    assert wire.requests == []
    with pytest.raises(errors.ConfigurationError, match="AEGIS_SOLAPI_SECRET"):
        SolapiGateway(KEY)
    with pytest.raises(errors.ConfigurationError, match="AEGIS_SENS_SERVICE_ID"):
        SensGateway(KEY, SECRET)


def test_a_sens_answer_that_is_no_success_is_an_error() -> None:
    """
    202 with another status in it: nothing was taken.
    """
    wire = Wire(said(202, {"requestId": "R", "requestTime": "t", "statusCode": "404", "statusName": "fail"}))
    with pytest.raises(MessageRefusedError) as caught:
        gateways(wire)[1].send(TO, "x")
    assert caught.value.code == "404"


def test_refusals_of_the_mock_have_the_providers_shapes(wire: MockTransport) -> None:
    """
    A wrong credential and a broken request are answered as Solapi and SENS do.
    """
    options: Any = {"sender": SENDER, "base_url": "http://mock", "transport": InProcess(wire)}
    with pytest.raises(errors.AuthenticationError) as caught:
        SolapiGateway("invalid", SECRET, **options).client.messages.send(
            messages=[{"to": "01012345678", "from": "0212345678", "text": "x", "type": "SMS"}],
            extra_headers={"Authorization": "HMAC-SHA256 invalid"},
        )
    assert json.loads(caught.value.body)["errorCode"] == "InvalidAPIKey"
    with pytest.raises(errors.AuthenticationError) as refused:
        SensGateway("invalid", SECRET, SERVICE, **options).send(TO, "x")
    assert json.loads(refused.value.body)["error"]["errorCode"] == "401"
    assert sms.SmsError is errors.SmsError
