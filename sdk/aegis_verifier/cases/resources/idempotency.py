"""
``Idempotency-Key``: the same request twice is done once; the key for another request is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from aegis_contracts import Operation
from aegis_verifier import checks
from aegis_verifier._drafts import Draft
from aegis_verifier._maker import Maker
from aegis_verifier._names import plain
from aegis_verifier._values import NOTHING, Case, Exchange, Open, Script, Together
from aegis_verifier.cases.steps._arrangement import Steps, accept, fresh, identity

_OWN = frozenset({"requestid", "traceid", "correlationid"})


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    The cases of an operation that takes a key.
    """
    parameter = maker.plan.idempotency(operation)
    if parameter is None:
        return
    place = (parameter.location, parameter.name)
    claim = "answers the same request with the same key as before, and does it once"
    yield Case(operation, "idempotency", "same request", claim, lambda: _same(maker, operation, place))
    claim = "does the same request once when it comes twice at the same moment"
    yield Case(operation, "idempotency", "at the same moment", claim, lambda: _together(maker, operation, place))
    if operation.request_body is not None:
        claim = "refuses a key that was used for another request"
        yield Case(operation, "idempotency", "another request", claim, lambda: _other(maker, operation, place))
        claim = "does different requests with different keys"
        yield Case(operation, "idempotency", "another key", claim, lambda: _another(maker, operation, place))


def _first(maker: Maker, operation: Operation, place: tuple[str, str], seed: str) -> Steps[tuple[Draft, Exchange]]:
    """
    Have a request with a key accepted.
    """
    yield from accept(maker, operation, f"idempotency/{seed}/rehearsal")
    for attempt in range(3):
        draft = yield from fresh(maker, operation, f"idempotency/{seed}/{attempt}")
        draft = draft.with_value(*place, _key())
        exchange: Exchange = yield maker.request(draft)
        if exchange.succeeded:
            return draft, exchange
    raise Open("no request with a key was accepted")


def _key() -> str:
    # New in every run, whatever the seed: a provider keeps keys for a day.
    return str(uuid4())


def _same(maker: Maker, operation: Operation, place: tuple[str, str]) -> Script:
    draft, first = yield from _first(maker, operation, place, "same")
    again: Exchange = yield maker.request(draft)
    if again.trouble:
        return []
    if again.status != first.status:
        said = f"must be answered as before ({first.status}): request and key are the same; it was {again.status}"
        return [checks.broken(again, "idempotency", said, "/status", "keep the answer of a key, and give it again")]
    if _comparable(first.value) != _comparable(again.value):
        said = "must be the very answer that was given before: request and key are the same"
        return [checks.broken(again, "idempotency", said, "/body", "keep the answer of a key, and give it again")]
    return []


def _together(maker: Maker, operation: Operation, place: tuple[str, str]) -> Script:
    yield from accept(maker, operation, "idempotency/together/rehearsal")
    draft = yield from fresh(maker, operation, "idempotency/together/second")
    request = maker.request(draft.with_value(*place, _key()))
    one, two = yield Together((request, request))
    if one.succeeded and two.succeeded and _comparable(one.value) != _comparable(two.value):
        said = "must be done once: the same request with the same key came twice at the same moment"
        return [checks.broken(two, "idempotency", said, "/body", "take a lock on the key, or answer 409 meanwhile")]
    return []


def _other(maker: Maker, operation: Operation, place: tuple[str, str]) -> Script:
    draft, _ = yield from _first(maker, operation, place, "other")
    key = draft.values[place]
    other = _changed(maker, draft)
    exchange: Exchange = yield maker.request(other.with_value(*place, key)).provoking(400, 409, 422)
    if 400 <= exchange.status < 500:
        return []  # refused: whether for the key or for what it asks, nothing was done and nothing replayed
    return checks.refused(exchange, {409, 422}, "its key was used for another request", rule="idempotency")


def _changed(maker: Maker, draft: Draft) -> Draft:
    """
    Change one member of a body, so that it is another request and still one that the provider would take.
    """
    for recipe in ("full", "minimal", "example"):
        fresh = maker.draft(draft.operation, f"idempotency/other/{recipe}", recipe, draft.path())
        if not isinstance(fresh.body, dict) or not isinstance(draft.body, dict):
            if fresh.body not in (draft.body, NOTHING):
                return fresh
            continue
        for name, value in fresh.body.items():
            changed = draft.with_body({**draft.body, name: value})
            if value != draft.body.get(name) and maker.plan.referred(name) is None and maker.is_valid(changed):
                return changed
    raise Open("no other valid body could be made")


def _another(maker: Maker, operation: Operation, place: tuple[str, str]) -> Script:
    owner = maker.plan.resource_of(operation)
    _, first = yield from _first(maker, operation, place, "another/1")
    _, second = yield from _first(maker, operation, place, "another/2")
    if owner is None or owner[1] != "create":
        return []
    one, two = identity(owner[0], first), identity(owner[0], second)
    if one is not None and one == two:
        said = "must make another item: request and key are others than before"
        return [checks.broken(second, "idempotency", said, "/body")]
    return []


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _comparable(member) for name, member in value.items() if plain(name) not in _OWN}
    return value
