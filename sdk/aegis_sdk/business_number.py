"""
Korean business numbers and phone numbers: read, write, and say whether the check digit holds.

Nothing here asks the registry. About 0.7 % of the numbers in use fail the sum, so a failed check digit is a warning
unless the caller says otherwise; whether a business exists is for ``BusinessRegistryClient`` to find out.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from typing import Literal, final

__all__ = [
    "BusinessNumber",
    "BusinessNumberError",
    "CheckDigitWarning",
    "CorporateNumber",
    "PhoneNumberError",
    "format_mobile",
    "international_mobile",
    "is_valid_check_digit",
    "normalize_mobile",
    "phone_digits",
]

CheckDigit = Literal["warn", "refuse", "ignore"]
BusinessType = Literal["개인사업자", "법인사업자"]

_BUSINESS_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
_BUSINESS = re.compile(r"([0-9]{3})-?([0-9]{2})-?([0-9]{5})").fullmatch
_CORPORATE = re.compile(r"([0-9]{6})-?([0-9]{7})").fullmatch
_PHONE = re.compile(r"[+(]?[0-9][0-9()./ -]{6,30}").fullmatch
_SEPARATORS = str.maketrans("", "", "()./ -")
_MOBILE = re.compile(r"(?:(?:\+|00)?820?|0)(10[0-9]{8})").fullmatch
# Hyphens, dashes and minus signs that people and their spreadsheets write for "-"; NFKC makes the full-width one of it.
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹘ㅡー", "-"))


class BusinessNumberError(ValueError):
    """
    A text is not a business number. The message says what is wrong, never the number.
    """


class PhoneNumberError(ValueError):
    """
    A text is not a Korean mobile number. The message says what is wrong, never the number.
    """


class CheckDigitWarning(UserWarning):
    """
    A business number's check digit does not match. It may still be in use: the registry decides.
    """


def is_valid_check_digit(number: str) -> bool:
    """
    Say whether the tenth digit is what the first nine ask for. 000-00-00000 satisfies the sum and is nobody's.
    """
    match = _BUSINESS(number.strip())
    return match is not None and _check_digit_holds("".join(match.groups()))


def _check_digit_holds(digits: str) -> bool:
    figures = [int(digit) for digit in digits]
    total = sum(weight * figure for weight, figure in zip(_BUSINESS_WEIGHTS, figures, strict=False))
    total += 5 * figures[8] // 10
    return figures[9] == (10 - total % 10) % 10 and any(figures)


@final
class BusinessNumber:
    """
    A business registration number (사업자등록번호). It is personal data, so its repr shows no digit.

    Attributes:
        digits: the ten digits, as the registry wants them.
        formatted: ``123-45-67890``, as the User API and people want it.
        has_valid_check_digit: whether the sum holds.
    """

    __slots__ = ("digits",)

    digits: str

    def __init__(self, number: str | BusinessNumber) -> None:
        digits = number.digits if isinstance(number, BusinessNumber) else _business_digits(number)
        object.__setattr__(self, "digits", digits)

    @classmethod
    def parse(cls, number: str | BusinessNumber, *, check_digit: CheckDigit = "warn") -> BusinessNumber:
        """
        Read ``1248100998`` or ``124-81-00998``.

        Args:
            check_digit: what to do when it does not match: ``"warn"`` (a ``CheckDigitWarning``), ``"refuse"`` or
                ``"ignore"``.

        Raises:
            BusinessNumberError: it is not ten digits, or all of them are 0, or the check digit is refused.
        """
        parsed = cls(number)
        if check_digit != "ignore" and not parsed.has_valid_check_digit:
            if check_digit == "refuse":
                raise BusinessNumberError("the check digit of the business number does not match")
            warnings.warn(
                "the check digit of a business number does not match; the registry decides whether it is in use",
                CheckDigitWarning,
                stacklevel=2,
            )
        return parsed

    @property
    def formatted(self) -> str:
        """
        The number with hyphens.
        """
        digits = self.digits
        return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"

    @property
    def has_valid_check_digit(self) -> bool:
        """
        Whether the tenth digit is what the first nine ask for.
        """
        return _check_digit_holds(self.digits)

    @property
    def business_type(self) -> BusinessType | None:
        """
        Whose business it is, by digits four and five: 81 to 88 are of legal entities, 01 to 79 and 90 to 99 of persons.
        Associations (80, 89) are neither.
        """
        kind = int(self.digits[3:5])
        if 81 <= kind <= 88:
            return "법인사업자"
        return "개인사업자" if 1 <= kind <= 79 or kind >= 90 else None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a business number does not change")

    def __reduce__(self) -> tuple[type[BusinessNumber], tuple[str]]:
        return BusinessNumber, (self.digits,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BusinessNumber) and other.digits == self.digits

    def __hash__(self) -> int:
        return hash(self.digits)

    def __repr__(self) -> str:
        return "BusinessNumber('***-**-*****')"

    __str__ = __repr__


def _business_digits(number: str) -> str:
    match = _BUSINESS(number.strip())
    if match is None:
        raise BusinessNumberError("a business number is ten digits, written XXXXXXXXXX or XXX-XX-XXXXX")
    digits = "".join(match.groups())
    # It satisfies the sum, and no business has it.
    if digits == "0000000000":
        raise BusinessNumberError("000-00-00000 is no business number")
    return digits


@final
class CorporateNumber:
    """
    A corporate registration number (법인등록번호), thirteen digits. Numbers issued since 2025-01-31 have no check
    digit, so none is ever refused for it.

    Attributes:
        digits: the thirteen digits.
    """

    __slots__ = ("digits",)

    digits: str

    def __init__(self, number: str) -> None:
        match = _CORPORATE(number.strip())
        if match is None:
            raise BusinessNumberError("a corporate number is thirteen digits, written XXXXXX-XXXXXXX")
        object.__setattr__(self, "digits", "".join(match.groups()))

    @property
    def formatted(self) -> str:
        """
        The number with its hyphen.
        """
        return f"{self.digits[:6]}-{self.digits[6:]}"

    @property
    def has_old_check_digit(self) -> bool:
        """
        Whether the last digit is what was computed until 2025-01-30. ``False`` says nothing about newer numbers.
        """
        figures = [int(digit) for digit in self.digits]
        total = sum(figure * (1 + index % 2) for index, figure in enumerate(figures[:12]))
        return figures[12] == (10 - total % 10) % 10

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a corporate number does not change")

    def __reduce__(self) -> tuple[type[CorporateNumber], tuple[str]]:
        return CorporateNumber, (self.digits,)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CorporateNumber) and other.digits == self.digits

    def __hash__(self) -> int:
        return hash(self.digits)

    def __repr__(self) -> str:
        return "CorporateNumber('******-*******')"

    __str__ = __repr__


def normalize_mobile(number: str) -> str:
    """
    Write a mobile number as digits only, ``01012345678``, as SMS gateways want it.

    Raises:
        PhoneNumberError: it is no 010 mobile number; 1588-xxxx and the like receive no SMS.
    """
    match = _MOBILE(phone_digits(number))
    if match is None:
        raise PhoneNumberError("a mobile number is 010 and eight digits, written 010-XXXX-XXXX or +8210XXXXXXXX")
    return "0" + match[1]


def phone_digits(number: str) -> str:
    """
    Write any phone number without what people put between its digits: ``(02) 1234-5678`` is ``0212345678``.

    Raises:
        PhoneNumberError: it has anything else in it.
    """
    plain = _plain(number)
    if not _PHONE(plain):
        raise PhoneNumberError("a phone number is digits, with hyphens, dots, blanks or brackets between them")
    return plain.translate(_SEPARATORS)


def _plain(text: str) -> str:
    """
    *text* as a Korean keyboard's full-width digits and typographic dashes are meant.
    """
    text = text.strip()
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_DASHES).strip()


def format_mobile(number: str) -> str:
    """
    Write a mobile number as ``010-1234-5678``, as the User API wants it.
    """
    digits = normalize_mobile(number)
    return f"{digits[:3]}-{digits[3:7]}-{digits[7:]}"


def international_mobile(number: str) -> str:
    """
    Write a mobile number as ``+821012345678``.
    """
    return "+82" + normalize_mobile(number)[1:]
