"""
From a problem to a response that the contract allows for that status.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aegis_contracts import MediaType, Response
from aegis_contracts.exchange import kind
from aegis_mockserver.core import _problems
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core._served import Served
from aegis_mockserver.core.contents import _content

_TEXTS = ("message", "msg", "detail", "error_description", "description", "title", "error", "reason")


def refuse(problem: Problem, served: Served | None, path: str, request_id: str = "", seed: str = "") -> Answer:
    """
    Answer *problem* in the form that the contract declares for its status, else in our own.
    """
    operation = served.operation if served is not None else None
    problem = _problems.settle(problem, operation)
    body = _problems.body(problem, operation, path)
    response = operation.response(problem.status) if operation is not None else None
    if served is None or response is None or not response.content:
        return _answer(problem, body, _problems.PROBLEM_JSON)
    if request_id and "request_id" not in body:
        body["request_id"] = request_id
    forms = served.refusals.get(problem.status)
    if forms is None:
        forms = served.refusals[problem.status] = tuple(_by_likeness(response))
    for media_type, declared in forms:
        if kind(media_type) != "json":
            continue
        for candidate in _candidates(body):
            if _valid(declared, candidate):
                answer = _answer(problem, candidate, media_type)
                answer.checked = True
                return answer
    media_type, declared = forms[0]
    return _answer(problem, _adapted(served, problem, media_type, declared, seed), media_type, declared)


def _answer(problem: Problem, body: Any, media_type: str, declared: MediaType | None = None) -> Answer:
    sent = _content.sent_type(media_type)
    content = _content.write(body, media_type, declared)
    return Answer(problem.status, body, dict(problem.headers), sent, content, origin="problem")


def _by_likeness(response: Response) -> Iterator[tuple[str, MediaType]]:
    """
    Go through the declared media types, problem+json first, then JSON of any kind.
    """
    order = {"application/problem+json": 0}
    yield from sorted(
        response.content.items(), key=lambda item: order.get(item[0], 1 if kind(item[0]) == "json" else 2)
    )


def _candidates(body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """
    The whole problem first; then with less and less of what is ours.
    """
    yield body
    if "violations" in body:
        brief = [{key: v[key] for key in ("pointer", "rule", "message")} for v in body["violations"]]
        yield {**body, "violations": brief}
        body = {key: value for key, value in body.items() if key != "violations"}
        yield body
    yield {key: value for key, value in body.items() if key not in {"instance", "request_id"}}
    yield {key: value for key, value in body.items() if key in {"type", "title", "status", "detail"}}


def _valid(declared: MediaType, value: Any) -> bool:
    return declared.schema is None or declared.schema.is_valid(value, "response")


def _adapted(served: Served, problem: Problem, media_type: str, declared: MediaType, seed: str) -> Any:
    """
    Take the contract's own example of a refusal, and say in its words what happened, where it has a place for that.
    """
    value = served.answers.instance(problem.status, media_type, seed, {})
    if kind(media_type) != "json" or not isinstance(value, dict):
        return value
    said = "; ".join(str(violation) for violation in problem.violations[:5]) or problem.detail or problem.title
    for name in _TEXTS:
        if isinstance(value.get(name), str):
            told = {**value, name: said}
            if _valid(declared, told):
                return told
    return value
