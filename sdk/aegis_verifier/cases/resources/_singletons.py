"""
What is there once is read as it was written, bytes among it.
"""

from __future__ import annotations

from dataclasses import replace

from aegis_contracts import Operation
from aegis_contracts.exchange import kind
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._plan import Resource, success
from aegis_verifier._values import Exchange, Failure, Open, Script
from aegis_verifier.cases.resources._changed import less
from aegis_verifier.cases.resources._items import another, read
from aegis_verifier.cases.steps import _kept
from aegis_verifier.cases.steps._arrangement import Done, Steps, accept, arrange

_BYTES = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + "이지스".encode()


def single(maker: Maker, resource: Resource) -> Script:
    """
    Write a singleton, and read it; then write other values.
    """
    for role in ("replace", "update"):
        operation = resource.get(role)
        if operation is None:
            continue
        done = yield from accept(maker, operation, f"sequences/{role}")
        found = yield from _read_back(maker, resource, done)
        if found:
            return found
        if not isinstance(done.draft.body, dict):
            continue
        others = {name: another(maker, done.draft, name, value) for name, value in done.draft.body.items()}
        draft = done.draft
        for name, value in others.items():
            changed = draft.with_body({**draft.body, name: value})
            draft = changed if value != draft.body[name] and maker.is_valid(changed) else draft
        exchange: Exchange = yield maker.request(draft)
        if exchange.succeeded:
            found = yield from _read_back(maker, resource, Done(draft, exchange))
            if not found and role == "replace":
                found = yield from less(maker, resource, draft.path(), draft.body)
            if found:
                return found
    return []


def _read_back(maker: Maker, resource: Resource, done: Done) -> Steps[list[Failure]]:
    exchange = yield from read(maker, resource, done.draft.path())
    if not exchange.succeeded:
        said = f"must be there after it was written; it was answered with {exchange.status}"
        return [checks.broken(exchange, "read-back", said, "/status")]
    secret = _kept.hidden(maker, resource)
    return list(_kept.lost(resource, done.draft.body, exchange, secret, "read-back", "by the request before"))


def keeps_bytes(maker: Maker, operation: Operation) -> Operation | None:
    """
    Find the operation that answers the very bytes that this one takes.
    """
    media = maker.media(operation)
    reading = maker.plan.by_place.get(("GET", operation.path))
    if operation.method not in {"PUT", "POST"} or media is None or kind(media.media_type) != "binary":
        return None
    offered = {name for response in success(reading) for name in response.content} if reading is not None else set()
    return reading if media.media_type in offered else None


def stored(maker: Maker, operation: Operation, reading: Operation) -> Script:
    """
    Send bytes of every value, and read them.
    """
    path = yield from arrange(maker, operation, "sequences/bytes")
    request = maker.request(maker.draft(operation, "sequences/bytes", maker.recipes(operation)[0], path))
    written: Exchange = yield replace(request, body=_BYTES)
    if not written.succeeded:
        raise Open(f"{operation.key} refused bytes with {written.status}")
    exchange: Exchange = yield maker.request(maker.draft(reading, "sequences/bytes", "minimal", path))
    if not exchange.succeeded:
        said = f"must be there after it was written; it was answered with {exchange.status}"
        return [checks.broken(exchange, "read-back", said, "/status")]
    if exchange.response is not None and exchange.response.body != _BYTES:
        said = "must be the very bytes that were sent; they were changed"
        return [checks.broken(exchange, "read-back", said, "/body", "store bytes as bytes, not as text")]
    return []
