"""
Sequences: what is made is read, listed, changed and gone, and nothing else is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from aegis_contracts import Operation
from aegis_contracts.exchange._scalars import types
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._names import plain
from aegis_verifier._plan import Resource, answered
from aegis_verifier._values import NOTHING, Case, Exchange, Failure, Open, Script
from aegis_verifier.cases import _kept
from aegis_verifier.cases._steps import Made, Steps, accept, arrange, id_in, listing, make, refer
from aegis_verifier.cases._walk import key_of, size_of, walk

GONE = frozenset({404, 410})


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    The sequences in which the operation has the leading part.
    """
    owner = maker.plan.resource_of(operation)
    if owner is not None:
        resource, role = owner
        single = not resource.parameter and resource.get("list") is None
        for name, claim, script in _SEQUENCES.get(f"singleton {role}" if single else role, ()):
            yield Case(operation, "sequences", name, claim, _bound(script, maker, resource))
        if role == "list":
            yield from _filters(maker, resource, operation)
    if "{" in operation.path and _findable(maker, operation):
        claim = "answers 404 for what nobody made"
        yield Case(operation, "sequences", "unknown", claim, lambda: _unknown(maker, operation))


def _bound(script: Callable[[Maker, Resource], Script], maker: Maker, resource: Resource) -> Callable[[], Script]:
    return lambda: script(maker, resource)


def _read(maker: Maker, resource: Resource, path: Any) -> Steps[Exchange]:
    operation = resource.get("read")
    if operation is None:
        raise Open(f"the contract has no way to read one of {resource.collection}")
    exchange: Exchange = yield maker.request(maker.draft(operation, "read", "minimal", path))
    return exchange


def _created(maker: Maker, resource: Resource) -> Script:
    made = yield from make(maker, resource, "sequences/created")
    secret = _kept.hidden(maker, resource)
    found = list(_kept.lost(resource, made.draft.body, made.exchange, secret, "read-back", "in this very request"))
    if resource.get("read") is None:
        return found
    exchange = yield from _read(maker, resource, made.path)
    if not exchange.succeeded:
        said = f"must be there right after it was made; it was answered with {exchange.status}"
        return [*found, checks.broken(exchange, "read-back", said, "/status")]
    found += _kept.lost(resource, made.draft.body, exchange, secret, "read-back", "when it was made")
    shown = id_in(exchange.value, resource.id_names)
    if shown is not None and str(shown) != str(made.id) and str(made.id) not in map(str, _ids(exchange)):
        said = "must be the id of the item that was asked for"
        found.append(checks.broken(exchange, "read-back", said, "/body"))
    return found


def _ids(exchange: Exchange) -> list[Any]:
    value = exchange.value
    return list(value.values()) if isinstance(value, dict) else []


def _located(maker: Maker, resource: Resource) -> Script:
    made = yield from make(maker, resource, "sequences/located")
    response = made.exchange.response
    location = response.headers.get("location") if response is not None else None
    read = resource.get("read")
    if location is None or read is None:
        return []
    request = maker.request(maker.draft(read, "located", "minimal", made.path))
    target = urlsplit(location)
    if not target.path.endswith(request.target.partition("?")[0]):
        said = "must lead to the new item (RFC 9110 §10.2.2)"
        wanted = f"answer the item's own address, which ends in {read.path}"
        return [replace(checks.broken(made.exchange, "location", said, "/header/Location", wanted))]
    return []


def _listed(maker: Maker, resource: Resource) -> Script:
    operation = resource.get("list")
    if operation is None:
        raise Open("the contract has no list")
    made = yield from make(maker, resource, "sequences/listed")
    entry, exchange = yield from _entry(maker, resource, made)
    if entry is None:
        said = "must be in the list right after it was made"
        return [checks.broken(exchange, "list", said, "/body")]
    secret = _kept.hidden(maker, resource)
    known = answered(operation)
    return list(_kept.missing(entry, _kept.bare(made.draft.body, known), known, secret, exchange))


def _entry(maker: Maker, resource: Resource, made: Made) -> Steps[tuple[dict[str, Any] | None, Exchange]]:
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


