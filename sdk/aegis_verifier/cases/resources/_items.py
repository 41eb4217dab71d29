"""
What sequences do with items: read one, look for it in its list, give it other values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aegis_verifier import checks
from aegis_verifier._drafts import Draft
from aegis_verifier._maker import Maker
from aegis_verifier._plan import Resource
from aegis_verifier._values import NOTHING, Exchange, Open
from aegis_verifier.cases.inputs.oddities import free_texts
from aegis_verifier.cases.steps._arrangement import Done, Made, Steps, fresh, identified, make
from aegis_verifier.cases.steps._walk import key_of, size_of, walk

_AMPLE = 180
_WORDS = "이지스 소상공인 지원 사업 안내 Aegis small business support 2026 "


def read(maker: Maker, resource: Resource, path: Any) -> Steps[Exchange]:
    operation = resource.get("read")
    if operation is None:
        raise Open(f"the contract has no way to read one of {resource.collection}")
    exchange: Exchange = yield maker.request(maker.draft(operation, "read", "minimal", path))
    return exchange


def entry_of(maker: Maker, resource: Resource, made: Made) -> Steps[tuple[dict[str, Any] | None, Exchange]]:
    operation = resource.get("list")
    assert operation is not None
    paging = maker.plan.paging(operation)
    names = resource.id_names
    found = yield from walk(maker, operation, made.path, size=size_of(paging, 100), names=names, until=str(made.id))
    for exchange, page in zip(found.exchanges, found.pages, strict=True):
        for item in page:
            if isinstance(item, dict) and key_of(item, names) == str(made.id):
                return item, exchange
    if not found.ended and not found.repeated:
        raise Open("the list has too many pages to look for one item")
    return None, found.exchanges[-1]


def another(maker: Maker, draft: Draft, name: str, current: Any) -> Any:
    """
    Find a value for a member of the body that is not what it is now; ``NOTHING`` where there is none.
    """
    tried = [draft.body.get(name, NOTHING)] + ([not current] if isinstance(current, bool) else [])
    for attempt in range(6):
        for value in tried:
            if value is not NOTHING and value is not None and not checks.same(value, current):
                return value
        other = maker.draft(draft.operation, f"another/{name}/{attempt}", "full", draft.path()).body
        tried = [other.get(name, NOTHING)] if isinstance(other, dict) else []
    return NOTHING


def made_amply(maker: Maker, resource: Resource, seed: str) -> Steps[Made]:
    """
    Make an item whose texts are long, whose lists are in no order and whose names have capitals, where that is allowed.
    """
    operation = resource.get("create")
    if operation is None:
        raise Open(f"the contract has no way to make one of {resource.collection}")
    recipe = maker.recipes(operation)[0]
    draft = yield from fresh(maker, operation, f"{operation.key}/{seed}/ample", recipe)
    if isinstance(draft.body, dict):
        for name in free_texts(maker, operation):
            for length in (_AMPLE, _AMPLE // 3, _AMPLE // 9):
                longer = draft.with_body({**draft.body, name: (_WORDS * 4)[:length].strip()})
                if name in draft.body and maker.is_valid(longer):
                    draft = longer
                    break
        for name, value in draft.body.items():
            for other in _told(value):
                changed = draft.with_body({**draft.body, name: other})
                if maker.is_valid(changed):
                    draft = changed
                    break
        exchange: Exchange = yield maker.request(draft)
        if exchange.succeeded:
            return identified(resource, Done(draft, exchange))
    return (yield from make(maker, resource, seed))


def _told(value: Any) -> Iterator[Any]:
    """
    Go through values like one that tell more: what is sorted, made small or made one would not come back.
    """
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        yield [*sorted({*value, "Ba", "ab"}, reverse=True)]
        yield sorted(value, reverse=True)
    elif isinstance(value, dict):
        some = next(iter(value.values()), "Aegis")
        yield {**value, "AegisKey 이름": some}
        yield {**value, "AegisKey": some}
