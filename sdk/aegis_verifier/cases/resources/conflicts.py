"""
Conflicts conflict: what may exist once cannot be made twice, one after the other or at the same moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from aegis_contracts import Operation
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._plan import Resource
from aegis_verifier._values import Case, Exchange, Open, Script, Together
from aegis_verifier.cases.steps._arrangement import accept, fresh, identity, make

_TAKEN = re.compile(r"already|exist|taken|duplicat|registered|unique|in.use|conflict", re.IGNORECASE)
_OTHER = re.compile(r"idempotency", re.IGNORECASE)
_ATTEMPTS = 3
_SENTENCE = re.compile(r"[.,;:]|\bor\b|\band\b")


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    The cases of an operation that makes items and declares a conflict of its own.
    """
    owner = maker.plan.resource_of(operation)
    if owner is None or not declares(operation):
        return
    resource, role = owner
    if role in {"replace", "update"} and resource.get("create") is not None:
        claim = "refuses to make one like another (409)"
        yield Case(operation, "conflicts", "like another", claim, lambda: _like(maker, resource, operation))
    if role != "create":
        return
    claim = "refuses to make the same twice (409)"
    yield Case(operation, "conflicts", "same twice", claim, lambda: _twice(maker, resource))
    claim = "makes the same once when it is asked twice at the same moment"
    yield Case(operation, "conflicts", "at the same moment", claim, lambda: _together(maker, resource, operation))
    for code in codes(operation):

        def single(code: str = code) -> Script:
            return _single(maker, operation, code)

        claim = f"refuses with {code} what conflicts in one member only"
        yield Case(operation, "conflicts", code, claim, single)


def declares(operation: Operation) -> bool:
    """
    Say whether 409 means more than a key that is being used.
    """
    response = operation.responses.get("409")
    if response is None:
        return False
    if codes(operation):
        return True
    parts = [part for part in _SENTENCE.split(response.description) if _TAKEN.search(part)]
    return any(not _OTHER.search(part) for part in parts)


def codes(operation: Operation) -> list[str]:
    """
    List the problem codes of the declared conflicts, from the examples of 409.
    """
    response = operation.responses.get("409")
    found: dict[str, None] = {}
    for media in response.content.values() if response is not None else ():
        for name, example in media.examples.items():
            value = example.value if example.has_value else None
            code = value.get("code", name) if isinstance(value, dict) else name
            if isinstance(code, str) and _TAKEN.search(code) and not _OTHER.search(code):
                found[code] = None
    return list(found)


def _twice(maker: Maker, resource: Resource) -> Script:
    made = yield from make(maker, resource, "conflicts/twice")
    draft = _without_key(maker, made.draft)
    exchange: Exchange = yield maker.request(draft)
    return checks.refused(exchange, {409}, "the same was made before, and 409 is declared for that", rule="conflict")


def _like(maker: Maker, resource: Resource, operation: Operation) -> Script:
    """
    Change an item to all that another one is.
    """
    one = yield from make(maker, resource, "conflicts/like/1")
    place = {name: value for name, value in one.path.items() if name != resource.parameter}
    two = yield from make(maker, resource, "conflicts/like/2", path=place)
    draft = maker.draft(operation, "conflicts/like", "full", two.path)
    if not isinstance(draft.body, dict) or not isinstance(one.draft.body, dict):
        raise Open("the body has no members")
    same = {name: one.draft.body.get(name, value) for name, value in draft.body.items()}
    draft = _without_key(maker, draft.with_body(same))
    if not maker.is_valid(draft):
        raise Open("no item can be changed to what another is")
    exchange: Exchange = yield maker.request(draft)
    return checks.refused(exchange, {409}, "another item is like that, and 409 is declared for it", rule="conflict")


def _together(maker: Maker, resource: Resource, operation: Operation) -> Script:
    yield from accept(maker, operation, "conflicts/rehearsal")
    draft = _without_key(maker, (yield from fresh(maker, operation, "conflicts/together")))
    answers: list[Exchange] = yield Together((maker.request(draft), maker.request(draft)))
    if all(exchange.succeeded for exchange in answers):
        numbers = {identity(resource, exchange) for exchange in answers}
        if len(numbers) > 1 or None in numbers:
            said = "must be made once: two requests for the same came at the same moment, and both were done"
            return [checks.broken(answers[1], "conflict", said, "/status", "let the database hold what is unique")]
    return []


def _single(maker: Maker, operation: Operation, code: str) -> Script:
    """
    Make others that have one member in common with the first, until one of them conflicts in this way.
    """
    first = yield from accept(maker, operation, f"conflicts/{code}")
    body = first.draft.body
    if not isinstance(body, dict):
        raise Open("the body has no members")
    last: Exchange | None = None
    for name, value in sorted(body.items(), key=lambda member: -_likeness(member[0], code)):
        if not isinstance(value, str | int) or isinstance(value, bool):
            continue
        for attempt in range(_ATTEMPTS):  # what is made beside it may be taken as well, by chance
            seed = f"conflicts/{code}/{name}/{attempt}"
            draft = maker.draft(operation, seed, maker.recipes(operation)[0], first.draft.path())
            if not isinstance(draft.body, dict) or draft.body.get(name) == value:
                break
            draft = _without_key(maker, draft.with_body({**draft.body, name: value}))
            if not maker.is_valid(draft):
                break
            exchange: Exchange = yield maker.request(draft)
            last = exchange
            if exchange.status == 409 and (code in _codes_in(exchange.value) or not _codes_in(exchange.value)):
                return []  # where problems have no codes, nothing tells them apart
            if exchange.status != 409:
                break
    if last is None:
        raise Open("no other request could be made")
    said = f"must be refused with {code}; requests with one member in common with an item never were"
    return [checks.broken(last, "conflict", said, "/status", "see that what is unique is looked for")]


def _codes_in(value: Any) -> set[str]:
    if not isinstance(value, dict):
        return set()
    return {str(value[name]) for name in ("code", "type", "error") if isinstance(value.get(name), str)}


def _likeness(name: str, code: str) -> int:
    words = set(re.split(r"[^a-z]+", code.lower()))
    return sum(word in words for word in re.split(r"[^a-z]+", name.lower()))


def _without_key(maker: Maker, draft: Any) -> Any:
    parameter = maker.plan.idempotency(draft.operation)
    if parameter is None:
        return draft
    from aegis_verifier._values import NOTHING

    return draft.with_value(parameter.location, parameter.name, NOTHING)
