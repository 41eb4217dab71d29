"""
What the registry's answers mean for Aegis. Pure: values in, values or errors out.

Rules, from live answers of the tax service: an unregistered number is a 200 whose ``tax_type`` begins with a sentence;
``match_cnt`` and ``valid_cnt`` are absent when nothing matched; ``status`` is absent when nothing is confirmed.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from aegis_runtime.errors import SchemaViolation
from aegis_sdk.business_number import BusinessNumber
from aegis_sdk.errors import ContractViolationError, InvalidRequestError, RegistryError, combined

if TYPE_CHECKING:
    from aegis_sdk._generated.registry import inputs, models

__all__ = [
    "AT_MOST",
    "BusinessInfo",
    "BusinessNotConfirmedError",
    "BusinessNotRegisteredError",
    "BusinessVerdict",
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
        business_type: what the registry calls its line and item of business (주업태, 주종목).
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
    business_type: str | None = None
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
    """

    business_registration_number: str
    status: Literal["active", "inactive", "closed", "unregistered"]
    tax_type: str = ""
    closed_on: date | None = None

    def __repr__(self) -> str:
        return f"BusinessVerdict(status={self.status!r}, …)"


def digits(number: str | BusinessNumber) -> str:
    """
    The ten digits that the registry wants; whether the number is in use is for the registry to say.

    Raises:
        InvalidRequestError: it is no business number; the value is not told.
    """
    try:
        return BusinessNumber.parse(number, check_digit="ignore").digits
    except (ValueError, TypeError, AttributeError):
        pass
    raise refused("/number", "must be a business registration number of ten digits, with hyphens or without")


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
    plain = BusinessInfo(
        BusinessNumber(state.b_no).formatted, _status(state), state.tax_type, closed_on=_day(state.end_dt)
    )
    if details is None:
        return plain
    kinds = [part for part in (details.b_sector, details.b_type) if part]
    return BusinessInfo(
        plain.business_registration_number,
        plain.status,
        plain.tax_type,
        business_name=details.b_nm,
        business_type=", ".join(kinds) or None,
        industry_code=details.industry_code,
        industry_code_revision=details.industry_code_revision,
        industry_name=details.industry_name,
        establishment_date=_day(details.start_dt),
        closed_on=plain.closed_on,
    )


def verdicts(answer: models.StatusResponse, asked: list[str]) -> Iterator[BusinessVerdict]:
    """
    One verdict for each number that was *asked*, in that order.
    """
    found = {each.b_no: each for each in answer.data}
    for number in asked:
        state = found.get(number)
        if state is None:
            raise _breach(_STATUS, "/data", "must answer for every number that was asked for")
        formatted = BusinessNumber(number).formatted
        if _unregistered(state):
            yield BusinessVerdict(formatted, "unregistered")
        else:
            yield BusinessVerdict(formatted, _status(state), state.tax_type, _day(state.end_dt))


def chunks(numbers: Iterable[str | BusinessNumber], size: int = AT_MOST) -> Iterator[list[str]]:
    """
    Cut *numbers* into calls.
    """
    if not 1 <= size <= AT_MOST:
        raise refused("/chunk", f"must be from 1 to {AT_MOST}: so many businesses fit into one call")
    remaining = iter(numbers)
    while part := [digits(number) for number in islice(remaining, size)]:
        yield part


def _unregistered(state: models.TaxpayerStatus) -> bool:
    # By the beginning: the sentence comes with and without a full stop.
    return state.tax_type.startswith(UNREGISTERED) or state.b_stt_cd == ""


def _status(state: models.TaxpayerStatus) -> Status:
    status = _STATES.get(state.b_stt_cd)
    if status is None:
        raise _breach(_STATUS, "/data/0/b_stt_cd", "must be 01, 02 or 03")
    return status


def _day(text: str | None) -> date | None:
    return date(int(text[:4]), int(text[4:6]), int(text[6:])) if text else None


def _breach(about: dict[str, Any], pointer: str, message: str) -> ContractViolationError:
    fault = SchemaViolation(pointer, "registry", message)
    return combined(RegistryError, ContractViolationError)(**about, status=200, violations=[fault])
