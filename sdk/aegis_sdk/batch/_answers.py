"""
Reading the registry's answers row by row: what is wrong with one of them is no matter of the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeGuard, TypeVar, cast

from aegis_sdk.clients._business import BusinessVerdict, verdict_of
from aegis_sdk.errors import AnswerError

if TYPE_CHECKING:
    from aegis_runtime import RawResponse
    from aegis_sdk._generated.registry import models

__all__ = ["Answered", "Trouble", "claims", "states", "verdict"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """
    Why a number has no state.
    """

    status: Literal["invalid", "unreadable", "unavailable"]
    reason: str


Answered: TypeAlias = "models.TaxpayerStatus | models.BusinessValidation | Trouble"
M = TypeVar("M", bound="models.TaxpayerStatus | models.BusinessValidation")


def states(raw: RawResponse[models.StatusResponse]) -> dict[str, Answered]:
    """
    What ``/status`` tells, by number.

    Raises:
        AnswerError: nothing of it can be read.
    """
    from aegis_sdk._generated.registry.models import TaxpayerStatus

    try:
        return _by_number(raw.parse().data)
    except AnswerError as error:
        return _piecewise(raw.body, TaxpayerStatus, error)


def claims(raw: RawResponse[models.ValidateResponse]) -> dict[str, Answered]:
    """
    What ``/validate`` tells, by number.

    Raises:
        AnswerError: nothing of it can be read.
    """
    from aegis_sdk._generated.registry.models import BusinessValidation

    try:
        return _by_number(raw.parse().data)
    except AnswerError as error:
        return _piecewise(raw.body, BusinessValidation, error)


def verdict(number: str, found: Answered, index: int) -> BusinessVerdict:
    """
    Say what was *found* of a number.
    """
    from aegis_sdk._generated.registry.models import BusinessValidation
    from aegis_sdk.business_number import BusinessNumber

    if not isinstance(found, Trouble | BusinessValidation):
        return verdict_of(found, index)
    business = BusinessNumber(number)
    about: dict[str, Any] = {"index": index, "check_digit": business.has_valid_check_digit}
    if isinstance(found, Trouble):
        return BusinessVerdict(business.formatted, found.status, reason=found.reason, **about)
    if found.valid == "02":
        reason = "number, start date and representative do not belong together, or it is not registered"
        return BusinessVerdict(business.formatted, "not_confirmed", confirmed=False, reason=reason, **about)
    if found.valid != "01" or found.status is None or found.status.b_no != number:
        reason = "the registry's answer neither denies it nor tells its state"
        return BusinessVerdict(business.formatted, "unreadable", reason=reason, **about)
    return verdict_of(found.status, index, confirmed=True)


def _by_number(entries: Iterable[M]) -> dict[str, Answered]:
    found: dict[str, Answered] = {}
    for entry in entries:
        known = found.setdefault(entry.b_no, entry)
        if known is not entry and known != entry:
            found[entry.b_no] = Trouble("unreadable", "the registry's answer has it twice, and differently")
    return found


def _piecewise(body: bytes, model: type[M], error: AnswerError) -> dict[str, Answered]:
    from pydantic import ValidationError

    try:
        entries: object = json.loads(body)["data"]
    except (ValueError, TypeError, LookupError, RecursionError):
        raise error from None
    if not _is_list(entries):
        raise error
    read: list[M] = []
    broken: dict[str, Answered] = {}
    for entry in entries:
        number: Any = cast("dict[str, Any]", entry).get("b_no") if isinstance(entry, dict) else None
        if not isinstance(number, str):
            continue
        try:
            read.append(cast("M", model.model_validate(entry)))
        except (ValidationError, RecursionError) as found:
            broken[number] = Trouble("unreadable", _said(found))
    return {**_by_number(read), **broken}


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _said(error: Exception) -> str:
    from pydantic import ValidationError

    names: list[str] = []
    if isinstance(error, ValidationError):
        told = error.errors(include_input=False, include_url=False, include_context=False)
        names = [".".join(map(str, each["loc"])) for each in told[:3]]
    return f"the registry's answer breaks its contract in {', '.join(names) or 'its depth'}"
