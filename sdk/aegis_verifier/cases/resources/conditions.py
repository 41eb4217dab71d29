"""
Conditional requests (RFC 9110 §13): what has not changed is not sent again, and no change is made to another version.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from aegis_contracts import Operation
from aegis_verifier import checks
from aegis_verifier._drafts import Draft
from aegis_verifier._maker import Maker
from aegis_verifier._names import plain
from aegis_verifier._values import NOTHING, Case, Exchange, Open, Script
from aegis_verifier.cases.steps._arrangement import Steps, arrange, fresh

_STALE = '"aegis-verify-stale"'
_ATTEMPTS = 3


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    The cases of an operation that takes ``If-None-Match`` or ``If-Match``.
    """
    alone = "{" not in operation.path  # others change what is there once
    if operation.method == "GET" and "304" in operation.responses and _named(operation, "ifnonematch"):
        claim = "answers 304 for the version that the client has, and the whole for another"
        yield Case(operation, "conditions", "not modified", claim, lambda: _unmodified(maker, operation), alone=alone)
    if (name := _named(operation, "ifmatch")) and "412" in operation.responses and maker.plan.reading(operation):
        claim = "refuses a change that is meant for another version (412)"
        yield Case(operation, "conditions", "other version", claim, lambda: _stale(maker, operation, name), alone=alone)
        if "428" in operation.responses:
            claim = "refuses a change that does not say for which version it is meant (428)"
            script = partial(_missing, maker, operation, name)
            yield Case(operation, "conditions", "no version", claim, script, alone=alone)


def _named(operation: Operation, name: str) -> str:
    return next((p.name for p in operation.parameters if p.location == "header" and plain(p.name) == name), "")


def _unmodified(maker: Maker, operation: Operation) -> Script:
    path = yield from arrange(maker, operation, "conditions/unmodified")
    draft = maker.draft(operation, "conditions/unmodified", "minimal", path)
    first: Exchange = yield maker.request(draft)
    tag = first.response.headers.get("etag") if first.response is not None and first.succeeded else None
    if tag is None:
        raise Open("no entity tag was answered")  # where one is declared as required, the judge tells it
    name = _named(operation, "ifnonematch")
    again: Exchange = yield maker.request(draft.with_value("header", name, tag))
    if again.succeeded and again.status != 304:
        said = "must be 304: nothing has changed since the version that If-None-Match names (RFC 9110 §13.1.2)"
        return [checks.broken(again, "condition", said, "/status")]
    other: Exchange = yield maker.request(draft.with_value("header", name, _STALE))
    if other.status == 304:
        said = "must be answered whole: If-None-Match names another version (RFC 9110 §13.1.2)"
        return [checks.broken(other, "condition", said, "/status")]
    return []


def _stale(maker: Maker, operation: Operation, name: str) -> Script:
    return (yield from _conditioned(maker, operation, name, _STALE, {412}, "If-Match names another version"))


def _missing(maker: Maker, operation: Operation, name: str) -> Script:
    what = "it has no If-Match, and 428 is declared for that"
    return (yield from _conditioned(maker, operation, name, NOTHING, {400, 428}, what))


def _conditioned(maker: Maker, operation: Operation, name: str, value: Any, statuses: set[int], what: str) -> Script:
    draft = yield from _accepted(maker, operation, "stale" if value is _STALE else "missing")
    exchange: Exchange = yield maker.request(draft.with_value("header", name, value)).provoking(412)
    return checks.refused(exchange, statuses, what, rule="condition")


def _accepted(maker: Maker, operation: Operation, seed: str) -> Steps[Draft]:
    """
    Make a change that is accepted for its own version: only that shows that the condition is what refuses another one.
    """
    refusal = 0
    for attempt in range(_ATTEMPTS):  # a neighbour may have changed the same thing between the two requests
        draft = yield from fresh(maker, operation, f"conditions/{seed}/{attempt}")
        if operation.method == "DELETE":
            return draft
        good: Exchange = yield maker.request(draft)
        if good.succeeded:
            return draft
        refusal = good.status
    raise Open(f"{operation.key} refused the change itself with {refusal}")
