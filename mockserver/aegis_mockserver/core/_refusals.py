"""
From a problem to a response that the contract allows for that status.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aegis_contracts.exchange import kind
from aegis_mockserver.core._messages import NO_BODY, Answer, Problem
from aegis_mockserver.core._route import Routed
from aegis_mockserver.core.contents import _content
from aegis_mockserver.core.contents._proofs import ContentChecker, Proof
from aegis_mockserver.core.operations import _problems
from aegis_mockserver.core.operations._responses import TEXTS


def plain(problem: Problem, path: str) -> Answer:
    """
    Answer *problem* as RFC 9457 has it, where no contract says otherwise.
    """
    _problems.settle(problem)
    return _answer(problem, _content.write(_problems.body(problem, path), "json"), _problems.PROBLEM_JSON)


def refuse(problem: Problem, routed: Routed, request_id: str = "") -> Answer:
    """
    Answer *problem*, which is settled, in the form that the contract declares for its status, else in our own.
    """
    operation = routed.operation
    response = operation.responses[problem.status]
    kind_of_problem = operation.problems.example(problem.code, problem.status).get("type")
    body = _problems.body(problem, routed.request.path, kind_of_problem)
    if not response.forms:
        return _answer(problem, _content.write(body, "json"), _problems.PROBLEM_JSON)
    if request_id and "request_id" not in body:
        body["request_id"] = request_id
    if response.texts:
        body |= {name: _said(problem) for name in response.texts if name not in body}
    for checker in response.forms:
        if kind(checker.media.media_type) != "json":
            continue
        for candidate in _candidates(body):
            if (proof := checker.make(candidate)) is not None:
                return _answer(problem, proof, checker.sent_type)
    checker = response.forms[0]
    told = _content.write(_adapted(routed, problem, checker), checker.media.media_type, checker.media)
    return _answer(problem, told, checker.sent_type)


def _said(problem: Problem) -> str:
    """
    Say in one text what happened.
    """
    return "; ".join(str(violation) for violation in problem.violations[:5]) or problem.detail or problem.title


def _answer(problem: Problem, content: bytes | Proof, media_type: str) -> Answer:
    return Answer(problem.status, NO_BODY, dict(problem.headers), media_type, content, origin="problem")


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


def _adapted(routed: Routed, problem: Problem, checker: ContentChecker) -> Any:
    """
    Take the contract's own example of a refusal, and say in its words what happened, where it has a place for that.
    """
    media_type = checker.media.media_type
    value = routed.operation.answers.instances.instance(problem.status, media_type, routed.seed)
    if kind(media_type) != "json" or not isinstance(value, dict):
        return value
    for name in TEXTS:
        if isinstance(value.get(name), str):
            told = {**value, name: _said(problem)}
            if checker.make(told) is not None:
                return told
    return value
