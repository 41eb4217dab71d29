"""
Whether the registry confirms a business that wants to register.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aegis_contracts import Contract
from aegis_mockserver.behaviours.aegis._neighbours import neighbour, reachable
from aegis_mockserver.behaviours.aegis._taxpayers import Taxpayers, TaxServiceFailed, TaxServiceUnavailable
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.world import World

REASONS = {
    "suspended": "The registry reports the business as suspended.",
    "closed": "The registry reports the business as closed.",
    "unregistered": "The number is not registered with the National Tax Service.",
    "mismatch": "The registry has no business with this number, start date and representative.",
}
REFUSED = {"02": "suspended", "03": "closed", "": "unregistered"}


def refusal(contract: Contract, world: World, body: Mapping[str, Any]) -> Problem | None:
    """
    Ask the mock's own registry about the business of a registration; None when it is active.

    With start date and representative it asks /validate, and when that does not confirm, /status for the reason: the
    tax service itself does not tell an unknown number from a mismatch. With the number alone it asks /status.
    """
    taxpayers = Taxpayers(neighbour(contract, "registry.yaml"), world)
    number = str(body["business_registration_number"]).replace("-", "")
    start, representative = body.get("start_date"), body.get("representative_name")
    try:
        if start and representative:
            query = {"b_no": number, "start_dt": str(start).replace("-", ""), "p_nm": representative}
            reason = _validated(taxpayers, world, query)
        else:
            reason = _state(taxpayers, world, number)
    except TaxServiceUnavailable:
        detail = "The business could not be verified; try again in 30 seconds."
        return Problem("registry_unavailable", detail=detail)
    return _not_active(reason) if reason else None


def _validated(taxpayers: Taxpayers, world: World, query: dict[str, Any]) -> str:
    _call(world, "validateBusinesses")
    try:
        found = taxpayers.validation(query)
    except TaxServiceFailed:
        return "unregistered"
    if found["valid"] == "01":
        return REFUSED.get(found["status"]["b_stt_cd"], "")
    known = _status(taxpayers, world, query["b_no"])
    return "mismatch" if known else "unregistered"


def _state(taxpayers: Taxpayers, world: World, number: str) -> str:
    return REFUSED.get(_status(taxpayers, world, number), "")


def _status(taxpayers: Taxpayers, world: World, number: str) -> str:
    _call(world, "getBusinessStatus")
    return taxpayers.status(number)["b_stt_cd"]


def _call(world: World, operation: str) -> None:
    if not reachable(world, operation):
        raise TaxServiceUnavailable


def _not_active(reason: str) -> Problem:
    return Problem("business_not_active", detail=REASONS[reason], members={"reason": reason})
