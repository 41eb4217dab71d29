"""
Refusals as RFC 9457 bodies, with codes that stay.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from aegis_contracts import Contract, Operation, Violation
from aegis_mockserver.core._messages import Problem

PROBLEM_JSON = "application/problem+json"
MAX_VIOLATIONS = 200

OWN: dict[str, tuple[int, str]] = {
    "invalid_request": (400, "The request breaks the contract"),
    "malformed_request": (400, "The request is not HTTP"),
    "preference_unknown": (404, "The contract has nothing that Prefer could choose"),
    "unauthorized": (401, "Authentication is required"),
    "forbidden": (403, "The credential does not allow this"),
    "not_found": (404, "Nothing is here"),
    "method_not_allowed": (405, "The path does not offer this method"),
    "not_acceptable": (406, "No acceptable media type"),
    "conflict": (409, "The request conflicts with the present state"),
    "content_too_large": (413, "The request body is too large"),
    "uri_too_long": (414, "The request target is too long"),
    "unsupported_media_type": (415, "The media type of the request body is not supported"),
    "idempotency_key_reused": (422, "The Idempotency-Key was used for another request"),
    "too_many_requests": (429, "Too many requests"),
    "header_fields_too_large": (431, "The request headers are too large"),
    "internal_error": (500, "The service failed"),
    "service_unavailable": (503, "The service is unavailable"),
}
BY_STATUS = {status: code for code, (status, _) in reversed(OWN.items()) if code != "preference_unknown"}


@lru_cache(maxsize=64)
def declared(contract: Contract) -> dict[str, tuple[int, str]]:
    """
    Return the contract's ``x-problems``: code → status and title.
    """
    found: dict[str, tuple[int, str]] = {}
    problems = contract.extensions.get("x-problems", ())
    for entry in problems if isinstance(problems, list) else ():
        if isinstance(entry, dict) and "code" in entry:
            found[str(entry["code"])] = (int(entry.get("status", 400)), str(entry.get("title", "")))
    return found


@lru_cache(maxsize=1024)
def _example(operation: Operation, code: str, status: int) -> dict[str, Any] | None:
    """
    Find the operation's own example of a problem by its code.
    """
    responses = operation.responses.values()
    response = operation.response(status) if status else None
    for candidate in (response,) if response else responses:
        for media in candidate.content.values():
            for example in media.examples.values():
                value = example.value if example.has_value else None
                if isinstance(value, dict) and value.get("code") == code:
                    return value
    return None


def settle(problem: Problem, operation: Operation | None) -> Problem:
    """
    Fill in status and title from the contract, or from our own list.
    """
    if problem.status and problem.title:
        return problem
    status, title = OWN.get(problem.code, (0, ""))
    if operation is not None:
        known = declared(operation.contract).get(problem.code)
        example = _example(operation, problem.code, problem.status)
        if known:
            status, title = known
        elif example and isinstance(example.get("title"), str):
            status, title = int(example.get("status", status or 400)), example["title"]
    problem.status = problem.status or status or 400
    problem.title = problem.title or title or problem.code.replace("_", " ").capitalize()
    return problem


def body(problem: Problem, operation: Operation | None, path: str) -> dict[str, Any]:
    """
    Write the problem as its RFC 9457 body.
    """
    example = _example(operation, problem.code, problem.status) if operation is not None else None
    kind = example.get("type") if example else None
    value: dict[str, Any] = {
        "type": kind if isinstance(kind, str) else "about:blank",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "instance": path[:500],
    }
    if problem.detail:
        value["detail"] = problem.detail
    if problem.violations:
        value["violations"] = [_violation(violation) for violation in problem.violations[:MAX_VIOLATIONS]]
    value.update(problem.members)
    return value


def _violation(violation: Violation) -> dict[str, str]:
    value = {"pointer": violation.pointer[:1000], "rule": violation.rule, "message": violation.message[:1000]}
    if violation.mend:
        value["mend"] = violation.mend
    if violation.schema:
        value["schema"] = violation.schema
    return value


def counted(violations: tuple[Violation, ...]) -> str:
    """
    Say in a sentence how many rules are broken.
    """
    number = len(violations)
    return "1 rule is violated." if number == 1 else f"{number} rules are violated."