def _updated(maker: Maker, resource: Resource) -> Script:
    operation = resource.get("update")
    assert operation is not None
    made = yield from make(maker, resource, "sequences/updated")
    before = _kept.item(resource, (yield from _read(maker, resource, made.path))) if resource.get("read") else None
    change = yield from _change(maker, operation, "sequences/updated", made)
    if change is None:
        raise Open("no valid change could be made")
    sent, exchange = change
    if not exchange.succeeded:
        return checks.accepted(exchange, "a change of one member")
    secret = _kept.hidden(maker, resource)
    found = list(_kept.lost(resource, sent, exchange, secret, "update", "by this very request"))
    if resource.get("read") is None:
        return found
    after: Exchange = yield from _read(maker, resource, made.path)
    if not after.succeeded:
        said = f"must still be there after a change; it was answered with {after.status}"
        return [*found, checks.broken(after, "update", said, "/status")]
    found += _kept.lost(resource, sent, after, secret, "update", "by the change before")
    found += _kept.hushed(resource, exchange, after, secret)
    if before is not None and operation.method in {"PATCH", "POST"}:
        others = (_kept.writable(resource) - set(sent)) - secret
        said = "must stay as it was: the change did not name it"
        found += _kept.unlike(resource, before, after, others, said, "merge")
    if resource.get("list") is not None and not found:
        entry, listed = yield from _entry(maker, resource, made)
        for name, value in sent.items() if entry is not None else ():
            if entry is not None and name in entry and name not in secret and not checks.same(value, entry[name]):
                said = "must be in the list what it was changed to"
                found.append(checks.broken(listed, "list", said, f"/body/*/{name}"))
    return found


def _change(
    maker: Maker, operation: Operation, seed: str, made: Made, *, whole: bool = False
) -> Steps[tuple[dict[str, Any], Exchange] | None]:
    """
    Change an item: one member where that is valid, else whatever the operation asks for.
    """
    recipe = maker.working.get(operation.key, "full")
    draft = maker.draft(operation, f"{seed}/change", "full" if recipe == "minimal" else recipe, made.path)
    draft = yield from refer(maker, draft, seed)
    if isinstance(draft.body, list) and "patch" in draft.media_type:
        draft, sent = _json_patch(maker, draft, made)
    elif isinstance(draft.body, dict):
        sent = dict(draft.body)
        original = made.draft.body if isinstance(made.draft.body, dict) else {}
        for name, value in draft.body.items() if not whole else ():
            single = draft.with_body({name: value})
            other = name in original and value is not None and not checks.same(value, original[name])
            if other and maker.is_valid(single):
                draft, sent = single, {name: value}
                break
    else:
        return None
    exchange: Exchange = yield maker.request(draft)
    return sent, exchange


def _json_patch(maker: Maker, draft: Any, made: Made) -> tuple[Any, dict[str, Any]]:
    body = made.draft.body if isinstance(made.draft.body, dict) else {}
    other = maker.draft(made.draft.operation, "json-patch", "full", made.draft.path()).body
    for name, value in (other if isinstance(other, dict) else {}).items():
        if (
            name in body
            and isinstance(value, str)
            and value != body[name]
            and plain(name) not in made.resource.id_names
        ):
            return draft.with_body([{"op": "replace", "path": f"/{name}", "value": value}]), {name: value}
    raise Open("no JSON Patch could be made")


def _unchanged(maker: Maker, resource: Resource) -> Script:
    """
    Write what is there already: it stays, and (as the events see) nothing has happened.
    """
    operation = resource.get("update")
    assert operation is not None
    if resource.get("read") is None:
        return []
    made = yield from make(maker, resource, "sequences/unchanged")
    before = _kept.item(resource, (yield from _read(maker, resource, made.path))) or {}
    base = maker.draft(operation, "sequences/unchanged", "full", made.path)
    for name in base.body if isinstance(base.body, dict) else ():
        draft = base.with_body({name: before.get(name)})
        if before.get(name) is None or not maker.is_valid(draft):
            continue
        exchange: Exchange = yield maker.request(draft)
        if not exchange.succeeded:
            return checks.accepted(exchange, "a change to what is there already")
        after: Exchange = yield from _read(maker, resource, made.path)
        said = "must stay as it was: it was changed to what it was"
        return list(_kept.unlike(resource, before, after, _kept.writable(resource), said, "merge"))
    return []


def _removed(maker: Maker, resource: Resource) -> Script:
    """
    A merge patch removes what it gives as null (RFC 7396).
    """
    operation = resource.get("update")
    assert operation is not None
    media = maker.media(operation)
    if media is None or media.media_type != "application/merge-patch+json" or resource.get("read") is None:
        return []
    made = yield from make(maker, resource, "sequences/removed")
    before = _kept.item(resource, (yield from _read(maker, resource, made.path))) or {}
    for name in before:
        draft = maker.draft(operation, "sequences/removed", "full", made.path).with_body({name: None})
        if before[name] is None or not maker.is_valid(draft):
            continue
        exchange: Exchange = yield maker.request(draft)
        if not exchange.succeeded:
            return checks.accepted(exchange, f"a merge patch that removes {name}")
        after: Exchange = yield from _read(maker, resource, made.path)
        left = _kept.item(resource, after) or {}
        if left.get(name) is not None:
            said = "must be gone: a merge patch gave null for it (RFC 7396)"
            return [checks.broken(after, "merge", said, f"/body/{name}")]
        return []
    return []


