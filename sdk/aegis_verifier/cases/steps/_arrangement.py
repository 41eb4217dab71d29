"""
Steps that scripts share: arrange what a path names, have a request accepted, make an item, find things in answers.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar
from urllib.parse import unquote, urlsplit

from aegis_contracts import Operation, json_pointer
from aegis_verifier import _names
from aegis_verifier._drafts import Draft
from aegis_verifier._maker import Maker
from aegis_verifier._names import plain
from aegis_verifier._plan import Paging, Resource
from aegis_verifier._values import NOTHING, Exchange, Open, Request, Together, Wait

T = TypeVar("T")
Steps: TypeAlias = Generator[Request | Together | Wait, Any, T]
_DEEPEST = 4
_COLLECTIONS = ("data", "items", "results", "records", "content", "values", "entries", "rows", "elements")


@dataclass(frozen=True)
class Done:
    """
    A request that was accepted.
    """

    draft: Draft
    exchange: Exchange


@dataclass(frozen=True)
class Made(Done):
    """
    An item that was created; *path* leads to it.
    """

    resource: Resource
    id: Any
    path: Mapping[str, Any]


def settle(maker: Maker, operation: Operation, seed: str) -> Steps[dict[str, Any]]:
    """
    Find values as ``arrange`` does, but share what they name with others that change nothing.
    """
    if "{" not in operation.path:
        return {}
    if operation.method == "DELETE":
        return (yield from arrange(maker, operation, seed))
    known = maker.shared.get(operation.path)
    if known is None:
        known = maker.shared[operation.path] = yield from arrange(maker, operation, seed)
    return known


def arrange(maker: Maker, operation: Operation, seed: str, depth: int = 0) -> Steps[dict[str, Any]]:
    """
    Find values for an operation's path parameters, making what they name where the contract lets us.
    """
    values: dict[str, Any] = {}
    for parameter in operation.parameters:
        if parameter.location != "path" or parameter.name in values:
            continue
        given = maker.settings.fixtures.parameter(operation, parameter.name)
        if given:
            values[parameter.name] = given[0]
            continue
        resource = maker.plan.creator(operation, parameter.name)
        if resource is None or depth >= _DEEPEST:
            continue
        if resource.get("create") is not None:
            made = yield from make(maker, resource, f"{operation.key}/{seed}/{parameter.name}", depth=depth + 1)
            values.update({name: value for name, value in made.path.items() if f"{{{name}}}" in operation.path})
            values[parameter.name] = made.id
        elif (found := (yield from _first(maker, resource, seed, depth))) is not None:
            values[parameter.name] = found
    owner = maker.plan.resource_of(operation) if values and depth < _DEEPEST else None
    if owner is not None and not owner[0].parameter and owner[1] in {"read", "delete"}:
        put = owner[0].get("replace")
        with contextlib.suppress(Open):  # what stands once below an item is often there only after it was put
            if put is not None:
                yield from accept(maker, put, f"{seed}/put", path=values, depth=depth + 1)
    return values


def _first(maker: Maker, resource: Resource, seed: str, depth: int) -> Steps[Any]:
    operation = resource.get("list")
    assert operation is not None
    path = yield from arrange(maker, operation, seed, depth + 1)
    exchange: Exchange = yield maker.request(maker.draft(operation, seed, "minimal", path))
    listed = listing(exchange.value, maker.plan.paging(operation)) if exchange.succeeded else None
    return id_in(listed[0], resource.id_names) if listed else None


def fresh(maker: Maker, operation: Operation, seed: str, recipe: str = "") -> Steps[Draft]:
    """
    Make a valid request that was not sent before, with all that it names; a token that it redeems is a new one.
    """
    from aegis_verifier.cases import tokens  # which stands on these steps itself

    redeemer = tokens.find(maker, operation) if maker.settings.inbox is not None else None
    if redeemer is not None and redeemer.causes:
        return (yield from tokens.redeeming(maker, redeemer, seed))
    path = yield from arrange(maker, operation, seed)
    draft = maker.draft(operation, seed, recipe or maker.recipes(operation)[0], path)
    return (yield from refer(maker, draft, seed))


def accept(
    maker: Maker, operation: Operation, seed: str, *, path: Mapping[str, Any] | None = None, depth: int = 0
) -> Steps[Done]:
    """
    Send valid requests of several kinds until one is accepted.
    """
    said: list[str] = []
    for recipe in maker.recipes(operation):
        for attempt in range(2):
            tried = f"{operation.key}/{seed}/{recipe}/{attempt}"
            if path is None and depth == 0:
                draft = yield from fresh(maker, operation, tried, recipe)
            else:
                place = path if path is not None else (yield from arrange(maker, operation, tried, depth))
                draft = yield from refer(maker, maker.draft(operation, tried, recipe, place), tried, depth)
            exchange: Exchange = yield maker.request(draft)
            if exchange.succeeded:
                maker.working[operation.key] = recipe
                return Done(draft, exchange)
            if exchange.trouble:
                raise Open(f"{operation.key} gave no answer: {exchange.said}")
            said.append(str(exchange.status))
            if exchange.status != 409:
                break
    raise Open(f"{operation.key} accepted no valid request (it answered {', '.join(said)})")


def refer(maker: Maker, draft: Draft, seed: str, depth: int = 0) -> Steps[Draft]:
    """
    Let members of a body that name other resources name some that exist.
    """
    if not isinstance(draft.body, dict) or depth >= _DEEPEST:
        return draft
    body = dict(draft.body)
    own = maker.plan.resource_of(draft.operation)
    for name, value in draft.body.items():
        resource = maker.plan.referred(name)
        if resource is None or (own is not None and own[0] is resource) or not isinstance(value, str | int):
            continue
        if maker.settings.fixtures.field(draft.operation, name):
            continue
        made = yield from make(maker, resource, f"{seed}/{name}", depth=depth + 1)
        body[name] = made.id
    return draft.with_body(body)


def make(
    maker: Maker,
    resource: Resource,
    seed: str,
    *,
    path: Mapping[str, Any] | None = None,
    depth: int = 0,
) -> Steps[Made]:
    """
    Create an item, and find out its id.
    """
    operation = resource.get("create")
    if operation is None:
        raise Open(f"the contract has no way to make one of {resource.collection}")
    done = yield from accept(maker, operation, seed, path=path, depth=depth)
    return identified(resource, done)


def identified(resource: Resource, done: Done) -> Made:
    """
    Say which item a creation made.
    """
    found = identity(resource, done.exchange)
    if found is None:
        raise Open(f"the answer to {done.draft.operation.key} does not tell the new item's id")
    return Made(done.draft, done.exchange, resource, found, {**done.draft.path(), resource.parameter: found})


def identity(resource: Resource, exchange: Exchange) -> Any:
    """
    Find the id of a new item: by the contract's links, the body, or ``Location``.
    """
    response = exchange.response
    if response is None:
        return None
    declared = exchange.request.operation.response(response.status)
    for link in (declared.links if declared is not None else {}).values():
        parameters = link.get("parameters") if isinstance(link, dict) else None
        for name, expression in (parameters or {}).items():
            if str(name).removeprefix("path.") == resource.parameter and isinstance(expression, str):
                value = pointed(exchange, expression)
                if isinstance(value, str | int) and value != "":
                    return value
    found = id_in(response.value, resource.id_names)
    if found is not None:
        return found
    return _from_location(resource, response.headers.get("location", ""))


def pointed(exchange: Exchange, expression: str) -> Any:
    """
    Evaluate a runtime expression over a response: ``$response.body#/…`` or ``$response.header.…``.
    """
    if expression.startswith("$response.header.") and exchange.response is not None:
        return exchange.response.headers.get(expression.removeprefix("$response.header.").lower(), NOTHING)
    if not expression.startswith("$response.body"):
        return NOTHING
    return at(exchange.value, expression.partition("#")[2])


def at(value: Any, pointer: str) -> Any:
    """
    Follow a JSON pointer; ``NOTHING`` where it leads nowhere, or is none.
    """
    try:
        return json_pointer.find(value, pointer, NOTHING)
    except json_pointer.InvalidPointerError:
        return NOTHING


def id_in(value: Any, names: list[str]) -> Any:
    """
    Find an id in an item, or in an envelope around it.
    """
    item = item_of(value, names)
    if item is None:
        return None
    members = {plain(name): member for name, member in item.items()}
    return next((members[name] for name in names if _is_id(members.get(name))), None)


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def item_of(value: Any, names: list[str]) -> dict[str, Any] | None:
    """
    Take the envelope off an item: the object that has the likeliest id.
    """
    if not isinstance(value, dict):
        return None
    candidates = [value, *(member for member in value.values() if isinstance(member, dict))]
    for name in names:
        for candidate in candidates:
            if any(plain(key) == name and _is_id(member) for key, member in candidate.items()):
                return candidate
    return None


def _from_location(resource: Resource, location: str) -> str | None:
    pattern = re.sub(r"\\\{[^{}]+\\\}", "([^/]+)", re.escape(resource.item))
    match = re.search(f"{pattern}/?$", urlsplit(location).path) if location else None
    return unquote(match[match.lastindex or 0]) if match is not None else None


def listing(value: Any, paging: Paging | None = None) -> list[Any] | None:
    """
    Find the items of a list in an answer.
    """
    if paging is not None and paging.items:
        found = at(value, paging.items)
        return found if isinstance(found, list) else None
    if isinstance(value, list):
        return value
    if not isinstance(value, dict):
        return None
    arrays = {name: member for name, member in value.items() if isinstance(member, list)}
    for name in _COLLECTIONS:
        if name in arrays:
            return arrays[name]
    if arrays:
        return next(iter(arrays.values()))
    inner = (listing(member) for member in value.values() if isinstance(member, dict))
    return next((found for found in inner if found is not None), None)


def next_page(exchange: Exchange, paging: Paging, names: list[str] | None = None) -> str | None:
    """
    Find what leads to the next page: a cursor, an address, or the last item's id where only ``has_more`` is said.
    """
    if paging.next:
        found = at(exchange.value, paging.next)
        return str(found) if isinstance(found, str | int) and found != "" else None
    link = exchange.response.headers.get("link", "") if exchange.response is not None else ""
    if match := re.search(r"<([^>]*)>\s*;[^,]*\brel=\"?next\"?", link):
        return match[1]
    found = _named(exchange.value, _names.NEXT, 0)
    if found is None and paging.style == "cursor" and more(exchange.value):
        page = listing(exchange.value, paging)
        last = id_in(page[-1], names or ["id"]) if page else None
        return str(last) if last is not None else None
    return found


def _named(value: Any, names: frozenset[str], depth: int) -> str | None:
    if not isinstance(value, dict) or depth > 2:
        return None
    for name, member in value.items():
        if plain(name) in names and isinstance(member, str | int) and not isinstance(member, bool) and member != "":
            return str(member)
    inner = (_named(member, names, depth + 1) for member in value.values() if isinstance(member, dict))
    return next((found for found in inner if found is not None), None)


def more(value: Any, depth: int = 0) -> bool | None:
    """
    Find out whether an answer says that more follows.
    """
    if not isinstance(value, dict) or depth > 2:
        return None
    for name, member in value.items():
        if plain(name) in _names.MORE and isinstance(member, bool):
            return member
    inner = (more(member, depth + 1) for member in value.values() if isinstance(member, dict))
    return next((found for found in inner if found is not None), None)
