"""
``readOnly`` is the provider's to say, ``writeOnly`` is never answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aegis_contracts import Operation
from aegis_verifier import checks
from aegis_verifier._maker import Maker
from aegis_verifier._plan import Resource, json_media, marked
from aegis_verifier._values import NOTHING, Case, Exchange, Failure, Open, Script
from aegis_verifier.cases.steps import _kept
from aegis_verifier.cases.steps._arrangement import Steps, accept, arrange, identified, identity, make
from aegis_verifier.cases.steps._walk import size_of

_ROLES = frozenset({"create", "update", "replace"})


def cases(maker: Maker, operation: Operation) -> Iterator[Case]:
    """
    One case for what may not be written, one for what may not be read.
    """
    owner = maker.plan.resource_of(operation)
    if owner is None or owner[1] not in _ROLES:
        return
    resource, role = owner
    if (own := _own(resource)) and resource.get("read") is not None:
        claim = "does not let a request set what is readOnly"
        yield Case(operation, "read_only", "written", claim, lambda: _written(maker, resource, role, own))
    if marked(operation, "writeOnly", where="request") and role == "create":
        claim = "shows nothing that is writeOnly, in no later answer"
        yield Case(operation, "write_only", "shown", claim, lambda: _shown(maker, resource))


def _own(resource: Resource) -> dict[str, Any]:
    """
    Return the members that only the provider sets, with their schemas.
    """
    read = resource.get("read")
    if read is None:
        return {}
    found: dict[str, Any] = {}
    for response in (response for status, response in read.responses.items() if status[:1] == "2"):
        media = json_media(response.content)
        if media is not None and media.schema is not None:
            from aegis_contracts.exchange._scalars import members

            root = media.schema.projected("response")
            known = members(root, root)
            for name in sorted(marked(read, "readOnly", where="response")):
                if name in known:
                    found[name] = (media.schema, known[name], root)
    return found


def _others(own: dict[str, Any], current: dict[str, Any]) -> dict[str, Any]:
    """
    Make a value for each such member that is valid and is not what it is now.
    """
    from aegis_contracts.instances import Generator, Ungeneratable

    found: dict[str, Any] = {}
    for name, (_, schema, root) in own.items():
        if name not in current or current[name] is None or not isinstance(schema, dict):
            continue
        definitions = root.get("$defs", {}) if isinstance(root, dict) else {}
        generator = Generator({**schema, "$defs": definitions}, examples=False)
        for attempt in range(4):
            try:
                value = generator.generate(f"read-only/{name}/{attempt}", name=name)
            except Ungeneratable:
                break
            if value != current[name]:
                found[name] = value
                break
    return found


def _written(maker: Maker, resource: Resource, role: str, own: dict[str, Any]) -> Script:
    operation = resource.get(role)
    read = resource.get("read")
    assert operation is not None
    assert read is not None
    sample = yield from _sample(maker, resource, role)
    shown: Exchange = yield maker.request(maker.draft(read, "read-only", "minimal", sample))
    current = _kept.item(resource, shown) if shown.succeeded else None
    if current is None:
        raise Open("no item could be read")
    forged = _others(own, current)
    for name, value in forged.items():
        if role == "create":
            draft = maker.draft(operation, f"read-only/{name}", maker.recipes(operation)[0], _parents(resource, sample))
        else:
            draft = maker.draft(operation, f"read-only/{name}", maker.recipes(operation)[0], sample)
        if not isinstance(draft.body, dict):
            return []
        draft = draft.with_body({**draft.body, name: value})
        if not maker.is_valid(draft):
            continue  # a closed schema has no room for it: the invalid cases see to that
        exchange: Exchange = yield maker.request(draft).provoking(400, 403, 409, 422)
        if not exchange.succeeded:
            continue  # refusing it is as good as passing over it
        place = sample
        if role == "create":
            number = identity(resource, exchange)
            if number is None:
                continue
            place = {**_parents(resource, sample), resource.parameter: number}
        after: Exchange = yield maker.request(maker.draft(read, "read-only", "minimal", place))
        item = (_kept.item(resource, after) or {}) if after.succeeded else {}
        if name in item and checks.same(value, item[name]):
            said = "must be the provider's own: it is readOnly, and a request has set it"
            return [checks.broken(after, "read-only", said, f"/body/{name}", "pass over readOnly members of requests")]
    return []


def _parents(resource: Resource, path: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in path.items() if name != resource.parameter}


def _sample(maker: Maker, resource: Resource, role: str) -> Steps[dict[str, Any]]:
    if resource.parameter and resource.get("create") is not None:
        made = yield from make(maker, resource, f"read-only/{role}/sample")
        return dict(made.path)
    operation = resource.get(role)
    assert operation is not None
    return (yield from arrange(maker, operation, "read-only/sample"))


def _shown(maker: Maker, resource: Resource) -> Script:
    operation = resource.get("create")
    assert operation is not None
    done = yield from accept(maker, operation, "write-only")
    made = identified(resource, done)
    secrets = [text for text in maker.secrets(done.draft) if len(text) >= 6]
    names = marked(operation, "writeOnly", where="request")
    found: list[Failure] = []
    for role in ("read", "list"):
        reading = resource.get(role)
        if reading is None:
            continue
        draft = maker.draft(reading, "write-only", "minimal", made.path)
        paging = maker.plan.paging(reading)
        if role == "list" and paging is not None and paging.size is not None:
            draft = draft.with_value("query", paging.size.name, size_of(paging, 100))
        exchange: Exchange = yield maker.request(draft)
        if exchange.response is None or not exchange.succeeded:
            continue
        item = _kept.item(resource, exchange) if role == "read" else None
        told = sorted(names & set(item or {})) if item is not None else []
        if any(secret.encode() in exchange.response.body for secret in secrets) or any(
            (item or {}).get(name) not in (None, "") for name in told
        ):
            said = "must not be answered: it is writeOnly"
            pointer = f"/body/{told[0]}" if told else "/body"
            found.append(checks.broken(exchange, "write-only", said, pointer, "leave it out of answers"))
    return found


__all__ = ["NOTHING", "cases"]