def _replaced(maker: Maker, resource: Resource) -> Script:
    operation = resource.get("replace")
    assert operation is not None
    made = yield from make(maker, resource, "sequences/replaced")
    change = yield from _change(maker, operation, "sequences/replaced", made, whole=True)
    if change is None:
        raise Open("no valid replacement could be made")
    sent, exchange = change
    if not exchange.succeeded:
        return checks.accepted(exchange, "a whole replacement")
    secret = _kept.hidden(maker, resource)
    found = list(_kept.lost(resource, sent, exchange, secret, "update", "by this very request"))
    if resource.get("read") is None:
        return found
    after: Exchange = yield from _read(maker, resource, made.path)
    if not after.succeeded:
        said = f"must still be there after it was replaced; it was answered with {after.status}"
        return [*found, checks.broken(after, "update", said, "/status")]
    found += _kept.lost(resource, sent, after, secret, "update", "by the replacement before")
    return found


def _others(maker: Maker, resource: Resource) -> Script:
    """
    Change one of two items, and look at the other.
    """
    operation = resource.get("update") or resource.get("replace")
    if operation is None or resource.get("read") is None:
        return []
    one = yield from make(maker, resource, "sequences/others/1")
    place = {name: value for name, value in one.path.items() if name != resource.parameter}
    two = yield from make(maker, resource, "sequences/others/2", path=place)
    before = _kept.item(resource, (yield from _read(maker, resource, two.path)))
    change = yield from _change(maker, operation, "sequences/others", one)
    if change is None or before is None or not change[1].succeeded:
        raise Open("no change was accepted")
    after: Exchange = yield from _read(maker, resource, two.path)
    if not after.succeeded:
        said = "must not vanish when another item is changed"
        return [checks.broken(after, "isolation", said, "/status")]
    said = "must not change when another item is changed"
    return list(_kept.unlike(resource, before, after, _kept.writable(resource), said, "isolation"))


def _deleted(maker: Maker, resource: Resource) -> Script:
    operation = resource.get("delete")
    assert operation is not None
    made = yield from make(maker, resource, "sequences/deleted/1")
    place = {name: value for name, value in made.path.items() if name != resource.parameter}
    other = yield from make(maker, resource, "sequences/deleted/2", path=place)
    done = yield from accept(maker, operation, "sequences/deleted", path=made.path)
    found: list[Failure] = []
    if resource.get("read") is not None:
        gone: Exchange = yield from _read(maker, resource, made.path)
        if gone.status and gone.status not in GONE and gone.status < 500:
            said = f"must be gone after it was deleted (404 or 410); it was answered with {gone.status}"
            found.append(checks.broken(gone, "gone", said, "/status"))
        there: Exchange = yield from _read(maker, resource, other.path)
        if there.status in GONE:
            said = "must not vanish when another item is deleted"
            found.append(checks.broken(there, "isolation", said, "/status"))
    if resource.get("list") is not None:
        entry, listed = yield from _entry(maker, resource, made)
        if entry is not None:
            found.append(checks.broken(listed, "gone", "must not be in the list after it was deleted", "/body"))
    for below in _below(maker, resource):
        orphans: Exchange = yield maker.request(maker.draft(below, "sequences/deleted/below", "minimal", made.path))
        if orphans.succeeded:
            said = "must be refused: what its path leads through was deleted; it was answered as if it were there"
            found.append(checks.broken(orphans, "gone", said, "/status"))
    if (update := resource.get("update") or resource.get("replace")) is not None:
        change = yield from _change(maker, update, "sequences/deleted", made)
        if change is not None and change[1].succeeded and update.method != "PUT":
            said = "must be refused: the item was deleted; it was done"
            found.append(checks.broken(change[1], "gone", said, "/status"))
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
        if operation.method == "GET" and inside != operation.path and "{" not in inside and _can_miss(operation):
            yield operation


def _children(maker: Maker, resource: Resource) -> Script:
    """
    Make a child of one parent, and look among the children of another.
    """
    operation, create = resource.get("list"), resource.get("create")
    parents = [name for name in resource.collection.split("/") if name.startswith("{")]
    if operation is None or create is None or not parents:
        return []
    parent = maker.plan.creator(create, parents[-1].strip("{}"))
    if parent is None or parent.get("create") is None:
        return []
    made = yield from make(maker, resource, "sequences/children")
    other = yield from make(maker, parent, "sequences/children/other")
    names = resource.id_names
    seen = yield from walk(maker, operation, other.path, size=size_of(maker.plan.paging(operation), 100), names=names)
    if str(made.id) in [key_of(item, names) for item in seen.items]:
        said = "must list the children of its own parent only; there is one of another"
        return [checks.broken(seen.exchanges[-1], "isolation", said, "/body")]
    return []


