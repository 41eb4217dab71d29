"""
Refusals as RFC 9457 bodies, with codes that stay.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from aegis_contracts import Operation, Violation
from aegis_mockserver.core._messages import Problem

PROBLEM_JSON = "application/problem+json"
MAX_VIOLATIONS = 200


class ProblemType(NamedTuple):
    """
    What a code always means (RFC 9457 §3.1).
    """

    status: int
    title: str


OWN: dict[str, ProblemType] = {
    "invalid_request": ProblemType(400, "The request breaks the contract"),
    "malformed_request": ProblemType(400, "The request is not HTTP"),
    "preference_unknown": ProblemType(404, "The contract has nothing that Prefer could choose"),
    "unauthorized": ProblemType(401, "Authentication is required"),
    "forbidden": ProblemType(403, "The credential does not allow this"),
    "not_found": ProblemType(404, "Nothing is here"),
    "method_not_allowed": ProblemType(405, "The path does not offer this method"),
    "not_acceptable": ProblemType(406, "No acceptable media type"),
    "conflict": ProblemType(409, "The request conflicts with the present state"),
    "content_too_large": ProblemType(413, "The request body is too large"),
    "uri_too_long": ProblemType(414, "The request target is too long"),
    "unsupported_media_type": ProblemType(415, "The media type of the request body is not supported"),
    "idempotency_key_reused": ProblemType(422, "The Idempotency-Key was used for another request"),
    "too_many_requests": ProblemType(429, "Too many requests"),
    "header_fields_too_large": ProblemType(431, "The request headers are too large"),
    "internal_error": ProblemType(500, "The service failed"),
    "service_unavailable": ProblemType(503, "The service is unavailable"),
}
BY_STATUS = {known.status: code for code, known in reversed(OWN.items()) if code != "preference_unknown"}


class DeclaredProblems:
    """
    The problem types of an operation: its contract's ``x-problems``, and its own examples by their codes.
    """

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        problems = operation.contract.extensions.get("x-problems", ())
        self._types = {
            str(entry["code"]): ProblemType(int(entry.get("status", 400)), str(entry.get("title", "")))
            for entry in (problems if isinstance(problems, list) else ())
            if isinstance(entry, dict) and "code" in entry
        }
        self._examples: dict[tuple[str, str], dict[str, Any]] = {}
        for response in operation.responses.values():
            for media in response.content.values():
                for example in media.examples.values():
                    value = example.value if example.has_value else None
                    if isinstance(value, dict) and "code" in value:
                        if response.status.isdecimal():
                            value = {"status": int(response.status), **value}
                        for key in ((response.status, str(value["code"])), ("", str(value["code"]))):
                            self._examples.setdefault(key, value)

    def example(self, code: str, status: int) -> dict[str, Any]:
        """
        Return the operation's own example of a problem, for its status if that is declared; empty if there is none.
        """
        if not self._examples:
            return {}
        response = self._operation.response(status) if status else None
        return self._examples.get((response.status if response is not None else "", code), {})

    def settle(self, problem: Problem) -> None:
        """
        Fill in status and title: from the contract, from an example, else from our own list.
        """
        if problem.status and problem.title:
            return
        known = self._types.get(problem.code)
        if known is None:
            example = self.example(problem.code, problem.status)
            if isinstance(example.get("title"), str):
                known = ProblemType(int(example.get("status", 400)), example["title"])
        settle(problem, known)


def settle(problem: Problem, known: ProblemType | None = None) -> None:
    """
    Fill in status and title.
    """
    known = known or OWN.get(problem.code) or ProblemType(400, "")
    problem.status = problem.status or known.status
    problem.title = problem.title or known.title or problem.code.replace("_", " ").capitalize()


def body(problem: Problem, path: str, kind: object = None) -> dict[str, Any]:
    """
    Write the problem as its RFC 9457 body.

    Args:
        kind: the URI of its type, if the contract has one.
    """
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
