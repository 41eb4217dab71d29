"""
An item that was deleted is gone, what nobody made is not there, and nothing else vanishes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from aegis_contracts import Operation
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._plan import Resource
from aegis_verifier._values import NOTHING, Exchange, Failure, Script
from aegis_verifier.cases.resources._changed import change
from aegis_verifier.cases.resources._items import entry_of, read
from aegis_verifier.cases.steps._arrangement import accept, arrange, make, refer

GONE = frozenset({404, 410})


def deleted(maker: Maker, resource: Resource) -> Script:
    operation = resource.get("delete")
    assert operation is not None
    made = yield from make(maker, resource, "sequences/deleted/1")
    place = {name: value for name, value in made.path.items() if name != resource.parameter}
    other = yield from make(maker, resource, "sequences/deleted/2", path=place)
    done = yield from accept(maker, operation, "sequences/deleted", path=made.path)
    found: list[Failure] = []
    if resource.get("read") is not None:
        gone: Exchange = yield from read(maker, resource, made.path)
        if gone.status and gone.status not in GONE and gone.status < 500:
            said = f"must be gone after it was deleted (404 or 410); it was answered with {gone.status}"
            found.append(checks.broken(gone, "gone", said, "/status"))
        there: Exchange = yield from read(maker, resource, other.path)
        if there.status in GONE:
            said = "must not vanish when another item is deleted"
            found.append(checks.broken(there, "isolation", said, "/status"))
    if resource.get("list") is not None:
        entry, listed = yield from entry_of(maker, resource, made)
        if entry is not None:
            found.append(checks.broken(listed, "gone", "must not be in the list after it was deleted", "/body"))
    for below in _below(maker, resource):
        orphans: Exchange = yield maker.request(maker.draft(below, "sequences/deleted/below", "minimal", made.path))
        if orphans.succeeded:
            said = "must be refused: what its path leads through was deleted; it was answered as if it were there"
            found.append(checks.broken(orphans, "gone", said, "/status"))
    if (update := resource.get("update") or resource.get("replace")) is not None:
        changed = yield from change(maker, update, "sequences/deleted", made)
        if changed is not None and changed[1].succeeded and update.method != "PUT":
            said = "must be refused: the item was deleted; it was done"
            found.append(checks.broken(changed[1], "gone", said, "/status"))
    again: Exchange = yield maker.request(done.draft)
    if again.status and again.status >= 400 and again.status not in GONE and again.status < 500:
        said = f"must be 404, 410 or success when it is deleted once more; it was {again.status}"
        found.append(checks.broken(again, "gone", said, "/status"))
    return found


def _below(maker: Maker, resource: Resource) -> Iterator[Operation]:
    """
    Go through the lists that stand directly below an item and can say that it is not there.
    """
    for operation in maker.plan.operations:
        inside = operation.path.removeprefix(f"{resource.item}/")
        if operation.method == "GET" and inside != operation.path and "{" not in inside and can_miss(operation):
            yield operation


def findable(maker: Maker, operation: Operation) -> bool:
    names = [p.name for p in operation.parameters if p.location == "path"]
    return bool(names) and maker.plan.creator(operation, names[-1]) is not None and can_miss(operation)


def can_miss(operation: Operation) -> bool:
    return "404" in operation.responses or "default" in operation.responses or "4XX" in operation.responses


def unknown(maker: Maker, operation: Operation) -> Script:
    path = yield from arrange(maker, operation, "sequences/unknown")
    name = [p.name for p in operation.parameters if p.location == "path"][-1]
    draft = maker.draft(operation, "sequences/unknown", maker.recipes(operation)[0], path)
    draft = yield from refer(maker, draft, "sequences/unknown", 2)
    draft = draft.with_value("path", name, _nobody(maker, operation, name, draft.values.get(("path", name))))
    if operation.method == "PUT" and "201" in operation.responses:
        return []  # it makes what is not there
    exchange: Exchange = yield maker.request(draft)
    if exchange.status == 400 and not maker.is_valid(draft):
        return []
    return checks.refused(exchange, GONE, "its path names nothing that was made", rule="not-found")


def _nobody(maker: Maker, operation: Operation, name: str, known: Any) -> Any:
    seed = f"{maker.settings.seed}/nobody/{operation.key}"
    if isinstance(known, int):
        return 2_000_000_000 + abs(hash(seed)) % 100_000_000
    text = str(known)
    if len(text) == 36 and text.count("-") == 4:
        return str(uuid5(NAMESPACE_URL, seed))
    parameter = next(p for p in operation.parameters if p.name == name and p.location == "path")
    made = maker.value(parameter.schema, seed, "")
    return made if made is not NOTHING and made != known else f"{text}0"