def _single(maker: Maker, resource: Resource) -> Script:
    """
    Write a singleton, and read it.
    """
    for role in ("replace", "update"):
        operation = resource.get(role)
        if operation is None:
            continue
        done = yield from accept(maker, operation, f"sequences/{role}")
        exchange: Exchange = yield from _read(maker, resource, done.draft.path())
        if not exchange.succeeded:
            said = f"must be there after it was written; it was answered with {exchange.status}"
            return [checks.broken(exchange, "read-back", said, "/status")]
        secret = _kept.hidden(maker, resource)
        found = list(_kept.lost(resource, done.draft.body, exchange, secret, "read-back", "by the request before"))
        if found:
            return found
    return []


def _findable(maker: Maker, operation: Operation) -> bool:
    names = [p.name for p in operation.parameters if p.location == "path"]
    return bool(names) and maker.plan.creator(operation, names[-1]) is not None and _can_miss(operation)


def _can_miss(operation: Operation) -> bool:
    return "404" in operation.responses or "default" in operation.responses or "4XX" in operation.responses


def _unknown(maker: Maker, operation: Operation) -> Script:
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


def _filters(maker: Maker, resource: Resource, operation: Operation) -> Iterator[Case]:
    known = answered(operation)
    paging = maker.plan.paging(operation)
    pages = {p.name for p in (paging.size, paging.parameter) if p is not None} if paging is not None else set()
    for parameter in operation.parameters:
        if parameter.location != "query" or parameter.name not in known.keys() - pages or parameter.schema is None:
            continue
        if not types(parameter.schema.projected("request")) & {"string", "integer", "boolean"}:
            continue

        def script(name: str = parameter.name) -> Script:
            return _filtered(maker, resource, operation, name)

        claim = f"lists only what has the {parameter.name} that is asked for"
        yield Case(operation, "sequences", f"filter {parameter.name}", claim, script)


def _filtered(maker: Maker, resource: Resource, operation: Operation, name: str) -> Script:
    paging = maker.plan.paging(operation)
    path: dict[str, Any] = {}
    wanted: list[Any] = []
    if resource.get("create") is not None:
        made = yield from make(maker, resource, f"sequences/filter/{name}")
        path = dict(made.path)
        if resource.get("read") is not None:
            shown = _kept.item(resource, (yield from _read(maker, resource, made.path))) or {}
            wanted = [shown[name]] if isinstance(shown.get(name), str | int | bool) else []
    else:
        path = yield from arrange(maker, operation, "sequences/filter")
    draft = maker.draft(operation, "sequences/filter", "minimal", path)
    own = bool(wanted)
    if not wanted:
        parameter = next(p for p in operation.parameters if p.name == name and p.location == "query")
        made_value = maker.value(parameter.schema, "sequences/filter", name)
        wanted = [] if made_value is NOTHING else [made_value]
    found: list[Failure] = []
    for value in wanted:
        exchange: Exchange = yield maker.request(draft.with_value("query", name, value))
        page = listing(exchange.value, paging) if exchange.succeeded else None
        for item in page or ():
            if isinstance(item, dict) and name in item and item[name] != value and plain(name) in map(plain, item):
                said = f"must be what the query asks for in {name}"
                found.append(checks.broken(exchange, "filter", said, f"/body/*/{name}"))
                break
        if page == [] and own:
            said = f"must list the item that has this {name}"
            found.append(checks.broken(exchange, "filter", said, "/body"))
    return found


_SEQUENCES: dict[str, tuple[tuple[str, str, Callable[[Maker, Resource], Script]], ...]] = {
    "create": (
        ("made is read", "answers what was made, right after", _created),
        ("location", "says where the new item is", _located),
        ("made is listed", "lists what was made, right after", _listed),
        ("children of others", "lists no children of another parent", _children),
    ),
    "update": (
        ("change is read", "answers what was changed and leaves the rest", _updated),
        ("no change", "takes a change to what is there already", _unchanged),
        ("null removes", "removes what a merge patch gives as null", _removed),
        ("others stay", "changes no other item", _others),
    ),
    "replace": (
        ("replacement is read", "answers what it was replaced by", _replaced),
        ("others stay", "changes no other item", _others),
    ),
    "delete": (("deleted is gone", "is gone after it was deleted, and nothing else is", _deleted),),
    "singleton replace": (("written is read", "answers what was written", _single),),
    "singleton update": (("written is read", "answers what was written", _single),),
}
