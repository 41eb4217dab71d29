"""
What happens to a store: create, read, replace, update, delete, and the actions that an item's path names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._choices import chosen, natural, told_beside
from aegis_mockserver.behaviours.items._files import Contents, takes_bytes, told_of
from aegis_mockserver.behaviours.items._kinds import Kind
from aegis_mockserver.behaviours.items._patches import (
    PatchError,
    change_of,
    changed,
    json_patch,
    said_null,
    unpatched,
)
from aegis_mockserver.behaviours.items._renames import Renaming, is_renamed, keep_id
from aegis_mockserver.behaviours.items._spelling import Spelling, sent_item
from aegis_mockserver.behaviours.items._views import Fit, View, value_at
from aegis_mockserver.behaviours.items._where import Where, not_found
from aegis_mockserver.behaviours.items.marks._ends import ended
from aegis_mockserver.behaviours.items.marks._versions import Preconditions
from aegis_mockserver.behaviours.resources._bodies import body_of
from aegis_mockserver.behaviours.resources._replacing import keeps_the_rest
from aegis_mockserver.behaviours.resources._resource import Use
from aegis_mockserver.behaviours.resources._shapes import FIRST, Shape, key_text
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.world import World

Act = Callable[[Reading, World], Answer | Problem | None]


def shown(
    view: View, item: dict[str, Any], headers: dict[str, str] | None = None, item_id: Any = None
) -> Answer | None:
    """
    Answer with an item; None where it cannot be shown.
    """
    if view.checker is None:
        return view.answer(None, headers) if view.says_nothing else None
    proof = view.show(_named(view, item, item_id))
    return view.answer(proof, headers) if proof is not None else None


def _named(view: View, item: dict[str, Any], item_id: Any) -> dict[str, Any]:
    """
    Let an answer call the item's id as its own schema does.
    """
    if item_id is None or len(view.id_steps) != 1 or value_at(item, view.id_steps) is not None:
        return item
    return {**item, view.id_steps[0]: item_id}


def owned(owner: Where | None, act: Act | None) -> Act | None:
    """
    Let nobody act on what belongs to an item that does not exist.
    """
    if owner is None:
        return act

    def guarded(reading: Reading, world: World) -> Answer | Problem | None:
        if owner.lacks(reading, world):
            return not_found()
        return act(reading, world) if act is not None else None

    return guarded


def _store_shown(kind: Kind, view: View) -> bool:
    """
    Say whether showing an item in *view* proves that the item's own operation can show it.
    """
    best = kind.view
    if best.schema is None or view.schema is None:
        return best.schema is None
    # Many contracts write the same schema out for each operation.
    same = best.schema is view.schema or best.schema.projected("response") == view.schema.projected("response")
    return same and best.steps == view.steps and kind.names == view.names


def create(where: Where, use: Use, operation: Operation, view: View) -> Act:
    """
    POST on a collection.
    """
    kind, resource = where.kind, where.resource
    spelling = Spelling(body_of(operation).at(use.taken), view.item, kind.view.item)
    taken = spelling.taken
    make = kind.maker(taken)
    exactly = view.exactly if _store_shown(kind, view) else None
    # Where PUT replaces an item, POST is not meant to.
    replaced = "put" in operation.contract.document.get("paths", {}).get(resource.item, {})
    conflict = replaced or "409" in operation.responses or "4XX" in operation.responses
    own = natural(where, taken)
    beside = told_beside(operation, kind.view.item, taken)
    asked = chosen(where, operation) if not own else ""
    response = operation.response(view.status)
    has_location = response is not None and "location" in map(str.lower, response.headers)
    silent = not view.shows or not view.id_steps
    located = has_location or (resource.addressed and (view.status == 201 or silent))
    text = text_of(operation, view, names=True)
    as_sent = not use.taken and not spelling.differs
    contents = Contents(resource.item) if takes_bytes(operation) and resource.identity.parameter else None
    only, new_id, belongs, addressed = where.only, kind.new_id, where.belongs, bool(kind.own_addresses)
    joined, stamps, versions, takes = where.joined, kind.stamps, kind.versions, kind.addresses

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        body = reading.body if as_sent else spelling.of(sent_item(reading.body, use.taken))
        if contents is not None and isinstance(body, bytes | str):
            body = None
        if body is not None and not isinstance(body, dict):
            return None
        store = world.store(only) if only else where.store(reading, world, writes=True)
        item_id: Any = value_at(body, own) if own else reading.query.get(asked) if asked else None
        if not isinstance(item_id, str | int | float) or item_id == "" or not takes(key_text(item_id)):
            item_id = stamps.named(body, store) or new_id(store, world)
        elif conflict and key_text(item_id) in store:
            return Problem("conflict", 409, "An item with this id exists.")
        key = key_text(item_id)
        if beside:
            told = {name: reading.query[one] for one, name in beside.items() if reading.query.get(one) is not None}
            body = {**told, **body} if isinstance(body, dict) else told
        item = make(body, item_id, world)
        address = where.address(reading, key)
        stamps.put(item, address, world)
        versions.advance(item)
        if reading.files and isinstance(body, dict):
            item |= told_of(reading.files, kind.view.item.properties, body)
        if belongs:
            where.belong(item, body, reading)
        if addressed:
            where.addressed(item, taken, reading, key)
        headers = {"Location": address} if located else {}
        if contents is not None:
            contents.keep(reading, world, {resource.identity.parameter: key})
        exact = exactly(item) if exactly is not None else None
        if exact is not None:
            store.put(key, item, exact.content)
            joined(key, reading, world)
            return view.answer(exact, headers)
        # What its own operation cannot show is told there as it is: nothing is invented.
        fit = fit_of(kind, item) or view.fit(item)
        if fit is None:
            return view.unkept(body or {})
        store.put(key, fit.item)
        joined(key, reading, world)
        headers |= fit.headers
        if not view.item.properties and (named := text(item_id, headers)) is not None:
            return named
        return shown(view, fit.item, headers, item_id) or text(item_id, headers) or view.otherwise(fit.item, headers)

    return act


def fit_of(kind: Kind, item: dict[str, Any], likeness: dict[str, Any] | None = None) -> Fit | None:
    """
    Keep what any of the views shows: what the best view shows as it can show it, the rest as it was sent.
    """
    if kind.names == kind.view.names:
        return kind.view.fit(item, likeness)
    names = kind.view.names or frozenset()
    fit = kind.view.fit({name: value for name, value in item.items() if name in names}, likeness)
    if fit is None:
        return None
    rest = {name: value for name, value in item.items() if name not in names}
    return Fit({**fit.item, **rest}, fit.lost)


def text_of(operation: Operation, view: View, *, names: bool = False) -> Callable[[Any, dict[str, str]], Answer | None]:
    """
    Return what answers an item where the contract wants no JSON object: the contract's own example, else its own text.

    Args:
        names: the answer is the item's id, if it can be.
    """
    from aegis_mockserver.core.operations._instances import Instances

    response = operation.response(view.status)
    media_type = next(iter(response.content), None) if response is not None else None

    content = response.content[media_type] if response is not None and media_type is not None else None
    scalar = Shape.of(content.schema, "response") if content is not None else Shape(True)
    names = names and not (content is not None and content.examples) and bool(scalar.types)
    names = names and not (
        scalar.types & {"object", "array"} or scalar.node.keys() & {"example", "examples", "default"}
    )

    def answer(key: Any, headers: dict[str, str]) -> Answer | None:
        if media_type is None or (view.shows and not names):
            return None
        if names and content is not None and content.schema is not None:
            for value in (key, key_text(key)):
                if content.schema.verdict("response").is_valid(value):
                    return Answer(view.status, value, headers, origin="state")
        if view.shows:
            return None
        value = Instances(operation, lambda _: None).instance(view.status, media_type)
        return Answer(view.status, value, headers, origin="state")

    return answer


def read(where: Where, operation: Operation, view: View) -> Act:
    """
    GET on an item.
    """
    parameter, only = where.resource.identity.parameter, where.only
    conditions = Preconditions(operation, where.resource.item, where.kind.versions)
    # The response tells all that is stored: the very bytes, where it is nothing else.
    prove = view.checker.prove if view.checker is not None and not view.steps else None
    prove = prove if where.kind.names == view.names else None

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        store = world.store(only) if only else where.store(reading, world)
        key = where.found(store, where.key(reading))
        content = store.get_bytes(key)
        if content is not None:
            if view.checker is None:
                return view.answer(None) if view.says_nothing else None
            headers = conditions.headers(store, key) if conditions.tells else None
            if conditions.tells and (met := conditions.refuse(reading, store, key)) is not None:
                return met
            proof = (prove(content) if prove is not None else None) or view.show(store.get(key))
            return view.answer(proof, headers) if proof is not None else view.truth(store.get(key))
        if key in store.gone or (parameter and not store.pristine):
            return not_found()
        # The contract's own example answers for all that its own list has not.
        if view.checker is None or not store.pristine or (view.exemplary and not where.is_listed(reading, world)):
            return None
        proof = view.show(where.made_up(key, reading, world))
        return view.answer(proof) if proof is not None else None

    return act


def write(where: Where, use: Use, operation: Operation, view: View) -> Act:
    """
    PUT, PATCH or POST on an item, or an action below it.
    """
    kind, resource = where.kind, where.resource
    patch, parameter = use.action != "replace", resource.identity.parameter
    spelling = Spelling(body_of(operation).at(use.taken), view.item, kind.view.item)
    taken = spelling.taken
    make, hidden = kind.maker(taken), kind.hidden(taken)
    accepted = {name for name, shape in taken.properties.items() if shape.node.get("readOnly") is not True}
    defaults = {
        name: shape.node["default"]
        for name, shape in {**taken.properties, **kind.view.item.properties}.items()
        if name in accepted and shape.node.get("default") is not None
    }
    exactly = view.exactly if _store_shown(kind, view) else None
    creates = 201 if "201" in operation.responses and "200" in operation.responses else None
    by_body = bool(parameter) and f"{{{parameter}}}" not in operation.path
    renaming = Renaming(use, resource.identity.name, taken)
    end = ended(use.verb, kind.view.item) or ended(use.verb, view.item) if use.action == "act" else None
    text = text_of(operation, view)
    conditions = Preconditions(operation, resource.item, kind.versions)
    rest, part = keeps_the_rest(operation, taken, resource, kind.view.item), use.verb if use.action != "act" else ""

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        store = where.store(reading, world, writes=True)
        if by_body:
            given = kind.key_of(spelling.of(sent_item(reading.body, use.taken)))
            if given is None:
                return None
            key = key_text(given)
        else:
            key = where.found(store, where.key(reading))
        # What is applied is the item as it is to be, so it may be new.
        changes = patch and not ("apply-patch" in reading.media_type and creates is not None)
        old = store.get(key)
        known = old is not None
        if old is None:
            made_here = by_body or (creates is not None and not changes and not where.is_listed(reading, world))
            old = None if made_here else where.virtual(store, reading, world)
            if old is None and (changes or not (creates or resource.by_put)) and parameter:
                return not_found()
        old = old or {}
        unmet = conditions.refuse(reading, store, key, sent_item(reading.body, use.taken))
        if unmet is not None:
            return unmet
        try:
            new = _changed(reading, use, old, spelling, patch=patch)
        except PatchError as error:
            return unpatched(operation, error)
        if new is None:
            return None
        by_patch = reading.media_type.endswith("patch+json")
        if patch:
            said_null(new, spelling.of(sent_item(reading.body, use.taken)), kind.view.item, removes=by_patch)
        if patch and not changes and not known and not old:
            new = make(new, reading.path.get(parameter), world)
        elif not patch and rest and (known or old):
            new = {**old, **new}
        elif not patch:
            server_made = {n: v for n, v in old.items() if n not in accepted and n in kind.view.item.properties}
            new = {**defaults, **server_made, **new} if known or old else make(new, reading.path.get(parameter), world)
        kind.speak_out(new)
        if part:
            new = {**old, part: new.get(part)}
        if use.action == "act":
            new = {name: value for name, value in new.items() if name in kind.view.item.properties or name in old}
        new = {name: value for name, value in new.items() if name not in hidden}
        new = kind.of_one_branch(new, sent_item(reading.body, use.taken))
        if by_patch and known and is_renamed(new, old, kind):
            return unpatched(operation, PatchError("an item's id cannot be changed or removed", malformed=True))
        if end is not None:
            end(new, world)
        keep_id(new, old, kind, reading.path.get(parameter) if parameter else None)
        renamed = renaming.of(new, spelling.of(sent_item(reading.body, use.taken)), key) if known else None
        if renamed is not None and renamed in store:
            return Problem("conflict", 409, "An item with this id exists.")
        if known or old:
            kind.stamps.keep(new, old)
        else:
            kind.stamps.put(new, where.address(reading, key), world)
        change = change_of(old, new)
        if change.fields:
            kind.versions.advance(new, old)
            kind.touched(new, world, spelling.of(sent_item(reading.body, use.taken)))
        exact = exactly(new) if exactly is not None else None
        answer = view.answer(exact) if exact is not None else None
        fit = Fit(new) if answer is not None else fit_of(kind, new, old)
        if fit is None and isinstance(reading.body, dict):
            # Merged with what was there it is no item: each member as it was sent, else what was there.
            sent = spelling.of(sent_item(reading.body, use.taken))
            whole = fit_of(kind, {**old, **sent}, old) if isinstance(sent, dict) else None
            fit = whole or (Fit(old, tuple(sent)) if isinstance(sent, dict) and known else None)
        if fit is None:
            return view.unkept(reading.body) if isinstance(reading.body, dict) else None
        if patch:  # what was taken away and must be there is as it was
            fit.lost = (*fit.lost, *(name for name in fit.item if name in old and name not in new))
        if by_patch and fit.lost:
            said = f"{', '.join(fit.lost)} would break the item's schema"
            return unpatched(operation, PatchError(said, malformed=True))
        new = fit.item
        answer = answer or shown(view, new, fit.headers, key) or text(key, fit.headers)
        answer = answer or view.otherwise(new, fit.headers)
        if answer is None:
            return None
        if renamed is not None:
            store.delete(key)
            store.put(renamed, new)
            where.orphan(store, key, world)
        elif not known or change.fields:
            store.put(key, new)
        if conditions.tells:
            answer.headers |= conditions.headers(store, renamed or key)
        answer.change = change
        if creates and not known and not old:
            answer.status = creates
        return answer

    return act


def _changed(
    reading: Reading, use: Use, old: dict[str, Any], spelling: Spelling, *, patch: bool
) -> dict[str, Any] | None:
    body = reading.body
    if patch and "json-patch" in reading.media_type and not isinstance(body, list):
        raise PatchError("a JSON Patch is an array of operations", malformed=True)
    if isinstance(body, dict) or use.taken[:1] == (FIRST,):
        body = spelling.of(sent_item(body, use.taken))
    if patch and isinstance(body, list) and "json-patch" in reading.media_type:
        new = json_patch(old, body)
    elif patch and (not reading.has_body or body is None):
        new = dict(old)
    elif patch:
        new = changed(old, body, reading.query) if isinstance(body, dict) else None
    elif not reading.has_body:
        new = {}
    else:
        new = dict(body) if isinstance(body, dict) else None
    return new if isinstance(new, dict) else None
