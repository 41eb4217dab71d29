"""
What the registry client makes of the registry's manners.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from aegis_mockserver._site import Site
from aegis_mockserver.adapters._httpx import MockTransport
from aegis_mockserver.world import World
from aegis_sdk import AsyncBusinessRegistryClient, BusinessRegistryClient, errors, registry
from aegis_sdk.business_number import CheckDigitWarning
from tests.contract._wires import AsyncInProcess, InProcess
from tests.unit.clients._answers import Answers

pytest_plugins = ["aegis_mockserver.pytest_plugin"]
SAMSUNG, SUSPENDED, CLOSED, UNKNOWN, MISMATCH = (
    "124-81-00998",
    "999-00-02009",
    "999-00-03008",
    "999-00-04045",
    "999-00-05006",
)
GATEWAY, TAX_SERVICE = "http://mock/api/v1", "http://mock/api/nts-businessman/v1"
SENTENCE = "국세청에 등록되지 않은 사업자등록번호입니다"


@pytest.fixture(params=[GATEWAY, TAX_SERVICE])
def client(request: pytest.FixtureRequest, mock_site: Site, mock_world: World) -> Iterator[BusinessRegistryClient]:
    """
    A client of the mock's registry, as the gateway and as the tax service itself.
    """
    wire = InProcess(MockTransport(mock_site, mock_world.name))
    with BusinessRegistryClient(request.param, "key", transport=wire, strict=True, circuit_breaker=False) as client:
        yield client


@pytest.mark.parametrize(
    ("number", "status"), [(SAMSUNG, "active"), (SUSPENDED, "inactive"), (CLOSED, "closed"), ("2208162517", "active")]
)
def test_a_registered_business_is_an_answer_whatever_its_state(
    client: BusinessRegistryClient, number: str, status: str
) -> None:
    """
    Active, suspended and closed are told by the status; the number comes back the way people write it.
    """
    info = client.verify(number)
    assert info.status == status
    assert info.business_registration_number.replace("-", "") == number.replace("-", "")
    assert info.business_registration_number[3] == "-"


def test_an_unregistered_number_is_an_error_of_its_own(client: BusinessRegistryClient) -> None:
    """
    The tax service answers 200 for a number that it does not know; the SDK raises.
    """
    with pytest.raises(registry.BusinessNotRegisteredError) as caught:
        client.verify(UNKNOWN)
    assert isinstance(caught.value, errors.RegistryError)
    assert UNKNOWN.replace("-", "") not in str(caught.value)


def test_number_start_date_and_representative_are_compared_together(client: BusinessRegistryClient) -> None:
    """
    With the caller's own start date and representative all three must belong together.
    """
    info = client.verify(SAMSUNG, start_date=date(1969, 1, 13), representative="김서연")
    assert info.status == "active"
    with pytest.raises(registry.BusinessNotConfirmedError):
        client.verify(SAMSUNG, start_date="1969-01-13", representative="홍길동")
    with pytest.raises(errors.RegistryError, match="both or neither"):
        client.verify(SAMSUNG, start_date="1969-01-13")


@pytest.mark.parametrize(
    "arguments",
    [
        {"number": "12345"},
        {"number": "000-00-00000"},
        {"number": None},
        {"number": SAMSUNG, "start_date": "13-01-1969", "representative": "김서연"},
        {"number": SAMSUNG, "start_date": "19690113", "representative": "김서연"},
        {"number": SAMSUNG, "start_date": "1969-02-30", "representative": "김서연"},
        {"number": SAMSUNG, "start_date": 19690113, "representative": "김서연"},
        {"number": SAMSUNG, "start_date": date(1969, 1, 13), "representative": " "},
        {"number": SAMSUNG, "start_date": date(1969, 1, 13), "representative": 5},
    ],
)
def test_what_cannot_be_asked_is_the_registrys_own_error(
    client: BusinessRegistryClient, arguments: dict[str, Any]
) -> None:
    """
    A number or date that is none is refused as an error of the registry's family, with its value hidden.
    """
    with pytest.raises(errors.RegistryError) as caught:
        client.verify(**arguments)
    assert isinstance(caught.value, errors.InvalidRequestError)
    for value in arguments.values():
        assert str(value) not in repr(caught.value) or value == " "
    assert caught.value.__context__ is None
    with pytest.raises(errors.RegistryError):
        list(client.verify_many([SAMSUNG], chunk=101))


def test_details_come_from_the_gateway_only(mock_site: Site, mock_world: World) -> None:
    """
    At the gateway name and industry are read too; the tax service does not offer them.
    """
    wire = InProcess(MockTransport(mock_site, mock_world.name))
    info = BusinessRegistryClient(GATEWAY, "key", transport=wire).verify(SAMSUNG)
    assert info.business_name
    assert info.establishment_date == date(1969, 1, 13)
    assert info.industry_code == "26429"
    assert info.industry_name
    assert (info.business_type, info.business_line, info.business_item) == ("법인사업자", "제조업", "전자제품")
    plain = BusinessRegistryClient(TAX_SERVICE, "key", transport=wire).verify(SAMSUNG)
    assert plain.business_name is None
    assert (plain.business_type, plain.business_line) == ("법인사업자", None)
    assert BusinessRegistryClient(GATEWAY, "key", transport=wire).verify(SAMSUNG, details=False).business_name is None


async def test_the_asynchronous_client_says_the_same(mock_site: Site, mock_world: World) -> None:
    """
    Both kinds of client verify alike.
    """
    mock = MockTransport(mock_site, mock_world.name)
    asynchronous = AsyncBusinessRegistryClient(GATEWAY, "key", transport=AsyncInProcess(mock))
    synchronous = BusinessRegistryClient(GATEWAY, "key", transport=InProcess(mock))
    assert await asynchronous.verify(SAMSUNG) == synchronous.verify(SAMSUNG)
    numbers = [SAMSUNG, CLOSED, UNKNOWN]
    assert [each async for each in asynchronous.verify_many(numbers)] == list(synchronous.verify_many(numbers))


def test_many_numbers_are_asked_for_a_hundred_a_call() -> None:
    """
    The overnight re-verification of any number of businesses takes one call for each hundred, lazily and in order.
    """
    answers = Answers()
    client = BusinessRegistryClient(GATEWAY, "key", transport=answers)
    numbers = [f"{n:010d}" for n in range(1, 251)]
    found = client.verify_many(iter(numbers))
    assert answers.asked == []
    first = next(found)
    assert [len(part) for part in answers.asked] == [100]
    rest = list(found)
    assert [len(part) for part in answers.asked] == [100, 100, 50]
    assert [each.business_registration_number.replace("-", "") for each in (first, *rest)] == numbers
    assert {each.status for each in rest} == {"active", "unregistered"}


@pytest.mark.parametrize("full_stop", ["", "."])
def test_the_sentence_for_unregistered_numbers_is_matched_by_its_beginning(full_stop: str) -> None:
    """
    With and without a full stop, and whatever follows.
    """
    client = BusinessRegistryClient(GATEWAY, "key", transport=Answers(sentence=SENTENCE + full_stop))
    with pytest.raises(registry.BusinessNotRegisteredError):
        client.verify("0000000002")


SHAPES: list[tuple[int, dict[str, Any], type[Exception]]] = [
    (400, {"status_code": "BAD_JSON_REQUEST"}, registry.BadJsonRequestError),
    (411, {"status_code": "REQUEST_DATA_MALFORMED"}, registry.RequestDataMalformedError),
    (413, {"status_code": "TOO_LARGE_REQUEST"}, registry.TooLargeRequestError),
    (500, {"status_code": "INTERNAL_ERROR"}, registry.TaxServiceFailedError),
    (401, {"code": -401, "msg": "인증키는 필수 항목 입니다."}, registry.ServiceKeyMissingError),
    (401, {"code": -4, "msg": "등록되지 않은 인증키 입니다."}, registry.ServiceKeyUnknownError),
    (404, {"code": -3, "msg": "등록되지 않은 서비스 입니다."}, registry.ServiceUnknownError),
    (400, {"code": -999, "msg": "오류"}, registry.PortalFailedError),
]


@pytest.mark.parametrize(("status", "body", "error"), SHAPES)
def test_both_shapes_of_refusal_are_typed_errors(status: int, body: dict[str, Any], error: type[Exception]) -> None:
    """
    The tax service's own names and the portal's numbers each have a class, in the registry's family.
    """
    client = BusinessRegistryClient(TAX_SERVICE, "key", transport=Answers(refusal=(status, body)), max_retries=0)
    with pytest.raises(error) as caught:
        client.verify(SAMSUNG)
    assert isinstance(caught.value, errors.RegistryError)
    assert body.get("msg", "-") not in str(caught.value)


def test_keys_travel_as_the_provider_wants_them() -> None:
    """
    The gateway gets a bearer token, the tax service ``Infuser``; neither gets a key in the URL.
    """
    answers = Answers()
    BusinessRegistryClient(GATEWAY, "secret-key", transport=answers).verify(SAMSUNG, details=False)
    BusinessRegistryClient(TAX_SERVICE, "secret-key", transport=answers).verify(SAMSUNG)
    BusinessRegistryClient(service="tax-service", token="secret-key", transport=answers).verify(SAMSUNG)
    assert answers.credentials == ["Bearer secret-key", "Infuser secret-key", "Infuser secret-key"]
    assert not any("secret-key" in url for url in answers.urls)
    assert answers.urls[2] == "https://api.odcloud.kr/api/nts-businessman/v1/status"


def test_a_failed_check_digit_warns_and_can_be_refused() -> None:
    """
    A number whose sum does not hold is asked for, with a warning; the caller may refuse it, or hear nothing.
    """
    client = BusinessRegistryClient(TAX_SERVICE, "key", transport=Answers())
    with pytest.warns(CheckDigitWarning) as told:
        assert client.verify("124-81-00999").status == "active"
    assert "00999" not in str(told[0].message)
    with pytest.raises(errors.RegistryError, match="check digit"):
        client.verify("124-81-00999", check_digit="refuse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client.verify("124-81-00999", check_digit="ignore")
        client.verify(SAMSUNG)


def test_one_bad_number_of_many_is_one_verdict() -> None:
    """
    What is no number, and what the answer leaves out, is told at its own place; all others are asked for.
    """
    answers = Answers(leaves_out=("1078614075",))
    client = BusinessRegistryClient(TAX_SERVICE, "key", transport=answers)
    found = list(client.verify_many([SAMSUNG, "no number", "000-00-00000", "107-86-14075", "2208162517", SAMSUNG]))
    assert [(each.index, each.status) for each in found] == [
        (0, "active"),
        (1, "invalid"),
        (2, "invalid"),
        (3, "unreadable"),
        (4, "active"),
        (5, "active"),
    ]
    assert answers.asked == [["1248100998", "1078614075", "2208162517"]]
    assert found[1].reason
    assert "no number" not in found[1].reason
    refused = list(client.verify_many(["124-81-00999"], check_digit="refuse"))
    assert [each.status for each in refused] == ["invalid"]


def test_a_day_that_there_is_not_breaks_the_contract() -> None:
    """
    Eight digits that are no day are an error of the registry's family, as everything that comes from it.
    """
    client = BusinessRegistryClient(TAX_SERVICE, "key", transport=Answers(end_dt="20240230"))
    with pytest.raises(errors.ContractViolationError) as caught:
        client.verify(SAMSUNG)
    assert isinstance(caught.value, errors.RegistryError)
    assert [each.status for each in client.verify_many([SAMSUNG])] == ["unreadable"]
