"""
From a problem to a response that the contract allows for that status.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aegis_contracts.exchange import kind
from aegis_mockserver.core._messages import NO_BODY, Answer, Problem
from aegis_mockserver.core._route import Routed
from aegis_mockserver.core.contents import _accept, _content
from aegis_mockserver.core.contents._proofs import ContentChecker, Proof
from aegis_mockserver.core.operations import _problems
from aegis_mockserver.core.operations._answers import Content, RefusalKey
from aegis_mockserver.core.operations._problems import PROBLEM_JSON
from aegis_mockserver.core.operations._responses import CompiledResponse
from aegis_mockserver.core.operations._told import Teller

_SIZE = 500  # bytes of a key, and of each violation in it, about


def plain(problem: Problem, path: str) -> Answer:
    """
    Answer *problem* as RFC 9457 has it, where no contract says otherwise.
    """
    _problems.settle(problem)
    return _answer(problem, _form(problem, _content.write(_problems.body(problem, path), "json"), PROBLEM_JSON))


def refuse(problem: Problem, routed: Routed, request_id: str = "") -> Answer:
    """
    Answer *problem*, which is settled, in the form that the contract declares for its status, else in our own.
    """
    if request_id or problem.members or routed.notes:
        return _answer(problem, _written(problem, routed, request_id))
    operation, request = routed.operation, routed.request
    told = (problem.code, problem.status, problem.title, problem.detail, problem.violations)
    key = RefusalKey(operation.declared, *told, request.path, request.query, routed.accept)
    form = operation.contents.get(key)
    if form is None:
        form = _written(problem, routed)
        if not routed.notes:  # what was overlooked in writing it must be noted each time
            operation.contents.put(key, form, form.size)
    return _answer(problem, form)


def _written(problem: Problem, routed: Routed, request_id: str = "") -> Content:
    operation = routed.operation
    response = operation.responses[problem.status]
    kind_of_problem = operation.problems.example(problem.code, problem.status).get("type")
    body = _problems.body(problem, routed.request.path, kind_of_problem)
    if not response.forms and not _has_content(response) and (usual := operation.usual) is not None:
        # Whoever reads the refusals of this provider reads this shape.
        lacks = "is not declared" if response.declared is None else "is declared without a body"
        routed.overlook("refusal", f"{problem.status} {lacks}, so it is told as {usual.status} would be")
        response = usual
    if not response.forms:
        media_type = _json_type(routed.request.fields.get("accept", ""))
        if not operation.speaks_problems:
            # A code means the provider's own to its clients, often a number: ours is none of them.
            body = {name: value for name, value in body.items() if name != "code"}
        if media_type != PROBLEM_JSON:
            # Clients that do not know RFC 9457 look for a message; those that do show the detail and nothing else.
            body = {"message": _said(problem), **body, **({"detail": _said(problem)} if problem.violations else {})}
        return _form(problem, _content.write(body, "json"), media_type)
    if request_id:
        body.setdefault("request_id", request_id)
    forms = _accepted(response.forms, routed.accept)
    for checker in forms:
        named, needed, texts = response.places(checker)
        if kind(checker.sent_type) != "json" or not needed <= body.keys():
            continue
        full = {**dict.fromkeys(texts, _said(problem)), **body}
        told_of = named & {"code", *texts} & full.keys()
        for candidate in _candidates(full):
            # Where the contract has a place for what a candidate leaves out, that is said in the contract's own way.
            if told_of <= candidate.keys() and (proof := checker.make(candidate)) is not None:
                return _form(problem, proof, checker.sent_type)
    checker = forms[0]
    told = _content.write(_adapted(routed, problem, checker, response.status), checker.media.media_type, checker.media)
    return _form(problem, told, checker.sent_type)


def _has_content(response: CompiledResponse) -> bool:
    """
    Say whether the contract declares a body of any media type.
    """
    return response.declared is not None and bool(response.declared.content)


def _said(problem: Problem) -> str:
    """
    Say in one text what happened.
    """
    broken = "; ".join(violation.told for violation in problem.violations[:5])
    return f"{broken}. {problem.mend}" if problem.mend else broken or problem.detail or problem.title


def _form(problem: Problem, content: bytes | Proof, media_type: str) -> Content:
    size = len(content.content if isinstance(content, Proof) else content) + _SIZE * (1 + len(problem.violations))
    return Content(content, media_type, "problem", size)


def _answer(problem: Problem, form: Content) -> Answer:
    return Answer(problem.status, NO_BODY, dict(problem.headers), form.media_type, form.content, origin=form.origin)


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


def _json_type(accept: str) -> str:
    """
    Choose what JSON of our own is called: ``application/json`` for a client that takes only that, or a JSON of its own.
    """
    taken = _accept.quality(PROBLEM_JSON, accept) or all(kind(part) != "json" for part in accept.split(","))
    return PROBLEM_JSON if taken else "application/json"


def _accepted(forms: tuple[ContentChecker, ...], accept: str) -> list[ContentChecker]:
    """
    Put what the client accepts first; a refusal is told all the same where it accepts nothing of it.
    """
    return sorted(forms, key=lambda checker: _accept.quality(checker.media.media_type, accept) == 0)


def _adapted(routed: Routed, problem: Problem, checker: ContentChecker, status: int) -> Any:
    """
    Take the contract's own example of a refusal, and say in its words what happened, where it has a place for that.

    Args:
        status: the one whose shape is taken.
    """
    media_type, instances = checker.media.media_type, routed.operation.answers.instances
    value = instances.instance(status, media_type, routed.seed)
    sent = kind(checker.sent_type)  # a range, as "*/*", is sent as JSON
    if isinstance(value, str) and sent in {"json", "text"}:
        return _said(problem) if checker.fits(_said(problem)) else value
    if sent not in {"json", "xml"} or not isinstance(value, dict | list):
        return value
    declared = routed.operation.declared.responses.get(str(problem.status))
    # The shape may be another status', where this one is declared and has none.
    exact = declared is not None and media_type in declared.content
    exact = exact and instances.fixed(problem.status, media_type) is not None
    schema = checker.media.schema
    root = schema.projected("response") if schema is not None else {}
    told = Teller(problem, root, routed.request.path, _said(problem), exact=exact).tell(value)
    return _nearest(value, told, checker)


def _nearest(value: Any, told: Any, checker: ContentChecker) -> Any:
    """
    Return what is told as far as the schema allows it: a member that breaks it stays as it was.
    """
    if checker.fits(told):
        return told
    if not isinstance(value, dict):
        return value
    kept = dict(value)
    for name in (*told, *(name for name in value if name not in told)):
        trial = dict(kept)
        if name in told:
            trial[name] = told[name]
        else:
            del trial[name]
        if checker.fits(trial):
            kept = trial
        elif isinstance(told.get(name), dict):
            inner = dict(kept[name])
            for key, each in told[name].items():
                if checker.fits({**kept, name: {**inner, key: each}}):
                    inner[key] = each
            kept[name] = inner
    return kept
