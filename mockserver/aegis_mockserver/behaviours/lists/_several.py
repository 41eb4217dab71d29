"""
Several items, or all of them, changed or removed in one request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aegis_contracts import Operation
from aegis_contracts._model import operations_of
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._actions import Act, fit_of
from aegis_mockserver.behaviours.items._patches import merge
from aegis_mockserver.behaviours.items._spelling import sent_item
from aegis_mockserver.behaviours.items._views import View
from aegis_mockserver.behaviours.items._where import Where, not_found
from aegis_mockserver.behaviours.lists._filters import Filters
from aegis_mockserver.behaviours.lists._many import all_shown
from aegis_mockserver.behaviours.resources._bodies import body_of
from aegis_mockserver.behaviours.resources._names import plain, singular_of
from aegis_mockserver.behaviours.resources._resource import Page, Use
from aegis_mockserver.behaviours.resources._shapes import FIRST, key_text
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import Store, World


def change(where: Where, use: Use, operation: Operation, view: View) -> Act:
    """
    PATCH or PUT of several items: each is changed, or none where one does not exist.
    """
    kind = where.kind
    listed = use.taken[:-1] if use.taken[-1:] == (FIRST,) else use.taken
    makes = operation.method == "PUT"
    make = kind.maker(body_of(operation).at(listed).items)
    hidden = kind.hidden(body_of(operation).at(listed).items)

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        sent = sent_item(reading.body, listed)
        if not isinstance(sent, list) or not all(isinstance(each, dict) for each in sent):
            return None
        store, changed, lost = where.store(reading, world, writes=True), list[tuple[str, Any]](), list[str]()
        for number, body in enumerate(sent):
            given = kind.key_of(body)
            old = store.get(key_text(given)) if given is not None else None
            if old is None and not makes:
                return not_found()
            if old is None:
                given = kind.new_id(store, world) if given is None else given
            new = merge(old, body) if old is not None else make(body, given, world)
            new = {name: value for name, value in new.items() if name not in hidden}
            kind.touched(new, world, body)
            fit = fit_of(kind, new, old)
            if fit is None:
                return None
            changed.append((key_text(given), fit.item))
            lost += [f"{number}.{name}" for name in fit.lost]
        for key, item in changed:
            store.put(key, item)
        headers = {"X-Mock-Not-Kept": ", ".join(lost)} if lost else {}
        return all_shown(view, use, [item for _, item in changed], headers)

    return act


def remove(where: Where, use: Use, operation: Operation, view: View) -> Act:
    """
    Remove the items that a request names, those that its query filters, or all where it can say nothing of them.
    """
    del use
    by_query, by_body = _query(where, operation), _body(where, operation)
    filters = Filters(operation, where.kind.view.item, Page())
    how, options = _options(where, operation)
    queries = {one.name for one in operation.parameters if one.location == "query"} - how
    says = bool(body_of(operation).properties or body_of(operation).types) and not options

    def keys(store: Store, reading: Reading, world: World) -> list[str] | None:
        named = next((each for each in (by_query(reading), by_body(reading)) if each is not None), None)
        if named is not None:
            return named
        if filters.asks(reading):
            return [key for key, item in store.items() if filters.keeps(item, reading)]
        if (says and reading.body) or queries & reading.query.keys():
            return None  # something is asked that nobody understands: nothing is removed for it
        return [key for key, item in store.items() if where.has(key, item, reading, world)]

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        store = where.store(reading, world, writes=True)
        found = keys(store, reading, world)
        if found is None:
            return None
        for key in found:
            if store.delete(key):
                where.orphan(store, key, world)
            elif store.pristine:
                store.forget(key)
        if not found:
            store.begin()
        return view.answer(None) if view.says_nothing else None

    return act


def _options(where: Where, operation: Operation) -> tuple[frozenset[str], bool]:
    """
    Say what of a request tells how to remove, not what: the parameters, and the body, that removing one item has too.
    """
    contract, path = operation.contract, where.resource.item
    node = contract.document.get("paths", {}).get(path)
    if not isinstance(node, dict):
        return frozenset(), False
    others = operations_of(contract, path, node, contract.root.at("paths", path))
    one = next((each for each in others if each.method == "DELETE"), None)
    if one is None:
        return frozenset(), False
    names = frozenset(parameter.name for parameter in one.parameters if parameter.location == "query")
    body = body_of(operation)
    return names, bool(body.properties) and body.node == body_of(one).node


def _query(where: Where, operation: Operation) -> Callable[[Reading], list[str] | None]:
    """
    Return what reads ids from the query.
    """
    names = _plurals(where)
    found = [one.name for one in operation.parameters if one.location == "query" and plain(one.name) in names]

    def read(reading: Reading) -> list[str] | None:
        for name in found:
            if name in reading.query:
                given = reading.query[name]
                several = given if isinstance(given, list) else str(given).split(",")
                return [key_text(one) for one in several]
        return None

    return read


def _body(where: Where, operation: Operation) -> Callable[[Reading], list[str] | None]:
    """
    Return what reads ids from the body: an array of them or of items, alone or in a member.
    """
    names, kind, body = _plurals(where), where.kind, body_of(operation)
    arrays = [name for name, part in body.properties.items() if "array" in part.types]
    member = next((name for name in arrays if plain(name) in names), arrays[0] if len(arrays) == 1 else "")

    def read(reading: Reading) -> list[str] | None:
        given = reading.body.get(member) if isinstance(reading.body, dict) and member else reading.body
        if not isinstance(given, list):
            return None
        keys = [kind.key_of(one) if isinstance(one, dict) else one for one in given]
        return [key_text(one) for one in keys if isinstance(one, str | int | float)]

    return read


def _plurals(where: Where) -> frozenset[str]:
    """
    Name what a list of ids may be called.
    """
    resource = where.resource
    noun, parameter = plain(resource.noun), plain(resource.identity.parameter)
    single = plain(singular_of(resource.noun))
    return frozenset(
        {"ids", "id", "keys", "names", noun, f"{single}ids", f"{noun}ids", f"{parameter}s", parameter}
        | {f"{plain(step)}s" for step in resource.identity.steps[-1:]}
    )
