"""
Korean business and phone numbers.
"""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Literal

import pytest

from aegis_sdk.business_number import (
    BusinessNumber,
    BusinessNumberError,
    CheckDigitWarning,
    CorporateNumber,
    PhoneNumberError,
    format_mobile,
    international_mobile,
    is_valid_check_digit,
    normalize_mobile,
)

# Public companies: Samsung Electronics, NAVER, Kakao, Hyundai Motor, LG Electronics.
GOOD = ["124-81-00998", "220-81-62517", "120-81-47521", "101-81-09147", "107-86-14075"]
BAD = ["124-81-00999", "123-45-67890", "220-81-62518"]


@pytest.mark.parametrize("number", GOOD)
def test_real_numbers_hold(number: str) -> None:
    """
    The numbers of well-known companies have valid check digits, with and without hyphens, and give no warning.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for written in (number, number.replace("-", ""), f" {number}\n"):
            parsed = BusinessNumber.parse(written)
            assert (parsed.formatted, parsed.digits) == (number, number.replace("-", ""))
            assert parsed.has_valid_check_digit
            assert is_valid_check_digit(written)


@pytest.mark.parametrize("number", BAD)
def test_a_failed_check_digit_is_what_the_caller_makes_of_it(number: str) -> None:
    """
    By default it is a warning; the caller may refuse it or not care.
    """
    with pytest.warns(CheckDigitWarning, match="the registry decides"):
        parsed = BusinessNumber.parse(number)
    assert parsed.formatted == number
    with pytest.raises(BusinessNumberError, match="check digit"):
        BusinessNumber.parse(number, check_digit="refuse")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert BusinessNumber.parse(number, check_digit="ignore") == parsed
    assert not is_valid_check_digit(number)


def test_exactly_one_check_digit_holds() -> None:
    """
    Of the ten numbers with the same first nine digits, exactly one holds.
    """
    for stem in ("124810099", "000000001", "999999999", "123456789"):
        assert sum(is_valid_check_digit(f"{stem}{digit}") for digit in range(10)) == 1


@pytest.mark.parametrize("check_digit", ["warn", "refuse", "ignore"])
def test_all_zeros_are_nobodys(check_digit: Literal["warn", "refuse", "ignore"]) -> None:
    """
    000-00-00000 satisfies the sum and is refused by itself.
    """
    with pytest.raises(BusinessNumberError, match="no business number"):
        BusinessNumber.parse("000-00-00000", check_digit=check_digit)
    assert not is_valid_check_digit("0000000000")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "124-81-0099",
        "124-81-009988",
        "12481-00998-",
        "124 81 00998",
        "124-8100-998",
        "１２４-81-00998",
        "abc-de-fghij",
    ],
)
def test_other_texts_are_refused(text: str) -> None:
    """
    Anything but ten ASCII digits, hyphens where they belong, is refused without being quoted.
    """
    with pytest.raises(BusinessNumberError) as caught:
        BusinessNumber.parse(text)
    assert not text or text not in str(caught.value)
    assert not is_valid_check_digit(text)


def test_a_number_is_a_value_that_does_not_show() -> None:
    """
    Equal numbers are equal and hash alike, cannot change, survive copies, and show no digit.
    """
    one, two = BusinessNumber("1248100998"), BusinessNumber("124-81-00998")
    assert one == two == BusinessNumber(one)
    assert len({one, two}) == 1
    assert one != "1248100998"
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == one
    for shown in (repr(one), str(one), f"{one}", repr([one])):
        assert not any(digit in shown for digit in "0123456789")
    with pytest.raises(AttributeError, match="does not change"):
        one.digits = "2208162517"


def test_corporate_numbers_are_never_refused_for_a_digit() -> None:
    """
    Numbers issued since 2025-01-31 have no check digit, so a failed one says nothing.
    """
    samsung = CorporateNumber("130111-0006246")
    assert (samsung.formatted, samsung.digits, samsung.has_old_check_digit) == ("130111-0006246", "1301110006246", True)
    newer = CorporateNumber("1301110006247")
    assert not newer.has_old_check_digit
    assert newer != samsung
    assert repr(newer) == "CorporateNumber('******-*******')"
    assert pickle.loads(pickle.dumps(newer)) == newer
    with pytest.raises(AttributeError):
        newer.digits = ""
    with pytest.raises(BusinessNumberError, match="thirteen digits"):
        CorporateNumber("130111-000624")


@pytest.mark.parametrize(
    "number",
    [
        "010-1234-5678",
        "01012345678",
        "+821012345678",
        "+82 10-1234-5678",
        "82-10-1234-5678",
        "+82 (0)10 1234 5678",
        "010.1234.5678",
        " 010 1234 5678 ",
        "(010) 1234-5678",
        "(010)1234-5678",
        "０１０－１２３４－５６７８",
        "010–1234–5678",
        "0082 10 1234 5678",
        "+82-(0)10-1234-5678",
    ],
)
def test_mobile_numbers_have_three_spellings(number: str) -> None:
    """
    However it is written, a mobile number is read as digits, with hyphens, or with the country code.
    """
    assert normalize_mobile(number) == "01012345678"
    assert format_mobile(number) == "010-1234-5678"
    assert international_mobile(number) == "+821012345678"


@pytest.mark.parametrize(
    "number",
    [
        "1588-1234",
        "02-123-4567",
        "011-123-4567",
        "010-123-4567",
        "10-1234-5678",
        "+1 010 1234 5678",
        "",
        "010-1234-56789",
        "1588 1234",
        "010-1234-567x",
        "010-1234-5678#1",
    ],
)
def test_what_receives_no_sms_is_refused(number: str) -> None:
    """
    Service, landline and old numbers are no 010 mobile numbers; the refusal does not quote them.
    """
    with pytest.raises(PhoneNumberError) as caught:
        normalize_mobile(number)
    assert not number or number not in str(caught.value)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("124-81-00998", "법인사업자"),
        ("220-88-62517", "법인사업자"),
        ("101-01-09147", "개인사업자"),
        ("101-79-09147", "개인사업자"),
        ("101-90-09147", "개인사업자"),
        ("101-80-09147", None),
        ("101-89-09147", None),
        ("999-00-01000", None),
    ],
)
def test_a_number_tells_whose_business_it_is(number: str, kind: str | None) -> None:
    """
    Digits four and five tell a person's business from a legal entity's; associations are neither.
    """
    assert BusinessNumber(number).business_type == kind
