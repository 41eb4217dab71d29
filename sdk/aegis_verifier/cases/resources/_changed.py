"""
An item that was changed is as it was asked to be, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from aegis_contracts import Operation
from aegis_contracts.exchange._scalars import members
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._names import plain
from aegis_verifier._plan import Resource
from aegis_verifier._values import NOTHING, Exchange, Failure, Open, Script
from aegis_verifier.cases.resources._items import another, entry_of, read
from aegis_verifier.cases.resources._made import has_default
from aegis_verifier.cases.steps import _kept
from aegis_verifier.cases.steps._arrangement import Made, Steps, make, refer

_MOST_MEMBERS = 16


class Done(NamedTuple):
    """
    An item was changed: what was sent, the answer, the item afterwards, what nobody shows, and what is wrong so far.
    """

    sent: dict[str, Any]
    exchange: Exchange
    after: Exchange
    secret: set[str]
    found: list[Failure]


def _after(
    maker: Maker, resource: Resource, made: Made, operation: Operation, what: str, *, whole: bool = False
) -> Steps[Done | list[Failure]]:
    """
    Change an item, and look at it afterwards; what is wrong is all there is to say where nothing can be looked at.
    """
    changed = yield from change(maker, operation, f"sequences/{'replaced' if whole else 'updated'}", made, whole=whole)
    if changed is None:
        raise Open(f"no valid {'replacement' if whole else 'change'} could be made")
    sent, exchange = changed
    if not exchange.succeeded:
        return checks.accepted(exchange, what)
    secret = _kept.hidden(maker, resource)
    found = list(_kept.lost(resource, sent, exchange, secret, "update", "by this very request"))
    if resource.get("read") is None:
        return found
    after: Exchange = yield from read(maker, resource, made.path)
    if not after.succeeded:
        said = f"must still be there after {what}; it was answered with {after.status}"
        return [*found, checks.broken(after, "update", said, "/status")]
    found += _kept.lost(resource, sent, after, secret, "update", f"by {what} before")
    return Done(sent, exchange, after, secret, found)


def updated(maker: Maker, resource: Resource) -> Script:
    operation = resource.get("update")
    assert operation is not None
    made = yield from make(maker, resource, "sequences/updated")
    shown: Exchange | None = (yield from read(maker, resource, made.path)) if resource.get("read") else None
    before = _kept.item(resource, shown) if shown is not None else None
    done = yield from _after(maker, resource, made, operation, "a change of one member")
    if isinstance(done, list):
        return done
    sent, exchange, after, secret, found = done
    found += _kept.hushed(resource, exchange, after, secret)
    if before is not None:
        found += _kept.unversioned(shown, after)
    if before is not None and operation.method in {"PATCH", "POST"}:
        others = (_kept.writable(resource) - set(sent)) - secret
        said = "must stay as it was: the change did not name it"
        found += _kept.unlike(resource, before, after, others, said, "merge")
    if resource.get("list") is not None and not found:
        entry, listed = yield from entry_of(maker, resource, made)
        for name, value in sent.items() if entry is not None else ():
            if entry is not None and name in entry and name not in secret and not checks.same(value, entry[name]):
                said = "must be in the list what it was changed to"
                found.append(checks.broken(listed, "list", said, f"/body/*/{name}"))
    return found or (yield from _each(maker, resource, made, after))


def _each(maker: Maker, resource: Resource, made: Made, shown: Exchange) -> Steps[list[Failure]]:
    """
    Change one member after the other, each by a request of its own.
    """
    operation = resource.get("update")
    assert operation is not None
    base = maker.draft(operation, "sequences/each", "full", made.path)
    base = yield from refer(maker, base, "sequences/each")
    secret, writable = _kept.hidden(maker, resource), _kept.writable(resource)
    for name in list(base.body)[:_MOST_MEMBERS] if isinstance(base.body, dict) else ():
        before = _kept.item(resource, shown) or {}
        value = another(maker, base, name, before.get(name))
        draft = base.with_body({name: value})
        if value is NOTHING or name in secret or not maker.is_valid(draft):
            continue
        exchange: Exchange = yield maker.request(draft)
        if not exchange.succeeded:
            continue  # what a provider refuses by meaning is its own
        after = yield from read(maker, resource, made.path)
        if not after.succeeded:
            return []
        told = {name: value}
        found = list(_kept.lost(resource, told, exchange, secret, "update", "by this very request", enveloped=False))
        found += _kept.lost(resource, told, after, secret, "update", "by the change before", enveloped=False)
        said = "must stay as it was: the change did not name it"
        found += _kept.unlike(resource, before, after, writable - {name} - secret, said, "merge")
        found += _kept.unversioned(shown, after)
        if found:
            return found
        shown = after
    return []


def change(
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


def unchanged(maker: Maker, resource: Resource) -> Script:
    """
    Write what is there already: it stays, and (as the events see) nothing has happened.
    """
    operation = resource.get("update")
    assert operation is not None
    if resource.get("read") is None:
        return []
    made = yield from make(maker, resource, "sequences/unchanged")
    before = _kept.item(resource, (yield from read(maker, resource, made.path))) or {}
    base = maker.draft(operation, "sequences/unchanged", "full", made.path)
    for name in base.body if isinstance(base.body, dict) else ():
        draft = base.with_body({name: before.get(name)})
        if before.get(name) is None or not maker.is_valid(draft):
            continue
        exchange: Exchange = yield maker.request(draft)
        if not exchange.succeeded:
            return checks.accepted(exchange, "a change to what is there already")
        after: Exchange = yield from read(maker, resource, made.path)
        said = "must stay as it was: it was changed to what it was"
        return list(_kept.unlike(resource, before, after, _kept.writable(resource), said, "merge"))
    return []


def removed(maker: Maker, resource: Resource) -> Script:
    """
    A merge patch removes what it gives as null (RFC 7396).
    """
    operation = resource.get("update")
    assert operation is not None
    media = maker.media(operation)
    if media is None or media.media_type != "application/merge-patch+json" or resource.get("read") is None:
        return []
    made = yield from make(maker, resource, "sequences/removed")
    before = _kept.item(resource, (yield from read(maker, resource, made.path))) or {}
    for name in before:
        draft = maker.draft(operation, "sequences/removed", "full", made.path).with_body({name: None})
        if before[name] is None or not maker.is_valid(draft):
            continue
        exchange: Exchange = yield maker.request(draft)
        if not exchange.succeeded:
            return checks.accepted(exchange, f"a merge patch that removes {name}")
        after: Exchange = yield from read(maker, resource, made.path)
        left = _kept.item(resource, after) or {}
        if left.get(name) is not None:
            said = "must be gone: a merge patch gave null for it (RFC 7396)"
            return [checks.broken(after, "merge", said, f"/body/{name}")]
        return []
    return []


def replaced(maker: Maker, resource: Resource) -> Script:
    operation = resource.get("replace")
    assert operation is not None
    made = yield from make(maker, resource, "sequences/replaced")
    done = yield from _after(maker, resource, made, operation, "a whole replacement", whole=True)
    if isinstance(done, list):
        return done
    return done.found or (yield from less(maker, resource, made.path, done.sent))


def less(maker: Maker, resource: Resource, path: Mapping[str, Any], sent: dict[str, Any]) -> Steps[list[Failure]]:
    """
    Replace an item by one that has less: what is not sent is not kept (RFC 9110 §9.3.4).
    """
    operation = resource.get("replace")
    assert operation is not None
    media = maker.media(operation)
    if media is None or media.schema is None:
        return []
    draft = maker.draft(operation, "sequences/replaced/less", "minimal", path)
    draft = yield from refer(maker, draft, "sequences/replaced/less")
    if not isinstance(draft.body, dict) or not maker.is_valid(draft):
        return []
    exchange: Exchange = yield maker.request(draft)
    if not exchange.succeeded:
        return []
    root = media.schema.projected("request")
    schemas, secret = members(root, root), _kept.hidden(maker, resource)
    after = yield from read(maker, resource, path)
    item = (_kept.item(resource, after) or {}) if after.succeeded else {}
    for name in sent.keys() & item.keys() - draft.body.keys() - secret:
        telling = sent[name] and not isinstance(sent[name], bool) and "enum" not in str(schemas.get(name))
        if telling and checks.same(sent[name], item[name]) and not has_default(schemas.get(name)):
            said = "must not be kept: the item was replaced by one without it (RFC 9110 §9.3.4)"
            return [checks.broken(after, "update", said, f"/body/{name}")]
    return []


def others_stay(maker: Maker, resource: Resource) -> Script:
    """
    Change one of two items, and look at the other.
    """
    operation = resource.get("update") or resource.get("replace")
    if operation is None or resource.get("read") is None:
        return []
    one = yield from make(maker, resource, "sequences/others/1")
    place = {name: value for name, value in one.path.items() if name != resource.parameter}
    two = yield from make(maker, resource, "sequences/others/2", path=place)
    before = _kept.item(resource, (yield from read(maker, resource, two.path)))
    draft = maker.draft(operation, "sequences/others", "full", one.path)
    draft = yield from refer(maker, draft, "sequences/others")
    if isinstance(draft.body, dict) and before is not None:
        for name in draft.body:  # what the other one has already would show nothing
            value = another(maker, draft, name, before.get(name))
            changed = draft.with_body({**draft.body, name: value})
            draft = changed if value is not NOTHING and maker.is_valid(changed) else draft
    done: Exchange | None = (yield maker.request(draft)) if isinstance(draft.body, dict) else None
    if done is None or not done.succeeded:
        one_changed = yield from change(maker, operation, "sequences/others", one)
        done = one_changed[1] if one_changed is not None else None
    if done is None or before is None or not done.succeeded:
        raise Open("no change was accepted")
    after: Exchange = yield from read(maker, resource, two.path)
    if not after.succeeded:
        said = "must not vanish when another item is changed"
        return [checks.broken(after, "isolation", said, "/status")]
    said = "must not change when another item is changed"
    return list(_kept.unlike(resource, before, after, _kept.writable(resource), said, "isolation"))
