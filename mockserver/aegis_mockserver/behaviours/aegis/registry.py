"""
The business registry: the tax service with its manners, and the Aegis gateway before it.
"""
# ruff: noqa: ARG001 - a table of functions has one signature, whether or not each entry needs it all

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.aegis import _taxpayers
from aegis_mockserver.behaviours.aegis._neighbours import valid_only
from aegis_mockserver.behaviours.aegis._taxpayers import (
    Taxpayers,
    TaxServiceFailed,
    TaxServiceUnavailable,
    details,
)
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.ports._speakers import Behave, Refuse
from aegis_mockserver.world import World
from aegis_mockserver.world._messages import Request

TAX_SERVICE = "/api/nts-businessman/"
PORTAL = {
    -401: (401, "인증키는 필수 항목 입니다."),
    -4: (401, "등록되지 않은 인증키 입니다."),
    -999: (400, "알 수 없는 오류가 발생했습니다."),
}


def status(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    상태조회: the state of each number, in the order of the request.
    """
    taxpayers = Taxpayers(operation.contract, world)
    try:
        data = [taxpayers.status(number) for number in reading.body["b_no"]]
    except TaxServiceUnavailable:
        return _unavailable()
    matched = sum(1 for entry in data if entry["b_stt_cd"])
    return _found(data, "match_cnt", matched)


def validate(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    진위확인: whether number, start date and representative belong together.
    """
    taxpayers = Taxpayers(operation.contract, world)
    try:
        data = [taxpayers.validation(query) for query in reading.body["businesses"]]
    except TaxServiceUnavailable:
        return _unavailable()
    except TaxServiceFailed:
        return _portal(-999)
    confirmed = sum(1 for entry in data if entry["valid"] == "01")
    return _found(data, "valid_cnt", confirmed)


def info(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    The details of one business, which only the gateway tells.
    """
    number = reading.query["businessRegNo"]
    try:
        business = Taxpayers(operation.contract, world).find(number)
    except TaxServiceUnavailable:
        return _unavailable()
    if business is None:
        return Problem("business_not_found", detail="The number is not registered with the National Tax Service.")
    return Answer(200, {"status_code": "OK", "data": details(number, business)})


def refuse(operation: Operation, problem: Problem, request: Request) -> Answer | None:
    """
    Say a refusal of the core in the shapes of the tax service and its portal.
    """
    if problem.code == "unauthorized" and request.path.startswith(TAX_SERVICE):
        sent = bool(request.fields.get("authorization")) or b"serviceKey=" in request.query
        return _portal(-4 if sent else -401, problem.headers)
    if problem.code != "invalid_request":
        return None
    rules = {(violation.pointer, violation.rule) for violation in problem.violations}
    if ("/body", "syntax") in rules or ("/body", "required") in rules:
        return _service(400, "BAD_JSON_REQUEST")
    if ("/body/b_no", "maxItems") in rules or ("/body/businesses", "maxItems") in rules:
        return _service(413, "TOO_LARGE_REQUEST")
    return _service(411, "REQUEST_DATA_MALFORMED")


def _found(data: list[Any], counter: str, number: int) -> Answer:
    # The counter is absent, not 0, when nothing matched: the tax service's own manner.
    counted = {counter: number} if number else {}
    body = {"status_code": "OK", "request_cnt": len(data), **counted, "data": data}
    return Answer(200, body, media_type="application/json")


def _unavailable() -> Problem:
    return Problem("tax_service_unavailable", detail="The tax service does not answer; try again in 30 seconds.")


def _service(status: int, name: str) -> Answer:
    return Answer(status, {"status_code": name}, media_type="application/json", origin="problem")


def _portal(code: int, headers: Mapping[str, str] | None = None) -> Answer:
    status, said = PORTAL[code]
    body = {"code": code, "msg": said}
    return Answer(status, body, dict(headers or {}), media_type="application/json", origin="problem")


STORES = (_taxpayers.STORE,)
BEHAVIOURS: dict[str, Behave] = valid_only(
    {"getBusinessStatus": status, "validateBusinesses": validate, "getBusinessInfo": info}
)
REFUSALS: dict[str, Refuse] = {"getBusinessStatus": refuse, "validateBusinesses": refuse}
