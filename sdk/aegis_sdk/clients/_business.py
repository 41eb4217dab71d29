"""
What the registry's answers mean for Aegis. Pure: values in, values or errors out.

Rules, from live answers of the tax service: an unregistered number is a 200 whose ``tax_type`` begins with a sentence;
``match_cnt`` and ``valid_cnt`` are absent when nothing matched; ``status`` is absent when nothing is confirmed.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from aegis_runtime import discreet
from aegis_runtime.errors import SchemaViolation
from aegis_sdk.business_number import BusinessNumber, BusinessType, CheckDigit
from aegis_sdk.errors import ContractViolationError, InvalidRequestError, RegistryError, combined

if TYPE_CHECKING:
    from aegis_sdk._generated.registry import inputs, models

__all__ = [
    "AT_MOST",
    "BusinessInfo",
    "BusinessNotConfirmedError",
    "BusinessNotRegisteredError",
    "BusinessVerdict",
    "Chunk",
    "chunks",
    "confirmed",
    "digits",
    "info_of",
    "known",
    "query",
    "refused",
    "verdicts",
]

AT_MOST = 100
"""Businesses in one call."""
UNREGISTERED = "국세청에 등록되지 않은"
Status = Literal["active", "inactive", "closed"]
VerdictStatus = Literal[
    "active", "inactive", "closed", "unregistered", "not_confirmed", "invalid", "unreadable", "unavailable"
]
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STATES: dict[str, Status] = {"01": "active", "02": "inactive", "03": "closed"}
_STATUS: dict[str, Any] = {"operation": "getBusinessStatus", "method": "POST", "path": "/status", "attempts": 1}
_VALIDATE: dict[str, Any] = {"operation": "validateBusinesses", "method": "POST", "path": "/validate", "attempts": 1}


class BusinessNotRegisteredError(RegistryError):
    """
    The National Tax Service does not know the number. A new business appears after one or two days.
    """

    happened = "the business number is not registered with the National Tax Service"


class BusinessNotConfirmedError(RegistryError):
    """
    Number, start date and representative do not belong together, or the number is not registered: the registry does
    not say which.
    """

    happened = "the registry does not confirm that number, start date and representative belong together"


@dataclass(frozen=True, slots=True, repr=False)
class BusinessInfo:
    """
    A business, as the registry knows it.

    Attributes:
        business_registration_number: with hyphens.
        business_type: 개인사업자 or 법인사업자, as the gateway tells it, else as its number does.
        business_line, business_item: 주업태 and 주종목, such as 제조업 and 전자제품.
        industry_code: KSIC, five digits; ``industry_code_revision`` tells of which revision.
        establishment_date: when it opened.
        status: ``inactive`` is 휴업자 (suspended), ``closed`` is 폐업자.
        tax_type: in words, such as 부가가치세 일반과세자.
        closed_on: the day of closing.
    """

    business_registration_number: str
    status: Status
    tax_type: str = ""
    business_name: str | None = None
    business_type: BusinessType | None = None
    business_line: str | None = None
    business_item: str | None = None
    industry_code: str | None = None
    industry_code_revision: int | None = None
    industry_name: str | None = None
    establishment_date: date | None = None
    closed_on: date | None = None

    def __repr__(self) -> str:
        return f"BusinessInfo(status={self.status!r}, …)"


@dataclass(frozen=True, slots=True, repr=False)
class BusinessVerdict:
    """
    What became of one number of many.

    Attributes:
        business_registration_number: with hyphens; as it was given when it is none.
        status: of the business, or why there is none: ``unregistered``, ``not_confirmed`` (진위확인 says no),
            ``invalid`` (it cannot be asked), ``unreadable`` (the row, or the registry's answer to it),
            ``unavailable`` (the registry has no answer to it now).
        confirmed: whether number, start date and representative belong together; ``None`` when that was not asked.
        index: its place among those that were given, from 0.
        reason: why there is no state of a business.
        check_digit: whether the number's sum holds; when it does not, that is a warning and nothing more.
    """

    business_registration_number: str
    status: VerdictStatus
    tax_type: str = ""
    closed_on: date | None = None
    confirmed: bool | None = None
    index: int = 0
    reason: str = ""
    check_digit: bool = True

    def __repr__(self) -> str:
        return f"BusinessVerdict(index={self.index}, status={self.status!r}, …)"


def digits(number: str | BusinessNumber, check_digit: CheckDigit = "ignore") -> str:
    """
    The ten digits that the registry wants; whether the number is in use is for the registry to say.

    Raises:
        InvalidRequestError: it is no business number, or its check digit is refused; the value is not told.
    """
    if check_digit not in ("warn", "refuse", "ignore"):
        raise refused("/check_digit", 'must be "warn", "refuse" or "ignore"')
    said = "must be a business registration number of ten digits, with hyphens or without"
    try:
        parsed = BusinessNumber(number)
    except (ValueError, TypeError, AttributeError):
        parsed = None
    if parsed is None:
        raise refused("/number", said)
    if check_digit == "refuse" and not parsed.has_valid_check_digit:
        raise refused("/number", "must have the check digit that its first nine digits ask for")
    return BusinessNumber.parse(parsed, check_digit=check_digit).digits


def query(number: str, start_date: date | str, representative: str) -> inputs.BusinessQueryInput:
    """
    Ask whether number, start date and representative belong together.

    Raises:
        InvalidRequestError: the date is none, or the name is no text; the value is not told.
    """
    named = isinstance(representative, str) and representative.strip()  # pyright: ignore[reportUnnecessaryIsInstance]
    if not named:
        raise refused("/representative", "must be the representative's name")
    opened: date | None = None
    if isinstance(start_date, date):
        opened = start_date
    elif isinstance(start_date, str) and _DATE.fullmatch(start_date):  # pyright: ignore[reportUnnecessaryIsInstance]
        with contextlib.suppress(ValueError):
            opened = date.fromisoformat(start_date)
    if opened is None:
        raise refused("/start_date", "must be a date, or text like 1969-01-13")
    return {"b_no": number, "start_dt": f"{opened:%Y%m%d}", "p_nm": representative}


def refused(pointer: str, message: str) -> InvalidRequestError:
    """
    The error for an argument that cannot be asked with; nothing was sent.
    """
    violation = SchemaViolation(pointer, "registry", message)
    return combined(RegistryError, InvalidRequestError)(operation="verify", violations=[violation])


def confirmed(answer: models.ValidateResponse, number: str) -> models.TaxpayerStatus:
    """
    The state of the business that ``/validate`` confirmed.

    Raises:
        BusinessNotConfirmedError: it did not.
    """
    found = next((each for each in answer.data if each.b_no == number), None)
    if found is None:
        raise _breach(_VALIDATE, "/data", "must answer for the number that was asked for")
    if found.valid != "01":
        raise BusinessNotConfirmedError(**_VALIDATE)
    if found.status is None:
        raise _breach(_VALIDATE, "/data/0/status", "must tell the state of a confirmed business")
    return known(found.status)


def state_of(answer: models.StatusResponse, number: str) -> models.TaxpayerStatus:
    """
    The state of the business that ``/status`` was asked for.

    Raises:
        BusinessNotRegisteredError: there is no such business.
    """
    found = next((each for each in answer.data if each.b_no == number), None)
    if found is None:
        raise _breach(_STATUS, "/data", "must answer for the number that was asked for")
    return known(found)


def known(found: models.TaxpayerStatus) -> models.TaxpayerStatus:
    """
    *found*, if it is the state of a registered business.

    Raises:
        BusinessNotRegisteredError: it is not.
    """
    if _unregistered(found):
        raise BusinessNotRegisteredError(**_STATUS)
    return found


def info_of(state: models.TaxpayerStatus, details: models.BusinessDetails | None) -> BusinessInfo:
    """
    Put together what the calls told.
    """
    number = BusinessNumber(state.b_no)
    plain = BusinessInfo(
        number.formatted,
        _status(state),
        state.tax_type,
        business_type=number.business_type,
        closed_on=_day(state.end_dt, "/data/0/end_dt"),
    )
    if details is None:
        return plain
    return replace(
        plain,
        business_name=details.b_nm,
        business_type=_type(details.business_type) or plain.business_type,
        business_line=details.b_sector or None,
        business_item=details.b_type or None,
        industry_code=details.industry_code,
        industry_code_revision=details.industry_code_revision,
        industry_name=details.industry_name,
        establishment_date=_day(details.start_dt, "/data/start_dt"),
    )


def verdicts(answer: models.StatusResponse | None, chunk: Chunk) -> Iterator[BusinessVerdict]:
    """
    One verdict for each number of *chunk*, in that order. One that is none, or that the answer leaves out, is a verdict
    too.
    """
    found = {} if answer is None else {each.b_no: each for each in answer.data}
    for asked in chunk.given:
        if asked.digits is None:
            yield BusinessVerdict(asked.given, "invalid", index=asked.index, reason=asked.reason)
        elif (state := found.get(asked.digits)) is None:
            number = BusinessNumber(asked.digits).formatted
            yield BusinessVerdict(number, "unreadable", index=asked.index, reason="the registry's answer leaves it out")
        else:
            yield verdict_of(state, asked.index)


def verdict_of(state: models.TaxpayerStatus, index: int = 0, confirmed: bool | None = None) -> BusinessVerdict:
    """
    What the state of one business says; one that cannot be read is a verdict too.
    """
    number = BusinessNumber(state.b_no)
    about: dict[str, Any] = {"index": index, "confirmed": confirmed, "check_digit": number.has_valid_check_digit}
    if _unregistered(state):
        return BusinessVerdict(number.formatted, "unregistered", reason="the tax service does not know it", **about)
    try:
        return BusinessVerdict(number.formatted, _status(state), state.tax_type, _day(state.end_dt), **about)
    except ContractViolationError as error:
        reason = "; ".join(f"{each.pointer.rpartition('/')[2]} {each.message}" for each in error.violations)
        return BusinessVerdict(number.formatted, "unreadable", reason=f"the registry's {reason}", **about)


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """
    A number of many: its digits, or the reason why it has none.
    """

    index: int
    given: str
    digits: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Chunk:
    """
    The numbers of one call: what is given, and what of it can be asked.
    """

    given: list[Asked]
    digits: list[str]


@discreet
def chunks(
    numbers: Iterable[str | BusinessNumber], size: int = AT_MOST, check_digit: CheckDigit = "ignore"
) -> Iterator[Chunk]:
    """
    Cut *numbers* into calls.
    """
    if not 1 <= size <= AT_MOST:
        raise refused("/chunk", f"must be from 1 to {AT_MOST}: so many businesses fit into one call")
    return _cut(enumerate(numbers), size, check_digit)


def _cut(remaining: Iterator[tuple[int, str | BusinessNumber]], size: int, check_digit: CheckDigit) -> Iterator[Chunk]:
    while part := [_asked(index, number, check_digit) for index, number in islice(remaining, size)]:
        yield Chunk(part, list(dict.fromkeys(each.digits for each in part if each.digits is not None)))
        del part  # no frame of an error in between keeps it


def _asked(index: int, number: str | BusinessNumber, check_digit: CheckDigit) -> Asked:
    given = number.formatted if isinstance(number, BusinessNumber) else str(number)
    try:
        return Asked(index, given, digits(number, check_digit))
    except InvalidRequestError as error:
        return Asked(index, given, None, error.violations[0].message)


def _unregistered(state: models.TaxpayerStatus) -> bool:
    # By the beginning: the sentence comes with and without a full stop.
    return state.tax_type.startswith(UNREGISTERED) or state.b_stt_cd == ""


def _status(state: models.TaxpayerStatus) -> Status:
    status = _STATES.get(state.b_stt_cd)
    if status is None:
        raise _breach(_STATUS, "/data/0/b_stt_cd", "must be 01, 02 or 03")
    return status


def _type(told: str | None) -> BusinessType | None:
    return told if told in ("개인사업자", "법인사업자") else None  # type: ignore[return-value]  # an open enum is text


def _day(text: str | None, pointer: str = "/data/0/end_dt") -> date | None:
    # The contract can ask for eight digits only, not for a day that there is.
    if not text or not text.strip("0"):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        pass
    raise _breach(_STATUS, pointer, "must be a day of the calendar, YYYYMMDD")


def _breach(about: dict[str, Any], pointer: str, message: str) -> ContractViolationError:
    fault = SchemaViolation(pointer, "registry", message)
    return combined(RegistryError, ContractViolationError)(**about, status=200, violations=[fault])
