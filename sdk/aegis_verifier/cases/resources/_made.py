"""
An item that was made is read, listed, where it is said to be, and has what the contract gives it by default.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from aegis_contracts.exchange._scalars import members
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._plan import Resource, answered
from aegis_verifier._values import Exchange, Open, Script
from aegis_verifier.cases.resources._items import entry_of, made_amply, read
from aegis_verifier.cases.steps import _kept
from aegis_verifier.cases.steps._arrangement import fresh, id_in, make


def created(maker: Maker, resource: Resource) -> Script:
    made = yield from made_amply(maker, resource, "sequences/created")
    secret = _kept.hidden(maker, resource)
    found = list(_kept.lost(resource, made.draft.body, made.exchange, secret, "read-back", "in this very request"))
    if resource.get("read") is None:
        return found
    exchange = yield from read(maker, resource, made.path)
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


def located(maker: Maker, resource: Resource) -> Script:
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


def listed(maker: Maker, resource: Resource) -> Script:
    operation = resource.get("list")
    if operation is None:
        raise Open("the contract has no list")
    made = yield from made_amply(maker, resource, "sequences/listed")
    entry, exchange = yield from entry_of(maker, resource, made)
    if entry is None:
        said = "must be in the list right after it was made"
        return [checks.broken(exchange, "list", said, "/body")]
    secret = _kept.hidden(maker, resource)
    known = answered(operation)
    return list(_kept.missing(entry, _kept.bare(made.draft.body, known), known, secret, exchange))


def defaults(maker: Maker, resource: Resource) -> Script:
    """
    Leave out what has a default, and look at what stands there then.
    """
    operation = resource.get("create")
    assert operation is not None
    media = maker.media(operation)
    if media is None or media.schema is None:
        return []
    root = media.schema.projected("request")
    given = {name: schema["default"] for name, schema in members(root, root).items() if has_default(schema)}
    draft = yield from fresh(maker, operation, "sequences/defaults", maker.recipes(operation)[0])
    if not given or not isinstance(draft.body, dict):
        return []
    draft = draft.with_body({name: value for name, value in draft.body.items() if name not in given})
    if not maker.is_valid(draft):
        return []
    exchange: Exchange = yield maker.request(draft)
    item = (_kept.item(resource, exchange) or {}) if exchange.succeeded else {}
    hidden = _kept.hidden(maker, resource)
    for name, value in given.items():
        if name in item and name not in hidden and not checks.same(value, item[name]):
            said = "must be the default that the contract declares: the request did not name it"
            return [checks.broken(exchange, "default", said, f"/body/{name}")]
    return []


def has_default(schema: Any) -> bool:
    """
    Say whether a schema has a default that says something.
    """
    return isinstance(schema, dict) and schema.get("default") is not None
