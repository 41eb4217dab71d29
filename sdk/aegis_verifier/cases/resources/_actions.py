"""
Actions on an item (``POST /orders/{id}/cancel``): what they answer is what is read, and what is done is not done twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from aegis_contracts import Operation
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._plan import Resource
from aegis_verifier._values import NOTHING, Case, Exchange, Script
from aegis_verifier.cases.resources._items import read
from aegis_verifier.cases.steps import _kept
from aegis_verifier.cases.steps._arrangement import accept, fresh, id_in

_ALREADY = re.compile(r"\balready\b|이미", re.IGNORECASE)


def actions(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    The cases of an operation that does something with one item.
    """
    resource = _acted_on(maker, operation)
    if resource is None:
        return
    if resource.get("read") is not None:
        claim = "answers the item as it is read after it"
        yield Case(operation, "sequences", "action is read", claim, partial(_kept_by, maker, operation, resource))
    conflict = operation.responses.get("409")
    if resource.get("read") is not None and conflict is not None and _ALREADY.search(conflict.description):
        claim = "refuses what is done already (409)"
        yield Case(operation, "conflicts", "done twice", claim, partial(_twice, maker, operation, resource))


def _acted_on(maker: Maker, operation: Operation) -> Resource | None:
    above, _, word = operation.path.rstrip("/").rpartition("/")
    if operation.method != "POST" or not above.endswith("}") or "{" in word:
        return None
    return next((r for r in maker.plan.resources if r.item == above and r.get("create") is not None), None)


def _kept_by(maker: Maker, operation: Operation, resource: Resource) -> Script:
    done = yield from accept(maker, operation, "sequences/action")
    told = _kept.item(resource, done.exchange)
    number = done.draft.path().get(resource.parameter)
    if told is None or done.exchange.status not in {200, 201} or id_in(told, resource.id_names) != number:
        return []
    one = yield from read(maker, resource, done.draft.path())
    two = yield from read(maker, resource, done.draft.path())
    first, second = _kept.item(resource, one) or {}, _kept.item(resource, two) or {}
    for name in sorted(told.keys() & first.keys() & second.keys()):
        # What changes by itself from one reading to the next says nothing.
        if checks.same(first[name], second[name]) and not checks.same(told[name], first[name]):
            said = "must be what the action before answered; it is something else"
            return [checks.broken(one, "update", said, f"/body/{name}", "keep what is answered, answer what is kept")]
    return []


def _twice(maker: Maker, operation: Operation, resource: Resource) -> Script:
    draft = yield from fresh(maker, operation, "conflicts/action")
    before = yield from read(maker, resource, draft.path())
    done: Exchange = yield maker.request(draft)
    after = yield from read(maker, resource, draft.path())
    if done.status not in {200, 204} or _kept.item(resource, before) == _kept.item(resource, after):
        return []  # it has done nothing that could be seen, or will do it later
    parameter = maker.plan.idempotency(operation)
    if parameter is not None:
        draft = draft.with_value(parameter.location, parameter.name, NOTHING)
    again: Exchange = yield maker.request(draft)
    said = "it was done before, and 409 is declared for that"
    return checks.refused(again, {409}, said, rule="conflict") if again.succeeded else []
