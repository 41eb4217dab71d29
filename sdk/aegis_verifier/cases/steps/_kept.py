"""
Whether what was written is what is read: comparing what was sent with an item in an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange._scalars import members
from aegis_verifier import _names, checks
from aegis_verifier._maker import Maker
from aegis_verifier._names import plain
from aegis_verifier._plan import Resource, answered, json_media, marked
from aegis_verifier._values import Exchange, Failure
from aegis_verifier.cases.steps._arrangement import item_of


def item(resource: Resource, exchange: Exchange) -> dict[str, Any] | None:
    """
    Take the item out of an answer about one.
    """
    found = item_of(exchange.value, resource.id_names)
    if found is None and isinstance(exchange.value, dict):
        found = exchange.value
        inner = [member for member in found.values() if isinstance(member, dict)]
        if len(found) == 1 and inner:
            found = inner[0]
    return found


def bare(body: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    """
    Take the envelope off a body: the one object in it whose members the answer knows.
    """
    if not isinstance(body, dict):
        return {}
    if len(body) == 1:
        (inner,) = body.values()
        if isinstance(inner, dict) and not (
            body.keys() & known.keys() - inner.keys() and not inner.keys() & known.keys()
        ):
            return inner if inner.keys() & known.keys() else body
    return body


def lost(
    resource: Resource,
    sent: Any,
    exchange: Exchange,
    hidden: set[str],
    rule: str,
    when: str,
    *,
    enveloped: bool = True,
) -> Iterator[Failure]:
    """
    Name members that were sent and are answered differently, or not at all though the answer declares them.

    Args:
        enveloped: what was sent may stand in an envelope; no where it is members of an item for certain.
    """
    known = answered(exchange.request.operation)
    shown = item(resource, exchange)
    if shown is None:
        return
    for name, value in (bare(sent, known) if enveloped else sent).items():
        if name in hidden or plain(name) in _names.SECRETS or value is None:
            continue  # null may mean "remove" or "as it was"; merge patches have a case of their own
        if name in shown:
            if not checks.same(value, shown[name]):
                said = f"must be what was written {when}; it is something else"
                yield checks.broken(exchange, rule, said, f"/body/{name}", "store what is accepted, or refuse it")
        elif name in known and name in _declared(exchange):
            said = f"must be there: it was written {when}, and the answer declares it"
            yield checks.broken(exchange, rule, said, f"/body/{name}", "store what is accepted, or refuse it")


def missing(
    entry: Mapping[str, Any], sent: Mapping[str, Any], known: Mapping[str, Any], hidden: set[str], exchange: Exchange
) -> Iterator[Failure]:
    """
    Name members of a list's entry that are not what was written, or are not there though the list declares them.
    """
    for name, value in sent.items():
        if name in hidden or plain(name) in _names.SECRETS:
            continue
        if name in entry and not checks.same(value, entry[name]):
            yield checks.broken(exchange, "list", "must be in the list what was written", f"/body/*/{name}")
        elif name not in entry and name in known and value is not None:
            said = "must be in the list: it was written, and the list declares it"
            yield checks.broken(exchange, "list", said, f"/body/*/{name}", "show what is stored, or do not declare it")


def hushed(resource: Resource, answered_by: Exchange, after: Exchange, hidden: set[str]) -> Iterator[Failure]:
    """
    Name members that clients may write and that the item has, but that the answer to a change leaves out.
    """
    told, there = item(resource, answered_by), item(resource, after)
    if not told or not there:
        return
    known = answered(answered_by.request.operation)
    for name in sorted((writable(resource) & there.keys() & known.keys()) - told.keys() - hidden):
        if there[name] is not None and plain(name) not in _names.SECRETS:
            said = "must be there: the item has it, and the answer declares it"
            yield checks.broken(answered_by, "update", said, f"/body/{name}", "answer the item as it is now")


def unversioned(before: Exchange | None, after: Exchange) -> Iterator[Failure]:
    """
    Say when an item has become another one under the same entity tag (RFC 9110 §8.8.1).
    """
    if before is None or before.response is None or after.response is None:
        return
    tag = after.response.headers.get("etag")
    if tag is not None and tag == before.response.headers.get("etag") and before.value != after.value:
        said = "must be another entity tag: the item has changed since it had this one (RFC 9110 §8.8.1)"
        yield checks.broken(after, "condition", said, "/header/ETag")


def _declared(exchange: Exchange) -> Mapping[str, Any]:
    return answered(exchange.request.operation)


def hidden(maker: Maker, resource: Resource) -> set[str]:
    """
    Name members that are never shown, or that are the provider's own.
    """
    found: set[str] = set()
    for operation in resource.operations.values():
        found |= marked(operation, "writeOnly", where="request") | marked(operation, "readOnly", where="response")
        found |= set(_sensitive(operation))
    del maker
    return found


def _sensitive(operation: Operation) -> Iterator[str]:
    body = operation.request_body
    media = json_media(body.content) if body is not None else None
    if media is None or media.schema is None:
        return
    root = media.schema.projected("request")
    for name, schema in members(root, root).items():
        if isinstance(schema, dict) and schema.get("writeOnly") is True:
            yield name


def writable(resource: Resource) -> set[str]:
    """
    Name members that clients may write.
    """
    found: set[str] = set()
    for role in ("create", "update", "replace"):
        operation = resource.get(role)
        body = operation.request_body if operation is not None else None
        media = json_media(body.content) if body is not None else None
        if media is not None and media.schema is not None:
            root = media.schema.projected("request")
            for name, schema in members(root, root).items():
                found.add(name)
                found |= set(members(schema, root))
    return found


def unlike(
    resource: Resource, before: dict[str, Any], exchange: Exchange, names: set[str], said: str, rule: str
) -> Iterator[Failure]:
    """
    Name members, of those in *names*, that are no longer what they were.
    """
    after = item(resource, exchange)
    if after is None:
        return
    for name in sorted(names & before.keys()):
        if name not in after or not checks.same(before[name], after[name]):
            yield checks.broken(exchange, rule, said, f"/body/{name}")
